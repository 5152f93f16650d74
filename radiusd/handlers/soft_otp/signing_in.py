"""Signing in with an authenticator app: the code of a time step, or a recovery code in its place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from radiusd.enrollment.authenticators import App, opened
from radiusd.handlers import Tools, method
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict
from radiusd.rules import codes, recovery_codes
from radiusd.rules.otpauth import DIGITS
from radiusd.rules.sealing import NotOpened
from radiusd.rules.time_steps import Judged, OfAnotherTime, Right, Used, judge, tell
from store import Connection, authenticators

ASKED_SECONDS = 3600.0  # for so long a code may be typed, where `login_timeout` does not end it before
KEY_FILE = "key_file"
NOTHING_TYPED = "no code was typed"


class Memory(Struct, frozen=True, omit_defaults=True):
    """What the login remembers: how many wrong codes were typed."""

    wrong: int = 0

    @classmethod
    def of(cls, turn: Turn) -> Memory:
        return _decode(turn.memory) if turn.memory else cls()

    def kept(self) -> str:
        return _encode(self).decode() if self.wrong else ""


_encode = Encoder().encode
_decode = Decoder(Memory).decode


@method("soft_otp", SoftOtpOptions)
class SoftOtp:
    """The password, then the code of an authenticator app (RFC 6238)."""

    immediate = True
    judges = "code"
    judges_at_once = False  # what memory does not know to be right is read again
    unasked = True

    def __init__(self, options: SoftOtpOptions, tools: Tools) -> None:
        self._apps = tools.authenticators
        self._store = tools.store
        self._sealing = tools.sealing
        self._keys = tools.keys
        self._texts = tools.texts
        self._drift = options.drift
        self._attempts = options.attempts
        self.placement = options.placement
        self.code_length = options.digits
        self.lacks = self._apps.lacks

    def behind(self, entry: Entry, password: str) -> tuple[str, str] | None:
        """Password and code of what was typed as one: the code of an app of theirs, or a recovery code with its dash."""
        for digits in self._apps.digits(entry) or [self.code_length]:
            split = codes.split_appended(password, digits)
            if split is not None:
                return split
        return recovery_codes.behind(password)

    def recall(self, turn: Turn) -> Passed | None:
        """What memory knows to be right needs no database to be judged; who was first is for the commit to say."""
        code = codes.typed(turn.answer)
        try:
            return self._passed(turn, code, self._apps.of(turn.entry)) if len(code) in DIGITS else None
        except NotOpened:
            return None

    async def begin(self, turn: Turn) -> Verdict:
        """The code is asked for; nothing is sent."""
        if self._is_appended(turn):
            return Failed("no code was typed behind the password")
        return self._asked(turn, Memory(), "an authenticator app's code is asked for", self._left(turn.entry))

    async def remind(self, turn: Turn) -> Verdict:
        """Whoever signs in anew is asked for the same."""
        return self._asked(turn, Memory.of(turn), "joined: a code is asked for")

    async def again(self, turn: Turn) -> Verdict:
        """Nothing was sent."""
        return await self.remind(turn)

    async def refused(self, _turn: Turn, cause: str) -> Verdict:
        """Nor is anything of it refused."""
        return Failed(cause)

    async def answer(self, turn: Turn) -> Verdict:
        """What was typed: the code of an app, or a recovery code."""
        memory, code = Memory.of(turn), codes.typed(turn.answer)
        recovery = "" if len(code) in DIGITS else recovery_codes.typed(turn.answer)
        if recovery:
            return await self._recovery(turn, memory, recovery)
        if not code and not turn.answer.strip():
            return Failed(NOTHING_TYPED) if self._is_appended(turn) else self._asked(turn, memory, NOTHING_TYPED)
        try:
            passed = self._passed(turn, code, self._apps.of(turn.entry))
            if passed is not None:
                return passed
            # Another node may have learned of the clock what is not known here; and who was refused must hear the truth.
            apps = await self._apps.fresh(turn.entry)
            return self._passed(turn, code, apps) or self._refused(turn, memory, code, apps)
        except NotOpened as why:
            return Unavailable(KEY_FILE, str(why))

    def _passed(self, turn: Turn, code: str, apps: Sequence[App]) -> Passed | None:
        for app in apps:
            judged = self._judged(turn, code, app)
            if isinstance(judged, Right):
                return self._right(turn, app, judged)
        return None

    def _judged(self, turn: Turn, code: str, app: App) -> Judged:
        return judge(opened(app.row, self._sealing), app.clock, code, turn.at, self._drift)

    def _refused(self, turn: Turn, memory: Memory, code: str, apps: Sequence[App]) -> Failed | Asked:
        if not apps:
            return Failed(self.lacks(turn.entry) or "the user's authenticator app was removed meanwhile")
        found = [(app, tell(opened(app.row, self._sealing), app.clock, code, turn.at)) for app in apps]
        for app, what in found:
            if isinstance(what, Used):
                return self._wrong(turn, memory, f"authenticator code used already{_of(app)}", "", "used_code")
        for app, what in found:
            if isinstance(what, OfAnotherTime):
                reason = f"authenticator code of {steps_off(what.steps)}{_of(app)}"
                if what.steps > min(app.clock.drift, 0):
                    # Its time is to come: a guess that reads otherwise than the wrong ones would be kept until then.
                    return self._wrong(turn, memory, reason, "code", "wrong_code")
                return self._wrong(turn, memory, reason, "", "clock_off")
        return self._wrong(turn, memory, "authenticator code wrong", "code", "wrong_code")

    def _right(self, turn: Turn, app: App, judged: Right) -> Passed:
        clock = judged.clock
        self._apps.used(app, clock)
        spent = authenticators.spent(
            app.row.id, step=clock.step, drift=clock.drift, seen=clock.seen, now=turn.at,
            station=turn.station, client=turn.client,
        )  # fmt: skip
        off = f", of {steps_off(clock.seen)}" if clock.seen else ""
        learned = f"; its clock is taken to be {ahead(clock.drift)}" if clock.drift != app.clock.drift else ""
        return Passed(f"authenticator code right{_of(app)}{off}{learned}", writes=(spent,))

    async def _recovery(self, turn: Turn, memory: Memory, typed: str) -> Verdict:
        entry = turn.entry
        digests = recovery_codes.digests(self._keys, entry.directory, entry.unique_id, typed)

        def look(connection: Connection) -> tuple[set[str], bool]:
            unused = authenticators.unused(connection, entry.directory, entry.unique_id)
            return unused, authenticators.was_used(connection, digests)

        unused, was_used = await self._store.read(look)
        good = next((digest for digest in digests if digest in unused), None)
        if good is None:
            if was_used:
                return self._wrong(turn, memory, "recovery code used already", "", "used_recovery_code")
            return self._wrong(turn, memory, "recovery code wrong", "code", "wrong_code")
        left = len(unused) - 1
        burn: Any = partial(authenticators.burn, digest=good, now=turn.at)
        return Passed(f"recovery code right ({left} left)", writes=(burn,))

    def _wrong(self, turn: Turn, memory: Memory, reason: str, counted: str, text: str) -> Failed | Asked:
        wrong = memory.wrong + 1
        if self._is_appended(turn):
            return Failed(reason, counted, against=turn.factor)
        if wrong >= self._attempts:
            return Failed(f"{reason}, {wrong} times" if wrong > 1 else reason, counted, against=turn.factor)
        said = self._said(turn, text)
        asked = self._asked(turn, replace(memory, wrong=wrong), f"{reason} ({wrong} of {self._attempts})", said)
        return replace(asked, counted=counted, against=turn.factor)

    def _asked(self, turn: Turn, memory: Memory, reason: str, before: str = "") -> Asked:
        prompt = self._said(turn, "app_code")
        return Asked(f"{before} {prompt}" if before else prompt, memory.kept(), turn.at + ASKED_SECONDS, reason=reason)

    def _left(self, entry: Entry) -> str:
        """Who has few recovery codes left is told, since nothing but a sign-in reaches them for sure."""
        left = self._apps.few_left(entry)
        if left is None:
            return ""
        return self._texts.of("few_recovery_codes", entry.language, left=str(left))

    def _is_appended(self, turn: Turn) -> bool:
        """Whether the code comes behind the password, as login.behaviours says of the client."""
        return self.placement == "appended" or (self.placement == "auto" and turn.challenges == 0)

    def _said(self, turn: Turn, key: str) -> str:
        return self._texts.of(key, turn.entry.language)


def steps_off(steps: int) -> str:
    """`3 steps ago`."""
    number = f"{abs(steps)} step{'' if abs(steps) == 1 else 's'}"
    return f"{number} ago" if steps < 0 else f"{number} ahead"


def ahead(drift: int) -> str:
    """`2 steps behind`."""
    number = f"{abs(drift)} step{'' if abs(drift) == 1 else 's'}"
    return "right" if not drift else f"{number} {'behind' if drift < 0 else 'ahead'}"


def _of(app: App) -> str:
    return f" ({app.row.label})" if app.row.label else ""
