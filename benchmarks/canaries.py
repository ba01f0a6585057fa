"""Statistical canaries: what the whole pipeline must find, and what it must not, on prices whose
truth is known.

    python benchmarks/canaries.py [--only NAME ...] [--fresh]

Each canary trains networks by the package's own ``train`` and ``evaluate`` on synthetic prices,
several seeds each, and is judged by a threshold that was set before (of the reference, see
docs/canaries.md). Results of a seed are kept in benchmarks/results/canaries.json, so a run that was
stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pages import write_between
from scipy.stats import binom

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.data.synthetic import autoregression, garch, history_of, noise, threshold
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NAIVE, NETWORK, backtest_table
from rnnforecast.evaluation.flags import flags
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_table

ROWS = 4000
RESULTS = Path(__file__).parent / "results" / "canaries.json"
PAGE = Path(__file__).parents[1] / "docs" / "canaries.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
Row = dict[str, float]
Judgement = tuple[bool, str]


@dataclass(frozen=True)
class Canary:
    """One claim about the pipeline.

    Args:
        claim: in words, with the threshold.
        seeds: how many histories.
        measure: a seed to numbers.
        judge: the numbers of all seeds to whether the claim holds, and what was measured.
    """

    claim: str
    seeds: int
    measure: Callable[[int], Row]
    judge: Callable[[pd.DataFrame], Judgement]


def train(history: PriceHistory, home: Path, *settings: str, config: str = "gru") -> Run:
    """Train one network that learns its median too, one step ahead by default."""
    Store(home / "data").save(history)
    common = [
        f"data.symbol={history.symbol}",
        "window.horizon=1",
        "training.ensemble=1",
        "training.learning_rate=0.002",
        # the default leaves the direction unlearned and averages with filters: canaries need both
        "pool=[network]",
        "model.location=learned",
    ]
    experiment = load(config, [*common, *settings])
    return train_run(experiment, Store(home / "data"), home / "runs", label=config)


def scored(history: PriceHistory, *settings: str, config: str = "gru") -> Row:
    """Train, evaluate, and read the run's own tables."""
    with tempfile.TemporaryDirectory() as folder:
        run = train(history, Path(folder), *settings, config=config)
        verdict = evaluate(run, Request(baselines=("naive", "garch"))).verdict
        return {**skills(run), **verdict_of(verdict), **doubts(run), **calls(run), **errors(run)}


def skills(run: Run) -> Row:
    """Skill and p over naive, all steps."""
    table = load_table(run, runs.COMPARISONS)
    assert table is not None  # evaluate has written it
    beside = table[(table["step"] == 0) & (table["baseline"] == NAIVE)].set_index("metric")
    return {
        f"{metric}_{what}": float(beside.loc[metric, what])
        for metric in beside.index
        for what in ("skill", "p")
    }


def verdict_of(verdict: object) -> Row:
    """What the verdict claims, as 1 or 0."""
    values = verdict.to_dict()  # type: ignore[attr-defined]
    return {f"claims_{part}": float(values[part] == "better") for part in ("point", "distribution")}


def doubts(run: Run) -> Row:
    """Whether the median is called a lag copy, as 1 or 0."""
    tables = [load_table(run, name) for name in (runs.BACKTEST, runs.SCORES, runs.COMPARISONS)]
    backtest, scores, comparisons = (table for table in tables if table is not None)
    kinds = {flag.kind for flag in flags(backtest, scores, comparisons)}
    return {"lag_copy": float("lag_copy" in kinds)}


def calls(run: Run) -> Row:
    """How many directions were called right, of how many."""
    table = load_table(run, runs.BACKTEST)
    assert table is not None
    own = table[(table["model"] == NETWORK) & (table["step"] == 1)]
    right = np.sign(own[MEDIAN_COLUMN] - own["last"]) == np.sign(own["actual"] - own["last"])
    return {"right": float(right.sum()), "calls": float(len(own))}


def errors(run: Run) -> Row:
    """RMSE of log prices by step, and the skill of it one step ahead:
    there every day weighs the same."""
    table = load_table(run, runs.BACKTEST)
    assert table is not None
    own = table[table["model"] == NETWORK]
    found = (np.log(own[MEDIAN_COLUMN] / own["actual"]) ** 2).groupby(own["step"]).mean() ** 0.5
    first = own[own["step"] == 1]
    skill = 1 - found[1] / np.sqrt(np.mean(np.log(first["last"] / first["actual"]) ** 2))
    return {
        "log_skill": float(skill),
        **{f"rmse_{step}": float(value) for step, value in found.items()},
    }


# what must not be found


def walk(seed: int) -> Row:
    """A random walk."""
    return scored(history_of(noise(3000, seed)))


def judge_walks(rows: pd.DataFrame) -> Judgement:
    """No skill, no claim, a fair coin."""
    skill, right, n = rows["rmse_skill"], int(rows["right"].sum()), int(rows["calls"].sum())
    low, high = binom.interval(0.99, n, 0.5)
    rejected = int((rows["rmse_p"] < 0.05).sum())
    claims = int(rows["claims_point"].sum())
    ok = (
        skill.mean() <= 0.002
        and skill.max() <= 0.01
        and low <= right <= high
        and rejected <= 3
        and claims <= 3
    )
    return ok, (
        f"RMSE skill {skill.mean():+.2%} on average, at most {skill.max():+.2%}; "
        f"{right / n:.1%} of {n} directions right; DM rejects {rejected} of {len(rows)} times; "
        f"verdicts that claim skill in the price: {claims}"
    )


def judge_iid_spread(rows: pd.DataFrame) -> Judgement:
    """No skill in the spread where it is constant."""
    skill, claims = rows["crps_skill"], int(rows["claims_distribution"].sum())
    ok = skill.mean() <= 0.002 and claims <= 3
    return (
        ok,
        f"CRPS skill {skill.mean():+.2%} on average; verdicts that claim skill in the spread: "
        f"{claims}",
    )


def judge_lag(rows: pd.DataFrame) -> Judgement:
    """A forecast of the last price is called that."""
    return bool(
        rows["lag_copy"].all()
    ), f"flagged as a lag copy: {int(rows['lag_copy'].sum())} of {len(rows)}"


def placebo(seed: int) -> Row:
    """An autoregression whose returns were put in random order: the same values, no signal."""
    returns = autoregression(ROWS, seed, 0.3)
    return scored(history_of(np.random.default_rng(seed).permutation(returns)))


def judge_placebo(rows: pd.DataFrame) -> Judgement:
    """Nothing is left."""
    skill = rows["rmse_skill"]
    return bool(skill.max() <= 0.005), f"RMSE skill {', '.join(f'{value:+.2%}' for value in skill)}"


def permuted(seed: int) -> Row:
    """The same with the training targets in random order, and everything else in place."""
    with tempfile.TemporaryDirectory() as folder:
        home, history = Path(folder), history_of(autoregression(ROWS, seed, 0.3))
        run = train(history, home, "training.epochs=1")
        dataset = prepare(load_experiment(run), history)
        shuffled = dataset.targets.copy()
        rows = np.concatenate(
            [dataset.splits.origins("train"), dataset.splits.origins("validation")]
        )
        shuffled[rows] = np.random.default_rng(seed).permutation(shuffled[rows])
        quantiles = refit(replace(dataset, given_targets=shuffled, experiment=full(run)), dataset)
        return skill_of(dataset, quantiles)


def full(run: Run):  # type: ignore[no-untyped-def]
    """The run's experiment with all epochs."""
    experiment = load_experiment(run)
    return experiment.model_copy(
        update={"training": experiment.training.model_copy(update={"epochs": 100})}
    )


def refit(teaching: Dataset, forecast: Dataset) -> np.ndarray:
    """Quantiles of the test part by a network that learned from another dataset."""
    from rnnforecast.forecast.forecaster import Forecaster
    from rnnforecast.model.training.ensemble import fit_ensemble

    scalers = teaching.fit_scalers()
    members = [member.network for member in fit_ensemble(windows_of([teaching], [scalers]))]

    class Fitted:
        """Networks as they are in memory."""

        def __call__(self, inputs: np.ndarray) -> np.ndarray:
            return np.stack([np.asarray(member(inputs), float) for member in members])

        def __len__(self) -> int:
            return len(members)

        def only(self, number: int) -> Fitted:
            return self

    return Forecaster(teaching.experiment, scalers, Fitted()).quantiles(
        forecast, forecast.splits.origins("test")
    )


def skill_of(dataset: Dataset, quantiles: np.ndarray) -> Row:
    """Skill over naive on the test part."""
    origins = dataset.splits.origins("test")
    backtest = backtest_table(
        dataset, {NETWORK: quantiles, NAIVE: naive_quantiles(dataset, origins)}, origins
    )
    found = (
        compare(losses(backtest), NETWORK, [NAIVE]).query("step == 0").set_index("metric")["skill"]
    )
    return {f"{metric}_skill": float(value) for metric, value in found.items()}


# what must be found


def planted(weight: float, lag: int, *settings: str, config: str = "gru") -> Callable[[int], Row]:
    """An autoregression, and how far the truth itself gets on the same test part."""

    def measure(seed: int) -> Row:
        returns = autoregression(ROWS, seed, weight, lag)
        row = scored(history_of(returns), "training.ensemble=3", *settings, config=config)
        test = int(row["calls"])
        before = np.roll(returns, lag)[-test:]
        truth = 1 - np.sqrt(
            np.mean((returns[-test:] - weight * before) ** 2) / np.mean(returns[-test:] ** 2)
        )
        return {**row, "truth_skill": float(truth), "best_skill": float(1 - np.sqrt(1 - weight**2))}

    return measure


def bent(seed: int) -> Row:
    """A threshold autoregression: only |r| of the day before tells."""
    returns = threshold(ROWS, seed, 0.8)
    row = scored(history_of(returns), "training.ensemble=3")
    test = int(row["calls"])
    known = 0.8 * (np.abs(np.roll(returns, 1)[-test:]) - 0.01 * np.sqrt(2 / np.pi))
    truth = 1 - np.sqrt(np.mean((returns[-test:] - known) ** 2) / np.mean(returns[-test:] ** 2))
    return {**row, "truth_skill": float(truth), "best_skill": float(truth)}


def judge_share(least: float) -> Callable[[pd.DataFrame], Judgement]:
    """The share of what the truth itself saves, and never more than that."""

    def judge(rows: pd.DataFrame) -> Judgement:
        skill = rows["log_skill"]
        share = skill.mean() / rows["truth_skill"].mean()
        best = skill.mean() / rows["best_skill"].mean()
        honest = skill.mean() <= rows["best_skill"].mean() + 3 * skill.std() / np.sqrt(len(rows))
        told = ", ".join(f"{value:+.1%}" for value in skill)
        return bool(share >= least and honest), (
            f"RMSE skill {told}: {share:.0%} of what the truth saves on the same days ({best:.0%} "
            f"of the expected {rows['best_skill'].mean():.1%}); "
            f"{rows['right'].sum() / rows['calls'].sum():.1%} of directions right"
        )

    return judge


def clustered(seed: int) -> Row:
    """GARCH."""
    return scored(history_of(garch(ROWS, seed)))


def judge_clustered(rows: pd.DataFrame) -> Judgement:
    """The spread is found, the price is not."""
    skill, p, claims = rows["crps_skill"], rows["crps_p"], int(rows["claims_point"].sum())
    told = ", ".join(f"{one:+.1%} (p {other:.2g})" for one, other in zip(skill, p, strict=True))
    return bool((skill > 0).all() and (p < 0.05).all() and not claims), (
        f"CRPS skill {told}; verdicts that claim skill in the price: {claims}"
    )


# what must have the right shape


def growth(seed: int) -> Row:
    """Twenty steps of a random walk."""
    return scored(history_of(noise(3000, 100 + seed)), "window.horizon=20")


def judge_growth(rows: pd.DataFrame) -> Judgement:
    """Errors grow like the square root of the horizon."""
    ratio = rows["rmse_20"] / rows["rmse_1"]
    near = abs(ratio.mean() - np.sqrt(20)) <= 3 * 0.42 / np.sqrt(len(rows))
    return bool(
        near
    ), f"RMSE(20) / RMSE(1) is {', '.join(f'{value:.2f}' for value in ratio)}; sqrt(20) is 4.47"


def shifted(config: str, *settings: str) -> Callable[[int], Row]:
    """Forecasts of a test part that stands at ten times the level of training."""

    def measure(seed: int) -> Row:
        history = history_of(noise(3000, 200 + seed))
        with tempfile.TemporaryDirectory() as folder:
            forecaster = load_forecaster(
                train(history, Path(folder), *settings, config=config).parts[0]
            )
        higher = replace(history, bars=history.bars * 10)
        dataset = prepare(forecaster.experiment, higher)
        return skill_of(dataset, forecaster.quantiles(dataset, dataset.splits.origins("test")))

    return measure


def judge_shift(rows: pd.DataFrame) -> Judgement:
    """The level does not matter."""
    skill = rows["rmse_skill"]
    return bool(skill.min() >= -0.01), f"RMSE skill {', '.join(f'{value:+.2%}' for value in skill)}"


def judge_levels(rows: pd.DataFrame) -> Judgement:
    """A network on price levels is lost there: the canary can sing."""
    skill = rows["rmse_skill"]
    return bool(skill.max() < -0.01), f"RMSE skill {', '.join(f'{value:+.0%}' for value in skill)}"


def bad_tick(seed: int) -> Row:
    """One price that is wrong for a day, and a forecast that always expects a fifth of a
    move to be undone."""
    returns = noise(3000, 300 + seed)
    returns[-200] += 0.16
    returns[-199] -= 0.16
    dataset = prepare(
        load("gru", ["data.symbol=SYNTHETIC", "window.horizon=1"]), history_of(returns)
    )
    origins = dataset.splits.origins("test")
    naive = naive_quantiles(dataset, origins)
    reverting = naive * np.exp(-0.2 * np.diff(np.log(dataset.closes))[origins - 1])[:, None, None]
    backtest = backtest_table(dataset, {NETWORK: reverting, NAIVE: naive}, origins)
    table = losses(backtest)
    comparisons = compare(table, NETWORK, [NAIVE])
    scores = summarise(table, dataset.naive_scale(), dataset.naive_root_scale())
    kinds = {flag.kind for flag in flags(backtest, scores, comparisons)}
    skill = comparisons.query("step == 0").set_index("metric")["skill"]
    return {"rmse_skill": float(skill["rmse"]), "flagged": float("influence" in kinds)}


def judge_bad_tick(rows: pd.DataFrame) -> Judgement:
    """Skill that two days make is called that."""
    apparent = rows[rows["rmse_skill"] > 0]
    return bool(len(apparent) >= 10 and apparent["flagged"].all()), (
        f"apparent RMSE skill {rows['rmse_skill'].mean():+.1%}; {int(apparent['flagged'].sum())} "
        f"of {len(apparent)} apparent skills flagged as driven by 2 days"
    )


LEVELS = ("window.lookback=30", "training.epochs=30", "training.patience=10", "model.units=[16]")
MONTH = "window.lookback=30"
"""The presets look back 10 days, too few for a lag of 20."""
CANARIES: dict[str, Canary] = {
    "random_walk": Canary(
        "20 random walks: mean RMSE skill at most 0.2 %, none above 1 %, "
        "directions within the 99 % band of a coin, at most 3 significant",
        20, walk, judge_walks,
    ),
    "iid_spread": Canary("the same walks: mean CRPS skill at most 0.2 %, at most 3 "
    "claims", 20, walk, judge_iid_spread),
    "lag": Canary("the same walks: the median is called a lag copy", 20, walk, judge_lag),
    "ar1": Canary(
        "planted r[t] = 0.3 r[t-1] + noise: at least 75 % of what the truth saves, "
        "and not more than it",
        3, planted(0.3, 1), judge_share(0.75),
    ),
    "long_lag": Canary(
        "planted r[t] = 0.5 r[t-20] + noise: at least 60 % of what the truth saves",
        3, planted(0.5, 20, MONTH), judge_share(0.6),
    ),
    "long_lag_open": Canary(
        "the same by a GRU whose gates start open (model.gate_bias: 5)",
        3, planted(0.5, 20, MONTH, "model.gate_bias=5"), judge_share(0.6),
    ),
    "long_lag_linear": Canary(
        "the same by one linear map (preset linear)",
        3, planted(0.5, 20, MONTH, config="linear"), judge_share(0.6),
    ),
    "nonlinear": Canary(
        "planted dependence on the size of yesterday's move: at least 60 % of what the truth saves",
        3, bent, judge_share(0.6),
    ),
    "garch": Canary(
        "planted GARCH: CRPS skill found on each of 3 (p below 5 %), none claimed in the price",
        3, clustered, judge_clustered,
    ),
    "growth": Canary(
        "errors grow like the square root of the horizon, within 3 standard errors (0.42 a walk)",
        4, growth, judge_growth,
    ),
    "placebo": Canary("AR(1) returns in random order: RMSE skill at most 0.5 "
    "%", 3, placebo, judge_placebo),
    "permuted": Canary("training targets in random order: RMSE skill at most 0.5 "
    "%", 3, permuted, judge_placebo),
    "bad_tick": Canary("skill that one bad tick makes is flagged", 20, bad_tick, judge_bad_tick),
    "level_shift": Canary(
        "a test part at ten times the level of training: RMSE skill at least -1 %", 3,
        shifted("gru"), judge_shift
    ),
    "price_levels": Canary(
        "the other way: a network on min-max price levels is lost there (below -1 %)",
        2, shifted("tutorial", *LEVELS), judge_levels,
    ),
}  # fmt: skip
"""Every canary by name; thresholds were set before anything was measured."""
SHARED = {"iid_spread": "random_walk", "lag": "random_walk"}
"""Canaries that read the same trainings as another."""


def main() -> None:
    """Measure what is missing, judge all, print the table, and keep the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=CANARIES, default=list(CANARIES))
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    chosen = parser.parse_args()
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"rows": {}}
    rows: dict[str, dict[str, Row]] = known["rows"]
    for name in chosen.only:
        source, canary = SHARED.get(name, name), CANARIES[name]
        have = {} if chosen.fresh and source == name else rows.get(source, {})
        for seed in range(1, canary.seeds + 1):
            if str(seed) not in have:
                have[str(seed)] = canary.measure(seed)
                rows[source] = have
                write(rows)
                told = {key: round(value, 4) for key, value in have[str(seed)].items()}
                print(name, seed, told, flush=True)
    write(rows)
    for line in judged(rows):
        print(f"{line['canary']:14} {'passed' if line['passed'] else 'FAILED'}  {line['claim']}")
        print(f"{'':23}{line['measured']}")


def judged(rows: dict[str, dict[str, Row]]) -> list[dict[str, object]]:
    """Every canary whose seeds are all measured."""
    found = []
    for name, canary in CANARIES.items():
        table = pd.DataFrame(list(rows.get(SHARED.get(name, name), {}).values()))
        if len(table) >= canary.seeds:
            passed, told = canary.judge(table)
            measured = told.replace("%", " %")
            found.append(
                {"canary": name, "claim": canary.claim, "passed": passed, "measured": measured}
            )
    return found


def write(rows: dict[str, dict[str, Row]]) -> None:
    """Keep everything measured so far, and put the judgements into the page."""
    RESULTS.parent.mkdir(exist_ok=True)
    about = {"machine": platform.platform(), "judged": judged(rows), "rows": rows}
    RESULTS.write_text(json.dumps(about, indent=1))
    lines = [
        f"| {line['claim']} | {line['measured']} | {'passed' if line['passed'] else '**failed**'} |"
        for line in judged(rows)
    ]
    table = "\n".join(["| what must hold | measured | |", "| --- | --- | --- |", *lines])
    write_between(PAGE, BEGIN, END, table)


if __name__ == "__main__":
    main()
