"""The page of a day: every symbol that is followed, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jinja2
from markupsafe import Markup

from rnnforecast.forecast.forecaster import Forecast, RiseProbability
from rnnforecast.quantities import PRICE, Quantity
from rnnforecast.report.track import picture_of
from rnnforecast.report.track_chart import STYLE

DRAWN = 60
"""Track records that the page draws, broken ones first; each takes some 20 kB."""
CELLS = ("Last close", "Session", "Median", "80 % from", "to")
"""Headings of the cells; on a phone each stands before its cell."""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Forecasts of {{ made }}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding-bottom: .5rem }
th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap;
         border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
th:first-child, td:first-child, .words { text-align: left }
.words { white-space: normal; min-width: 12rem }
.bad { font-weight: 600 }
details { margin: 1rem 0 } summary { cursor: pointer; font-weight: 600 }
figure { margin: 0 }
@media (max-width: 40rem) {
  thead { display: none }
  tr { display: grid; grid-template-columns: max-content 1fr; padding: .5rem 0;
       border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
  tbody th, td { border: 0; padding: .1rem 0; text-align: left; white-space: normal;
                 overflow-wrap: anywhere }
  tbody th, td.words { grid-column: 1 / -1 }
  td:not(.words) { grid-column: 1 / -1; display: grid; grid-template-columns: 7rem 1fr }
  td:not(.words):empty { display: none }
  td::before { content: attr(data-label) }
  td.words::before { content: none }
}
@media print {
  @page { margin: 15mm }
  :root { color-scheme: light; font-size: 10.5pt }
  body { padding: 0; max-width: none }
  .scroll { overflow: visible }
  th, td { padding: .25rem .4rem }
  tbody th, .words { white-space: normal; overflow-wrap: anywhere; min-width: 5rem }
  .words { min-width: 9rem }
  figure, tr { break-inside: avoid }
}
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)) }
{{ style }}
</style>
<main>
<h1>Forecasts</h1>
<p>Made {{ made }} UTC. Trust the ranges; a median says little more than the last close.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Forecasts by symbol">
<table>
<caption>The next session of each symbol</caption>
<thead><tr><th scope="col">Symbol</th>
{% for name in headings %}<th scope="col">{{ name }}</th>{% endfor %}

<th scope="col" class="words">Status</th></tr></thead>
<tbody>
{% for row in rows %}<tr><th scope="row">{{ row.symbol }}</th>
{% for name, cell in row.cells %}<td data-label="{{ name }}">{{ cell }}</td>
{% endfor %}<td class="words{{ ' bad' if row.bad }}">{{ row.words }}</td></tr>
{% endfor %}</tbody>
</table>
</div>
{% if pictures %}<h2>Track records</h2>
{% for symbol, picture in pictures %}<details{{ " open" if loop.first }}>
<summary>{{ symbol }}</summary>
{% for sentence in picture.sentences %}<p>{{ sentence }}</p>
{% endfor %}<div class="figures">{% for caption, figure in picture.figures %}<figure>
<figcaption>{{ caption }}</figcaption>
{{ figure }}
</figure>
{% endfor %}</div></details>
{% endfor %}{% if more %}<p>{{ more }} more have a record: rnnforecast track SYMBOL</p>
{% endif %}{% endif %}
</main>
</html>
"""


def daily_page(results: Sequence[Any]) -> str:
    """Draw the summary of a day.

    Args:
        results: the ``DayResult`` of each symbol.

    Returns:
        a page in one file, without scripts.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    tracks = [
        (result.symbol, result.track) for result in results if result.track and result.track.scores
    ]
    tracks.sort(key=lambda pair: pair[1].scores.promise != "broken")
    return environment.from_string(PAGE).render(
        made=made,
        headings=CELLS,
        rows=list(map(_row, results)),
        style=Markup(STYLE),
        pictures=[(symbol, picture_of(track)) for symbol, track in tracks[:DRAWN]],
        more=max(0, len(tracks) - DRAWN),
    )


def quantity_of(forecast: Forecast | RiseProbability) -> Quantity:
    """Return the quantity of a forecast's numbers; beside a probability stands the price."""
    return forecast.quantity if isinstance(forecast, Forecast) else PRICE


def _row(result: Any) -> dict[str, Any]:
    """Return one symbol as cells."""
    if result.prediction is None:
        words = f"failed: {result.error}"
        empty = [(name, "") for name in CELLS]
        return {"symbol": result.symbol, "cells": empty, "words": words, "bad": True}
    forecast = result.prediction.forecast
    first = forecast.table().iloc[0]
    show = quantity_of(forecast).format
    names = ("median", "low_80", "high_80")
    values = [show(float(first[name])) if name in first else "" for name in names]
    shown = (show(forecast.last), f"{forecast.dates[0]:%a %Y-%m-%d}")
    scores = result.track.scores if result.track else None
    status = ["new forecast" if result.status == "new" else "no new price"]
    if result.error is not None:
        status = [f"not kept: {result.error}"]
    status += ["trained today"] if result.trained else []
    if result.unrefitted is not None:
        status.append(f"networks not trained again: {result.unrefitted}")
    status += result.warnings
    if scores is not None:
        number = scores.forecasts
        counted = f"{number} forecast{'' if number == 1 else 's'} scored"
        status.append(f"{counted}, promise {scores.promise}")
    if result.delisted is not None:
        status.append(f"delisted: no price after {result.delisted:%Y-%m-%d}")
    elif result.unfetched is not None:
        status.append(f"prices were not fetched: {result.unfetched}")
    return {
        "symbol": result.symbol,
        "cells": list(zip(CELLS, (*shown, *values), strict=True)),
        "words": "; ".join(status),
        "bad": bool(result.broken or result.failure or result.delisted is not None),
    }
