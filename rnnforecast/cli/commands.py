"""Registers every command, in the order that --help lists them."""

from rnnforecast.cli import fetch, train, predict, evaluate, audit  # noqa: F401, I001
from rnnforecast.cli import data, transfer, features, runs, config, explain, demo  # noqa: F401
