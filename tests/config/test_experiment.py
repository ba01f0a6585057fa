"""Settings that do not go together are refused with what would; what is automatic is resolved."""

from __future__ import annotations

import pytest

from rnnforecast.config import with_settings
from rnnforecast.config.experiment import Experiment
from rnnforecast.errors import UsageError


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["window.target=direction"], "use --config direction.yaml"),
        (["model.head=bernoulli", "calibration=none"], "bernoulli answers yes or no"),
        (["model.head=point", "calibration=none"], "has no spread"),
        (["window.target=price", "model.location=drift"], "needs a distribution of a change"),
        (["window.target=volatility", "pool=[network,gjr]"], "averages prices, not a volatility"),
        (["pool=[network,oracle]"], "pool knows no 'oracle'"),
        (["pool=[gjr,har]"], "pool needs network"),
        (["data.symbol=[A,A]"], "names A twice"),
        (["window.strategy=recursive", "window.features=[rsi]"], "cannot simulate rsi"),
        (["window.strategy=recursive", "calibration=aci"], "is calibrated once, not aci"),
        (["model.architecture=segrnn", "window.lookback=32"], "no multiple .* use 30"),
    ],
)
def test_what_does_not_go_together_is_refused(settings: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        with_settings(Experiment(), settings)


@pytest.mark.parametrize(
    ("settings", "location", "kind", "pool"),
    [
        ([], "drift", "rolling", ("network", "gjr", "har")),
        (["window.target=price"], "learned", "rolling", ("network", "gjr", "har")),
        (["model.head=point"], "learned", "rolling", ("network",)),
        (["window.target=volatility"], "learned", "rolling", ("network",)),
        (["window.strategy=recursive", "window.features=[log_return]"], "drift", "conformal",
         ("network",)),
        (["model.location=zero", "calibration=none", "pool=[network]"], "zero", "none",
         ("network",)),
    ],
)  # fmt: skip
def test_what_is_automatic_follows_from_the_rest(
    settings: list[str], location: str, kind: str, pool: tuple[str, ...]
) -> None:
    experiment = with_settings(Experiment(), settings)
    assert (experiment.location, experiment.calibration_kind) == (location, kind)
    assert experiment.pool_parts == pool


def test_one_of_several_symbols_has_all_other_settings() -> None:
    several = with_settings(Experiment(), ["data.symbol=[A,B,C]", "data.end=2024-01-31"])
    assert several.data.title == "A and 2 more" and several.only("B").data.title == "B"
    assert with_settings(several.only("B"), ["data.symbol=[A,B,C]"]) == several
    assert several.open_ended().data.end is None
