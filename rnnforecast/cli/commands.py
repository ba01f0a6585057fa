"""Registers every command, in the order that --help lists them."""

from rnnforecast.cli import (
    fetch,
    train,
    predict,
    evaluate,
    compare,
    data,
    transfer,
    features,
    runs,
    config,
    explain,
    demo,
)  # noqa: F401, I001  (the order of --help)
