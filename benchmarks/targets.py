"""What each job should reach, in one place; ``table.py`` says whether it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A limit for the median over the rounds.

    Args:
        limit: of seconds or megabytes if ``times`` is false, otherwise of the ratio.
        times: whether the limit is how many times as good as the contender the job must be.
    """

    limit: float
    times: bool = False

    def __str__(self) -> str:
        return f"at least {self.limit:g}x" if self.times else f"at most {self.limit:,g}"

    def verdict(self, value: float) -> str:
        """Return ``met`` or ``missed`` for a median: of ratios, or of what the job took."""
        return "met" if (value >= self.limit if self.times else value <= self.limit) else "missed"


TARGETS = {
    ("LSTM, s an epoch", "plain Keras"): Target(5.0, times=True),
    ("LSTM, s an epoch", "plain PyTorch"): Target(1.5, times=True),
    ("LSTM, s an epoch", "plain PyTorch, its best round"): Target(1.5, times=True),
    ("LSTM, s an epoch", "Darts"): Target(1.2, times=True),
    ("LSTM, s the whole process", "plain PyTorch"): Target(1.0, times=True),
    ("LSTM, s the whole process", "Darts"): Target(1.0, times=True),
    ("LSTM, s the whole process", "NeuralForecast"): Target(1.0, times=True),
    ("LSTM, MB at the peak", ""): Target(800),
    ("GRU, s an epoch", "plain PyTorch"): Target(2.0, times=True),
    ("GRU, s the whole process", "plain PyTorch"): Target(1.0, times=True),
    ("SimpleRNN, s an epoch", "plain PyTorch"): Target(1.0, times=True),
    ("SimpleRNN, s the whole process", "plain PyTorch"): Target(1.0, times=True),
    ("demo, s", ""): Target(20.0),
    ("train --config lstm.yaml, s", ""): Target(12.0),
    ("predict, s", ""): Target(0.8),
    ("predict, s", "Keras script"): Target(4.0, times=True),
    ("--help, s", ""): Target(0.2),
    ("runs list of 1,000 runs, s", ""): Target(0.5),
    ("data list of 500 symbols, s", ""): Target(0.5),
    ("load of 5,000 rows, s", ""): Target(0.05),
    ("train --config gru, MB at the peak", ""): Target(800),
    ("evaluate after it, s", ""): Target(3.0),
    ("evaluated run, MB on disk", ""): Target(5.0),
    ("1,000 origins and their scores, s", ""): Target(2.0),
    ("1,000,000 minutes: train, MB at the peak", ""): Target(1_200),
    ("windows of 482 tickers, s to the first batch", ""): Target(2.0),
    ("training on 482 tickers, MB at the peak", ""): Target(1_500),
    ("panel, windows/s in batches of 256", "batches of 64"): Target(1.0, times=True),
    ("panel, windows/s in batches of 1,024", "batches of 64"): Target(1.0, times=True),
    **{
        (f"{cell} on {tickers} tickers, file to forecast, {unit}", "NeuralForecast"): Target(
            1.0, times=True
        )
        for cell in ("GRU", "LSTM")
        for tickers in (20, 482)
        for unit in ("s", "MB at the peak")
    },
}
"""By job, with its unit, and contender (empty for the job alone)."""
