"""The stages in a row: from stored prices to a run, a forecast, a verdict and a report."""

from rnnforecast.pipeline.audit import audit_config, audit_run
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.explain import explain_gradients, explain_run
from rnnforecast.pipeline.predict import draw_forecast, evaluated, predict
from rnnforecast.pipeline.price_checks import forecast_notes, run_notes
from rnnforecast.pipeline.report import draw_figure, page_text, write_page, write_report
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import Hooks, resume, train

__all__ = [
    "Hooks",
    "Request",
    "audit_config",
    "audit_run",
    "draw_figure",
    "draw_forecast",
    "evaluate",
    "evaluated",
    "explain_gradients",
    "explain_run",
    "forecast_notes",
    "page_text",
    "predict",
    "resume",
    "run_notes",
    "train",
    "write_page",
    "write_report",
]
