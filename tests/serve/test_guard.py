"""Who may ask, for how much, and what a browser may do with the answer."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from rnnforecast.errors import UsageError
from rnnforecast.serve.options import Limits, ServeOptions

from .conftest import Get, client_of

TOKEN = "0123456789abcdef"


def test_another_address_needs_a_good_token(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.2", "::", "example.org", ""):
        with pytest.raises(UsageError, match="no token"):
            ServeOptions(tmp_path, host)
    for token in ("short", "a token with spaces", "tökentökentökentöken", ""):
        with pytest.raises(UsageError, match="token has"):
            ServeOptions(tmp_path, "0.0.0.0", token=token)
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        ServeOptions(tmp_path, host)
    assert TOKEN not in repr(ServeOptions(tmp_path, "0.0.0.0", token=TOKEN))


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (basic(TOKEN), 200),
        (basic("wrong"), 401),
        ("Basic ?", 401),
        ("Basic //8=", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        (TOKEN, 401),
        ("", 401),
    ],
)
def test_a_token_opens_every_path(tmp_path: Path, header: str, status: int) -> None:
    get = client_of(ServeOptions(tmp_path, "0.0.0.0", token=TOKEN), "http://any.example")
    for path in ("/", "/v1/runs", "/openapi.json"):
        answer = get(path, headers={"Authorization": header})
        assert answer.status_code == status
        assert ("www-authenticate" in answer.headers) == (status == 401)
    assert get("/health").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:9", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("", 421),
        ("proxy.example", 200),
    ],
)
def test_a_foreign_name_for_this_machine_is_refused(tmp_path: Path, host: str, status: int) -> None:
    get = client_of(ServeOptions(tmp_path, allowed_hosts=("proxy.example",)))
    assert get("/v1/runs", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_allowed(get: Get, method: str) -> None:
    answer = get("/v1/runs", method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_request_has_its_limits(get: Get, tmp_path: Path) -> None:
    assert get("/?page=" + "1" * 3_000).status_code == 414
    assert get("/health", headers={"X-Long": "a" * 20_000}).status_code == 431
    assert get("/health", content=b"body").status_code == 413
    full = client_of(ServeOptions(tmp_path, limits=Limits(at_once=0)))
    assert full("/v1/runs").status_code == 503


def test_head_asks_for_what_get_does(get: Get) -> None:
    assert get("/v1/runs", method="HEAD").headers["etag"] == get("/v1/runs").headers["etag"]


@pytest.mark.parametrize("path", ["/", "/symbols/WALK", "/v1/runs", "/nope", "/style.css"])
def test_a_browser_may_run_nothing_and_frame_nothing(get: Get, path: str) -> None:
    headers = get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


def test_without_the_extra_one_line_names_it(here: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("rnnforecast.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    answer = here("serve")  # type: ignore[operator]
    assert answer.returncode == 2
    [line] = answer.stderr.splitlines()
    assert "pip install 'rnnforecast[serve]'" in line
