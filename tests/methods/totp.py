"""One user with an authenticator app: what is typed, what the verdict is. Time is a number; the rows are the database's."""

from __future__ import annotations

import itertools

from radiusd.enrollment.authenticators import Authenticators
from radiusd.handlers import Tools
from radiusd.handlers.soft_otp import SoftOtp, SoftOtpOptions
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked
from radiusd.rules import recovery_codes
from radiusd.rules.otpauth import new_secret
from radiusd.rules.sealing import Sealing
from radiusd.rules.texts import Texts
from radiusd.rules.time_steps import Parameters, code, step_at
from store import authenticators
from store.authenticators import place_of
from store.enrolled import Authenticator

AT = 1_800_000_015.0
KEY = b"k" * 32
NUMBERS = itertools.count(1)


def ann(**fields):
    return Entry("local", "7", "ann", **fields)


def row_of(parameters, sealing, **fields):
    number = fields.pop("id", f"app{next(NUMBERS)}")
    given = {
        "directory": "local", "unique_id": "7", "user_name": "ann", "label": "", "status": "verified",
        "created_at": AT - 1000, "created_by": "root", "verified_at": AT - 900,
    }  # fmt: skip
    return Authenticator(
        id=number, secret=sealing.seal(parameters.secret.encode(), place_of(number)), algorithm=parameters.algorithm,
        digits=parameters.digits, period=parameters.period, **given | fields,
    )  # fmt: skip


class Phone:
    """An app, whose clock may be off by some seconds."""

    def __init__(self, *, off=0, **fields):
        self.parameters = Parameters(new_secret(), **fields)
        self.off = off

    def shows(self, at, steps=0):
        period = self.parameters.period
        return code(self.parameters, step_at(at + self.off, period) + steps)


class Login:
    """Sign-ins of one user. What a verdict writes is committed at once, as the engine does it."""

    def __init__(self, store, *, keys=(KEY,), language="en", **options):
        self.store = store
        self.sealing = Sealing(keys)
        self.apps = Authenticators(store)
        tools = Tools(
            directories={}, store=store, keys=tuple(keys), sealing=self.sealing, texts=Texts({}, language),
            public_url="", phone_country="TR", countries=(), time_zone=None, titles=None, mail=None, mobile=None,
            authenticators=self.apps,
        )  # fmt: skip
        made = SoftOtpOptions(**{"method": "soft_otp", "directories": ("local",)} | options)
        self.method = SoftOtp(made, tools)
        self.memory, self.verdict, self.now, self.challenges = "", None, AT, -1

    async def has(self, phone, **fields):
        row = row_of(phone.parameters, self.sealing, **fields)
        await self.store.write(lambda c: authenticators.add(c, row))
        await self.load()
        return row.id

    async def load(self):
        for each in self.apps.followed:
            await each.load()

    async def has_recovery_codes(self, number=10):
        made = recovery_codes.new_codes(number)
        digests = [recovery_codes.digest(KEY, "local", "7", recovery_codes.typed(each)) for each in made]
        await self.store.write(lambda c: authenticators.set_recovery_codes(c, "local", "7", digests, AT))
        await self.load()
        return made

    async def begins(self, **fields):
        return self._taken(await self.method.begin(self._turn("tulip", **fields)))

    async def types(self, text, **fields):
        self._taken(await self.method.answer(self._turn(text, **fields)))
        writes = getattr(self.verdict, "writes", ())
        if writes:
            self.written = await self.store.write(lambda c: all(write(c) for write in writes))
            await self.load()
        return self.verdict

    async def signs_in(self, text):
        """A new sign-in, in which that is typed."""
        await self.begins()
        return await self.types(text)

    @property
    def reads(self):
        return self.verdict.prompt if isinstance(self.verdict, Asked) else None

    def _turn(self, answer, **fields):
        given = {
            "login": "login1", "entry": ann(), "answer": answer, "client": "gateway", "application": "vpn",
            "profile": "app", "station": "192.0.2.77", "memory": self.memory, "at": self.now, "deadline": 55.0,
            "factor": "app", "challenges": self.challenges,
        }  # fmt: skip
        return Turn(**given | fields)

    def _taken(self, verdict):
        self.verdict = verdict
        self.memory = verdict.memory if isinstance(verdict, Asked) else ""
        return verdict
