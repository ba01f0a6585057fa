"""``audit``: whether any stage sees the future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import NewestRun, OtherSymbols, Overrides, instead
from rnnforecast.errors import AuditError, UsageError

if TYPE_CHECKING:
    from rnnforecast.audit import Finding


@app.command()
def audit(
    context: typer.Context,
    run: NewestRun = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="CONFIG",
            help="Audit a config instead: a YAML file, or the name of a preset.",
            autocompletion=completion.presets,
        ),
    ] = None,
    symbols: OtherSymbols = None,
    overrides: Overrides = None,
) -> None:
    """Look-ahead check: change future prices and verify that nothing earlier changes; exit code 3
    if something does.

    \b
    For example:
      rnnforecast audit
      rnnforecast audit --config gru --symbol BTC-USD
    """
    settings = settings_of(context)
    chosen = [*(overrides or []), *instead(symbols, settings)]
    if run is not None and (config is not None or chosen):
        raise UsageError(
            f"a run ({run}) has its own config",
            "audit the run, or a config with --config and --set",
        )
    subject, findings = (
        _of_run(settings, run)
        if config is None and not chosen
        else _of_config(settings, config, chosen)
    )
    failed = [finding for finding in findings if finding.result == "failed"]
    summary = {
        "audited": subject,
        "passed": not failed,
        "checks": [finding.to_dict() for finding in findings],
    }
    if not settings.json:
        _show(subject, findings, settings)
    elif not failed:
        document({"schema": 1, **summary})
    if failed:
        problem = f"{subject}: {failed[0].detail} ({len(failed)} of {len(findings)} checks failed)"
        raise AuditError(problem, failed[0].remedy, summary)


def _of_run(settings: Settings, name: str | None) -> tuple[str, list[Finding]]:
    from rnnforecast.pipeline.audit import audit_run

    run = find_named(settings, name)
    return f"run {run.name}", audit_run(run)


def _of_config(
    settings: Settings, config: str | None, overrides: list[str]
) -> tuple[str, list[Finding]]:
    from rnnforecast.config import load
    from rnnforecast.pipeline.audit import audit_config

    experiment = load(config or "gru", overrides)
    return f"config {config or 'gru'} on {experiment.data.title}", audit_config(
        experiment, settings.store
    )


def _show(subject: str, findings: list[Finding], settings: Settings) -> None:
    rows = [
        [
            finding.check,
            finding.compared,
            f"{finding.result}: {finding.detail}" if finding.detail else finding.result,
        ]
        for finding in findings
    ]
    prose = ["what must hold", "what was compared", "result"]
    table(prose, rows, title=subject, prose=prose)
    if all(finding.result != "failed" for finding in findings):
        passed = sum(finding.result == "passed" for finding in findings)
        say(
            f"{passed} of {len(findings)} checks passed, none failed: "
            "no use of the future was found"
        )
        note(
            "no audit sees: what a feature's files, dates, numbers and memory know (those found "
            "are noted above), series stamped early that only resemble the answer, survivorship, "
            "revised data, configurations tried elsewhere (docs/honesty.md)",
            settings,
        )
