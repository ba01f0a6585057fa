"""Which rows teach, which stop and calibrate, and which are for the test alone."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import model_validator

from rnnforecast.config.types import CountOrZero, Fraction, Section


class Split(Section):
    """Chronological shares of the rows; the rest is for training."""

    validation: Fraction = 0.15
    """Share of the rows for early stopping and calibration."""
    test: Fraction = 0.15
    """Share of the rows that only ``evaluate`` touches."""
    purge: CountOrZero = 0
    """Rows left out before the validation part, in addition to the horizon - 1 rows that windows
    straddle."""
    embargo: CountOrZero = 0
    """Rows left out before the test part."""
    validation_from: date | None = None
    """First day of validation targets, instead of a share; requires ``test_from``."""
    test_from: date | None = None
    """First day of test targets, instead of a share."""

    @model_validator(mode="after")
    def _days_go_together(self) -> Self:
        if (self.validation_from is None) != (self.test_from is None):
            raise ValueError(
                "split.validation_from and split.test_from go together; set both or none"
            )
        if self.validation_from and self.test_from and self.validation_from >= self.test_from:
            raise ValueError(
                f"split.validation_from {self.validation_from} is not before test_from "
                f"{self.test_from}; change one"
            )
        return self

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> Self:
        if self.validation + self.test > 0.8:
            raise ValueError(
                f"validation {self.validation} and test {self.test} leave too little to train on"
            )
        return self
