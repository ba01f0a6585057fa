"""Where the files of the user's own features are:
in the folder of the config, else in the current one."""

from __future__ import annotations

from collections.abc import Mapping

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.features import own_feature


def files_of(experiment: Experiment) -> tuple[str, ...]:
    """Return the files that the experiment's features name, each once."""
    names = (*experiment.window.features, *experiment.window.exogenous_features)
    return tuple(dict.fromkeys(own[0] for name in names if (own := own_feature(name))))


def with_files(experiment: Experiment, places: Mapping[str, str]) -> Experiment:
    """Return the same experiment with some of its files elsewhere.

    Args:
        experiment: whose features name files.
        places: file to file.
    """

    def move(name: str) -> str:
        feature = own_feature(name)
        return f"{places.get(feature[0], feature[0])}:{feature[1]}" if feature else name

    window = experiment.window
    moved = window.model_copy(
        update={
            "features": tuple(map(move, window.features)),
            "exogenous_features": tuple(map(move, window.exogenous_features)),
        }
    )
    return experiment.model_copy(update={"window": moved})
