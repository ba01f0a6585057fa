"""Calibrated forecasts of stock and crypto prices with recurrent networks."""

__version__ = "0.1.0"
