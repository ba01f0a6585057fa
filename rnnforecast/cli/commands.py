"""Registers every command, in the order that --help lists them."""

from rnnforecast.cli import fetch  # noqa: F401
