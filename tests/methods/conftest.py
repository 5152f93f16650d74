"""The database of a method that needs one."""

from __future__ import annotations

import asyncio

import pytest

from store import Store


@pytest.fixture
async def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/radiusd.db")
    store.start(asyncio.get_running_loop())
    yield store
    await store.close()
