"""What a run says of itself: of several symbols, what they share and what they add up to."""

from __future__ import annotations

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.runs.provenance import SPLITS, code_digest, describe, describe_panel

from ..conftest import random_walk


def test_a_manifest_names_prices_and_the_days_of_each_part(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset = prepare(small, walk)
    manifest = describe(dataset, walk, {"B": random_walk(symbol="B")}, ["train"])
    assert manifest.data.digest == walk.digest() and manifest.data.exogenous[0].symbol == "B"
    assert manifest.argv == ("train",) and manifest.code == code_digest()
    windows = [manifest.splits[split].windows for split in SPLITS]
    assert windows == [len(dataset.splits.origins(split)) for split in SPLITS]
    assert manifest.splits["train"].last_target < manifest.splits["test"].first_target
    assert manifest.splits["test"].last_target == manifest.data.last == f"{walk.last:%Y-%m-%d}"


def test_a_panel_adds_up_its_symbols_and_keeps_what_they_share(small: Experiment) -> None:
    first, second = random_walk(), random_walk(320, symbol="B")
    parts = [describe(prepare(small, history), history, {}) for history in (first, second)]
    whole = describe_panel("WALK and B", parts)
    assert whole.data.symbols == ("WALK", "B") and whole.data.rows == 620
    assert whole.data.last == f"{second.last:%Y-%m-%d}" and whole.data.currency == "USD"
    assert whole.splits["test"].windows == sum(part.splits["test"].windows for part in parts)
    assert whole.data.digest not in {part.data.digest for part in parts}
    other = parts[1].replace(data=parts[1].data.model_copy(update={"currency": "EUR"}))
    assert describe_panel("", [parts[0], other]).data.currency is None
