"""Behind a link by which a local user sets another password: once, in time, the newest alone, and nothing by looking."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import pytest

from config.models.security import PasswordRules
from config.secret import Secret
from radiusd.administration import password_resets
from radiusd.administration import users as administered
from radiusd.administration.changes import Administrator
from radiusd.administration.password_resets import VALID_SECONDS, Resets, Seen, State
from radiusd.delivery.carriers import Sent
from radiusd.directories.local import Local
from radiusd.directories.local_options import LocalOptions
from radiusd.enrollment.password_letters import PasswordLetters
from radiusd.passwords import hashing
from radiusd.passwords.hash_queue import HashQueue
from radiusd.rules import links
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store, audit, users
from store.records import NewUser
from tests.servers.postgres import postgres_server

__all__ = ["postgres_server"]
AT, KEY, NEW = 1_795_000_000.0, b"k" * 32, "gravel-otter-71"
BY = Administrator("root", "command line")
UNKNOWN, OVER, DONE = Seen(State.UNKNOWN), Seen(State.OVER), Seen(State.DONE)
ASKS = Seen(State.ASKS, "tr", "ann", "Ann", min_length=8)


class Own:
    """Where codes of hers can go."""

    def of(self, _entry):
        return "none is enrolled"


class At:
    """Ann, whose password is `tulip`, and the links that she is sent."""

    def __init__(self, store, resets, letters, local, sent):
        self.store, self.resets, self.letters, self.local, self.sent = store, resets, letters, local, sent

    async def link(self, at=AT):
        """The token of a new one."""
        entry = await self.local.find("ann", asyncio.get_running_loop().time() + 5)
        reset, message = password_resets.made(self.letters, entry, KEY, "https://mfa.example.com", BY, at)
        await self.store.write(lambda connection: password_resets.add(connection, BY, "local", reset))
        assert message.content.recipient == "ann@example.com"
        return links.token_of(message.content.text.partition("/p/")[2].split()[0])

    async def sets(self, token, first=NEW, second=NEW, at=AT + 60):
        return await self.resets.set(token, first, second, at, "192.0.2.9")

    async def has(self, password):
        user = await self.store.read(lambda connection: users.find(connection, "ann"))
        return hashing.verify(user.password_hash.reveal(), password)


@pytest.fixture(params=["sqlite", "postgresql"])
async def ann(request, tmp_path):
    url = f"sqlite:///{tmp_path}/radiusd.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").new_database()
    async with standing(url) as at:
        yield at


@asynccontextmanager
async def standing(url, **rules):
    store = await asyncio.to_thread(Store.open, url)
    loop, hashes, texts = asyncio.get_running_loop(), HashQueue(), Texts({}, "en")
    store.start(loop)
    local = Local("local", LocalOptions(type="local"), store, hashes, password_cache=timedelta(0))
    await local.start()
    letters, sent, running = PasswordLetters(texts, Titles(texts), UTC, Own(), ("post",)), [], set()

    async def send(message, _deadline):
        sent.append(message)
        return Sent("post")

    given = PasswordRules(reset_by_mail=True, **rules)
    resets = Resets(
        store, [KEY], {"local": local}, "local", hashes, given, letters, lambda _language: "by the link", send,
        lambda work: running.add(loop.create_task(work)),
    )  # fmt: skip
    new = NewUser(username="ann", email="ann@example.com", first_name="Ann", language="tr", must_change_password=True,
                  password_hash=Secret(hashing.make("tulip")))  # fmt: skip
    await store.write(lambda connection: users.add(connection, new, AT))
    try:
        yield At(store, resets, letters, local, sent)
    finally:
        await asyncio.gather(*running)
        await local.close()
        hashes.close()
        await store.close()


async def test_it_sets_the_password_once_and_tells_her(ann):
    token = await ann.link()
    assert await ann.resets.look(token, AT) == await ann.resets.look(token, AT) == ASKS
    assert await ann.has("tulip")
    assert await ann.sets(token) == DONE
    assert await ann.has(NEW)
    assert await ann.sets(token, "pebble-heron-33", "pebble-heron-33") == DONE
    assert await ann.has(NEW)
    await asyncio.sleep(0)
    assert [(each.content.recipient, each.content.subject) for each in ann.sent] == [
        ("ann@example.com", "Parolanız değiştirildi")
    ]
    reasons = [
        row.reason for row in await ann.store.read(lambda connection: audit.find(connection, newest_first=False))
    ]
    assert reasons == [
        "a link to set another password made for a***n@example.com by root",
        "password set by the link that root sent to a***n@example.com",
    ]
    user = await ann.store.read(lambda connection: users.find(connection, "ann"))
    assert not user.must_change_password


async def test_what_is_not_taken_uses_nothing_up(ann):
    token = await ann.link()
    for first, second, fault in (
        ("short", "short", ("password_too_short", 8)),
        ("password1", "password1", ("password_common", 0)),
        (NEW, "gravel-otter-72", ("passwords_differ", 0)),
    ):
        assert await ann.sets(token, first, second) == ASKS._replace(fault=fault)
    assert await ann.sets(token) == DONE


async def test_two_at_once_set_one(ann):
    token = await ann.link()
    await asyncio.gather(*(ann.sets(token, word, word) for word in (NEW, "pebble-heron-33")))
    assert [await ann.has(word) for word in (NEW, "pebble-heron-33")].count(True) == 1
    assert len(ann.sent) == 1


async def test_links_that_set_nothing(ann):
    """None of ours; of before another one; too late; of who was disabled, removed, or has another address by now."""
    assert await ann.sets("A" * 33) == UNKNOWN
    first = await ann.link()
    second = await ann.link(AT + 1)
    assert await ann.sets(first) == OVER
    assert await ann.sets(second, at=AT + 1 + VALID_SECONDS) == OVER
    changes = (
        {"enabled": False},
        {"enabled": True, "email": "other@example.com"},
        {"email": "ann@example.com", "expires_at": AT},
    )
    for change in changes:
        await ann.store.write(lambda c, change=change: administered.edit(c, BY, "local", "ann", change, AT))
        assert await ann.sets(second) == OVER
    await ann.store.write(lambda connection: administered.remove(connection, BY, "local", "ann", AT))
    assert await ann.sets(second) == OVER


async def test_none_is_good_once_it_is_turned_off(tmp_path):
    async with standing(f"sqlite:///{tmp_path}/radiusd.db") as ann:
        token = await ann.link()
        ann.resets._rules = PasswordRules()
        assert await ann.sets(token) == OVER
        assert await ann.has("tulip")
