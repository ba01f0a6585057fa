"""The only place that touches what yfinance does not promise: its caches, its crumb, its errors.

Each of these names is held by a test of its own, so that an upgrade that moves one fails there.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import json
import logging
import os
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import peewee
import yfinance
from curl_cffi import requests
from curl_cffi.requests import exceptions as http
from yfinance import exceptions as yahoo
from yfinance.data import YfData

log = logging.getLogger(__name__)


@functools.cache
def use_cache(folder: Path) -> None:
    """Keep yfinance's cookies and time zones in a folder of ours, once, without damaged files.

    yfinance itself fails with every request, for ever, once one of its caches is damaged.

    Args:
        folder: of ours; where it cannot be made, as in a container whose home is read-only, one
            that lasts as long as the program takes its place.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # cookies are nobody else's business, and yfinance unpickles them
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        log.warning("no cookies are kept in %s (%s)", folder, error.strerror)
        folder = Path(mkdtemp(prefix="rnnforecast-"))  # readable for this user alone
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in folder.glob("*.db"):
        try:
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA quick_check").fetchall()
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
    yfinance.set_tz_cache_location(str(folder))


@contextlib.contextmanager
def strict_yfinance() -> Iterator[None]:
    """Let yfinance raise what goes wrong, say nothing, and forget the answers of earlier tries."""
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what it logs is raised as well
    yfinance.config.debug.hide_exceptions = False
    YfData.cache_get.cache_clear()  # else a cached 5xx answer would be replayed
    with warnings.catch_warnings():
        # what yfinance owes pandas is not the user's business
        warnings.filterwarnings("ignore", module="yfinance")
        yield


def forget_crumb() -> None:
    """Let the next request ask for a new cookie and crumb: the old ones were refused."""
    shared = type(YfData)._instances.get(YfData)
    if shared is not None:
        shared._crumb, shared._cookie = None, None


def close(session: requests.Session[Any]) -> None:
    """Close a session, so that none of its handles is alive when the interpreter ends."""
    session.close()


def expected_failures() -> tuple[type[Exception], ...]:
    """Return what yfinance and its HTTP client raise where an answer is missing or unreadable."""
    return (
        yahoo.YFException,
        http.RequestException,
        peewee.DatabaseError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OverflowError,
        NotImplementedError,
        RecursionError,
    )


def reasons() -> list[tuple[type[Exception] | tuple[type[Exception], ...], str]]:
    """Return kinds of exceptions and what they mean, the more particular ones first."""
    return [
        (yahoo.YFRateLimitError, "rate_limited"),
        (http.Timeout, "timeout"),
        # before its base class, ConnectionError
        ((http.SSLError, http.CertificateVerifyError), "tls"),
        (http.RequestException, "network"),
        ((yahoo.YFInvalidPeriodError, yahoo.YFTickerMissingError), "no_data"),
        (yahoo.YFDataException, "upstream_error"),
        (json.JSONDecodeError, "bad_answer"),
        (peewee.DatabaseError, "local_cache"),
    ]
