"""The figures of a run: each is described once, as a value,
and drawn on paper and on the screen."""
