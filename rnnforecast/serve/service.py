"""What is asked, answered from memory where nothing has changed; reads the home, writes nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rnnforecast import __version__, runs
from rnnforecast.data.store import Store
from rnnforecast.errors import RnnForecastError
from rnnforecast.model.inference import Ensemble
from rnnforecast.runs import Part
from rnnforecast.runs.summaries import summarise
from rnnforecast.serve.cache import AnswerCache
from rnnforecast.serve.documents import (
    Document,
    HealthDocument,
    RunsDocument,
    SymbolEntry,
    SymbolsDocument,
    forecast_document,
    parse_levels,
    track_document,
)
from rnnforecast.serve.index import RunLibrary, stamp_of
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.outlook import (
    History,
    Outlook,
    look_ahead,
    look_back,
    network_stamps_of,
    open_networks,
    stamps_of,
    track_stamps_of,
)

MOST_SYMBOLS = 1_000
"""Forecasts, and track records, that are kept in memory."""
MOST_DOCUMENTS = 4_000
AGE_S = 600
"""Seconds after which a document is written again, since the age of the prices stands in it."""
MOST_NETWORKS = 32
"""Runs whose networks stay open; a network takes about 1 MB."""


@dataclass(frozen=True)
class Body:
    """A document as it is sent.

    Args:
        content: JSON in UTF-8.
        tag: changes with the content.
    """

    content: bytes
    tag: str


@dataclass(frozen=True)
class Question:
    """Something that is asked again and again.

    Args:
        key: what is asked.
        stamps: of the files behind the answer.
        compute: makes it.
    """

    key: tuple[object, ...]
    stamps: object
    compute: Callable[[], Body]


class Service:
    """Answers about one home.

    Args:
        options: whose home is read.
    """

    def __init__(self, options: ServeOptions) -> None:
        self.store = Store(options.home / "data")
        self.library = RunLibrary(options.home / "runs")
        self.library.index()  # manifests are read before the first request
        self._outlooks: AnswerCache[Outlook] = AnswerCache(MOST_SYMBOLS)
        self._histories: AnswerCache[History] = AnswerCache(MOST_SYMBOLS)
        self._networks: AnswerCache[Ensemble] = AnswerCache(MOST_NETWORKS)
        self._bodies: AnswerCache[Body] = AnswerCache(MOST_DOCUMENTS)

    def close(self) -> None:
        """Forget every answer and network: FastAPI remembers routes of servers that have ended."""
        for answers in (self._outlooks, self._histories, self._networks, self._bodies):
            answers.clear()

    def known(self, question: Question) -> Body | None:
        """Return an answer that is in memory, in microseconds."""
        return self._bodies.known(question.key, question.stamps)

    def answer(self, question: Question) -> Body:
        """Return an answer, which may take a second to compute.

        Raises:
            RnnForecastError: where the stored files do not allow it.
        """
        return self._bodies.get(question.key, question.stamps, question.compute)

    def part(self, symbol: str, run: str | None = None) -> Part:
        """Return the part of a run that forecasts a symbol.

        Raises:
            DataError: if the symbol is none.
            RunError: if no run is on it.
        """
        return self.library.index().part(symbol, run)

    def outlook(self, part: Part) -> Outlook:
        """Return the forecast of one symbol."""
        return self._outlooks.get(
            part.name, stamps_of(part, self.store), partial(self._look_ahead, part)
        )

    def _look_ahead(self, part: Part) -> Outlook:
        stamps, opened = network_stamps_of(part.run), partial(open_networks, part.run)
        return look_ahead(part, self.store, self._networks.get(part.run.name, stamps, opened))

    def records(self, part: Part, run: str | None = None) -> tuple[Part, ...]:
        """Return the parts whose records are read as one: that of a run, if one is named."""
        return (part,) if run is not None else self.library.index().succession(part)

    def history(self, parts: tuple[Part, ...]) -> History:
        """Return the track record of one symbol, from the records of parts, oldest first."""
        return self._histories.get(
            tuple(part.name for part in parts),
            track_stamps_of(parts, self.store),
            partial(look_back, parts, self.store),
        )

    def forecast(self, symbol: str, run: str | None, levels: str | None) -> Question:
        """Ask for the forecast of one symbol.

        Raises:
            DataError: if the symbol is none.
            RunError: if no run is on it.
            UsageError: if a level is not among those that are forecast.
        """
        coverages, part = parse_levels(levels), self.part(symbol, run)

        def compute() -> Body:
            outlook = self.outlook(part)
            return body_of(
                forecast_document(
                    outlook.forecast,
                    part.run.name,
                    coverages,
                    evaluated=outlook.evaluated,
                    warnings=outlook.warnings,
                    age=outlook.newest.age(),
                )
            )

        stamps = (stamps_of(part, self.store), int(time.time() // AGE_S))
        return Question(("forecast", part.name, coverages), stamps, compute)

    def track(self, symbol: str, run: str | None) -> Question:
        """Ask for the track record of one symbol.

        Raises:
            DataError: if the symbol is none.
            RunError: if no run is on it.
        """
        part = self.part(symbol, run)
        parts = self.records(part, run)
        return Question(
            ("track", *(part.name for part in parts)),
            track_stamps_of(parts, self.store),
            lambda: body_of(track_document(self.history(parts).track, part.run.name)),
        )

    def runs(self) -> Question:
        """Ask for every run."""
        index = self.library.index()
        files = (runs.MANIFEST, runs.VERDICT, runs.SCORES, runs.NOTE)
        stamps = tuple(stamp_of(run.path / name) for run in index.runs.values() for name in files)

        def compute() -> Body:
            rows, damaged = [], [error.sentence for error in index.damaged]
            for run in index.runs.values():
                try:
                    rows.append(summarise(run).to_dict() | {"symbols": list(run.symbols)})
                except RnnForecastError as error:
                    damaged.append(error.sentence)
            return body_of(RunsDocument(runs=rows, damaged=damaged))

        return Question(("runs",), (tuple(index.runs), stamps), compute)

    def symbols(self) -> Question:
        """Ask for every symbol that can be forecast."""
        parts = list(self.library.index().newest.values())
        stamps = tuple(
            (part.name, stamp_of(self.store.folder(part.symbol) / f"{_interval(part)}.json"))
            for part in parts
        )
        return Question(
            ("symbols",),
            stamps,
            lambda: body_of(SymbolsDocument(symbols=[self._entry(part) for part in parts])),
        )

    def _entry(self, part: Part) -> SymbolEntry:
        entry = SymbolEntry(symbol=part.symbol, run=part.run.name, interval=_interval(part))
        try:
            record = self.store.record(part.symbol, _interval(part))
        except RnnForecastError:  # the prices are gone; the run still names the symbol
            return entry
        stored = {name: record[name] for name in ("first", "last", "rows", "currency")}
        return entry.model_copy(update=stored)


HEALTH = HealthDocument(version=__version__)


def body_of(document: Document) -> Body:
    """Write a document once, for all who ask."""
    content = document.model_dump_json(by_alias=True).encode()
    return Body(content, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


def _interval(part: Part) -> str:
    return part.run.manifest.data.interval
