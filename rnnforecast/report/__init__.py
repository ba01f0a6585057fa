"""Stage 6: scores to pictures and pages."""
