"""What stands before every request: who may ask, for how much,
and what a browser may do with it."""

from __future__ import annotations

import base64
import binascii
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rnnforecast.errors import RnnForecastError, RunError, UsageError, reason_of
from rnnforecast.serve.documents import error_document
from rnnforecast.serve.options import ServeOptions

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""Of every answer: no scripts, nothing from elsewhere, no frames around it, not for other sites."""
OPEN = "/health"
"""The one path that needs no token: it says nothing about the home."""


class RefusedError(UsageError):
    """A request that is not passed on."""

    def __init__(self, status: int, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.status = status


def error_response(
    status: int, error: RnnForecastError, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a failure as JSON."""
    content = error_document(error).model_dump(by_alias=True)
    return JSONResponse(content, status, headers)


def unavailable(error: OSError | MemoryError) -> RunError:
    """Return what the machine has refused as a failure to tell: a disk, a permission, memory."""
    reason = "out of memory" if isinstance(error, MemoryError) else reason_of(error)
    return RunError(f"the machine has refused: {reason}", "correct that; the server keeps running")


class Guard:
    """Middleware that refuses what must not be answered, and adds headers to what is.

    Args:
        app: that answers.
        options: token, names and limits.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions) -> None:
        self.app, self.options, self._at_once = app, options, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        try:
            self._check(scope, Headers(scope=scope))
        except RefusedError as refusal:
            headers = {"connection": "close"}  # a body that was announced is not read
            if refusal.status == 405:
                headers["allow"] = "GET, HEAD"
            if refusal.status == 401:
                headers["www-authenticate"] = 'Bearer, Basic realm="rnnforecast: token as password"'
            await error_response(refusal.status, refusal, headers)(scope, receive, send_guarded)
            return
        self._at_once += 1
        try:
            await self.app({**scope, "method": "GET"}, receive, send_guarded)
        finally:
            self._at_once -= 1

    def _check(self, scope: Scope, headers: Headers) -> None:
        """Refuse a request that must not be answered.

        Raises:
            RefusedError: with the status of the answer.
        """
        limits = self.options.limits
        if len(scope["raw_path"]) + len(scope["query_string"]) > limits.url:
            raise RefusedError(414, f"the address is longer than {limits.url} characters")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.headers:
            raise RefusedError(431, f"the headers are longer than {limits.headers} bytes")
        self._check_host(headers)
        self._check_token(scope, headers)
        if scope["method"] not in ("GET", "HEAD"):
            raise RefusedError(405, f"{scope['method']} is not allowed", "nothing can be written")
        if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
            raise RefusedError(413, "the request has a body", "send none")
        if self._at_once >= limits.at_once:
            raise RefusedError(503, f"{limits.at_once} requests are being answered", "try again")

    def _check_host(self, headers: Headers) -> None:
        """Refuse names that a foreign page has made to point here (DNS rebinding)."""
        if self.options.hosts is None:
            return
        names = headers.getlist("host")
        name = names[0].casefold() if len(names) == 1 else ""
        bare, _, port = name.rpartition(":")
        if bare and port.isdigit():
            name = bare
        if name not in self.options.hosts:
            raise RefusedError(
                421, f"{names[0] if names else ''!r} is not a name of this server",
                "ask localhost, or start it with --allow-host NAME",
            )  # fmt: skip

    def _check_token(self, scope: Scope, headers: Headers) -> None:
        """Refuse who does not show the token; the comparison takes as long whatever is shown."""
        token = self.options.token
        if token is None or scope["path"] == OPEN:
            return
        shown = shown_token(headers.get("authorization", ""))
        if not secrets.compare_digest(shown.encode(), token.encode()):
            raise RefusedError(
                401, "the request shows no valid token", "send Authorization: Bearer TOKEN"
            )


def shown_token(authorization: str) -> str:
    """Return the token of a header: ``Bearer TOKEN``, or a browser's password with any name."""
    scheme, _, value = authorization.partition(" ")
    if scheme.casefold() == "bearer":
        return value.strip()
    if scheme.casefold() == "basic":
        try:
            decoded = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return decoded.partition(":")[2]
    return ""
