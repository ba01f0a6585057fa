"""Tests of differences between forecasts."""
