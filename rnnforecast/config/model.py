"""The network's settings, and which of them go together."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from rnnforecast.config.types import Count, NotNegative, Rate, Real, Section, as_tuple, one_or_many

RECURRENT = ("simple_rnn", "lstm", "gru")
HeadName = Literal["student_t", "skewed_t", "gaussian", "quantile", "point", "bernoulli"]
Location = Literal["drift", "zero", "learned"]


class Model(Section):
    """The network."""

    architecture: Literal["simple_rnn", "lstm", "gru", "segrnn", "cnn", "transformer", "linear"] = (
        "gru"
    )
    """The kind of network that reads the window."""
    units: Annotated[
        tuple[Annotated[int, Field(ge=1, le=16_384)], ...],
        Field(min_length=1, max_length=64, json_schema_extra=one_or_many),
        BeforeValidator(as_tuple),
    ] = (32,)
    """Width of each layer: a number, or a list for several layers; ``linear`` has none."""
    bidirectional: bool = False
    """Recurrent networks: read the window from both ends. Nothing after the window is seen."""
    activation: Literal["tanh", "relu", "gelu", "sigmoid", "linear"] = "tanh"
    """Activation of each layer's output; a recurrent layer with anything but ``tanh`` cannot use
    cuDNN."""
    initializer: Literal["glorot_uniform", "he_normal", "lecun_normal", "orthogonal"] = (
        "glorot_uniform"
    )
    """Initializer of the input weights; recurrent weights start orthogonal."""
    dropout: Rate = 0.1
    """Share of each layer's outputs dropped during training."""
    recurrent_dropout: Rate = 0.0
    """Recurrent networks: share of the state dropped from step to step; cannot use cuDNN."""
    l2: NotNegative = 0.0
    """L2 penalty on the input weights."""
    gate_bias: Real | None = None
    """lstm, gru: initial bias of the gate that keeps the memory; about 5 to remember 100 steps
    (chrono initialization)."""
    layer_norm: bool = False
    """Apply layer normalization to each layer's outputs."""
    residual: bool = False
    """Add each layer's inputs to its outputs, projected where widths differ."""
    pooling: Literal["last", "attention"] = "last"
    """How the steps are summarized: the newest one, or an average weighted by learned attention."""
    decoder: Literal["none", "parallel", "autoregressive"] = "none"
    """Recurrent networks: forecast the path with a second recurrent layer (seq2seq) that is given
    its position (``parallel``) or its previous output (``autoregressive``)."""
    subtract_last: bool = False
    """Subtract the newest step from the window, as ``linear`` and ``segrnn`` always do, so that the
    level of the series does not matter."""
    kernel: Annotated[Count, Field(le=10_000)] = 3
    """cnn: steps that a convolution covers; its dilation doubles from layer to layer."""
    attention_heads: Annotated[Count, Field(le=1024)] = 4
    """transformer: heads of each attention layer."""
    segment: Annotated[Count, Field(le=10_000)] = 5
    """segrnn: steps in a segment of the window and of the path."""
    head: HeadName = "student_t"
    """What is forecast at each step: a distribution, its quantiles, a point, or a probability
    (``bernoulli``)."""
    location: Literal["auto", "drift", "zero", "learned"] = "auto"
    """Where the middle of the distribution lies: at the mean of the training targets (``drift``),
    at no change (``zero``), or wherever the network puts it (``learned``). ``auto`` is ``drift``
    for a distribution of price changes, whose direction has never been worth learning, and
    ``learned`` for everything else."""
    point_loss: Literal["mse", "mae", "huber"] = "mse"
    """Loss of a point forecast: squared, absolute or Huber error."""

    @model_validator(mode="after")
    def _options_belong_to_the_architecture(self) -> Self:
        kind, name = self.architecture, "model.architecture"
        for option, wanted in (
            ("bidirectional", RECURRENT), ("recurrent_dropout", RECURRENT), ("decoder", RECURRENT),
            ("gate_bias", ("lstm", "gru")), ("residual", (*RECURRENT, "cnn")),
            ("layer_norm", (*RECURRENT, "cnn")),
        ):  # fmt: skip
            if getattr(self, option) not in (None, False, 0.0, "none") and kind not in wanted:
                raise ValueError(
                    f"model.{option} belongs to {', '.join(wanted)}, not to {name} {kind}"
                )
        if self.pooling == "attention" and kind in ("segrnn", "linear"):
            raise ValueError(
                f"model.pooling attention needs steps to weigh, {name} {kind} leaves none; use last"
            )
        if self.decoder != "none" and (
            self.bidirectional or self.pooling != "last" or self.residual
        ):
            raise ValueError(
                f"model.decoder {self.decoder} begins with the last state; use one way, "
                "pooling last"
            )
        if kind == "segrnn" and len(self.units) > 1:
            raise ValueError(
                f"{name} segrnn has one layer, not model.units {list(self.units)}; "
                f"use {self.units[-1]}"
            )
        if kind == "transformer":
            self._check_transformer()
        return self

    def _check_transformer(self) -> None:
        width, heads = self.units[0], self.attention_heads
        if len(set(self.units)) > 1:
            raise ValueError(
                f"a transformer has one width, not model.units {list(self.units)}; "
                f"use {[width] * 2}"
            )
        if width % heads:
            near = max(heads, round(width / heads) * heads)
            raise ValueError(
                f"model.units {width} is no multiple of model.attention_heads {heads}; use {near}"
            )
