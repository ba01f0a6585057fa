"""The forecasters that every network must beat."""
