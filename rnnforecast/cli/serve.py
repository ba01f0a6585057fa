"""``serve``: forecasts and track records over HTTP."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.signals import served_until_asked
from rnnforecast.errors import UsageError

EXTRA = ("fastapi", "starlette", "uvicorn", "h11")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on; any but this machine's own needs RNNFORECAST_TOKEN.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=65_535, help="Port; 0 takes any free one."),
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="RNNFORECAST_TOKEN",
            show_envvar=True,
            metavar="TOKEN",
            help="Token that requests must send. Anybody who lists processes can read it here, so "
            "prefer the variable.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Another host name of this server, such as a proxy sends."
        ),
    ] = None,
) -> None:
    """Serve a dashboard and a read-only HTTP API until Ctrl-C.

    \b
    For example:
      rnnforecast serve
      rnnforecast serve --port 0

    Open the address that it prints. Forecasts are made on request from the newest stored prices;
    nothing is written.
    """
    settings = settings_of(context)
    try:
        from rnnforecast.serve.options import ServeOptions
        from rnnforecast.serve.server import listen, make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise UsageError(
            f"serve needs {error.name}, which is not installed",
            "pip install 'rnnforecast[serve]'",
        ) from None
    sys.dont_write_bytecode = True  # a feature of the user's own may import files of the home
    options = ServeOptions(settings.home, host, port, token or None, tuple(allow_host or ()))
    with listen(options) as listening:
        server = make_server(options)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}"
        if settings.json:
            document({"schema": 1, "address": address})
        else:
            say(f"serving {settings.home.absolute()} on {address}")
            note("Ctrl-C ends it", settings)
        sys.stdout.flush()
        with served_until_asked(server.stop):
            server.run(sockets=[listening])
