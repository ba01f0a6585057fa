"""Experiment: everything that decides what a run does, in one frozen value."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from rnnforecast.config.data import Data
from rnnforecast.config.features import MARKET_INPUTS, check_feature
from rnnforecast.config.model import Location, Model
from rnnforecast.config.searched import Searched
from rnnforecast.config.split import Split
from rnnforecast.config.training import Training
from rnnforecast.config.types import AUTO, AutoOrList, Count, Section, as_tuple, one_or_many
from rnnforecast.quantities import PRICE, QUANTITIES, Quantity

FROM_CLOSES = ("log_return", "abs_log_return", "difference", "abs_difference", "close", "log_close")
"""Features that follow from a close and the one before it."""


def _check_features(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check that every name is a feature, or that ``auto`` stands alone."""
    return names if names == AUTO else tuple(map(check_feature, names))


Feature = Annotated[str, Field(max_length=1000), AfterValidator(check_feature)]
Features = Annotated[
    tuple[str, ...],
    Field(min_length=1, max_length=1000, json_schema_extra=one_or_many),
    BeforeValidator(as_tuple),
    AfterValidator(_check_features),
    AutoOrList,
]
Target = Literal["log_return", "return", "difference", "price", "volatility", "direction"]

PoolPart = Literal["network", "gjr", "har"]


def _check_pool(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Check that the networks are among the parts, and that ``auto`` stands alone."""
    if parts == AUTO:
        return parts
    if unknown := [part for part in parts if part not in get_args(PoolPart)]:
        raise ValueError(
            f"pool knows no {unknown[0]!r}; use {', '.join(get_args(PoolPart))}, or auto"
        )
    if "network" not in parts or len(set(parts)) < len(parts):
        raise ValueError("pool needs network, and each part once; use [network, gjr, har]")
    return parts


Pool = Annotated[
    tuple[str, ...],
    Field(min_length=1, json_schema_extra=one_or_many),
    BeforeValidator(as_tuple),
    AfterValidator(_check_pool),
    AutoOrList,
]

CHANGES = ("log_return", "return", "difference")
"""Targets that are a change from the last price, so that no change is 0."""
DISTRIBUTIONS = ("student_t", "skewed_t", "gaussian", "quantile")
"""Heads that have something to learn besides the location."""
ASYMMETRIC = ("skewed_t", "quantile")
"""Heads whose two sides may differ in width, so that each side is calibrated in its own."""


class Window(Section):
    """What the network sees and what it forecasts."""

    lookback: Annotated[Count, Field(le=10_000)] = 10
    """Steps in an input window."""
    horizon: Annotated[Count, Field(le=1000)] = 5
    """Steps forecast from each origin."""
    strategy: Literal["direct", "recursive"] = "direct"
    """``direct``: all steps at once; ``recursive``: one step repeatedly, on simulated paths."""
    features: Features = AUTO
    """Inputs at each step of the window (see ``rnnforecast features list``), or a function in a
    file, ``mine.py:f``. ``auto``: measures of volatility from highs and lows, or from closes if
    there are no others."""
    exogenous_features: Annotated[tuple[Feature, ...], Field(min_length=1, max_length=1000)] = (
        "log_return",
    )
    """Inputs taken from each symbol in ``data.exogenous``."""
    target: Target = "log_return"
    """What to forecast: the path of log(price / last) (``log_return``), price / last - 1
    (``return``), price - last (``difference``) or the ``price`` itself; the ``volatility`` of the
    coming steps; or whether the price will be higher (``direction``)."""
    scaler: Literal["standard", "robust", "minmax"] = "standard"
    """How inputs and targets are scaled; learned from training rows."""
    target_scale: Literal["step", "series"] = "step"
    """What targets are divided by: the standard deviation of each step's own targets (``step``), or
    that of the prices themselves at every step (``series``), as published benchmarks do for errors
    (``difference`` and ``price`` only)."""

    @model_validator(mode="after")
    def _the_spread_of_prices_suits_prices(self) -> Self:
        if self.target_scale == "series" and self.target not in ("difference", "price"):
            raise ValueError(f"window.target_scale series is for prices, not a {self.target}")
        return self

    @property
    def quantity(self) -> Quantity:
        """What is forecast."""
        return QUANTITIES.get(self.target, PRICE)


class Experiment(Section):
    """Everything that decides what a run does."""

    data: Data = Data()
    """The prices to use."""
    window: Window = Window()
    """What the network sees and what it forecasts."""
    split: Split = Split()
    """Chronological shares of the rows; the rest is for training."""
    model: Model = Model()
    """The network."""
    training: Training = Training()
    """How the network is trained."""
    calibration: Literal["auto", "none", "conformal", "rolling", "aci"] = "auto"
    """``conformal`` corrects the quantiles by validation residuals (split conformal, normalized by
    the forecast's own spread); ``rolling`` keeps learning from the newest residuals; ``aci`` also
    adjusts its levels after each hit and miss; ``none`` leaves the distribution as it is. ``auto``
    is ``rolling``, or ``conformal`` for simulated paths."""

    pool: Pool = AUTO
    """The models to average, quantile by quantile with equal weights: the ``network`` ensemble,
    ``gjr`` (GJR-GARCH with Student-t shocks) and ``har`` (a regression on ranges). ``auto`` takes
    all that can be fitted to the prices."""
    searched: Searched | None = None
    """The search that found these settings; none where a person wrote them."""

    @model_serializer(mode="wrap")
    def _without_a_search(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out where settings come from where nobody searched."""
        values: dict[str, Any] = dump(self)
        if self.searched is None:
            values.pop("searched", None)
        return values

    @model_validator(mode="after")
    def _a_direction_is_yes_or_no(self) -> Self:
        if self.window.target == "direction" and (
            self.model.head != "bernoulli" or self.calibration_kind != "none"
        ):
            raise ValueError(
                f"window.target direction is yes or no, model.head {self.model.head} with "
                f"calibration {self.calibration} is not; use --config direction.yaml, "
                "or head bernoulli and calibration none"
            )
        if self.window.target != "direction" and self.model.head == "bernoulli":
            raise ValueError(
                f"model.head bernoulli answers yes or no, not a {self.window.target}; use student_t"
            )
        return self

    @model_validator(mode="after")
    def _a_point_needs_residuals(self) -> Self:
        if self.model.head == "point" and self.calibration == "none":
            raise ValueError(
                "model.head point with calibration none has no spread; use calibration conformal"
            )
        return self

    @model_validator(mode="after")
    def _a_fixed_location_suits_a_distribution_of_changes(self) -> Self:
        if self.model.location in ("drift", "zero") and not self._location_may_be_fixed:
            raise ValueError(
                f"model.location {self.model.location} needs a distribution of a change in price, "
                f"not a {self.window.target} with model.head {self.model.head}; use learned"
            )
        return self

    @property
    def _location_may_be_fixed(self) -> bool:
        return self.window.target in CHANGES and self.model.head in DISTRIBUTIONS

    @property
    def location(self) -> Location:
        """Where the middle of the distribution lies, ``auto`` resolved."""
        if self.model.location == "auto":
            return "drift" if self._location_may_be_fixed else "learned"
        return self.model.location

    @property
    def calibration_kind(self) -> Literal["none", "conformal", "rolling", "aci"]:
        """How intervals are calibrated, ``auto`` resolved."""
        if self.calibration != "auto":
            return self.calibration
        if self.model.head == "bernoulli":
            return "none"
        return "conformal" if self.window.strategy == "recursive" else "rolling"

    @property
    def pool_parts(self) -> tuple[PoolPart, ...]:
        """What is averaged, ``auto`` resolved; only distributions of prices, answered at once,
        are pooled."""
        if self.pool != AUTO:
            return cast(tuple[PoolPart, ...], self.pool)
        pooled = self.window.quantity == PRICE and self.window.strategy == "direct"
        return ("network", "gjr", "har") if pooled and self.model.head != "point" else ("network",)

    @model_validator(mode="after")
    def _a_pool_averages_prices(self) -> Self:
        if len(self.pool) > 1 and self.window.quantity != PRICE:
            raise ValueError(
                f"pool {', '.join(self.pool)} averages prices, not a {self.window.target}; "
                "use [network]"
            )
        return self

    def only(self, symbol: str) -> Experiment:
        """Return the same experiment on one of its symbols."""
        teachers = (symbol,) if symbol in self.data.teachers else ()
        data = self.data.model_copy(update={"symbol": (symbol,), "teachers": teachers})
        return self.model_copy(update={"data": data})

    @property
    def only_teaches(self) -> bool:
        """Whether nothing of its symbols is calibrated, forecast or scored."""
        return set(self.data.symbol) <= set(self.data.teachers)

    def open_ended(self) -> Experiment:
        """Return the same experiment on prices without an end."""
        return self.model_copy(update={"data": self.data.model_copy(update={"end": None})})

    @property
    def others(self) -> tuple[str, ...]:
        """Stored symbols that are read beside its own, each once: other inputs, and the market."""
        return tuple(dict.fromkeys((*self.data.exogenous, *self.data.market_members)))

    @property
    def inputs(self) -> int:
        """How many inputs there are at each step of a window, ``auto`` resolved."""
        own, beside = len(self.window.features), len(self.window.exogenous_features)
        market = len(MARKET_INPUTS) if self.data.market_members else 0
        return own + len(self.data.exogenous) * beside + market

    @property
    def answered(self) -> int:
        """Steps that the network itself answers."""
        return 1 if self.window.strategy == "recursive" else self.window.horizon

    @model_validator(mode="after")
    def _simulated_inputs_follow_from_closes(self) -> Self:
        if self.window.strategy == "recursive":
            if self.window.quantity != PRICE:
                raise ValueError(
                    f"window.strategy recursive simulates prices, not a {self.window.target}; "
                    "use direct"
                )
            features = () if self.window.features == AUTO else self.window.features
            other = [name for name in features if name not in FROM_CLOSES]
            beside = [f"exogenous {symbol}" for symbol in self.data.exogenous]
            if self.data.market_members:
                beside.append("data.market")
            if culprits := [*other, *beside]:
                raise ValueError(
                    f"window.strategy recursive cannot simulate {culprits[0]}; use direct, "
                    f"or features of {', '.join(FROM_CLOSES)}"
                )
            if self.calibration in ("rolling", "aci"):
                raise ValueError(
                    f"window.strategy recursive is calibrated once, not {self.calibration}; "
                    "use conformal"
                )
            if self.model.head == "point":
                raise ValueError(
                    "window.strategy recursive needs a distribution to draw from; use student_t"
                )
        return self

    @model_validator(mode="after")
    def _segments_fill_the_window(self) -> Self:
        lookback, segment = self.window.lookback, self.model.segment
        if self.model.architecture == "segrnn" and lookback % segment:
            near = max(segment, round(lookback / segment) * segment)
            raise ValueError(
                f"window.lookback {lookback} is no multiple of model.segment {segment}; use {near}"
            )
        return self
