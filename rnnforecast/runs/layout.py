"""The names of a run's files."""

from __future__ import annotations

CONFIG, MANIFEST, NOTE = "config.yaml", "run.json", "note.txt"
FILES = "files.json"
HISTORY, EXOGENOUS, CUSTOM_FEATURES = "history.parquet", "exogenous", "features"
MEMBERS, SCALERS, CALIBRATION = "members", "scaler.json", "calibration.json"
POOL = "pool.json"
FIT, GRADIENTS, TENSORBOARD, CHECKPOINT = (
    "fit.csv",
    "gradients.csv",
    "tensorboard",
    "checkpoint.npz",
)
FORECAST, BACKTEST = "forecast.csv", "backtest.packed.parquet"
PLAIN_BACKTEST = "backtest.parquet"
"""The same as versions before 0.2 wrote it."""
SCORES, COMPARISONS, VERDICT = "scores.csv", "comparisons.csv", "verdict.json"
SEEDS, MODEL_SET, PANEL = "seeds.csv", "model_set.csv", "panel.csv"
RANKS, CROSS_SECTION = "ranks.csv", "cross_section.csv"
"""Scores of probabilities of ranks, of a run on several symbols."""
STANDARDISED = "standardised.csv"
"""Errors of point forecasts in z-scores, channel by channel."""
ECONOMICS, EQUITY = "economics.json", "equity.csv"
REPORT, REPORT_TEXT, REPORT_DATA, FIGURES = "report.html", "report.md", "report.json", "figures"
ASSETS = "assets"
"""What the pages of a run on several symbols share."""
PARTS, FOLDS = "symbols", "folds"
PARTIAL, LOCK, REMOVED = ".partial", ".lock", ".removed"
TRACK = "track.jsonl"
"""Appended to, with hashes of its own, so it is none of the files that ``files.json`` knows."""
