"""The Ray cluster that this process belongs to, where there is one, and its own cores."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from rnnforecast.errors import NetworkError, UsageError

LOCAL, AUTO, REMOTE = "local", "auto", "ray"
"""Addresses: a cluster of this machine alone, and the one that this machine belongs to; the scheme
of all others."""
CLIENT_PORT = 10001
"""Where a head node listens to clients, if the address names no port."""
ANSWER_S = 10
"""Seconds in which a head node must accept a connection; Ray by itself would try for 30."""

ATTEMPTS = 2
"""A head node starts a process for each client, which now and then does not survive its start."""

_cluster: ContextVar[bool] = ContextVar("_cluster", default=False)
"""Whether jobs are sent to a cluster."""


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_cluster() -> bool:
    """Return whether jobs are sent to a cluster."""
    return _cluster.get()


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Send the jobs of the block to a Ray cluster.

    Args:
        address: ``ray://HOST:10001``, ``auto`` for the cluster that this machine belongs to,
            ``local`` for one of this machine alone; None changes nothing.

    Raises:
        UsageError: if Ray is not installed, or the address is none.
        NetworkError: if no cluster answers there.
    """
    if address is None:
        yield
        return
    head = None if address in (LOCAL, AUTO) else _head_of(address)
    if importlib.util.find_spec("ray") is None:
        raise UsageError(
            "a cluster needs a package that is not installed", "pip install 'rnnforecast[ray]'"
        )
    if head is not None:
        _check_answers(head, address)
    joined = _join(address)
    token = _cluster.set(True)
    try:
        yield
    finally:
        _cluster.reset(token)
        if joined:
            ray_library().shutdown()


def ray_library() -> Any:
    """Return Ray, which reports nothing to anybody."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    return ray


def _head_of(address: str) -> tuple[str, int]:
    """Return host and port of a remote cluster.

    Raises:
        UsageError: if the address is none.
    """
    try:
        parts = urlsplit(address)
        if parts.scheme == REMOTE and parts.hostname:
            return parts.hostname, parts.port or CLIENT_PORT
    except ValueError:  # the port is no number
        pass
    raise UsageError(
        f"{address!r} is no address of a Ray cluster", "use auto, local or ray://HOST:10001"
    )


def _check_answers(head: tuple[str, int], address: str) -> None:
    """Connect once, so that an address where nothing listens is refused at once.

    Raises:
        NetworkError: if nothing accepts the connection.
    """
    try:
        socket.create_connection(head, timeout=ANSWER_S).close()
    except OSError as error:  # gaierror among them
        raise _no_cluster(address, error.strerror or str(error)) from None


def _no_cluster(address: str, reason: str) -> NetworkError:
    """Name the two causes that there are: nothing listens, or it asks for a token.

    Ray sends this machine's token to a cluster that it has found by itself, but to an address only
    if it is told to, and does not say that it was refused.
    """
    return NetworkError(
        f"no Ray cluster answers at {address} ({reason})",
        "start one with: ray start --head, or use --cluster local; where it asks for a token, set "
        "RAY_AUTH_MODE=token",
    )


def _join(address: str) -> bool:
    """Connect this process to a cluster; return whether it was not connected before.

    Raises:
        NetworkError: if no cluster answers.
    """
    ray = ray_library()
    if ray.is_initialized():
        return False
    settings: dict[str, Any] = {"address": address}
    if address == LOCAL:
        settings |= {"num_cpus": cores(), "include_dashboard": False}
    before = signal.getsignal(signal.SIGTERM)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Ray Client connection timed out")
            _connect(ray, settings)
    except (OSError, RuntimeError, TimeoutError, ValueError) as error:
        raise _failure(address, error) from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)  # Ray puts its own in the place of ours
    return True


def _connect(ray: Any, settings: dict[str, Any]) -> None:
    """Let Ray connect, again where a head node has failed to start a process for its client."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            ray.init(**settings, logging_level=logging.ERROR)
            return
        except ConnectionAbortedError:
            if attempt == ATTEMPTS:
                raise


def _failure(address: str, error: Exception) -> NetworkError:
    """Say why Ray did not connect, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    if isinstance(error, ConnectionAbortedError):  # the reason follows a heading
        reason = lines[-1]
    return _no_cluster(address, reason)
