"""Losses and scores of forecasts."""
