"""Whether any stage of a pipeline sees the future:
the future is altered, and the past must not move by a bit."""

from rnnforecast.audit.checks import audit
from rnnforecast.audit.finding import Finding
from rnnforecast.audit.perturbations import Prices
from rnnforecast.audit.pipeline import Pipeline, pipeline_of

__all__ = ["Finding", "Pipeline", "Prices", "audit", "pipeline_of"]
