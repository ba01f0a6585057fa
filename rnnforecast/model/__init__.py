"""Stage 3: windows to trained networks, and trained networks to raw outputs."""
