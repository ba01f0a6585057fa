"""How the network is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rnnforecast.config.types import Count, NotNegative, Positive, Section


class Training(Section):
    """How the network is fitted."""

    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adam"
    """The Keras optimizer."""
    learning_rate: Positive = 1e-3
    """Initial learning rate."""
    schedule: Literal["constant", "cosine", "exponential", "plateau"] = "constant"
    """Learning rate schedule: constant, falling to a hundredth over all epochs (``cosine``,
    ``exponential``), or halved when the validation loss stalls for half the patience
    (``plateau``)."""
    weight_decay: NotNegative = 0.004
    """adamw: weight decay at each step."""
    clipnorm: Positive | None = 1.0
    """Gradients are clipped to this norm; ``null``: no clipping."""
    batch_size: Count = 64
    """Windows per batch."""
    epochs: Count = 100
    """Maximum number of passes over the training windows."""
    patience: Count | None = 10
    """Stop after this many epochs without a better validation loss, and keep the best weights;
    ``null``: never stop early."""
    ensemble: Annotated[Count, Field(le=1000)] = 5
    """Number of networks trained from different seeds; their quantiles are averaged."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """Seed of the first network; the others count up from it."""
    deterministic: bool = False
    """Give bit-identical weights for the same seed even if that costs speed, as it may on a GPU."""
