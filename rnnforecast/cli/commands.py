"""Registers every command, in the order that --help lists them."""

# ruff: noqa: F401, I001  (imported to be registered, in this order)
from rnnforecast.cli import fetch, train, predict, evaluate, compare, data, transfer, features, runs, config
from rnnforecast.cli import reproduce, explain, doctor, demo
