"""Of which messages it is not known yet whether the phone got them (store.receipts)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest

from store import audit, messages, pruning, receipts
from store.records import MessageRow
from tests.servers.running import until

NUMBER = "+905554443322"


@pytest.fixture
async def sent(store):
    """Two messages of a user's, each in one part; the carrier calls both the same, and began to count anew between them."""
    written = []
    for number, recipient in enumerate((NUMBER, "+905550000000"), 1):
        row = MessageRow(f"m{number}", number, f"login{number}", "code", "sms", "local", "u1", recipient, 60.0)
        store.append(messages.ROWS, tuple(row), written.append)
        store.append(receipts.ROWS, (float(number), "centre", "1a", f"m{number}"), written.append)
    await until(lambda: len(written) == 4)
    assert all(written)
    return store


async def told(store, names, recipient="905554443322", *, carrier="centre", delivered=True):
    what = lambda kind, number: f"{kind} to {number}"  # noqa: E731
    step = partial(
        receipts.told, carrier=carrier, names=names, recipient=recipient, now=100.0, what=what, delivered=delivered
    )
    return await store.write(step)


async def rows(store):
    found = await store.read(lambda connection: audit.find(connection, newest_first=False))
    return [(row.login, row.step, row.outcome, row.reason) for row in found]


async def test_the_newest_of_that_name(sent):
    assert await told(sent, ["1a"])
    assert await told(sent, ["1a"], delivered=False)
    assert not await told(sent, ["1a"])
    assert await rows(sent) == [
        ("login2", "receipt", "delivered", "code to +905550000000"),
        ("login1", "receipt", "undelivered", "code to +905554443322"),
    ]


async def test_a_guessed_name_counts_for_that_phone_alone(sent):
    assert not await told(sent, ["26", "1a"], "905551111111")
    assert not await told(sent, ["26", "1a"], "22")
    assert await told(sent, ["26", "1a"], "05554443322")
    assert await rows(sent) == [("login1", "receipt", "delivered", "code to +905554443322")]


async def test_another_carriers_name_is_another(sent):
    assert not await told(sent, ["1a"], carrier="other")
    assert await rows(sent) == []


async def test_the_last_one_that_failed(sent):
    await told(sent, ["1a"])
    await told(sent, ["1a"], delivered=False)

    async def last(user="u1", since=0.0):
        return await sent.read(lambda connection: receipts.last_failed(connection, "local", user, since))

    assert (await last()).login == "login1"
    assert await last(user="u2") is None
    assert await last(since=101.0) is None


async def test_nobody_waits_for_ever(sent):
    never = timedelta(days=30_000)
    retention = SimpleNamespace(audit=never, accounting=never, logins=never, messages=never)
    assert await pruning.prune(sent, retention, 0.0, receipts.AWAITED_SECONDS + 1.5) == 1
    assert await told(sent, ["1a"])
    assert not await told(sent, ["1a"])
