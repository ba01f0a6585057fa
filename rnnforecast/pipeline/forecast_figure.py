"""The figure of a forecast, into its run.

Importing this loads Matplotlib, which takes half a second.
"""

from __future__ import annotations

from pathlib import Path

from rnnforecast import runs
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.report.charts.files import to_png
from rnnforecast.report.charts.forecast import forecast
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.report_data import Material
from rnnforecast.runs import Part
from rnnforecast.runs.artifacts import read_experiment


def draw_forecast(part: Part, prediction: Prediction) -> Path:
    """Draw a forecast as ``figures/forecast.png`` of a run or a part."""
    table = prediction.forecast.table().reset_index()
    material = Material(
        part.name,
        prediction.quantity,
        prediction.history,
        record={},
        config="",
        tables={"forecast": table},
        network=read_experiment(part).model.architecture,
    )
    return part.write(f"{runs.FIGURES}/forecast.png", to_png(draw(forecast(material))))
