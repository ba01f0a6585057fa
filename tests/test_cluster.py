"""A cluster that is not there is one line at once; what is none is refused before Ray is loaded."""

from __future__ import annotations

import importlib.util
import socket
import sys
import time

import pytest

from rnnforecast import cluster as cluster_module
from rnnforecast.cluster import cluster, on_cluster
from rnnforecast.errors import NetworkError, UsageError


@pytest.fixture(autouse=True)
def _with_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray seems to be installed, and fails if it is loaded."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: find("json" if name == "ray" else name)
    )
    monkeypatch.setitem(sys.modules, "ray", None)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    "address", ["", "10.0.0.1", "ray://", "ray:///", "ray://host:port", "http://host:10001"]
)
def test_what_is_no_address_is_refused_with_those_that_are(address: str) -> None:
    words = f"^{address!r} is no address of a Ray cluster; use auto, local or ray://HOST:10001$"
    with pytest.raises(UsageError, match=words), cluster(address):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "nobody.invalid"])
def test_where_nothing_listens_is_known_at_once(host: str) -> None:
    address, begun = f"ray://{host}:{free_port()}", time.monotonic()
    words = f"^no Ray cluster answers at {address} \\("
    with pytest.raises(NetworkError, match=words), cluster(address):
        pass
    assert time.monotonic() - begun < cluster_module.ANSWER_S + 1 and not on_cluster()


def test_an_address_without_a_port_is_that_of_rays_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[tuple[str, int]]()

    def connect(head: tuple[str, int], timeout: float) -> None:
        asked.append(head)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NetworkError, match=r"\(timed out\); start one"), cluster("ray://head"):
        pass
    assert asked == [("head", 10001)]


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'rnnforecast\[ray\]'"), cluster("auto"):
        pass


def test_no_address_changes_nothing() -> None:
    with cluster(None):
        assert not on_cluster()
