"""A track record in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Protocol

import pandas as pd
from markupsafe import Markup

from rnnforecast.data.silence import SILENT_SESSIONS
from rnnforecast.evaluation.significance.sequential import ALPHA
from rnnforecast.evaluation.track import ENOUGH, TrackScores
from rnnforecast.report.track_chart import track_figures


@dataclass(frozen=True)
class TrackPicture:
    """A track record as a page shows it.

    Args:
        sentences: in plain words, the answer first.
        figures: pairs of a caption and an SVG document.
    """

    sentences: list[str]
    figures: list[tuple[str, Markup]]


def picture_of(track: TrackLike) -> TrackPicture:
    """Draw a track record, and say what it shows."""
    figures = [] if track.scores is None else track_figures(track.resolved, track.scores)
    # the documents are our own, of numbers and escaped text only
    return TrackPicture(track_sentences(track), [(name, Markup(svg)) for name, svg in figures])


class TrackLike(Protocol):
    """What is said about: the ``Track`` of the pipeline."""

    @property
    def symbol(self) -> str:
        """Whose prices."""
        ...

    @property
    def kind(self) -> str:
        """Live, or a replay."""
        ...

    @property
    def entries(self) -> Sized:
        """The forecasts that were made."""
        ...

    @property
    def lost(self) -> Sized:
        """Origins that are no longer stored."""
        ...

    @property
    def delisted(self) -> int:
        """Steps that were resolved by the last price there ever was."""
        ...

    @property
    def last_price(self) -> pd.Timestamp | None:
        """Its day, where the symbol counts as delisted."""
        ...

    @property
    def resolved(self) -> pd.DataFrame:
        """The steps that have come true."""
        ...

    @property
    def scores(self) -> TrackScores | None:
        """None while nothing has come true."""
        ...


def track_sentences(track: TrackLike) -> list[str]:
    """Say what a track record shows, the answer first.

    Returns:
        complete sentences, one a line.
    """
    made = f"{len(track.entries)} forecast{'' if len(track.entries) == 1 else 's'}"
    counted = f"{made} replayed" if track.kind == "replay" else f"{made} made"
    scores, gone = track.scores, _delisted(track)
    if scores is None:
        later = "none has come true yet" if len(track.entries) else "each predict adds one"
        return [f"{track.symbol}: {counted}; {later}.", *gone]
    days = f"{scores.first:%Y-%m-%d} to {scores.last:%Y-%m-%d}"
    verb = "has" if scores.forecasts == 1 else "have"
    sentences = [
        f"{track.symbol}: {_promise(scores)}",
        f"{_skill(scores)}",
        f"Of {counted}, {scores.forecasts} {verb} come true, made {days}.",
    ]
    sentences += gone
    if len(track.lost):
        were = "origin is" if len(track.lost) == 1 else "origins are"
        sentences.append(f"{len(track.lost)} {were} no longer among the stored prices.")
    return sentences


def _delisted(track: TrackLike) -> list[str]:
    """Say since when a symbol counts as delisted, and what that resolved."""
    if track.last_price is None:
        return []
    sentence = (
        f"Its source has had no price after {track.last_price:%Y-%m-%d} for {SILENT_SESSIONS} "
        "sessions or more, as after a delisting"
    )
    steps = f"{track.delisted} step{' was' if track.delisted == 1 else 's were'}"
    return [
        f"{sentence}; {steps} resolved by the last price." if track.delisted else f"{sentence}."
    ]


def _promise(scores: TrackScores) -> str:
    """Say whether the intervals hold what they promise."""
    covered = _coverage(scores)
    evidence = f"evidence {scores.too_narrow:.3g} at its strongest, alarm at {1 / ALPHA:.0f}"
    match scores.promise:
        case "broken":
            return f"the intervals have been too narrow: {covered} ({evidence})."
        case "too wide":
            return f"the intervals are wider than they need be: {covered}."
        case "kept":
            return f"nothing speaks against the intervals so far: {covered} ({evidence})."
        case "open":
            return f"too few forecasts to tell, of {ENOUGH} at least: {covered} ({evidence})."


def _coverage(scores: TrackScores) -> str:
    """Return the coverage of the intervals over all steps, in words."""
    table = scores.scores
    overall = table[(table["step"] == 0) & (table["model"] == "network")].set_index("metric")
    shares = [
        f"{overall['value'][f'coverage_{coverage:.2f}']:.0%} of outcomes lay in the {coverage:.0%}"
        for coverage in (0.80, 0.95)
    ]
    return f"{' interval, '.join(shares)} interval".replace("%", " %")


def _skill(scores: TrackScores) -> str:
    """Say what the network has shown beside the baselines."""
    better, worse = _shown(scores.skill), _shown(scores.behind)
    if worse:
        return f"Its distribution has been worse than that of {', '.join(worse)}."
    if better:
        return f"Its distribution has been better than that of {', '.join(better)}."
    rivals = ", ".join(scores.skill)
    return f"Its distribution has not been shown to differ from that of {rivals}."


def _shown(evidence: Mapping[str, float]) -> list[str]:
    return [name for name, value in evidence.items() if value >= 1 / ALPHA and name != "own"]
