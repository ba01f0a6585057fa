"""The real process: its address, its libraries, its end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

SCRIPT = """
import sys
from rnnforecast.__main__ import main
try:
    main()
finally:
    print("LOADED", *sys.modules, flush=True)
"""


def heed_ctrl_c() -> None:
    """Undo what a child of a script's background job inherits: an ignored SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def serving(
    home: Path, *options: str, script: bool = False
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the program; yield its address and the process, which is ended."""
    program = ["-c", SCRIPT] if script else ["-m", "rnnforecast"]
    process = subprocess.Popen(
        [sys.executable, *program, "--home", str(home), "serve", "--port", "0", "--json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
        preexec_fn=heed_ctrl_c,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        yield json.loads("".join(lines))["address"], process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly_and_tensorflow_was_never_loaded(
    followed_home: Path, number: int
) -> None:
    with serving(followed_home, script=True) as (address, process):
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            assert client.get("/v1/forecasts/WALK").status_code == 200
            assert client.get("/v1/track/WALK").status_code == 200
            assert client.get("/symbols/WALK").status_code == 200
            answer = client.get("/health")
            assert "server" not in answer.headers
        process.send_signal(number)
        printed, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert said == ""
    loaded = set(printed.split("LOADED")[-1].split())
    assert not loaded & {"tensorflow", "keras", "matplotlib", "plotly"}


def test_requests_that_are_no_http_or_never_end_are_ended(followed_home: Path) -> None:
    with serving(followed_home) as (address, _):
        place = urlsplit(address)
        for request in (b"\x00\xff\x00\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000):
            with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
                connection.sendall(request)
                with contextlib.suppress(ConnectionResetError):
                    answer = connection.recv(1000)
                    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
        assert httpx.get(f"{address}/health", trust_env=False).status_code == 200


def test_a_forecast_in_memory_comes_within_20_ms(followed_home: Path) -> None:
    with serving(followed_home) as (address, _), httpx.Client(trust_env=False) as client:
        url = f"{address}/v1/forecasts/WALK"
        client.get(url, timeout=60)
        seconds = [client.get(url).elapsed.total_seconds() for _ in range(30)]
    assert min(seconds) < 0.02, seconds  # 44 ms where headers and body waited for each other


def test_a_port_in_use_and_an_open_address_are_one_line(here: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = here("serve", "--port", str(taken.getsockname()[1]))  # type: ignore[operator]
    assert answer.returncode == 2
    [line] = answer.stderr.splitlines()
    assert "cannot listen on 127.0.0.1" in line
    answer = here("serve", "--host", "0.0.0.0")  # type: ignore[operator]
    assert answer.returncode == 2
    assert "RNNFORECAST_TOKEN" in answer.stderr
