"""A search in words: what was found, by hand."""

from __future__ import annotations

from rnnforecast.report.search import Row, best_sheet, conclude_search, count_words

START = Row(0, 0.98, (1.0, 0.96), {})
BEST = Row(7, 0.931, (0.9, 0.962), {"model.units": 64, "training.learning_rate": 0.0031234})
COUNTS = {"finished": 9, "pruned": 2, "interrupted": 1}


def test_the_lead_on_the_start_is_told_with_the_folds_that_it_won() -> None:
    assert conclude_search(BEST, START, COUNTS, "crps", "2024-01-02") == (
        "Of 11 configurations, trial 7 has the lowest CRPS on 2 folds of the training part, "
        "prices to 2024-01-02: 0.9310 of naive's, 5.0 % lower than the start's, and lower on 1 of "
        "2 folds."
    )


def test_a_start_that_nothing_beats_is_said_to_be_the_best() -> None:
    words = conclude_search(START, START, {"finished": 3}, "mae", "2024-01-02")
    assert words.endswith(
        "0.9800 of naive's. None beats the settings that the search started from."
    )


def test_a_start_that_failed_is_not_compared_with() -> None:
    assert conclude_search(BEST, None, COUNTS, "crps", "2024-01-02").endswith("of naive's.")
    assert best_sheet([BEST], None, "crps").rows[0][2] == ""


def test_the_table_says_what_each_trial_changes() -> None:
    sheet = best_sheet([BEST, START], START, "crps")
    assert sheet.rows[0] == [
        "7", "0.9310", "-5.0 %", "model.units 64, training.learning_rate 0.003123",
    ]  # fmt: skip
    assert sheet.rows[1][2:] == ["0.0 %", "nothing: the settings that the search started from"]
    assert count_words(COUNTS) == "9 finished, 2 pruned, 1 interrupted"
