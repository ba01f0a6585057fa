"""How the server is reached, and what it refuses; checked once, without FastAPI."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from rnnforecast.errors import UsageError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host headers that a browser sends to this machine itself;
any other one there is DNS rebinding."""
SHORTEST_TOKEN = 16
"""Characters of a token: fewer can be guessed."""


@dataclass(frozen=True)
class Limits:
    """What one request, and all at a time, may take.

    Args:
        url: characters of path and query.
        headers: bytes of all header lines.
        at_once: requests that are answered at a time; others get 503.
        connections: that are open at a time.
        header_seconds: until the header of a request must be complete.
        idle_seconds: that a connection is kept between two requests.
    """

    url: int = 2_000
    headers: int = 16_000
    at_once: int = 64
    connections: int = 256
    header_seconds: float = 10.0
    idle_seconds: int = 5


@dataclass(frozen=True)
class ServeOptions:
    """Where the server listens, for whom, and what it shows.

    Args:
        home: the folder that holds ``data/`` and ``runs/``.
        host: address to listen on.
        port: 0 takes any free one.
        token: that requests must show; required on any address but loopback.
        allowed_hosts: further names in the ``Host`` header, as a proxy on this machine sends them.
        limits: of requests.

    Raises:
        UsageError: if the address needs a token and there is none, or the token is too weak.
    """

    home: Path
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.token is None and not self.is_loopback:
            raise UsageError(
                f"--host {self.host} can be reached by others, and there is no token",
                "set RNNFORECAST_TOKEN to a long random text, or leave --host out",
            )
        if self.token is not None and (
            len(self.token) < SHORTEST_TOKEN or not self.token.isascii() or " " in self.token
        ):
            raise UsageError(
                f"the token has {len(self.token)} characters",
                f"use {SHORTEST_TOKEN} or more ASCII characters without spaces: "
                "python -c 'import secrets; print(secrets.token_urlsafe())'",
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def hosts(self) -> frozenset[str] | None:
        """Names that a ``Host`` header may have, without the port; None where any will do."""
        if not self.is_loopback:
            return None  # the token keeps strangers out, whatever name they use
        bound = f"[{self.host}]" if ":" in self.host else self.host
        names = {name.casefold() for name in self.allowed_hosts}
        return LOOPBACK_NAMES | names | {bound.casefold()}
