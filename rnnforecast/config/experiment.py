"""Experiment: everything that decides what a run does, in one frozen value."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def _read_scientific(value: object) -> object:
    """YAML 1.1 reads ``1e-3`` as text; a person means a number."""
    return float(value) if isinstance(value, str) and _SCIENTIFIC.fullmatch(value) else value


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Count = Annotated[int, Field(ge=1)]
Real = Annotated[float, BeforeValidator(_read_scientific), Field(allow_inf_nan=False)]
Fraction = Annotated[Real, Field(gt=0, lt=0.5)]
Rate = Annotated[Real, Field(ge=0, lt=1)]
Positive = Annotated[Real, Field(gt=0)]

Feature = Literal["log_return", "abs_log_return", "difference", "abs_difference", "close"]
Target = Literal["log_return", "difference", "price"]


class Section(BaseModel):
    """Settings refuse unknown keys and never convert types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Data(Section):
    """Which prices."""

    symbol: Annotated[str, Field(min_length=1)] = "BTC-USD"
    """In Yahoo's spelling, or the name given to ``data import``."""
    interval: str = "1d"
    """Length of a bar."""
    start: date | None = None
    """First bar used; by default the oldest stored."""
    end: date | None = None
    """Last bar used; by default the newest stored."""
    price: Literal["adjusted", "close"] = "adjusted"
    """``adjusted`` for splits and dividends, scaled so that the newest close is as traded; or ``close`` as it is."""
    missing: Literal["drop", "ffill", "error"] = "drop"
    """Bars without a price and sessions without a bar: leave them out, repeat the bar before, or refuse."""
    bad_ticks: Literal["keep", "drop", "flag"] = "keep"
    """Closes ten robust deviations from the last good one, by the past alone: use, leave out, or use and count."""


class Window(Section):
    """What the network sees, and what it answers."""

    lookback: Count = 30
    """Steps in an input window."""
    horizon: Count = 5
    """Steps forecast from each origin, all at once."""
    features: Annotated[tuple[Feature, ...], Field(min_length=1)] = ("log_return", "abs_log_return")
    """Inputs at each step of the window."""
    target: Target = "log_return"
    """The path of log(price / last close), of price - last close (``difference``), or of the price itself."""
    scaler: Literal["standard", "robust", "minmax"] = "standard"
    """scikit-learn's scaler of inputs and targets, fitted on training rows."""


class Split(Section):
    """Chronological shares of the rows; the rest is for training."""

    validation: Fraction = 0.15
    """For early stopping and calibration."""
    test: Fraction = 0.15
    """Touched by ``evaluate`` alone."""

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> Self:
        if self.validation + self.test > 0.8:
            raise ValueError(f"validation {self.validation} and test {self.test} leave too little to train on")
        return self


class Model(Section):
    """The network."""

    cell: Literal["simple_rnn", "lstm", "gru"] = "gru"
    """The recurrence."""
    units: Annotated[tuple[Count, ...], BeforeValidator(_as_tuple), Field(min_length=1)] = (32,)
    """Width of each recurrent layer: a number, or a list for a stack."""
    activation: Literal["tanh", "relu", "sigmoid", "linear"] = "tanh"
    """Of the cell's output; anything but tanh gives up cuDNN."""
    dropout: Rate = 0.1
    """Share of the last layer's outputs dropped in training."""
    head: Literal["student_t", "gaussian", "point"] = "student_t"
    """What is forecast at each step: a distribution, or a point (mean squared error)."""


class Training(Section):
    """How the network is fitted."""

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """Keras' optimizer."""
    learning_rate: Positive = 1e-3
    """Its step size."""
    clipnorm: Positive | None = 1.0
    """Largest norm of a gradient; ``null`` to leave gradients alone."""
    batch_size: Count = 64
    """Windows in a step of the optimizer."""
    epochs: Count = 100
    """At most this many passes over the training windows."""
    patience: Count | None = 10
    """Stop after this many epochs without a better validation loss, and keep the best; ``null`` never stops early."""
    ensemble: Count = 5
    """Networks trained from different seeds; their quantiles are averaged."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """Of the first member; the others count up from it."""


class Experiment(Section):
    """Everything that decides what a run does.

    Args:
        data: which prices.
        window: what the network sees, and what it answers.
        split: chronological shares of the rows.
        model: the network.
        training: how it is fitted.
        calibration: ``conformal`` corrects the quantiles by validation residuals (split conformal,
            normalised by the forecast's own spread); ``none`` leaves the head's distribution alone.
    """

    data: Data = Data()
    window: Window = Window()
    split: Split = Split()
    model: Model = Model()
    training: Training = Training()
    calibration: Literal["none", "conformal"] = "conformal"

    @model_validator(mode="after")
    def _a_point_needs_residuals(self) -> Self:
        if self.model.head == "point" and self.calibration == "none":
            raise ValueError("model.head point with calibration none has no spread")
        return self
