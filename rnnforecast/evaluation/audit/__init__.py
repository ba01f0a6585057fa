"""Whether any stage of a pipeline sees the future: the future is altered, and the past must not move by a bit."""

from rnnforecast.evaluation.audit.checks import audit
from rnnforecast.evaluation.audit.finding import Finding
from rnnforecast.evaluation.audit.pipeline import Pipeline, pipeline_of
from rnnforecast.evaluation.audit.prices import Prices

__all__ = ["Finding", "Pipeline", "Prices", "audit", "pipeline_of"]
