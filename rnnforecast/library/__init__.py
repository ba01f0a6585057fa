"""The library: what ``import rnnforecast as rf`` offers, a module for each kind of value."""
