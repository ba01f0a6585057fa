"""Stage 2: a history of prices to windows of inputs and targets."""
