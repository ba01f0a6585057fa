"""What the documents of a run consist of: somebody else may have written them.

A hash says that a file is what its writer wrote, not that it is what we would have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnforecast.runs.layout import VERDICT


class _Document(BaseModel):
    """A document that may have more than it must."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)


class _Verdict(_Document):
    headline: str
    sentence: str
    point: str | None = None
    distribution: str | None = None
    garch: str | None = None
    origins: int | None = None
    flags: list[str] = []
    summary: str | None = None
    rival: str | None = None
    against_rival: str | None = None


DOCUMENTS: Mapping[str, type[_Document]] = {VERDICT: _Verdict}


def is_document(name: str, values: Mapping[str, Any]) -> bool:
    """Return whether a document has what one of its name must have."""
    try:
        DOCUMENTS.get(name, _Document).model_validate(values)
    except ValidationError:
        return False
    return True
