"""``doctor``: whether the installation is sound."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say
from rnnforecast.cli.context import settings_of
from rnnforecast.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from rnnforecast.doctor import Finding


@app.command()
def doctor(
    context: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Also request a price from Yahoo.")
    ] = False,
) -> None:
    """Check the installation: versions, import time, device, folder, disk and,
    with --online, the network.

    \b
    For example:
      rnnforecast doctor --online

    Exit code 0 if all is well, 5 if only Yahoo cannot be reached, otherwise 2; each problem comes
    with its remedy.
    """
    from rnnforecast.doctor import diagnose

    settings = settings_of(context)
    if online and settings.offline:
        raise UsageError("--online and --offline contradict each other", "choose one")
    note("importing everything; TensorFlow takes seconds", settings)
    diagnosis: list[Finding] = []
    for finding in diagnose(settings.home, online=online):
        diagnosis.append(finding)
        if not settings.json:
            _tell(finding)
    findings = [{**asdict(finding), "fine": finding.fine} for finding in diagnosis]
    ill = [finding for finding in diagnosis if not finding.fine and not finding.warning]
    if ill:
        kind = NetworkError if all(finding.what == "Yahoo" for finding in ill) else UsageError
        names = ", ".join(finding.what for finding in ill)
        raise kind(
            f"{len(ill)} of {len(diagnosis)} checks failed: {names}",
            ill[0].remedy,
            {"findings": findings},
        )
    if settings.json:
        document({"schema": 1, "findings": findings})
    else:
        say("all is well")


def _tell(finding: Finding) -> None:
    took = "" if finding.seconds is None else f", imported in {finding.seconds:.1f} s"
    remedy = f": {finding.remedy}" if finding.remedy else ""
    mark = "ok" if finding.fine else "!" if finding.warning else "NO"
    say(f"{mark:<3} {finding.what:<13} {finding.found}{took}{remedy}")
