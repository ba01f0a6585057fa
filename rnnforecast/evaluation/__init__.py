"""Stage 5: forecasts to scores and a verdict."""
