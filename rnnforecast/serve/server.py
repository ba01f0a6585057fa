"""The process that listens: one event loop, bounded connections, an end when it is asked to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rnnforecast.errors import UsageError
from rnnforecast.serve.api import create_app
from rnnforecast.serve.options import Limits, ServeOptions
from rnnforecast.serve.service import Service
from rnnforecast.serve.warmth import Warmth

GOODBYE_SECONDS = 5
"""That answers under way have when the server is asked to end."""


def listen(options: ServeOptions) -> socket.socket:
    """Return a socket that listens; its name says which port is used.

    Raises:
        UsageError: if the address is not there, or taken.
    """
    try:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        return socket.create_server((options.host, options.port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot listen on {options.host} port {options.port} ({reason})",
            "name another one with --port; 0 takes any free one",
        ) from None


class Server(uvicorn.Server):
    """Serves until ``stop`` is called; signals are left to the caller.

    Args:
        config: of uvicorn.
        warmth: makes forecasts again when prices have changed.
    """

    def __init__(self, config: uvicorn.Config, warmth: Warmth) -> None:
        super().__init__(config)
        self.warmth = warmth

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and keep warm what is asked for."""
        self.warmth.start()
        try:
            super().run(sockets)
        finally:
            self.warmth.stop()
            self.warmth.service.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process' signals as they are."""
        yield

    def stop(self) -> None:
        """Let answers under way be finished, then return from ``run``."""
        self.should_exit = True


def make_server(options: ServeOptions) -> Server:
    """Return a server of a home; ``run(sockets=[listen(options)])`` starts it."""
    limits, service = options.limits, Service(options)
    warmth = Warmth(service)
    config = uvicorn.Config(
        create_app(options, service, warmth.note),
        http=protocol_of(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        h11_max_incomplete_event_size=limits.headers + limits.url,
    )
    return Server(config, warmth)


def protocol_of(limits: Limits) -> type[H11Protocol]:
    """Return uvicorn's HTTP, with an end to connections whose request does not come."""

    class ImpatientProtocol(H11Protocol):
        """Closes a connection that has sent no whole request in time."""

        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            # headers and body are sent apart: without this the body waits 40 ms for an answer
            # to the headers (Nagle's algorithm), as asyncio knows only sockets named TCP
            link = transport.get_extra_info("socket")
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            close: Callable[[], None] = self._close_idle
            self._deadline = self.loop.call_later(limits.header_seconds, close)

        def _close_idle(self) -> None:
            if self.cycle is None:
                self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
            super().connection_lost(exc)

    return ImpatientProtocol
