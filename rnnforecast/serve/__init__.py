"""Forecasts and track records over HTTP: computed in memory, nothing is written."""
