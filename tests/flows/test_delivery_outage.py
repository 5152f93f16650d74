"""Mail servers and SMS gateways refuse, hang and break off; the database is locked: who is let in meanwhile (D18)."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
import pytest

from radiusd.login import changes, sending
from radiusd.rules.links import LinkState
from store import Unavailable, audit, messages
from tests.flows.mailing import CODE, TOKEN, Mailing, mailing, ref_of, state_of, yaml
from tests.servers import gateway as gateways
from tests.servers import smtp
from tests.servers.gateway import Gateway, gateway
from tests.servers.postgres import postgres_server
from tests.servers.running import until
from tests.servers.smtp import MailServer, mail_server

__all__ = ["postgres_server"]

# A user is named for the profile they sign in by.
PROFILES = """\
  mailed: {method: mail_otp, directories: [local], mail_servers: [out]}
  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms]}
  behind: {method: sms_otp, directories: [local], sms_gateways: [sms], placement: appended}
  approved: {method: approved_otp, directories: [local], mail_servers: [out]}
  approved-by-sms: {method: approved_otp, directories: [local], delivery: sms, sms_gateways: [sms]}
  informed: {method: approved_otp, type: manager_information, directories: [local], mail_servers: [out]}
"""
NAMES = ("mailed", "by-sms", "behind", "approved", "approved-by-sms", "informed")
POLICIES = "policies:\n" + "".join(
    f"  - {{profile: {name}, directory: local, attribute: username, values: [{name}], required: true}}\n"
    for name in NAMES
)
OUT = "{out: {type: smtp, host: 127.0.0.1, port: %d, encryption: none, from_address: mfa@example.com}}"
SMS = """{sms: {type: http, url: "http://127.0.0.1:%d/send", json: {to: "{{ recipient }}", text: "{{ message }}"},
  success: {body_contains: queued}}}"""
USER = {
    "email": "ann@example.com",
    "phone": "+905551112233",
    "sponsor_email": "boss@example.com",
    "sponsor_phone": "+905554445566",
}
NAS = {"timeout": 1.0, "tries": 4}  # of a client with `hold: 4s`: it hears what comes before it gives up, and no more
BY_MAIL, BY_SMS = ("mailed", "approved"), ("by-sms", "behind", "approved-by-sms")
NOBODY_LISTENS = 1  # a port

MAIL_TROUBLES = {
    "refuses to talk": {"greeting": "554 No service"},
    "refuses the recipient": {"RCPT": "550 No such mailbox"},
    "refuses the message": {"message": "451 Try again later"},
    "hangs at once": {"greeting": smtp.HANG},
    "hangs in the middle of DATA": {"inside": smtp.HANG},
    "hangs after the message": {"message": smtp.HANG},
    "drops at once": {"greeting": smtp.DROP},
    "drops in the middle of DATA": {"inside": smtp.DROP},
}
SMS_TROUBLES = {
    "answers 500": {"status": 500},
    "answers 200 with an error": {"status": 200, "body": b"ERROR: no credit"},
    "hangs": {"act": gateways.HANG},
    "drops": {"act": gateways.DROP},
}


@dataclass
class Delivering:
    """A server of ours with its mail server and its gateway."""

    radiusd: Mailing
    mail: MailServer
    sms: Gateway

    async def asks(self, name, password="tulip", **of):
        return await self.radiusd.asks(name, password, **NAS, **of)

    def heal(self):
        self.mail.acts.clear()
        for name, value in {"act": "", "status": 202, "body": b"queued"}.items():
            setattr(self.sms, name, value)

    def breaks(self, mail=None, sms=None):
        self.mail.acts.update(mail or {})
        for name, value in (sms or {}).items():
            setattr(self.sms, name, value)

    async def is_told(self, reply, carrier):
        """Whether it is a Reject that names the carrier, to the user and in the audit, which says of nothing that it was sent."""
        text = f"Sign-in is not possible at the moment: {carrier} cannot be reached. Ref {ref_of(reply)}"
        row = await self.radiusd.explained(ref_of(reply))
        story = await self.radiusd.server.store.read(lambda connection: audit.find(connection, login=row.login))
        assert not [each.reason for each in story if re.search(r"\b(is|was) sent\b|\basked\b", each.reason)]
        return (reply.code, reply["Reply-Message"]) == ("Access-Reject", text) and row.reason.startswith(
            f"{carrier} is not available: {carrier}: "
        )

    async def is_told_of_the_recipient(self, reply):
        """Whether it is a Reject that says whose fault it is: nothing is down."""
        text = f"The message for this sign-in was refused at its address or number. Tell your help desk. Ref {ref_of(reply)}"
        cause = f"out: 127.0.0.1:{self.mail.port} refused the recipient (550)"
        row = await self.radiusd.explained(ref_of(reply))
        told = cause in row.reason and "is not available" not in row.reason
        return told and (reply.code, reply["Reply-Message"]) == ("Access-Reject", text)

    async def signs_in(self, name):
        """To the end, by what was sent to whom."""
        if name in BY_MAIL:
            before = len(self.mail.mails)
            asked = asyncio.create_task(self.asks(name))
            await until(lambda: len(self.mail.mails) > before)
            text = self.mail.mails[-1].text
        else:
            before = len(self.sms.asked)
            asked = asyncio.create_task(self.asks(name))
            await until(lambda: len(self.sms.asked) > before)
            text = self.sms.asked[-1].json["text"]
        if name.startswith("approved"):
            await self.radiusd.decides(TOKEN.search(text)[1], approve=True)
            reply = await asked
        elif name == "behind":
            await asked
            reply = await self.asks(name, "tulip" + CODE.search(text)[0])
        else:
            reply = await self.radiusd.answers(await asked, CODE.search(text)[0], name=name)
        return reply.code == "Access-Accept"

    async def outcomes(self):
        return [row.outcome for row in await self.radiusd.audit()]


@asynccontextmanager
async def restarted(folder, *, mail_port=None, client="hold: 4s", database=""):
    """The server on the database that is there, its mail server and gateway new ones that take everything."""
    async with mail_server() as mail, gateway() as sms:
        text = yaml(PROFILES, client=client, more=POLICIES)
        text = text.replace("{out: {type: outbox}}", OUT % (mail_port or mail.port))
        text = text.replace("{sms: {type: outbox}}", SMS % sms.port) + database
        async with mailing(folder, text) as radiusd:
            yield Delivering(radiusd, mail, sms)


@asynccontextmanager
async def delivering(folder, **options):
    """With all the users."""
    async with restarted(folder, **options) as all_of_it:
        for number, name in enumerate(NAMES):
            await all_of_it.radiusd.user(name, **USER | {"email": f"{name}{number}@example.com"})
        yield all_of_it


async def refused(delivering, carrier, names):
    """All of them at once: each gets its Reject in time, and nothing is left of their logins."""
    replies = await asyncio.gather(*(delivering.asks(name) for name in names))
    for reply in replies:
        by_recipient = delivering.mail.acts.get("RCPT", "").startswith("550")
        told = delivering.is_told_of_the_recipient(reply) if by_recipient else delivering.is_told(reply, carrier)
        assert await told
    outcomes = await delivering.outcomes()
    assert ("accept" in outcomes, outcomes.count("reject")) == (False, len(names))
    assert len(delivering.radiusd.server._holds) == 0


@pytest.mark.parametrize("trouble", MAIL_TROUBLES.values(), ids=list(MAIL_TROUBLES))
@pytest.mark.row("S110", "S113", "S142")
async def test_the_mail_server(tmp_path, trouble):
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(mail=trouble)
        await refused(all_of_it, "out", BY_MAIL)
        assert await all_of_it.signs_in("by-sms")  # the others notice nothing
        all_of_it.heal()
        for name in BY_MAIL:
            assert await all_of_it.signs_in(name)


@pytest.mark.parametrize("trouble", SMS_TROUBLES.values(), ids=list(SMS_TROUBLES))
async def test_the_gateway(tmp_path, trouble):
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(sms=trouble)
        await refused(all_of_it, "sms", BY_SMS)
        assert await all_of_it.signs_in("mailed")
        all_of_it.heal()
        for name in BY_SMS:
            assert await all_of_it.signs_in(name)


async def test_nobody_listens(tmp_path):
    async with delivering(tmp_path, mail_port=NOBODY_LISTENS) as all_of_it:
        await refused(all_of_it, "out", BY_MAIL)
        assert await all_of_it.signs_in("by-sms")


async def test_all_of_them(tmp_path):
    """Who needs no message signs in all the same; the manager is told once that is possible (D18)."""
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(MAIL_TROUBLES["hangs at once"], SMS_TROUBLES["hangs"])
        replies = await asyncio.gather(*(all_of_it.asks(name) for name in NAMES))
        assert replies.pop().code == "Access-Accept"
        for name, reply in zip(NAMES, replies, strict=False):
            assert await all_of_it.is_told(reply, "out" if name in BY_MAIL else "sms")
        assert (await all_of_it.outcomes()).count("accept") == 1


async def test_a_code_that_nobody_took_charge_of(tmp_path):
    """The gateway said 500 and sent it all the same: the login has ended, and the code is worth nothing."""
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(sms=SMS_TROUBLES["answers 500"])
        await refused(all_of_it, "sms", ["behind"])
        code = CODE.search(all_of_it.sms.asked[-1].json["text"])[0]
        assert (await all_of_it.asks("behind", "tulip" + code)).code == "Access-Reject"
        all_of_it.heal()
        assert await all_of_it.signs_in("behind")


async def test_a_link_that_nobody_took_charge_of(tmp_path):
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(sms=SMS_TROUBLES["answers 500"])
        await refused(all_of_it, "sms", ["approved-by-sms"])
        token = TOKEN.search(all_of_it.sms.asked[-1].json["text"])[1]
        all_of_it.heal()
        await all_of_it.radiusd.decides(token, approve=True)
        again = asyncio.create_task(all_of_it.asks("approved-by-sms"))
        await until(lambda: len(all_of_it.sms.asked) == 2)
        assert (await all_of_it.radiusd.desk.look(token, time.time())).state not in (LinkState.OPEN, LinkState.GRANT)
        assert (await again).code == "Access-Challenge"  # somebody is asked anew, and has not decided
        assert "accept" not in await all_of_it.outcomes()


# The message to the manager is no factor


async def unsent(all_of_it):
    return await all_of_it.radiusd.server.store.read(lambda connection: messages.unsent(connection, time.time()))


async def all_sent(all_of_it):
    while await unsent(all_of_it):  # noqa: ASYNC110 - the database tells nobody of it
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("trouble", ["refuses the message", "drops in the middle of DATA"])
async def test_the_manager_is_told_later(tmp_path, monkeypatch, trouble):
    """The user is accepted at once; the message is tried again for an hour."""
    monkeypatch.setattr(sending, "PAUSES", (0.1,))
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(mail=MAIL_TROUBLES[trouble])
        before = time.time()
        assert (await all_of_it.asks("informed")).code == "Access-Accept"
        (waiting,) = await unsent(all_of_it)
        assert before < waiting.at == waiting.until - 3600.0 < time.time()
        await until(lambda: len(all_of_it.mail.greeted) + len(all_of_it.mail.connections) > 4)
        assert all_of_it.mail.mails == []
        all_of_it.heal()
        await until(lambda: len(all_of_it.mail.mails) == 1)
        assert all_of_it.mail.mails[0].recipients == ["boss@example.com"]
        await all_sent(all_of_it)
        assert len(all_of_it.mail.mails) == 1


async def test_the_manager_is_told_after_a_restart(tmp_path):
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(mail=MAIL_TROUBLES["refuses the message"])
        assert (await all_of_it.asks("informed")).code == "Access-Accept"
        (lost,) = await unsent(all_of_it)
    async with restarted(tmp_path, mail_port=NOBODY_LISTENS) as all_of_it:
        await until(lambda: all_of_it.radiusd.server._carriers.failed)
        while lost.id in (again := {row.id: row.until for row in await unsent(all_of_it)}):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        assert list(again.values()) == [lost.until]  # the hour is not begun anew
    async with restarted(tmp_path) as all_of_it:
        await until(lambda: len(all_of_it.mail.mails) == 1)
        assert all_of_it.mail.mails[0].recipients == ["boss@example.com"]
        await all_sent(all_of_it)
        await all_of_it.radiusd.tells("information: informed")
        assert await all_of_it.outcomes() == ["accept", "informed"]
    async with restarted(tmp_path) as all_of_it:
        assert await all_of_it.signs_in("mailed")  # the opposite: what was sent is not sent again
        assert [mail.recipients for mail in all_of_it.mail.mails] == [["mailed0@example.com"]]


async def test_the_manager_is_not_told_for_ever(tmp_path, monkeypatch):
    """After the hour it is given up, for good."""
    monkeypatch.setattr(sending, "PAUSES", (0.1,))
    monkeypatch.setattr(changes, "INFORMED_SECONDS", 2.0)
    async with delivering(tmp_path) as all_of_it:
        all_of_it.breaks(mail=MAIL_TROUBLES["refuses the message"])
        assert (await all_of_it.asks("informed")).code == "Access-Accept"
        assert len(await unsent(all_of_it)) == 1
        await all_sent(all_of_it)
        await all_of_it.radiusd.tells("information: uninformed")
        assert await all_of_it.outcomes() == ["accept", "uninformed"]
        all_of_it.heal()
    async with restarted(tmp_path) as all_of_it:
        assert await all_of_it.signs_in("mailed")
        assert len(all_of_it.mail.mails) == 1


# The database is locked


class Lockable(NamedTuple):
    """A line of radius.yaml, and what keeps everybody else from writing to that database: another process does."""

    line: str
    locked: Callable[[], AbstractContextManager[None]]


@contextmanager
def sqlite_locked(folder):
    other = sqlite3.connect(folder / "radiusd.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def postgres_locked(url):
    with psycopg.connect(url) as other:
        tables = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        other.execute(f"LOCK TABLE {', '.join(name for (name,) in tables)} IN EXCLUSIVE MODE")  # others read on
        try:
            yield
        finally:
            other.rollback()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "sqlite":
        return Lockable("", lambda: sqlite_locked(tmp_path))
    url = request.getfixturevalue("postgres_server").new_database()
    return Lockable(f"database: {url}\n", lambda: postgres_locked(url))


LOCKED_SECONDS = 5.0


async def is_told_of_the_database(reply):
    return reply.code == "Access-Reject" and "database cannot be reached. Ref " in reply["Reply-Message"]


async def test_the_database_is_locked_while_a_login_begins(tmp_path, database):
    """It is answered in time; the code is sent once its login is written, never before."""
    async with delivering(tmp_path, database=database.line) as all_of_it:
        with database.locked():
            begun = [asyncio.create_task(all_of_it.asks(name)) for name in NAMES]
            await asyncio.sleep(LOCKED_SECONDS)
            assert all_of_it.mail.mails == all_of_it.sms.asked == []
        for reply in await asyncio.gather(*begun):
            assert await is_told_of_the_database(reply)
        await until(lambda: all_of_it.radiusd.server.store.down_since() is None)
        assert "accept" not in await all_of_it.outcomes()
        for name in NAMES[:-1]:
            assert await all_of_it.signs_in(name)
        assert (await all_of_it.outcomes()).count("accept") == len(NAMES) - 1


async def test_the_database_is_locked_for_a_moment(tmp_path, database):
    """The opposite: it is waited for."""
    async with delivering(tmp_path, database=database.line) as all_of_it:
        with database.locked():
            begun = asyncio.create_task(all_of_it.asks("mailed"))
            await asyncio.sleep(0.5)
        challenge = await begun
        assert challenge.code == "Access-Challenge"
        code = CODE.search(all_of_it.mail.mails[-1].text)[0]
        with database.locked():
            answered = asyncio.create_task(all_of_it.radiusd.answers(challenge, code, name="mailed"))
            await asyncio.sleep(0.5)
        assert (await answered).code == "Access-Accept"


async def test_the_database_is_locked_while_somebody_is_accepted(tmp_path, database):
    """What cannot be written down is no Accept; the login stays as it was, and its code lets one in, once."""
    async with delivering(tmp_path, database=database.line) as all_of_it:
        challenge = await all_of_it.asks("mailed")
        code = CODE.search(all_of_it.mail.mails[-1].text)[0]
        of = {"State": state_of(challenge)}
        with database.locked():
            answered = asyncio.create_task(all_of_it.asks("mailed", code, **of))
            await asyncio.sleep(LOCKED_SECONDS)
        assert await is_told_of_the_database(await answered)
        await until(lambda: all_of_it.radiusd.server.store.down_since() is None)
        assert "accept" not in await all_of_it.outcomes()
        assert (await all_of_it.asks("mailed", code, **of)).code == "Access-Accept"
        assert (await all_of_it.asks("mailed", code, **of)).code == "Access-Reject"
        assert (await all_of_it.outcomes()).count("accept") == 1


async def test_the_database_is_locked_while_a_request_is_held(tmp_path, database):
    """Its hold ends meanwhile: an answer all the same. Nobody can decide meanwhile; a late approval counts, once."""
    async with delivering(tmp_path, database=database.line) as all_of_it:
        held = asyncio.create_task(all_of_it.asks("approved"))
        await until(lambda: len(all_of_it.radiusd.server._holds) == 1 and all_of_it.mail.mails)
        token = TOKEN.search(all_of_it.mail.mails[-1].text)[1]
        with database.locked():
            with pytest.raises(Unavailable):
                await all_of_it.radiusd.decides(token, approve=True)
            reply = await held
            assert await is_told_of_the_database(reply)
        await until(lambda: all_of_it.radiusd.server.store.down_since() is None)
        assert "accept" not in await all_of_it.outcomes()
        assert (await all_of_it.radiusd.decides(token, approve=True)).state is not LinkState.OPEN
        assert (await all_of_it.asks("approved")).code == "Access-Accept"
        again = asyncio.create_task(all_of_it.asks("approved"))
        await until(lambda: len(all_of_it.mail.mails) == 2)
        assert (await again).code == "Access-Challenge"
        assert (await all_of_it.outcomes()).count("accept") == 1


async def test_the_database_is_locked_after_the_decision(tmp_path, database):
    """The click was written down, the Accept is not: the next request gets it."""
    async with delivering(tmp_path, client="hold: 12s", database=database.line) as all_of_it:
        held = asyncio.create_task(all_of_it.radiusd.asks("approved", timeout=12.0))
        await until(lambda: len(all_of_it.radiusd.server._holds) == 1 and all_of_it.mail.mails)
        token = TOKEN.search(all_of_it.mail.mails[-1].text)[1]
        login = all_of_it.radiusd.server._known.waiting()[0]
        async with login.lock:  # the click is heard, and not acted on yet
            await all_of_it.radiusd.decides(token, approve=True)
            lock = database.locked()
            lock.__enter__()
        await asyncio.sleep(LOCKED_SECONDS)
        lock.__exit__(None, None, None)
        assert await is_told_of_the_database(await held)
        await until(lambda: all_of_it.radiusd.server.store.down_since() is None)
        assert (await all_of_it.asks("approved")).code == "Access-Accept"
        assert (await all_of_it.outcomes()).count("accept") == 1
