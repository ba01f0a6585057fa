"""Rolling origins over the test part, and the rows that each fit may learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows, Splits
from rnnforecast.errors import UsageError


@dataclass(frozen=True)
class Protocol:
    """The protocol of the walk through the test part.

    Args:
        origins: how many, the newest; by default all of the test part.
        step: rows from one origin to the next; the horizon makes targets that do not overlap.
        refit_every: rows after which networks and baselines are fitted again on all that is known
            by then; by default those of the run forecast from every origin.
        window: the rows to learn from: all since the beginning, or as many as the run had.
        purge: rows left out before the validation part, instead of ``split.purge``.
        embargo: rows left out before the test part, instead of ``split.embargo``.
        warm: let each fit go on from the networks before it, instead of from fresh weights.

    Raises:
        UsageError: where an option of refits is given without refits.
    """

    origins: int | None = None
    step: int = 1
    refit_every: int | None = None
    window: Literal["expanding", "sliding"] = "expanding"
    purge: int | None = None
    embargo: int | None = None
    warm: bool = False

    def __post_init__(self) -> None:
        if self.refit_every is None and (
            self.window == "sliding"
            or self.purge is not None
            or self.embargo is not None
            or self.warm
        ):
            raise UsageError(
                "a sliding window, purge, embargo and warm starts are options of refits",
                "add --refit-every 250",
            )


@dataclass(frozen=True, eq=False)
class Fold:
    """Origins that are forecast by the same networks.

    Args:
        splits: the rows that these learn from.
        origins: rows of the last known closes (window,).
    """

    splits: Splits
    origins: Rows


def scored_origins(dataset: Dataset, protocol: Protocol) -> Rows:
    """Return the origins that are scored, oldest first (window,).

    Raises:
        UsageError: if there are fewer than asked for.
    """
    # Steps are counted from the newest origin, so that this one is always scored.
    origins = dataset.splits.origins("test")[:: -protocol.step][::-1]
    if protocol.origins is not None and protocol.origins > len(origins):
        spacing = "" if protocol.step == 1 else f", {protocol.step} rows apart"
        raise UsageError(
            f"the test part has {len(origins)} origins{spacing}, not {protocol.origins}",
            "ask for fewer, or train with a larger split.test",
        )
    return origins if protocol.origins is None else origins[-protocol.origins :]


def folds(dataset: Dataset, protocol: Protocol) -> list[Fold]:
    """Cut the test part into stretches that the same networks forecast."""
    origins, base = scored_origins(dataset, protocol), dataset.splits
    if protocol.refit_every is None:
        return [Fold(base, origins)]
    base = replace(
        base,
        purge=base.purge if protocol.purge is None else protocol.purge,
        embargo=base.embargo if protocol.embargo is None else protocol.embargo,
    )
    stretches = []
    for begin in range(int(origins[0]), int(origins[-1]) + 1, protocol.refit_every):
        stretch = origins[(origins >= begin) & (origins < begin + protocol.refit_every)]
        if len(stretch):
            # The first target of a fold is the row after its first origin.
            later = begin + 1 - base.test
            cut = _moved(base, later, sliding=protocol.window == "sliding")
            stretches.append(Fold(cut, stretch))
    return stretches


def _moved(base: Splits, rows: int, *, sliding: bool) -> Splits:
    """Return the same split some rows later; a sliding window forgets as many at its beginning."""
    forgotten = rows if sliding else 0
    return replace(
        base,
        test=base.test + rows,
        validation=base.validation + rows,
        first_origin=base.first_origin + forgotten,
        learnable_start=base.learnable_start + forgotten,
    )
