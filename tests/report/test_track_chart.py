"""The pictures of a track record hold what its rows say, and nothing that runs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from rnnforecast.evaluation.track import score_track
from rnnforecast.report.track_chart import track_figures

from ..evaluation.test_track import resolved


def pictures(days: int = 40) -> list[str]:
    table = resolved(days)
    return [svg for _, svg in track_figures(table, score_track(table))]


def test_each_picture_is_one_document_without_scripts_or_styles() -> None:
    for svg in pictures():
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img" and root.get("aria-label")
        assert "<script" not in svg and "style=" not in svg


def test_dots_and_running_share_are_the_hits_of_the_rows() -> None:
    table = resolved(40)
    rows = table[(table["model"] == "network") & (table["step"] == 1)]
    held = (rows["q0.1"] <= rows["actual"]) & (rows["actual"] <= rows["q0.9"])
    fans, coverage, pit = pictures()
    assert fans.count('class="held"') == held.sum()
    assert fans.count('class="missed"') == (~held).sum()
    [points] = re.findall(r'class="line" points="([^"]+)"', coverage)
    last = float(points.split()[-1].split(",")[1])
    [promised] = re.findall(r'class="promised" points="[^,]+,([\d.]+)', coverage)
    assert (last > float(promised)) == (held.mean() < 0.8)  # y grows downward
    label = ElementTree.fromstring(pit).get("aria-label") or ""
    counts = [int(count) for count in re.findall(r"\d+", label)]
    assert sum(counts) == 40 and len(counts) == 10


def test_before_anything_has_come_true_there_is_no_picture() -> None:
    table = resolved(5)
    scores = score_track(table)
    assert track_figures(table[table["step"] > 1], scores) == []
    assert np.isfinite(scores.too_narrow)
