"""The stages in a row: from stored prices to a run, a forecast, a verdict and a report."""

from rnnforecast.workflow.auditing import audit_config, audit_run
from rnnforecast.workflow.evaluating import evaluate
from rnnforecast.workflow.explaining import explain_gradients, explain_run
from rnnforecast.workflow.forecasting import draw_forecast, evaluated, predict
from rnnforecast.workflow.reporting import draw_figure, page_text, write_page, write_report
from rnnforecast.workflow.scoring import Request
from rnnforecast.workflow.training import Hooks, resume, train

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
    "page_text",
    "predict",
    "resume",
    "train",
    "write_page",
    "write_report",
]
