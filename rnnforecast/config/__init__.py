"""YAML to one frozen, validated Experiment."""

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import load, with_settings
from rnnforecast.config.presets import presets

__all__ = ["Experiment", "load", "presets", "with_settings"]
