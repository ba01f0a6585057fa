"""``run.json``: what must be known to make a run again,
and how often its test part was looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rnnforecast.data.symbols import is_symbol
from rnnforecast.errors import RunError, quoted

SCHEMA = 1
"""The version of the format that is written; older ones are read, newer ones are refused."""

Split = Literal["train", "validation", "test"]


def _checked_symbol(symbol: str) -> str:
    """Refuse a symbol that may lead out of the folder that is named after it."""
    if not is_symbol(symbol):
        raise ValueError(f"{quoted(symbol)} is not a symbol")
    return symbol


class _Record(BaseModel):
    """A part of the manifest: it cannot change, and keeps fields that a later version added."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class DataRecord(_Record):
    """A history without its bars.

    Args:
        symbol: whose prices; of a run on several symbols, its title.
        symbols: all of them, where there are several; else empty.
        teachers: symbols whose training windows taught as well, and nothing else.
        interval: length of a bar.
        sessions: when the symbol trades; None where several differ.
        currency: of the prices, where known.
        rows: how many bars.
        first, last: dates of the first and the last bar.
        digest: of the bars.
        provenance: where they come from.
        cleaning: what was done about bad and missing bars.
        exogenous: the other series that are inputs.
    """

    symbol: str
    symbols: tuple[Annotated[str, AfterValidator(_checked_symbol)], ...] = ()
    teachers: tuple[Annotated[str, AfterValidator(_checked_symbol)], ...] = ()
    interval: str
    sessions: str | None
    currency: str | None
    rows: int
    first: str
    last: str
    digest: str
    provenance: dict[str, Any] = {}
    cleaning: dict[str, Any] = {}
    exogenous: tuple[DataRecord, ...] = ()


class SplitRecord(_Record):
    """The number of windows of a part, and the dates of its first and last target."""

    windows: int
    first_target: str
    last_target: str


class ProtocolRecord(_Record):
    """The last walk through the test part, and the number of fits that it took."""

    origins: int | None = None
    step: int = 1
    refit_every: int | None = None
    window: str = "expanding"
    purge: int | None = None
    embargo: int | None = None
    warm: bool = False
    fits: int = 1

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were asked for."""
        return self.model_dump(exclude={"fits"})


class TradingRecord(_Record):
    """One way in which the forecasts were traded, and the yearly Sharpe ratio that it had.

    Args:
        trading: costs, position and execution.
        protocol: which origins were traded, by which fits; of a record from before 0.2, all of the
            test part by those of the run.
        sharpe: a year; None where it is not defined.
    """

    trading: dict[str, Any]
    protocol: ProtocolRecord = ProtocolRecord()
    sharpe: float | None

    def is_of(self, trading: dict[str, Any] | None, protocol: ProtocolRecord) -> bool:
        """Say whether this is the trial of a way of trading
        and of walking through the test part."""
        return self.trading == trading and self.protocol.settings == protocol.settings


class SearchRecord(_Record):
    """The search that found the settings of a run: how many configurations it tried, and what the
    chosen one was worth there."""

    study: str
    trials: int
    finished: int
    metric: str
    value: float
    start_value: float | None = None
    folds: int
    until: str


class Manifest(_Record):
    """The record of a run, or of one symbol's part of it.

    Args:
        schema_version: of the format, ``schema`` in the file.
        created: when training began, in UTC.
        argv: the command line; empty where the library was called.
        rnnforecast, code: version and digest of this package.
        python, platform, versions: what it ran on, and the libraries that matter.
        seeds: of the trained networks, in order.
        parameters: weights of each network.
        interrupted: whether training stopped before its end.
        data: the prices.
        splits: windows and dates of the parts.
        test_touched: when the test part was looked at, in UTC.
        left_out: why filters were left out of the pool, by name.
        skipped: why symbols were left out of a panel.
        failed_baselines: why baselines of the last evaluation failed, by name.
        device: what the networks were trained on.
        training_seconds: what fitting them took, where it is known.
        protocol: of the last evaluation; None before the first one.
        tradings: every way in which the forecasts have been traded.
        continues: name of the run whose networks went on learning here; None for fresh ones.
        searched: the search that found its settings; None where a person wrote them.
        sealed: whether ``files.json`` tells what the files of the run are.
    """

    schema_version: int = Field(default=SCHEMA, alias="schema")
    created: str
    argv: tuple[str, ...] = ()
    rnnforecast: str
    code: str = "unknown"
    python: str
    platform: str
    versions: dict[str, str]
    seeds: tuple[int, ...] = ()
    parameters: int = 0
    interrupted: bool = True
    data: DataRecord
    splits: dict[Split, SplitRecord]
    test_touched: tuple[str, ...] = ()
    left_out: dict[str, str] = {}
    skipped: dict[str, str] = {}
    failed_baselines: dict[str, str] = {}
    device: str = "CPU"
    training_seconds: float | None = None
    protocol: ProtocolRecord | None = None
    tradings: tuple[TradingRecord, ...] = ()
    continues: str | None = None
    searched: SearchRecord | None = None
    sealed: bool = False

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol of the run, in order."""
        return self.data.symbols or (self.data.symbol,)

    def replace(self, **changes: Any) -> Manifest:
        """Return the manifest with some fields changed."""
        return self.model_copy(update=changes)

    def looked_at(self) -> Manifest:
        """Return the manifest after one more look at the test part."""
        return self.replace(test_touched=(*self.test_touched, now()))

    def scored(self, protocol: ProtocolRecord, failures: dict[str, str]) -> Manifest:
        """Return the manifest after an evaluation, whose look was recorded before it."""
        return self.replace(protocol=protocol, failed_baselines=failures)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, as they stand in the file."""
        values = self.model_dump(mode="json", by_alias=True)
        later = (
            "protocol", "tradings", "left_out", "skipped", "training_seconds", "continues",
            "searched",
        )  # fmt: skip
        # absent where there is none
        return {name: value for name, value in values.items() if name not in later or value}

    def to_json(self) -> str:
        """Return the text of ``run.json``."""
        return json.dumps(self.to_dict(), indent=1)


def read_manifest(text: str, run: str) -> Manifest:
    """Parse ``run.json``.

    Args:
        text: of the file.
        run: its name, for messages.

    Raises:
        RunError: if the file is damaged, or a newer version wrote it.
    """
    try:
        version = _Version.model_validate_json(text).schema_version
        if version <= SCHEMA:
            return Manifest.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise RunError(
            f"run.json of {run} is damaged ({place}: {problem['msg'].lower()})", "train again"
        ) from None
    raise RunError(
        f"run {run} was written by a newer rnnforecast (schema {version}; this one reads {SCHEMA})",
        "update: pip install -U rnnforecast",
    )


class _Version(BaseModel):
    """The number that tells whether the rest can be read."""

    schema_version: int = Field(default=1, alias="schema")


def now() -> str:
    """Return the time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
