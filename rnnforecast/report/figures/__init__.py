"""The figures of a run, on paper: one module for each family."""
