"""The figures of a run, on the screen: one module for each family."""
