"""Prices from files of many layouts."""
