"""One served set of pages for the tests of a file; each test makes links of its own."""

from __future__ import annotations

import pytest

from radiusd.delivery.outbox import Outbox
from tests.pages.serving import NOON, serving


@pytest.fixture(scope="module")
def outbox():
    return Outbox()


@pytest.fixture(scope="module")
def running(tmp_path_factory, outbox):
    with serving(tmp_path_factory.mktemp("pages"), outbox=outbox) as served:
        yield served


@pytest.fixture
def served(running):
    running.now = NOON
    return running


@pytest.fixture
def client(served):
    with served.client() as client:
        yield client
