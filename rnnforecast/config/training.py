"""How the network is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rnnforecast.config.types import Count, NotNegative, Positive, Section


class Training(Section):
    """How the network is fitted."""

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """Keras' optimizer."""
    learning_rate: Positive = 1e-3
    """Its step size at the start."""
    schedule: Literal["constant", "cosine", "exponential", "plateau"] = "constant"
    """Of the step size: down to a hundredth over all epochs,
    or halved when validation stalls for half the patience."""
    weight_decay: NotNegative = 0.004
    """adamw: share of the weights taken off at each step."""
    clipnorm: Positive | None = 1.0
    """Largest norm of a gradient; ``null`` to leave gradients alone."""
    batch_size: Count = 64
    """Windows in a step of the optimizer."""
    epochs: Count = 100
    """At most this many passes over the training windows."""
    patience: Count | None = 10
    """Stop after this many epochs without a better validation loss, and keep the best;
    ``null`` never stops early."""
    ensemble: Annotated[Count, Field(le=1000)] = 5
    """Networks trained from different seeds; their quantiles are averaged."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """Of the first member; the others count up from it."""
    deterministic: bool = False
    """Also where it costs speed, as it may on a GPU:
    the same seed gives the same weights to the last bit."""
