"""Every test of this folder that asks for `url` or `store` runs on both databases."""

from __future__ import annotations

import asyncio

import pytest

from store import Store
from tests.servers.postgres import postgres_server
from tests.servers.running import until

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Of a database that does not exist yet, or is empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/radiusd.db"
    return request.getfixturevalue("postgres_server").new_database()


@pytest.fixture
async def store(url):
    """A started store, on SQLite with the process that writes rows."""
    store = Store.open(url)
    store.start(asyncio.get_running_loop())
    await until(lambda: store._router.recorder is None or store._router.recorder.ready)
    yield store
    await store.close()


@pytest.fixture
def synchronous(url):
    """A store as the command line has it."""
    store = Store.open(url)
    yield store
    store.close_now()
