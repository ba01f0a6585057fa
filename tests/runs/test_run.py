"""A run, its parts and its folds: who is called what, and where its files lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.errors import RunError
from rnnforecast.runs.manifest import DataRecord, Manifest
from rnnforecast.runs.run import Run, fold_of, folds_of


def made(path: Path, *symbols: str) -> Run:
    run = Run(path)
    path.mkdir(parents=True)
    data = DataRecord(
        symbol=" and ".join(symbols), symbols=symbols if len(symbols) > 1 else (), interval="1d",
        sessions="XNYS", currency=None, rows=1, first="2024-01-02", last="2024-01-02", digest="",
    )  # fmt: skip
    run.save_manifest(
        Manifest(created="2024-01-02", rnnforecast="1", python="3", platform="", versions={},
                 data=data, splits={})
    )  # fmt: skip
    return run


def test_the_part_of_a_run_on_one_symbol_is_the_same_folder(tmp_path: Path) -> None:
    run = made(tmp_path / "r", "A")
    (part,) = run.parts
    assert part.shares_folder and part.name == run.name == "r" and part.path == run.path
    assert not run.is_panel and part.parts == (part,) and run.run is run and part.run is run
    part.save_manifest(part.manifest.replace(rnnforecast="2"))
    assert run.manifest.rnnforecast == Run(run.path).manifest.rnnforecast == "2"


def test_each_symbol_of_several_has_a_folder_below_the_run(tmp_path: Path) -> None:
    run = made(tmp_path / "r", "A", "BTC-USD")
    made(tmp_path / "r" / "symbols" / "BTC-USD", "BTC-USD")
    part = run.part("btc-usd")
    assert (part.name, part.symbols, part.is_panel) == ("r/BTC-USD", ("BTC-USD",), False)
    assert part.path == run.path / "symbols" / "BTC-USD" and part.root == run.root == tmp_path
    assert part.manifest.data.symbol == "BTC-USD" and run.is_panel
    assert [part.symbol for part in run.parts] == ["A", "BTC-USD"]


def test_a_part_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="it is on one symbol: leave the part after / out"):
        made(tmp_path / "one", "A").part("A")
    many = made(tmp_path / "many", *"ABCDEFGH")
    with pytest.raises(RunError, match=r"has no part 'Z'; it is on A, B, C, D, E, F, \.\.\."):
        many.part("Z")


def test_a_part_or_a_fold_that_is_a_link_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path / "r", "A", "B")
    for name in ("symbols", "elsewhere"):
        (tmp_path / name / "B").mkdir(parents=True)
    (run.path / "symbols").mkdir()
    (run.path / "symbols" / "B").symlink_to(tmp_path / "symbols" / "B")
    with pytest.raises(RunError, match="symbols/B is a symbolic link; replace it with a folder"):
        _ = run.parts
    (part,) = made(tmp_path / "s", "A").parts
    (part.path / "folds").symlink_to(tmp_path / "elsewhere")
    for opened in (folds_of, lambda part: fold_of(part, "2024-01")):
        with pytest.raises(RunError, match="folds is a symbolic link"):
            opened(part)


def test_a_manifest_whose_symbols_lead_out_of_the_run_is_damaged(tmp_path: Path) -> None:
    run = made(tmp_path / "r", "A", "B")
    text = run.read(runs.MANIFEST).replace('"A"', '"../../A"')
    run.write(runs.MANIFEST, text)
    with pytest.raises(RunError, match=r"is damaged \(data.symbols.0: .*is not a symbol"):
        _ = Run(run.path).manifest


def test_folds_are_named_after_their_part_and_half_written_ones_do_not_count(
    tmp_path: Path,
) -> None:
    (part,) = made(tmp_path / "r", "A").parts
    for name in ("2024-02", "2024-01", ".2024-03.partial"):
        fold_of(part, name).path.mkdir(parents=True)
    assert [fold.name for fold in folds_of(part)] == ["r, fold 2024-01", "r, fold 2024-02"]


def test_a_run_that_was_sealed_and_lost_its_seal_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path / "r", "A")
    run.save_manifest(run.manifest.replace(sealed=True))
    with pytest.raises(RunError, match=f"has no {runs.FILES}"):
        _ = Run(run.path).manifest
    unfinished = tmp_path / ".r.partial"
    run.path.rename(unfinished)  # one that is still being trained has none yet
    assert Run(unfinished).manifest.sealed
