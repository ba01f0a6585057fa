"""An expected failure is one line with its own exit code."""

from __future__ import annotations

from rnnforecast import errors


def test_each_branch_of_the_tree_has_the_exit_code_of_the_design() -> None:
    codes = {kind.__name__: kind.exit_code for kind in errors.RnnForecastError.__subclasses__()}
    assert codes == {"UsageError": 2, "AuditError": 3, "DataError": 4, "NetworkError": 5, "RunError": 6}


def test_a_message_is_one_line_whatever_it_is_given() -> None:
    assert str(errors.DataError("two\nlines", "do\n this")) == "two lines; do this"
