"""Train an ensemble: members, epochs, fast kernels."""
