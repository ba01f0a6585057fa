"""Stage 1: symbols to checked histories of prices."""
