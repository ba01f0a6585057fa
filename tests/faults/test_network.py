"""Nobody is called at home: only ``fetch`` reaches a network,
and nothing is left outside the home."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.conftest import SMALL
from tests.faults.watch import watched

SETTINGS = [word for setting in SMALL for word in ("--set", setting)]
COMMANDS = [
    ["train", *SETTINGS], ["predict", "--plot"], ["evaluate"], ["report"], ["runs", "list"],
    ["runs", "show"], ["export", "--out", "x.zip"], ["audit"],
    ["data", "list"], ["data", "show", "WALK"], ["data", "check"], ["config", "show", "gru"],
    ["features", "list"], ["doctor"], ["reproduce"], ["--offline", "fetch", "WALK"],
    ["track"], ["leaderboard", "WALK"], ["plot", "forecast"], ["daily", "--no-fetch"],
]  # fmt: skip
FONTS = "matplotlib"
"""Matplotlib keeps the list of this machine's fonts in a folder of its own."""


@pytest.fixture(scope="module")
def home(trained: tuple[Path, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("watched") / "home"
    shutil.copytree(trained[0], home)
    (home / "watch.yaml").write_text("symbols: [WALK]\n")  # the run is there: nothing is trained
    return home


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_command_calls_nobody_and_leaves_nothing_outside_the_home(
    command: list[str], home: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    done = watched(home, command, XDG_CACHE_HOME=str(cache), XDG_CONFIG_HOME=str(tmp_path / "cfg"))
    assert done.code == 0, done.err
    assert not done.of("network")
    assert len(done.of("probe")) <= 1  # TensorFlow's
    temporary = tempfile.gettempdir()
    left = [
        path
        for _, path in done.of("outside")
        if path.startswith("/") and not path.startswith(temporary) and FONTS not in path
    ]
    assert not left
    assert not list(cache.rglob("*icrosoft*")) and not list(cache.rglob("*onnxruntime*"))


def test_a_server_opens_its_own_socket_and_no_other(home: Path) -> None:
    done = watched(home, ["serve", "--port", "0"])  # the watch refuses even that one
    assert done.code == 2 and "cannot listen on 127.0.0.1" in done.err
    assert done.of("network") == [("socket", "")]
    assert not done.of("change")


def test_the_watch_sees_a_call(home: Path) -> None:
    done = watched(home, ["fetch", "BTC-USD", "--retry-wait", "0"], HTTPS_PROXY="", HTTP_PROXY="")
    assert done.of("network")
