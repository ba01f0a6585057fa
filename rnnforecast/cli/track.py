"""``track``: what was forecast, beside what came true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, records, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.errors import PromiseError, UsageError

if TYPE_CHECKING:
    from rnnforecast.pipeline.track import Track
    from rnnforecast.runs import Part

METRICS = ("crps", "mae", "direction", "coverage_0.80", "coverage_0.95")
"""What is shown; the JSON document has every metric and step."""
TITLES = ("CRPS %", "MAE %", "direction %", "80 % coverage", "95 % coverage")


@app.command()
def track(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[verify] RUN",
            help="A symbol, or a run's name or part of it; by default the newest run. Successive "
            "runs, as daily trains them, are scored as one, unless the full name of one is given. "
            "With verify before it: check that the record has not been altered.",
            autocompletion=completion.run_names,
        ),
    ] = None,
    replay: Annotated[
        bool,
        typer.Option("--replay", help="Score replays of past days (predict --as-of) instead."),
    ] = False,
) -> None:
    """Score earlier forecasts against the prices that came; exit code 3 if the intervals contain
    less than they promise.

    \b
    For example:
      rnnforecast track BTC-USD
      rnnforecast track verify BTC-USD

    predict records every forecast. Here each step is matched with the price that has come since, in
    log returns, and compared with what the baselines said on the same day. You may look every day:
    the evidence stays valid.
    """

    settings = settings_of(context)
    verify, name = _read(words or [])
    run = find_named(settings, name)
    from rnnforecast.pipeline.track_loading import load_track
    from rnnforecast.pipeline.track_storage import succession

    exact = name is not None and name.partition("/")[0] == run.run.name
    parts = [(part,) if exact else succession(part) for part in run.parts]
    if verify:
        _verify([part for succeeding in parts for part in succeeding], settings)
        return
    tracks = [
        load_track(succeeding, settings.store, "replay" if replay else "live")
        for succeeding in parts
    ]
    if len(parts[0]) > 1:
        note(
            f"{len(parts[0])} runs in succession; for the newest alone: "
            f"rnnforecast track {run.name}",
            settings,
        )
    content: dict[str, Any] = {}
    if settings.json:
        bodies = [
            {**_plain(track), "runs": [part.run.name for part in succeeding]}
            for track, succeeding in zip(tracks, parts, strict=True)
        ]
        body: dict[str, Any] = {"symbols": bodies} if run.is_panel else bodies[0]
        content = {"schema": 1, "run": run.name, **body}
    else:
        for track in tracks:
            _show(track, settings)
    broken = [track.symbol for track in tracks if track.scores and track.scores.promise == "broken"]
    if broken:
        raise PromiseError(
            f"the intervals of {', '.join(broken)} contain less than they promise",
            f"train again on newer prices: rnnforecast train --symbol {broken[0]}",
            content,
        )
    if settings.json:
        document(content)


def _read(words: list[str]) -> tuple[bool, str | None]:
    """Read whether to verify, and the name of the run."""
    verify = words[:1] == ["verify"]
    names = words[1:] if verify else words
    if names[1:] == ["verify"]:
        raise UsageError(
            "verify stands before the run", f"did you mean rnnforecast track verify {names[0]}?"
        )
    if len(names) > 1:
        raise UsageError(f"{len(names)} runs named ({', '.join(names)})", "name one of them")
    return verify, names[0] if names else None


def _verify(parts: Sequence[Part], settings: Settings) -> None:
    """Check the chain of hashes of every record, and print where each ends."""
    from rnnforecast.pipeline.track_storage import entries_of, track_record

    for part in parts:
        entries_of(part)
    heads = [(part.symbol, part.run.name, *track_record(part).head()) for part in parts]
    if settings.json:
        records = [
            {"symbol": symbol, "run": run, "forecasts": count, "head": head}
            for symbol, run, count, head in heads
        ]
        document({"schema": 1, "run": parts[-1].run.name, "records": records})
        return
    several = len({run for _, run, *_ in heads}) > 1
    rows = [
        [symbol, *([run] if several else []), str(count), head]
        for symbol, run, count, head in heads
    ]
    headings = ["symbol", *(["run"] if several else []), "forecasts", "last hash"]
    table(headings, rows, prose=["last hash"])
    note("each forecast follows from the one before it; keep the last hash elsewhere", settings)


def _show(track: Track, settings: Settings) -> None:
    """Print the verdict on one symbol first, then the scores behind it."""
    from rnnforecast.report.track import track_sentences

    for sentence in track_sentences(track):
        say(sentence)
    if track.scores is None:
        return
    scores = track.scores.scores
    overall = scores[scores["step"] == 0].set_index(["model", "metric"])["value"]
    models = list(dict.fromkeys(overall.index.get_level_values("model")))
    rows = [
        [model, *(f"{100 * overall.get((model, metric), float('nan')):.2f}" for metric in METRICS)]
        for model in models
    ]
    table(["model", *TITLES], rows)


def _plain(track: Track) -> dict[str, Any]:
    """Return a track record as JSON values."""
    from rnnforecast.report.track import track_sentences

    common = {
        "symbol": track.symbol,
        "kind": track.kind,
        "forecasts": len(track.entries),
        "pending_steps": track.pending,
        "delisted_steps": track.delisted,
        "last_price": None if track.last_price is None else track.last_price.isoformat(),
        "lost_origins": list(track.lost),
        "unit": track.unit,
        "summary": track_sentences(track),
    }
    scores = track.scores
    if scores is None:
        return {**common, "promise": "open", "evidence": None, "scores": []}
    return {
        **common,
        "promise": scores.promise,
        "evidence": {
            "too_narrow": scores.too_narrow,
            "too_wide": scores.too_wide,
            "better_than": dict(scores.skill),
            "worse_than": dict(scores.behind),
        },
        "scores": records(scores.scores),
    }
