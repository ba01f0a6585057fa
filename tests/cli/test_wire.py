"""What Yahoo can send: each fault, with bars stored and without,
has its exit code and its words."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command
from ..yahoo import JSON, Answer, Instrument, Yahoo

QUICK = ("--retry-wait", "0.01", "--timeout", "2", "--max-retries", "1", "--pace", "0")
CLOSES: list[float | None] = [100.0 + day % 7 for day in range(60)]
DAY = 86_400
Chart = dict[str, Any]


@pytest.fixture
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yahoo]:
    with Yahoo(tmp_path_factory.mktemp("yahoo")) as server:
        server.add(Instrument("AAA", [*CLOSES]))
        yield server


@dataclass(frozen=True)
class Fault:
    """Something wrong with an answer.

    Args:
        change: edits the chart in place, or returns what to send instead.
        warm: exit code where good bars are stored.
        cold: exit code where nothing is.
        words: of the message, or of the table, with bars stored.
        keeps: whether every stored bar must still be there, bit for bit.
    """

    change: Callable[[Chart], Any]
    warm: int
    cold: int
    words: str = ""
    keeps: bool = True


def result(chart: Chart) -> Chart:
    found: Chart = chart["chart"]["result"][0]
    return found


def quote(chart: Chart) -> Chart:
    found: Chart = result(chart)["indicators"]["quote"][0]
    return found


def adjusted(chart: Chart) -> list[float]:
    found: list[float] = result(chart)["indicators"]["adjclose"][0]["adjclose"]
    return found


def scale(values: list[Any], factor: float, rows: range) -> None:
    for row in rows:
        values[row] = values[row] * factor


def scaled_bar(chart: Chart, row: int, factor: float) -> None:
    for name in ("open", "high", "low", "close"):
        quote(chart)[name][row] *= factor
    adjusted(chart)[row] *= factor


def append(chart: Chart, days: int, value: float = 100.0) -> None:
    stamps = result(chart)["timestamp"]
    stamps.append(stamps[-1] + days * DAY)
    for name in ("open", "high", "low", "close"):
        quote(chart)[name].append(value)
    quote(chart)["volume"].append(1000)
    adjusted(chart).append(value)


def split(chart: Chart, row: int, numerator: float, denominator: float = 1) -> None:
    stamp = result(chart)["timestamp"][row]
    result(chart)["events"]["splits"][str(stamp)] = {
        "date": stamp, "numerator": numerator, "denominator": denominator, "splitRatio": "",
    }  # fmt: skip


def dividend(chart: Chart, row: int, amount: float) -> None:
    stamp = result(chart)["timestamp"][row]
    result(chart)["events"]["dividends"][str(stamp)] = {"date": stamp, "amount": amount}


def cell(chart: Chart, name: str, row: int, value: Any) -> None:
    quote(chart)[name][row] = value


def set_(place: Chart, name: str, value: Any) -> None:
    place[name] = value


def body(content: bytes, status: int = 200) -> Callable[[Chart], Answer]:
    return lambda chart: (status, content, JSON)


FAULTS: dict[str, Fault] = {
    "adjusted closes times -1": Fault(lambda c: scale(adjusted(c), -1, range(40)), 4, 0, "-1 times those stored, and no dividend"),
    "adjusted closes times 0.01": Fault(lambda c: scale(adjusted(c), 0.01, range(60)), 4, 0, "no dividend says why"),
    "adjusted closes times 0.5 for a while": Fault(lambda c: scale(adjusted(c), 0.5, range(30)), 4, 0, "no dividend says why"),
    "adjusted closes times 1.5": Fault(lambda c: scale(adjusted(c), 1.5, range(60)), 4, 0, "no dividend says why"),
    "adjusted closes halved in the middle": Fault(lambda c: scale(adjusted(c), 0.5, range(30, 33)), 4, 0, "would change by 50%"),
    "a dividend that does not explain": Fault(lambda c: (dividend(c, 59, 1.0), scale(adjusted(c), 0.5, range(59))), 4, 0, "no dividend says why"),
    "five closes times 100": Fault(lambda c: scale(quote(c)["close"], 100, range(10, 15)), 4, 0, "would change"),
    "one negative bar": Fault(lambda c: scaled_bar(c, 30, -0.37), 4, 0, "would change"),
    "one bar out of this world": Fault(lambda c: scaled_bar(c, 30, 1e300), 4, 0, "would change by a factor of 1e+300"),
    "one bar doubled": Fault(lambda c: scaled_bar(c, 30, 2.0), 4, 0, "would change by 100%"),
    "one bar thirty per cent off": Fault(lambda c: scaled_bar(c, 30, 0.7), 4, 0, "would change by 30%"),
    "one bar five per cent off": Fault(lambda c: scaled_bar(c, 30, 1.05), 0, 0, "revised 1 (2024-01-31)", keeps=False),
    "all bars in other prices": Fault(lambda c: [scaled_bar(c, row, 1.01 + row / 1e4) for row in range(60)], 4, 0, "of 60 stored bars have other prices"),
    "all bars halved": Fault(lambda c: [scaled_bar(c, row, 0.5) for row in range(60)], 4, 0, "no split says why"),
    "bars of the future": Fault(lambda c: [append(c, 400) for _ in range(3)], 5, 5, "bars of the future"),
    "volumes negative": Fault(lambda c: scale(quote(c)["volume"], -1, range(60)), 4, 0, "60 of 60 volumes are lost or of another size"),
    "volumes 1e30": Fault(lambda c: scale(quote(c)["volume"], 1e27, range(60)), 4, 0, "volumes are lost"),
    "volumes null": Fault(lambda c: set_(quote(c), "volume", [None] * 60), 4, 0, "volumes are lost"),
    "currency null": Fault(lambda c: set_(result(c)["meta"], "currency", None), 0, 0, "same"),
    "currency in pence": Fault(lambda c: set_(result(c)["meta"], "currency", "GBp"), 4, 0, "prices are in GBp now, those stored in USD"),
    "a split by nothing": Fault(lambda c: split(c, 30, 1, 0), 4, 0, "it has a split of inf:1"),
    "a dividend of five prices": Fault(lambda c: dividend(c, 30, 500), 4, 0, "it has a dividend of 500 on a price of"),
    "a negative dividend": Fault(lambda c: dividend(c, 30, -5), 4, 0, "it has a dividend of -5"),
    "a split not applied on the newest bar": Fault(lambda c: (append(c, 1, 2000.0), split(c, 60, 1, 20)), 4, 4, "the split 0.05:1 of 2024-03-01 is recorded but not applied"),
    "a split applied twice on the newest bar": Fault(lambda c: (append(c, 1, 25.0), split(c, 60, 1, 4)), 4, 4, "is applied twice"),
    "a split not applied in between": Fault(lambda c: (split(c, 30, 4), [scaled_bar(c, row, 4) for row in range(30)]), 4, 0, ""),
    "the newest bar null, and a newer one": Fault(lambda c: ([cell(c, n, 59, None) for n in ("open", "high", "low", "close")], append(c, 1)), 0, 0, "extended by 1 bar"),
    "one bar gone, and a newer one": Fault(lambda c: ([v.pop(30) for v in (result(c)["timestamp"], adjusted(c), *quote(c).values())], append(c, 1)), 0, 0, "did not come again: 1 (2024-01-31)"),
    "half of the bars gone": Fault(lambda c: [v.__delitem__(slice(0, 30)) for v in (result(c)["timestamp"], adjusted(c), *quote(c).values())], 4, 0, "30 stored bars did not come again"),
    "opens zero": Fault(lambda c: set_(quote(c), "open", [0.0] * 60), 4, 0, "stored bars have other prices"),
    "one stamp null": Fault(lambda c: result(c)["timestamp"].__setitem__(30, None), 5, 5, "cannot be read"),
    "a period in words": Fault(lambda c: set_(result(c)["meta"]["currentTradingPeriod"]["regular"], "start", "x"), 5, 5, "cannot be read"),
    "no period": Fault(lambda c: set_(result(c)["meta"], "currentTradingPeriod", "open"), 5, 5, "cannot be read"),
    "a close in words": Fault(lambda c: cell(c, "close", 30, "x"), 5, 5, "cannot be read"),
    "truth values as closes": Fault(lambda c: set_(quote(c), "close", [row % 2 == 0 for row in range(60)]), 5, 5, "true or false instead of a number"),
    "one close true": Fault(lambda c: cell(c, "close", 30, True), 5, 5, "true or false instead of a number"),
    "one adjusted close false": Fault(lambda c: adjusted(c).__setitem__(0, False), 5, 5, "true or false instead of a number"),
    "one volume true": Fault(lambda c: cell(c, "volume", 59, True), 5, 5, "true or false instead of a number"),
    "one stamp true": Fault(lambda c: result(c)["timestamp"].__setitem__(30, True), 5, 5, "cannot be read"),
    "truth values in words": Fault(lambda c: set_(quote(c), "close", ["true"] * 60), 5, 5, "cannot be read"),
    "closes in per cent": Fault(lambda c: cell(c, "close", 30, "100%"), 5, 5, "cannot be read"),
    "closes in dollars": Fault(lambda c: cell(c, "close", 30, "$100"), 5, 5, "cannot be read"),
    "a close in parentheses": Fault(lambda c: cell(c, "close", 30, "(100)"), 5, 5, "cannot be read"),
    "a date as close": Fault(lambda c: cell(c, "close", 30, "2024-01-31"), 5, 5, "cannot be read"),
    "a list as close": Fault(lambda c: cell(c, "close", 30, [100.0]), 5, 5, "cannot be read"),
    "an object as close": Fault(lambda c: cell(c, "close", 30, {"raw": 100.0}), 5, 5, "cannot be read"),
    "a stamp beyond all time": Fault(lambda c: result(c)["timestamp"].__setitem__(59, 10**15), 5, 5, "cannot be read"),
    "ragged arrays": Fault(lambda c: quote(c)["close"].pop(), 5, 5, "cannot be read"),
    "an empty object": Fault(body(b"{}"), 5, 5, "holds no prices, HTTP 200"),
    "null": Fault(body(b"null"), 5, 5, "holds no prices, HTTP 200"),
    "an empty list": Fault(body(b"[]"), 5, 5, "holds no prices, HTTP 200"),
    "a number": Fault(body(b"7"), 5, 5, "holds no prices, HTTP 200"),
    "an invalid crumb": Fault(body(b'{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}'), 5, 5, "holds no prices, HTTP 200"),
    "nested brackets": Fault(body(b"[" * 200_000), 5, 5, "cannot be read"),
    "nothing": Fault(body(b""), 5, 5, "is not JSON, HTTP 200"),
    "no result": Fault(body(b'{"chart": {"result": [], "error": null}}'), 4, 4, "no such bars"),
    "a page": Fault(body(b"<html>please consent</html>"), 5, 5, "is not JSON, HTTP 200"),
    "a currency that is none": Fault(lambda c: set_(result(c)["meta"], "currency", 7), 0, 0, "same"),
    "a third of the closes null": Fault(lambda c: [cell(c, "close", row, None) for row in range(0, 60, 3)], 4, 4, "did not come again"),
    "newest adjusted closes null": Fault(lambda c: [adjusted(c).__setitem__(row, None) for row in range(40, 60)], 4, 4, "did not come again"),
    "a split by a thousand million": Fault(lambda c: split(c, 30, 1e9), 4, 0, "it has a split of 1e+09:1"),
    "another exchange": Fault(lambda c: set_(result(c)["meta"], "exchangeName", "LSE"), 0, 0, "the calendar is XLON now, it was 24/7"),
    "another symbol": Fault(lambda c: set_(result(c)["meta"], "symbol", "META"), 5, 5, "Yahoo answered with META"),
    "another interval": Fault(lambda c: set_(result(c)["meta"], "dataGranularity", "1wk"), 5, 5, "Yahoo answered with 1wk"),
}  # fmt: skip


def scripted(yahoo: Yahoo, fault: Fault) -> None:
    chart = copy.deepcopy(yahoo.instruments["AAA"].chart())
    sent = fault.change(chart)
    answer = sent if isinstance(sent, tuple) and len(sent) == 3 and isinstance(sent[1], bytes) else (200, json.dumps(chart).encode(), JSON)  # fmt: skip
    yahoo.script("AAA", answer)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_with_good_bars_stored(
    name: str, yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    assert here("fetch", "AAA", *QUICK, **yahoo.environment()).returncode == 0
    before = Store(tmp_path / "data").load("AAA")
    scripted(yahoo, fault)
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == fault.warm, outcome.stderr
    assert fault.words in outcome.stdout + outcome.stderr
    after = Store(tmp_path / "data").load("AAA")
    if fault.warm:
        assert outcome.stderr.startswith("error: ") and outcome.stderr.count("\n") == 1
        assert after.digest() == before.digest()
    if fault.keeps:
        common = after.bars.loc[before.dates]
        assert common.equals(before.bars) and after.currency == before.currency


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_with_nothing_stored(
    name: str, yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    scripted(yahoo, fault)
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == fault.cold, outcome.stderr
    if fault.cold:
        assert outcome.stderr.startswith("error: ") and outcome.stderr.count("\n") == 1
        assert Store(tmp_path / "data").find("AAA") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a third of the closes null", "close is missing on 20 of 60 bars"),
        ("newest adjusted closes null", "adjusted close is missing on 20 of 60 bars"),
    ],
)
def test_many_bars_without_a_price_are_an_error_that_names_the_column(
    name: str, words: str, yahoo: Yahoo, here: Command
) -> None:
    scripted(yahoo, FAULTS[name])
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert f"error: AAA: {words}; nothing is stored" in outcome.stderr
    accepted = here("fetch", "AAA", *QUICK, "--accept-revision", **yahoo.environment())
    assert accepted.returncode == 0


def test_the_document_of_a_fetch_holds_what_is_wrong_with_the_prices(
    yahoo: Yahoo, here: Command
) -> None:
    scripted(yahoo, Fault(lambda c: scale(quote(c)["high"], 100, range(20, 25)), 0, 0))
    outcome = here("--json", "fetch", "AAA", *QUICK, **yahoo.environment())
    (warning,) = json.loads(outcome.stdout)["warnings"]
    assert warning["symbol"] == "AAA"
    assert warning["warning"].startswith("error: wild highs or lows on 2024-01-21")


def without_trades(chart: Chart, rows: range) -> None:
    """Rows as Yahoo sends them for sessions in which nobody traded: stamps and nothing else."""
    for row in rows:
        for values in quote(chart).values():
            values[row] = None
        adjusted(chart)[row] = None  # type: ignore[call-overload]


def test_a_thinly_traded_listing_is_stored_with_a_word(
    yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    scripted(yahoo, Fault(lambda c: without_trades(c, range(1, 58, 3)), 0, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0, outcome.stderr
    assert "neither price nor volume on 19 sessions" in outcome.stderr
    history = Store(tmp_path / "data").load("AAA")
    assert len(history) == 41
    assert len(history.provenance["dropped"]["untraded"]) == 19


@pytest.mark.parametrize(("rows", "lost"), [(range(50, 60), 10), (range(5, 45), 40)])
def test_sessions_without_a_number_are_refused_at_the_end_and_where_they_are_the_most(
    rows: range, lost: int, yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    scripted(yahoo, Fault(lambda c: without_trades(c, rows), 4, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 4
    assert f"is missing on {lost} of 60 bars; nothing is stored" in outcome.stderr
    assert "--accept-revision" in outcome.stderr
    accepted = here("fetch", "AAA", *QUICK, "--accept-revision", **yahoo.environment())
    assert accepted.returncode == 0
    assert len(Store(tmp_path / "data").load("AAA")) == 60 - lost


def test_the_correction_of_a_bad_tick_is_taken(yahoo: Yahoo, here: Command, tmp_path: Path) -> None:
    scripted(yahoo, Fault(lambda c: scaled_bar(c, 30, 100), 0, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0 and "error: bad ticks on 2024-01-31" in outcome.stderr
    scripted(yahoo, Fault(lambda c: None, 0, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0 and "revised 1 (2024-01-31)" in outcome.stdout
    assert here("data", "check", "AAA").returncode == 0
    scripted(yahoo, Fault(lambda c: scaled_bar(c, 30, 100), 4, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 4 and "2024-01-31 would change" in outcome.stderr


def test_what_was_no_answer_is_asked_for_again(yahoo: Yahoo, here: Command, tmp_path: Path) -> None:
    good = (200, json.dumps(yahoo.instruments["AAA"].chart()).encode(), JSON)
    for bad in (b"{}", b"null", b'{"finance":{"error":{"code":"Unauthorized"}}}'):
        yahoo.script("AAA", (200, bad, JSON), good)
        assert here("fetch", "AAA", *QUICK, **yahoo.environment()).returncode == 0
        assert Store(tmp_path / "data").load("AAA").provenance["attempts"] == 2


def test_zero_opens_cost_no_close(yahoo: Yahoo, here: Command, tmp_path: Path) -> None:
    scripted(yahoo, FAULTS["opens zero"])
    assert here("fetch", "AAA", *QUICK, **yahoo.environment()).returncode == 0
    bars = Store(tmp_path / "data").load("AAA").bars
    assert len(bars) == 60 and bars["open"].isna().all() and bars["close"].notna().all()


@pytest.mark.parametrize("date", ["foo bar", "", "Mon, 99 Xyz 2024 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])  # fmt: skip
def test_an_absurd_date_header_is_no_date(date: str, yahoo: Yahoo, here: Command, tmp_path: Path) -> None:  # fmt: skip
    yahoo.date_header = date
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0, outcome.stderr
    assert len(Store(tmp_path / "data").load("AAA")) == 60


def test_an_explained_dividend_readjusts(yahoo: Yahoo, here: Command, tmp_path: Path) -> None:
    assert here("fetch", "AAA", *QUICK, **yahoo.environment()).returncode == 0
    payment = 2.0 / (CLOSES[58] or 1)
    fault = Fault(
        lambda c: (dividend(c, 59, 2.0), scale(adjusted(c), 1 - payment, range(59))), 0, 0
    )
    scripted(yahoo, fault)
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0 and "(dividend)" in outcome.stdout, outcome.stderr


def test_a_kept_bar_is_scaled_as_its_neighbours(
    yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    assert here("fetch", "AAA", *QUICK, **yahoo.environment()).returncode == 0

    def halve_and_forget(chart: Chart) -> None:
        for row in range(60):
            scaled_bar(chart, row, 0.5)
        quote(chart)["volume"] = [2000] * 60
        append(chart, 1, 50.0)
        split(chart, 60, 2)
        for values in (result(chart)["timestamp"], adjusted(chart), *quote(chart).values()):
            values.pop(30)

    scripted(yahoo, Fault(halve_and_forget, 0, 0))
    outcome = here("fetch", "AAA", *QUICK, **yahoo.environment())
    assert outcome.returncode == 0, outcome.stderr
    bars = Store(tmp_path / "data").load("AAA").bars
    assert len(bars) == 61
    assert bars.iloc[30][["close", "adj_close", "volume"]].tolist() == [51.0, 51.0, 2000.0]


def test_an_intraday_store_that_is_damaged_is_not_overwritten(
    yahoo: Yahoo, here: Command, tmp_path: Path
) -> None:
    from datetime import timedelta

    yahoo.add(Instrument("AAA", [*CLOSES], step=timedelta(hours=1), granularity="1h"))
    hourly = ("fetch", "AAA", "--interval", "1h", *QUICK)
    assert here(*hourly, **yahoo.environment()).returncode == 0
    (path,) = Store(tmp_path / "data").folder("AAA").glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    refused = here(*hourly, **yahoo.environment())
    assert refused.returncode == 4 and "would lose the bars that no longer come" in refused.stderr
    assert path.read_bytes() == bytes(content)
    assert here(*hourly, "--accept-revision", **yahoo.environment()).returncode == 0
