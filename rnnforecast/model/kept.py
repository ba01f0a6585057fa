"""What is costly to make and can be used again in the same process, by the next network alike."""

from __future__ import annotations

import json
from typing import Generic, TypeVar

from rnnforecast.config.experiment import Experiment

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """Things that wait for whoever needs one of their kind; nobody else has one that is taken.

    Args:
        most: how many wait, the newest.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: dict[str, Thing] = {}

    def take(self, kind: str) -> Thing | None:
        """Return the one of a kind, or None; until it is given back, nobody else is given it."""
        return self.waiting.pop(kind, None)

    def give_back(self, kind: str, thing: Thing) -> None:
        """Let one wait for the next who needs it."""
        self.waiting.pop(kind, None)
        self.waiting[kind] = thing
        while len(self.waiting) > self.most:
            del self.waiting[next(iter(self.waiting))]


def kind_of(experiment: Experiment) -> str:
    """Return all that distinguishes the networks of experiments but their weights, as text."""
    window, model = (
        section.model_dump(mode="json") for section in (experiment.window, experiment.model)
    )
    return json.dumps(
        [window, model, experiment.inputs, experiment.answered, experiment.location],
        sort_keys=True,
    )
