"""One profile of `method: approved_otp`, and what the engine does with its verdicts."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, timedelta

from radiusd.approval.desk import Desk
from radiusd.directories.local import Local
from radiusd.directories.local_options import LocalOptions
from radiusd.directories.local_people import entry_of
from radiusd.handlers import Tools
from radiusd.handlers.approved_otp import ApprovedOtp
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.model.turn import Turn
from radiusd.model.verdict import Waiting
from radiusd.rules.sealing import Sealing
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import approvals
from store.records import ApprovalRow, LinkRow, LocalUser

KEY = b"k" * 32


AT = 1_800_000_000.0  # 2027-01-15 08:00 UTC


HELD = 55.0


FROM = "203.0.113.9"


def person(**fields):
    """A user of the database with a sponsor."""
    given = {
        "id": "7", "username": "ann", "first_name": "Ann", "last_name": "Example", "email": "ann@example.com",
        "sponsor_email": "sam@partner.example", "sponsor_phone": "+905550000003", "created_at": 0.0,
        "updated_at": 0.0, "password_changed_at": None,
    }  # fmt: skip
    return entry_of("local", LocalUser(**given | fields))


class Login:
    """One profile, and what the login engine does with its verdicts: rows are committed, messages are kept."""

    def __init__(self, store, directories=None, *, language="en", zone=UTC, titles=None, **options):
        local = Local("local", LocalOptions(type="local"), store, None, password_cache=timedelta(0))
        texts = Texts({}, language)
        tools = Tools(
            directories={"local": local, **(directories or {})}, store=store, keys=(KEY,), sealing=Sealing([KEY]),
            texts=texts, public_url="https://mfa.example.com", phone_country="TR", countries=("TR",), time_zone=zone,
            titles=Titles(texts, **(titles or {})), mail=None, mobile=None,
            authenticators=None,
        )  # fmt: skip
        given = {"method": "approved_otp", "directories": ("local",), "mail_servers": ("primary", "backup")}
        made = ApprovedOtpOptions(**given | options)
        made._name = "contractors"
        self.method = ApprovedOtp(made, tools)
        self.store = store
        self.desk = Desk(store, [KEY])
        self.messages = []
        self.memory = ""

    def turn(self, at=AT, *, entry=None, deadline=HELD, **fields):
        given = {
            "login": "l1", "entry": entry or person(), "answer": "tulip", "client": "gateway", "application": "vpn",
            "profile": "contractors", "station": "192.0.2.77", "memory": self.memory, "at": at,
            "deadline": asyncio.get_running_loop().time() + deadline, "factor": "contractors", "nas": "gw-1",
            "source": "192.0.2.10",
        }  # fmt: skip
        return Turn(**given | fields)

    async def begins(self, at=AT, **fields):
        turn = self.turn(at, **fields)
        return await self._done(turn, await self.method.begin(turn))

    async def answers(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.answer(turn))

    async def comes_back(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.remind(turn))

    async def refused(self, at, cause="main: refused the recipient (550)", **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.refused(turn, cause))

    async def again(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.again(turn))

    async def _done(self, turn, verdict):
        asked = verdict.asked if isinstance(verdict, Waiting) else getattr(verdict, "told", None)
        if isinstance(verdict, Waiting):
            self.memory = verdict.memory
        if asked is not None:
            self.memory = asked.id
            self.messages += verdict.messages
            await self.store.write(lambda c: self._write(c, turn, asked, verdict.writes))
        return verdict

    @staticmethod
    def _write(connection, turn, asked, writes=()):
        assert all(write(connection) for write in writes)
        links = [LinkRow(link.digest, asked.id, link.recipient, link.language, turn.at) for link in asked.links]
        if approvals.get(connection, asked.id) is not None:
            approvals.add_links(connection, links)
            return
        entry = turn.entry
        row = ApprovalRow(
            asked.id, turn.at, asked.until, asked.kind, turn.login, turn.profile, entry.directory, entry.unique_id,
            entry.username, asked.display_name, turn.application, turn.client, turn.station, turn.nas, turn.source,
            asked.late, turn.at + HELD,
        )  # fmt: skip
        approvals.insert(connection, row, links)

    @property
    def tokens(self):
        """Of the links in the messages, in the order in which they were sent."""
        found = [re.search(r"https://mfa\.example\.com/a/(\S+)", message.content.text) for message in self.messages]
        return [each[1] for each in found]

    async def clicks(self, at, *, approve=True, token=None):
        return await self.desk.decide(token or self.tokens[-1], approve=approve, at=at, source=FROM)
