"""Text laid out for a width: no number is ever cut, words stay whole."""

from __future__ import annotations

import re

import pytest

from rnnforecast.cli.layout import Grid, wrap

NUMBER = re.compile(r"\d[\d,]*\.?\d*")
WIDTHS = (20, 40, 50, 60, 80, 120)
PRICES = Grid(
    ("session", "median", "move", "80 % from", "to", "95 % from", "to "),
    (
        ("Thu 2026-11-26", "93,429.12", "+0.4 %", "90,987.61", "95,936.34", "88,109.5", "99,069.1"),
        ("Fri 2026-11-27", "93,431.02", "+0.5 %", "89,900.00", "96,800.07", "86,000.1", "99,999.9"),
    ),
    optional=(frozenset({"95 % from", "to "}), frozenset({"move"})),
)


def numbers(text: str) -> list[str]:
    return NUMBER.findall(text)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_is_printed_whole_or_rounded_and_never_cut(width: int) -> None:
    shown = "\n".join(PRICES.lines(width))
    known = {float(number.replace(",", "")) for row in PRICES.rows for number in numbers(row[1])}
    known |= {
        float(number.replace(",", ""))
        for row in PRICES.rows
        for cell in row[2:]
        for number in numbers(cell)
    }
    for line in shown.split("\n"):
        body = re.sub(r"\w{3} \d{4}-\d\d-\d\d|(80|95) % from", "", line)
        for number in numbers(body):
            value = float(number.replace(",", ""))
            assert value in known or value in {float(f"{one:.0f}") for one in known}, line
    assert max(map(len, shown.split("\n"))) <= width


def test_room_is_found_by_leaving_out_columns_then_decimals_then_by_stacking() -> None:
    by_width = {width: "\n".join(PRICES.lines(width)) for width in (100, 60, 50, 38)}
    assert "95 % from" in by_width[100] and "move" in by_width[100]
    assert "95 % from" not in by_width[60] and "move" in by_width[60]
    assert "move" not in by_width[50] and "90,987.61" in by_width[50]
    assert by_width[38].startswith("Thu 2026-11-26\n  median     93,429.12\n  move       +0.4 %")


def test_decimals_go_before_rows_are_stacked() -> None:
    assert "\n".join(PRICES.lines(46)).splitlines()[2] == (
        "Thu 2026-11-26  93,429     90,988  95,936"
    )


def test_a_pipe_knows_no_width() -> None:
    lines = PRICES.lines(None)
    assert lines[0].split() == list(" ".join(PRICES.columns).split())
    assert len(lines) == 2 + len(PRICES.rows)


def test_words_wrap_in_their_column() -> None:
    grid = Grid(
        ("run", "verdict", "skill"),
        (("a", "no skill " * 8, "+1.0 %"),),
        prose=frozenset({"verdict"}),
    )
    lines = grid.lines(50)
    assert max(map(len, lines)) <= 50 and len(lines) > 3
    assert "".join(lines).count("skill") == 8 + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_prose_wraps_at_words_and_hangs_behind_its_bullet(width: int) -> None:
    text = "- indistinguishable from yesterday's price over 2025-05-12 to 2026-11-25, 5 steps ahead"
    lines = wrap(text, width).split("\n")
    assert " ".join(line.strip() for line in lines) == text
    assert all(line.startswith("  ") for line in lines[1:])
    assert max(map(len, lines)) <= max(width, len("  indistinguishable"))


def test_no_line_breaks_before_a_unit_or_within_a_p() -> None:
    text = "better than gru (4.5 % lower, p = 0.002); better than rnn (19.4 % lower, p < 0.001)"
    for width in range(20, 60):
        lines = wrap(text, width).split("\n")
        assert " ".join(lines) == text
        assert not [line for line in lines if line.startswith(("%", "=", "<", "0."))]
