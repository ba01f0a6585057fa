"""``data import`` says what it decides, shows it on request, and takes the user's word for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command
from ..data.importing.layouts import daily, table

AMBIGUOUS = "Date,Close\n01/02/2020,1\n02/02/2020,2\n03/02/2020,3\n"


def test_a_dry_run_shows_the_bars_and_stores_none(here: Command, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(table("Date,Open,High,Low,Close,Volume", "%d/%m/%Y")(daily()))
    shown = here("data", "import", "p.csv", "--symbol", "X", "--dry-run")
    assert shown.returncode == 0
    assert "X: would store 60 bars of 1d, 2023-01-02 to 2023-03-24" in shown.stdout
    assert shown.stdout.count("2023-") == 2 + 6 and "2023-03-22" in shown.stdout
    assert "dates read as day/month/year, as '13/01/2023' shows" in shown.stderr
    assert Store(tmp_path / "data").records() == []
    document = json.loads(
        here("data", "import", "p.csv", "--symbol", "X", "--dry-run", "--json").stdout
    )
    assert document["dry_run"] is True and document["imported"][0]["rows"] == 60
    assert document["imported"][0]["provenance"]["decisions"]


def test_a_dry_run_says_what_would_be_refused(here: Command, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(table("Date,Open,High,Low,Close,Volume")(daily()))
    assert here("data", "import", "p.csv", "--symbol", "X").returncode == 0
    (tmp_path / "q.csv").write_text(table("Date,Open,High,Low,Close,Volume")(daily(8)))
    refused = here("data", "import", "q.csv", "--symbol", "X", "--dry-run")
    assert refused.returncode == 4 and "52 stored bars did not come again" in refused.stderr


def test_what_a_file_leaves_open_is_settled_by_an_option(here: Command, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(AMBIGUOUS)
    refused = here("data", "import", "p.csv", "--symbol", "X")
    assert refused.returncode == 4 and "--dates dmy or --dates mdy" in refused.stderr
    assert here("data", "import", "p.csv", "--symbol", "X", "--dates", "dmy").returncode == 0
    assert str(Store(tmp_path / "data").load("X").last.date()) == "2020-02-03"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--decimal", "x"), "is no decimal mark"),
        (("--dates", "ydm"), "ydm"),
        (("--sessions", "MOON"), "no calendar is called"),
    ],
)
def test_an_option_that_cannot_be_meant_is_a_usage_error(
    arguments: tuple[str, ...], words: str, here: Command, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text(AMBIGUOUS)
    refused = here("data", "import", "p.csv", "--symbol", "X", *arguments)
    assert refused.returncode == 2 and words in refused.stderr


def test_hours_take_the_zone_that_is_named(here: Command, tmp_path: Path) -> None:
    rows = "".join(f"2024-07-0{day} {hour:02d}:00,1\n" for day in (1, 2, 3) for hour in range(3, 8))
    (tmp_path / "p.csv").write_text("Date,Close\n" + rows)
    refused = here("data", "import", "p.csv", "--symbol", "X")
    assert refused.returncode == 4 and "--timezone America/New_York" in refused.stderr
    told = here("data", "import", "p.csv", "--symbol", "X", "--timezone", "Asia/Tokyo")
    assert told.returncode == 0 and "times are of Asia/Tokyo" in told.stderr
    assert str(Store(tmp_path / "data").load("X", "1h").first) == "2024-06-30 18:00:00+00:00"
    assert here("data", "import", "p.csv", "--symbol", "X", "--timezone", "Moon").returncode == 2


def test_one_series_of_a_panel_fails_beside_the_others(here: Command, tmp_path: Path) -> None:
    rows = "".join(f"{name},2024-01-0{day},1\n" for name in ("AAA", "BBB") for day in (2, 3, 4))
    (tmp_path / "p.csv").write_text("Ticker,Date,Close\n" + rows + "CCC,2024-01-02,1\n")
    result = here("data", "import", "p.csv")
    assert result.returncode == 4 and "1 of 3 series were not imported" in result.stderr
    assert [one["symbol"] for one in Store(tmp_path / "data").records()] == ["AAA", "BBB"]


def test_a_file_with_a_split_that_was_not_applied_is_refused(here: Command, tmp_path: Path) -> None:
    closes = [100.0] * 20 + [2000.0]
    splits = [0.0] * 20 + [0.05]
    lines = [
        f"2024-01-{day:02d},{close},{split}"
        for day, (close, split) in enumerate(zip(closes, splits, strict=True), 1)
    ]
    (tmp_path / "p.csv").write_text("Date,Close,Stock Splits\n" + "\n".join(lines) + "\n")
    refused = here("data", "import", "p.csv", "--symbol", "X")
    assert refused.returncode == 4
    assert "the split 0.05:1 of 2024-01-21 is recorded but not applied" in refused.stderr
