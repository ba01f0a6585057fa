"""Canaries of the search for settings: on noise it claims nothing, a planted signal that the
default cannot see it finds.

    python benchmarks/search.py [--trials 50] [--only noise|signal] [--seeds 1]

Each search is followed by a training on the best settings and one look at the test part, as
``tune`` does it. Results are kept in benchmarks/results/search.json and written into docs/tune.md.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from pages import write_between

import rnnforecast as rf
from rnnforecast import process
from rnnforecast.data.synthetic import autoregression, history_of, noise

process.take_over()
RESULTS = Path(__file__).parent / "results" / "search.json"
PAGE = Path(__file__).parents[1] / "docs" / "tune.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
COMMON = {
    "pool": ["network"], "model.location": "learned", "window.horizon": 1, "model.units": 8,
    "window.features": ["log_return"], "training.epochs": 12, "training.patience": 4,
    "training.learning_rate": 0.003, "training.batch_size": 128, "training.ensemble": 1,
}  # fmt: skip
SPACE = {
    "model.architecture": ["gru", "lstm", "linear"],
    "window.lookback": [5, 10, 20, 30],
    "training.learning_rate": {"low": 0.001, "high": 0.03, "log": True},
    "model.l2": [0.0, 0.0001, 0.001],
}
BARS = ("naive", "recent", "constant", "drift")


def returns(kind: str, seed: int) -> np.ndarray[Any, Any]:
    """Daily log returns of 1 %: noise, or half of that of 20 days ago and noise."""
    rows = {"noise": 2000, "signal": 2500}[kind]
    return noise(rows, seed) if kind == "noise" else autoregression(rows, seed, 0.5, 20)


def measure(kind: str, seed: int, trials: int) -> dict[str, Any]:
    """Search, train the start and the best, and look at the test part of each."""
    history = history_of(returns(kind, seed))
    begun = time.monotonic()
    found = rf.tune("gru", history, COMMON, space=SPACE, trials=trials, folds=2, seed=seed)
    seconds = time.monotonic() - begun
    best, start = found.value.best_trial, found.value.start_trial
    evaluations = {
        "start": rf.train(found.value.start, history).evaluate(baselines=BARS),
        "best": rf.train(found.best, history).evaluate(baselines=BARS),
    }
    skills = {name: skill_of(evaluation) for name, evaluation in evaluations.items()}
    return {
        "trials": len(found.trials),
        "states": found.trials["state"].value_counts().to_dict(),
        "seconds": round(seconds),
        "lead": None if start is None else 1 - best.value / start.value,  # type: ignore[operator]
        "share": best.value,
        "settings": dict(best.params),
        "importances": {key: round(value, 3) for key, value in found.importances.items()},
        "verdicts": {name: one.verdict.headline for name, one in evaluations.items()},
        "skills": skills,
    }


def skill_of(evaluation: rf.Evaluation) -> dict[str, float]:
    """Return the skill on naive over all steps, and the p of its test, in RMSE and in CRPS."""
    table = evaluation.comparisons
    own = table[(table["baseline"] == "naive") & (table["step"] == 0)].set_index("metric")
    return {
        f"{metric}_{what}": float(own.loc[metric, what])
        for metric in ("rmse", "crps")
        for what in ("skill", "p")
    }


def page_rows(results: dict[str, Any]) -> str:
    """Return the table of the page."""
    names = {"noise": "independent normal moves", "signal": "r[t] = 0.5 r[t-20] + noise"}
    lines = [
        "| prices | trials | lead of the best on the folds | the start on the test part "
        "| the best on the test part |",
        "| --- | --- | --: | --- | --- |",
    ]
    for key, row in results.items():
        kind = key.partition(" ")[0]
        states = ", ".join(f"{count} {state}" for state, count in row["states"].items())
        lines.append(
            f"| {names[kind]} | {row['trials']} ({states}) | {row['lead']:+.1%} | "
            f"{_told(row, 'start')} | {_told(row, 'best')} |".replace("%", " %")
        )
    return "\n".join(lines)


def _told(row: dict[str, Any], which: str) -> str:
    skill, p = row["skills"][which]["rmse_skill"], row["skills"][which]["rmse_p"]
    return f"{row['verdicts'][which]} (RMSE {skill:+.1%}, p {p:.2g})"


def main() -> None:
    """Measure what is not measured yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=("noise", "signal"))
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for seed in range(1, options.seeds + 1):
        for kind in [options.only] if options.only else ["signal", "noise"]:
            if (key := f"{kind} {seed}") not in results:
                results[key] = measure(kind, seed, options.trials)
                print(key, json.dumps(results[key], indent=1), flush=True)
                RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    write_between(PAGE, BEGIN, END, page_rows(results))


if __name__ == "__main__":
    main()
