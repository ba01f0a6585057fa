"""A home with a short track record, and the server's application on it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from rnnforecast.data.store import Store
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.track_storage import keep_forecasts
from rnnforecast.runs import Run
from rnnforecast.serve.api import create_app
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.service import Service

from ..conftest import random_walk

DAYS = 5


@pytest.fixture(scope="session")
def followed_home(trained: tuple[Path, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with forecasts of some days, and prices of two days more. Read it only."""
    home = Path(shutil.copytree(trained[0], tmp_path_factory.mktemp("served") / "home"))
    run, store = Run(home / "runs" / trained[1].name), Store(home / "data")
    for day in range(DAYS):
        store.save(random_walk(300 + day))
        keep_forecasts(run, predict(run, store))
    store.save(random_walk(302 + DAYS))
    return home


@pytest.fixture
def own_home(followed_home: Path, tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    return Path(shutil.copytree(followed_home, tmp_path / "own"))


Get = Callable[..., httpx.Response]


def client_of(
    options: ServeOptions, base_url: str = "http://127.0.0.1:8000", service: Service | None = None
) -> Get:
    """Return a function that asks an application of its own, without a network."""
    app = create_app(options, service)

    def get(path: str, method: str = "GET", **request: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
                return await client.request(method, path, **request)  # type: ignore[arg-type]

        return asyncio.run(ask())

    return get


@pytest.fixture(scope="session")
def get(followed_home: Path) -> Get:
    """Asks the server on the home that does not change."""
    return client_of(ServeOptions(followed_home))
