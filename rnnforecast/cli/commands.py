"""Registers every command, in the order that --help lists them."""

from rnnforecast.cli import fetch, train, predict, evaluate, report, data, transfer, features  # noqa: F401, I001
from rnnforecast.cli import runs, config, explain, demo  # noqa: F401  (the order of --help)
