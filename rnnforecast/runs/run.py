"""A run, one symbol's part of it, one fold of its evaluation: folders and manifests, no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path

from rnnforecast.errors import RunError
from rnnforecast.runs.folder import Folder
from rnnforecast.runs.layout import (
    FILES,
    FOLDS,
    MANIFEST,
    PARTIAL,
    PARTS,
)
from rnnforecast.runs.manifest import Manifest, read_manifest
from rnnforecast.runs.seal import inside


@dataclass(frozen=True)
class Run(Folder):
    """A training: networks, what they learned from, and what an evaluation found.

    Its names sort by time. Each symbol has a part; that of a run on a single one is the same
    folder.
    """

    @cached_property
    def manifest(self) -> Manifest:
        """Versions, seeds, data and splits; read once.

        Raises:
            RunError: if it is missing, damaged or of a newer version.
        """
        return _manifest_of(self)

    @property
    def run(self) -> Run:
        """The run itself, as a part has its run."""
        return self

    @property
    def root(self) -> Path:
        """The folder of all runs."""
        return self.path.parent

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol that it is on."""
        return self.manifest.symbols

    @property
    def is_panel(self) -> bool:
        """Whether it is on several symbols, which share its networks."""
        return bool(self.manifest.data.symbols)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One part for each symbol.

        Raises:
            RunError: if the folder of one is a link.
        """
        if not self.is_panel:
            return (Part(self.path, self, self.manifest.data.symbol),)
        return self._parts_of(self.symbols)

    @cached_property
    def teachers(self) -> tuple[Part, ...]:
        """One part for each symbol that only taught its networks.

        Raises:
            RunError: if the folder of one is a link.
        """
        return self._parts_of(self.manifest.data.teachers)

    def _parts_of(self, symbols: tuple[str, ...]) -> tuple[Part, ...]:
        """Return the parts of some symbols, each in a folder of its own."""
        places = (f"{PARTS}/{symbol}/{MANIFEST}" for symbol in symbols)
        folders = [inside(self.path, place).parent for place in places]
        return tuple(map(Part, folders, repeat(self), symbols))

    def part(self, symbol: str) -> Part:
        """Return the part of one symbol, in any case.

        Raises:
            RunError: if the run is not on it, or on no other.
        """
        if not self.is_panel:
            raise RunError(
                f"run {self.name} has no part {symbol!r}",
                "it is on one symbol: leave the part after / out",
            )
        for part in self.parts:
            if part.symbol.casefold() == symbol.casefold():
                return part
        listed = ", ".join(self.symbols[:6]) + (", ..." if len(self.symbols) > 6 else "")
        raise RunError(f"run {self.name} has no part {symbol!r}", f"it is on {listed}")

    def save_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest, on disk and in this value."""
        self.write(MANIFEST, manifest.to_json())
        self.assume_manifest(manifest)

    def assume_manifest(self, manifest: Manifest) -> None:
        """Take a manifest that is written later, when all it describes is there."""
        self.__dict__["manifest"] = manifest  # where ``cached_property`` keeps it


@dataclass(frozen=True)
class Part(Folder):
    """One symbol of a run: all that a run has but the networks, which belong to the run.

    Args:
        run: that it is a part of.
        symbol: whose prices.
    """

    run: Run
    symbol: str

    @property
    def name(self) -> str:
        """``RUN/SYMBOL``, or the run's where it is on no other symbol."""
        return self.run.name if self.shares_folder else f"{self.run.name}/{self.path.name}"

    @property
    def shares_folder(self) -> bool:
        """Whether its files lie among those of the run."""
        return self.path == self.run.path

    @property
    def root(self) -> Path:
        """The folder of all runs."""
        return self.run.root

    @property
    def symbols(self) -> tuple[str, ...]:
        """Its symbol alone."""
        return (self.symbol,)

    @property
    def is_panel(self) -> bool:
        """Never: it is on one symbol."""
        return False

    @property
    def parts(self) -> tuple[Part, ...]:
        """Itself alone."""
        return (self,)

    @property
    def manifest(self) -> Manifest:
        """Versions, seeds, data and splits of this symbol; read once.

        Raises:
            RunError: if it is missing, damaged or of a newer version.
        """
        return self.run.manifest if self.shares_folder else self._manifest

    @cached_property
    def _manifest(self) -> Manifest:
        return _manifest_of(self)

    def save_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest, on disk and in this value."""
        if self.shares_folder:
            self.run.save_manifest(manifest)
            return
        self.write(MANIFEST, manifest.to_json())
        self.__dict__["_manifest"] = manifest  # where ``cached_property`` keeps it


@dataclass(frozen=True)
class Fold(Folder):
    """Networks fitted again for one stretch of a test part, with their scalers and calibration.

    Args:
        part: whose evaluation they belong to.
    """

    part: Part

    @property
    def name(self) -> str:
        """The name that messages use."""
        return f"{self.part.name}, fold {self.path.name}"


def _manifest_of(folder: Folder) -> Manifest:
    manifest = read_manifest(folder.read(MANIFEST), folder.name)
    finished = not any(part.endswith(PARTIAL) for part in folder.path.parts[-3:])
    if manifest.sealed and finished and not folder.is_sealed:
        raise RunError(
            f"run {folder.name} has no {FILES}", "restore it from a copy, or train again"
        )
    return manifest


def fold_of(part: Part, name: str) -> Fold:
    """Return one fold of an evaluation, which may not be there yet.

    Raises:
        RunError: if its folder is a link.
    """
    return Fold(inside(part.path, f"{FOLDS}/{name}/{FILES}").parent, part)


def folds_of(part: Part) -> list[Fold]:
    """Return the folds that an evaluation has fitted.

    Raises:
        RunError: if the folder of one is a link.
    """
    names = sorted(path.name for path in (part.path / FOLDS).glob("*"))
    return [fold_of(part, name) for name in names if not name.startswith(".")]
