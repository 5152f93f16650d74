"""A started store, as a server has it; a command's is beside cli/."""

from __future__ import annotations

import asyncio

import pytest

from store import Store
from tests.config.writing import settings_of


@pytest.fixture
def settings(tmp_path):
    return settings_of(tmp_path)


@pytest.fixture
async def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/radiusd.db")
    store.start(asyncio.get_running_loop())
    yield store
    await store.close()
