"""Pictures of a run are the same, whoever draws them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from rnnforecast.report import drawing
from rnnforecast.report.drawing import draw_page, draw_pictures

from .materials import material


def test_each_kind_is_drawn_in_both_forms_in_the_order_asked_for() -> None:
    run = material()
    kinds = run.kinds[:3][::-1]
    pictures = draw_pictures(run, kinds)
    assert tuple(pictures) == tuple(kinds)
    for picture in pictures.values():
        assert picture.svg.rstrip().endswith("</svg>")
        assert Image.open(io.BytesIO(picture.png)).width > 300


def test_shares_of_several_workers_are_the_pictures_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    run = material()
    kinds = run.kinds[:3]
    alone = draw_pictures(run, kinds)
    monkeypatch.setattr(drawing, "ready", lambda: True)
    monkeypatch.setattr(drawing, "cores", lambda: 2)
    asked = list[object]()

    def here(work, jobs, workers, shared):  # type: ignore[no-untyped-def]
        asked.extend(jobs)
        return [work(*shared, *job) for job in reversed(jobs)]

    monkeypatch.setattr(drawing, "spread", here)
    assert draw_pictures(run, kinds) == alone
    assert asked == [(kinds[::2],), (kinds[1::2],)]


def test_a_page_has_every_picture_that_its_tables_allow() -> None:
    run = material()
    symbol, pictures, page = draw_page("WALK", run, None)
    assert symbol == "WALK" and set(pictures) == set(run.kinds)
    assert page.count('<svg role="img"') >= len(pictures)
