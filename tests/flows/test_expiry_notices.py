"""Before an account ends its user and sponsor are told (S209, S214): what mail servers get, and what the audit has."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from radiusd.process import expiry
from radiusd.process.expiry import Telling
from store import users
from store.records import NewUser
from tests.servers.running import LOCAL, running, until
from tests.servers.smtp import mail_server

pytestmark = pytest.mark.row("S209", "S214")
DAY = 86_400.0
NOTICES = """
time_zone: UTC
organisation: {name: Example}
mail_servers:
  out: {type: smtp, host: 127.0.0.1, port: PORT, encryption: none, from_address: mfa@example.com}
directories:
  local: {type: local, expiry_notices: {before: [14d, 3d, 1d], mail_servers: [out]}}
"""
BOSS = {"sponsor_name": "Bo Boss", "sponsor_email": "bo@example.com"}


def yaml(port: int, more: str = "") -> str:
    ours = NOTICES.replace("PORT", str(port)).replace("mail_servers: [out]}", f"mail_servers: [out]{more}}}")
    return LOCAL.replace("directories:\n  local: {type: local}\n", ours)


def day(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """It looks again and again, and does not pause between mails."""
    monkeypatch.setattr(expiry, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(expiry, "PAUSE_SECONDS", 0.0)


async def add(radiusd, name, ends, *, ago=30.0, **fields):
    """A user who was added so many days ago, whose account ends in so many days, at the end of a day."""
    now = time.time()
    midnight = (now + ends * DAY) // DAY * DAY
    new = NewUser(username=name, expires_at=midnight, **fields)
    await radiusd.server.store.write(lambda connection: users.add(connection, new, now - ago * DAY))


async def told(radiusd):
    """Who is told what, by the audit."""
    rows = [row for row in await radiusd.audit() if row.outcome in {"informed", "uninformed"}]
    return sorted((row.user_name, row.outcome, row.reason) for row in rows)


async def look(radiusd, now=None):
    """One look more, as this or another node has it."""
    settings, server = radiusd.server._settings, radiusd.server
    options = settings.directories["local"].expiry_notices
    letters = expiry._letters(settings, options)
    await Telling(server.store, server._carriers, "local", options, letters).tell(now or time.time())


async def test_user_and_sponsor_are_told_once(tmp_path):
    async with mail_server() as post, running(tmp_path, yaml(post.port)) as radiusd:
        await add(radiusd, "ann", 3, first_name="Ann", last_name="Öz", email="ann@example.com", **BOSS)
        await until(lambda: len(post.mails) == 2)
        while len(await told(radiusd)) < 2:
            await look(radiusd)
        for _ in range(3):
            await look(radiusd)
        mine, theirs = post.mails
        assert (mine.recipients, theirs.recipients) == (["ann@example.com"], ["bo@example.com"])
        last = day(2)
        assert mine.parsed["Subject"] == f"Your account ends: {last}"
        assert f"Account: Ann Öz (ann)\nLast day: {last}\nWho answers for you: Bo Boss\n" in mine.text
        assert mine.text.startswith("Your account ends in 3 days\n")
        assert mine.text.endswith("Example\n")
        assert "<h1" in mine.parsed.get_body(("html",)).get_content()
        assert theirs.parsed["Subject"] == "1 account that you answer for will end"
        assert f"{last}: Ann Öz (ann)\n" in theirs.text
        assert await told(radiusd) == [
            ("ann", "informed", f"{who}@example.com is told that the account ends (last day {last})")
            for who in ("ann", "bo")
        ]


async def test_whom_nobody_is_told_of(tmp_path):
    """Who is disabled, has ended, has time, never ends, was added after the notices were due; and who has no address."""
    async with mail_server() as post, running(tmp_path, yaml(post.port)) as radiusd:
        mail = {"email": "x@example.com"}
        await add(radiusd, "off", 3, enabled=False, **mail)
        await add(radiusd, "ended", 0, **mail)
        await add(radiusd, "later", 16, **mail)
        await add(radiusd, "guest", 2, ago=0.0, **mail)
        await radiusd.user("ever", **mail)
        await add(radiusd, "mute", 3)
        await add(radiusd, "ann", 3, email="ann@example.com")
        await until(lambda: post.mails)
        while len(await told(radiusd)) < 2:
            await look(radiusd)
        assert [each.recipients for each in post.mails] == [["ann@example.com"]]
        nobody = "neither the user nor a sponsor has an address that is to be written to"
        assert [
            (name, reason.endswith(nobody)) for name, outcome, reason in await told(radiusd) if outcome == "uninformed"
        ] == [("mute", True)]


async def test_a_sponsor_of_many_gets_one_mail(tmp_path):
    """In whatever letters its address is written."""
    async with mail_server() as post, running(tmp_path, yaml(post.port, ", tell: [sponsor]")) as radiusd:
        await radiusd.server._background.close()  # not while they are added
        for number in range(7):
            sponsor = "Bo@example.com" if number % 2 else "bo@example.com"
            await add(radiusd, f"user{number}", 14 - number % 3, email="x@example.com", sponsor_email=sponsor)
        await look(radiusd)
        [mail] = post.mails
        assert mail.parsed["Subject"] == "7 accounts that you answer for will end"
        assert mail.text.count(": user") == 7
        assert mail.text.index("user2") < mail.text.index("user1") < mail.text.index("user0")
        assert len(await told(radiusd)) == 7


async def test_in_the_users_language_and_in_ones_own_words(tmp_path):
    more = ', subject: {tr: "{{ user.username }}: {{ left }}"}, message: {en: "Hurry, {{ user.display_name }}: {{ until }}"}'
    async with mail_server() as post, running(tmp_path, yaml(post.port, more)) as radiusd:
        await add(radiusd, "ayşe", 3, email="a@example.com", language="tr")
        await add(radiusd, "bob", 3, email="b@example.com")
        await until(lambda: len(post.mails) == 2)
        turkish, english = sorted(post.mails, key=lambda each: each.recipients)
        last = f"{datetime.now(UTC) + timedelta(days=2):%d.%m.%Y}"
        assert turkish.parsed["Subject"] == "ayşe: 3 gün"
        assert f"Hesabınızın süresi 3 gün içinde doluyor\n\nHesap: ayşe\nSon gün: {last}\n" in turkish.text
        assert english.text == f"Hurry, bob: {day(2)}\n"
        assert english.parsed.get_body(("html",)) is None


async def test_a_mail_server_that_is_down_is_tried_again(tmp_path):
    """And one that refuses the recipient is not."""
    async with mail_server() as post, running(tmp_path, yaml(post.port)) as radiusd:
        post.acts["MAIL"] = "451 not now"
        await add(radiusd, "ann", 3, email="ann@example.com")
        await until(lambda: radiusd.server._carriers.failed)
        assert (post.mails, await told(radiusd)) == ([], [])
        post.acts.clear()
        await until(lambda: post.mails)
        post.nobody.add("bob@example.com")
        await add(radiusd, "bob", 3, email="bob@example.com")
        while len(await told(radiusd)) < 2:
            await look(radiusd)
        refused = radiusd.server._carriers.failed.total()
        await look(radiusd)
        assert radiusd.server._carriers.failed.total() == refused
        [ann, bob] = await told(radiusd)
        assert (ann[:2], bob[:2]) == (("ann", "informed"), ("bob", "uninformed"))
        assert bob[2].startswith("bob@example.com is not told that the account ends (last day")


async def test_each_stage_and_each_new_date_once(tmp_path):
    """Over weeks, whoever looks; of those that were missed meanwhile the last one alone."""
    async with mail_server() as post, running(tmp_path, yaml(post.port)) as radiusd:
        await radiusd.server._background.close()
        now = time.time() // DAY * DAY + 3600.0
        new = NewUser(username="ann", email="ann@example.com", expires_at=now + 20 * DAY)
        await radiusd.server.store.write(lambda connection: users.add(connection, new, now))
        counts = []
        for hours in range(0, 21 * 24, 6):
            await look(radiusd, now + hours * 3600.0)
            counts.append(len(post.mails))
        assert [sum(1 for count in counts if count == number) for number in range(4)] == [6 * 4, 11 * 4, 2 * 4, 2 * 4]
        at = now + 30 * DAY
        extended = {"expires_at": at + 20 * DAY}
        await radiusd.server.store.write(lambda connection: users.change(connection, "ann", extended, at))
        await look(radiusd, at + 19.5 * DAY)  # two were missed
        await look(radiusd, at + 19.6 * DAY)
        assert len(post.mails) == 4


async def test_a_server_that_ends_leaves_the_rest_to_the_next_start(tmp_path, monkeypatch):
    async with mail_server() as post:
        async with running(tmp_path, yaml(post.port, ", tell: [user]")) as radiusd:
            await radiusd.server._background.close()
            for number in range(5):
                await add(radiusd, f"user{number}", 3, email=f"user{number}@example.com")
            monkeypatch.setattr(expiry, "PAUSE_SECONDS", 60.0)
            looking = asyncio.create_task(look(radiusd))
            await until(lambda: post.mails)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        monkeypatch.setattr(expiry, "PAUSE_SECONDS", 0.0)
        async with running(tmp_path, yaml(post.port, ", tell: [user]")) as radiusd:
            await until(lambda: len({each.recipients[0] for each in post.mails}) == 5)


async def test_two_nodes_at_once(tmp_path):
    """Each of many users is told by one of them."""
    async with mail_server() as post, running(tmp_path, yaml(post.port, ", tell: [user]")) as radiusd:
        await radiusd.server._background.close()
        for number in range(60):
            await add(radiusd, f"user{number}", 3, email=f"user{number}@example.com")
        await asyncio.gather(*(look(radiusd) for _ in range(3)))
        assert len(post.mails) == 60
        assert len({each.recipients[0] for each in post.mails}) == 60
