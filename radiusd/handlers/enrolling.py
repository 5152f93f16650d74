"""A step in the place of a code by mail or SMS, for who has nothing that one could be sent to: they enroll it at the prompt.

It is a step and no profile. The code that is sent to the new address or number proves it, and with it the factor: the next
sign-in is one by that profile. What comes before says `enrollment.first`: a code to something else that is on record of the
user, or nothing but the password. Never a secret or a link goes through a reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Literal

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from config.models.options import PASSWORD
from radiusd.enrollment import adding
from radiusd.enrollment.adding import Value
from radiusd.enrollment.address_step import Rules
from radiusd.enrollment.addresses import Destination, mail_of, mobile_of
from radiusd.enrollment.post import Post
from radiusd.model.audit import row_about
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.rules import codes
from radiusd.rules.conditions import Condition
from radiusd.rules.texts import Texts
from store import Connection, Store, audit
from store.enrolled import Kind

STEP = " by enrolling"  # behind the profile's name: what the audit calls this step
LENGTH = 6
VALIDITY_SECONDS = 600.0
RESEND_SECONDS = 30.0
WRONG = 3  # codes, before the sign-in ends
TYPED = 5  # values that were none, before it does
BY = "user, at a sign-in"
TOO_MANY = "as many messages as an hour allows were sent"
NEEDED = {"password": 2, "directory": 3}  # Challenges, by what comes first
First = Literal["directory", "invitation", "password"]


class Who(Struct, frozen=True):
    """Who may enroll by themselves, and what proves it first: as radius.yaml says. `allowed` empty: everybody."""

    self_service: bool
    first: First
    allowed: tuple[Condition, ...]

    def may(self, entry: Entry) -> bool:
        """Whether that user may."""
        return self.self_service and (not self.allowed or any(each.matches(entry) for each in self.allowed))


class Memory(Struct, frozen=True, omit_defaults=True):
    """Which code is asked for: that of the `first` proof, or of the `value`; neither: the value itself.

    `digests` are of the codes that are good until `until`; `wrong` ones, and values that were none, were typed.
    """

    hidden: str = ""
    first: bool = False
    value: str = ""
    digests: tuple[str, ...] = ()
    until: float = 0.0
    sent_at: float = 0.0
    wrong: int = 0
    typed: int = 0

    def kept(self) -> str:
        return _encode(self).decode()


_encode = Encoder().encode
_decode = Decoder(Memory).decode


class Enrolling:
    """Of one kind of address, for one profile."""

    immediate = False
    placement = "none"  # it says itself where a NAS shows too little
    code_length = LENGTH
    judges = "code"
    judges_at_once = False
    unasked = False

    def __init__(
        self, kind: Kind, who: Who, store: Store, keys: Sequence[bytes], texts: Texts, post: Post, rules: Rules
    ) -> None:
        self._kind = kind
        self._who = who
        self._store = store
        self._keys = keys
        self._texts = texts
        self._post = post
        self._rules = rules

    def may(self, entry: Entry) -> bool:
        """Whether the user may enroll what they lack, or is told what to do."""
        proves = self._who.first != "directory" or bool(self._post.on_record(entry))
        return proves and self._who.may(entry) and self._post.can_reach(self._kind)

    def lacks(self, entry: Entry) -> str:  # noqa: ARG002 - as Method has it
        """Nothing: it is for who does."""
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        """A code is good once."""
        return None

    async def begin(self, turn: Turn) -> Verdict:
        """The proof that comes first, or the value; or what to do in its place."""
        lack = f"the user has nothing that a code could be sent to by {'mail' if self._kind == 'mail' else 'SMS'}"
        if self._who.first == "invitation":
            return Failed(f"{lack}, and needs an invitation", text="enroll_by_invitation")
        if 0 <= turn.challenges < NEEDED[self._who.first]:
            return Failed(
                f"{lack}, and the client can not show the Challenges by which it is enrolled", text="enroll_help_desk"
            )
        if self._who.first == "password":
            return self._ask(turn, Memory())
        on_record = self._post.on_record(turn.entry)
        if not on_record:  # not any more
            return Failed(f"{lack}, nor anything else that proves who they are", text="enroll_help_desk")
        return self._send(turn, on_record[0], Memory(first=True))

    async def answer(self, turn: Turn) -> Verdict:
        """A code, a value, or the wish for a fresh code."""
        memory = _decode(turn.memory)
        if not memory.digests:
            return await self._typed(turn, memory)
        if codes.asks_again(turn.answer):
            return self._fresh(turn, memory)
        made = [codes.digest(key, turn.login, turn.factor, codes.typed(turn.answer)) for key in self._keys]
        if turn.at >= memory.until or not codes.is_among(made, memory.digests):
            return self._wrong(turn, memory)
        if memory.first:
            return self._ask(turn, Memory(typed=memory.typed))
        value = Value(self._kind, memory.value, memory.hidden)
        enroll = partial(_enroll, turn=turn, value=value, per_user=self._rules.per_user)
        told = tuple(self._post.added(turn.entry, self._kind, memory.hidden, memory.value, turn.at))
        return Passed(f"code right, {memory.hidden} enrolled", messages=told, writes=(enroll,))

    async def remind(self, turn: Turn) -> Verdict:
        """What was asked last; not a word of what was typed before."""
        memory = _decode(turn.memory)
        if not memory.digests:
            return self._ask(turn, memory)
        return self._asked(turn, memory, reason="joined: a code is out")

    async def again(self, turn: Turn) -> Verdict:
        """Another code beside the one that may have arrived."""
        memory = _decode(turn.memory)
        to = self._to(turn, memory)
        return self._ask(turn, memory) if to is None else self._send(turn, to, memory)

    async def refused(self, turn: Turn, cause: str) -> Verdict:
        """What was typed is refused for good: another one is asked for. What is on record can not be mended here."""
        memory = _decode(turn.memory)
        reason = f"the code for {memory.hidden} was refused: {cause}"
        if memory.first:
            return Failed(reason, text="enroll_help_desk")
        return self._ask(turn, Memory(typed=memory.typed + 1), f"enroll_no_{self._kind}", reason)

    async def _typed(self, turn: Turn, memory: Memory) -> Verdict:
        """The address or number."""
        value = adding.read(turn.answer, self._rules.country, self._rules.countries)
        if isinstance(value, str) or value.kind != self._kind:
            return self._ask(
                turn, replace(memory, typed=memory.typed + 1), f"enroll_no_{self._kind}", "no such address or number"
            )
        why = await self._store.read(partial(self._hindrance, entry=turn.entry, value=value, at=turn.at))
        if why == adding.TOO_MANY:
            return Failed("the user has as many enrolled as enrollment.per_user allows", text="enroll_help_desk")
        to = None if why == adding.DISABLED else self._destination(value.text)
        if to is None:
            return self._ask(
                turn, replace(memory, typed=memory.typed + 1), "enroll_disabled", f"{value.hidden} is disabled"
            )
        return self._send(turn, to, Memory(value=value.text, typed=memory.typed))

    def _hindrance(self, connection: Connection, entry: Entry, value: Value, at: float) -> str:
        return adding.hindrance(connection, entry, value, at, self._rules.per_user)

    def _wrong(self, turn: Turn, memory: Memory) -> Verdict:
        known = turn.at >= memory.until
        fault, counted = ("code too old", "") if known else ("code wrong", "code")
        wrong = memory.wrong + 1
        if wrong >= WRONG:
            return Failed(f"{fault}, {wrong} times", counted, against=memory.digests[-1])
        said = self._said(turn, "older_code" if known else "wrong_code")
        asked = self._asked(turn, replace(memory, wrong=wrong), said, f"{fault} ({wrong} of {WRONG})")
        return replace(asked, counted=counted, against=memory.digests[-1])

    def _fresh(self, turn: Turn, memory: Memory) -> Verdict:
        wait = memory.sent_at + RESEND_SECONDS - turn.at
        to = self._to(turn, memory)
        if wait > 0 or to is None:
            left = max(1, ceil(wait))
            lasting = self._texts.lasting(left, turn.entry.language)
            said = self._said(turn, "resend_later", wait=lasting, seconds=str(left))
            return self._asked(turn, memory, said, "a fresh code was asked for too soon")
        return self._send(turn, to, replace(memory, digests=()))

    def _send(self, turn: Turn, to: Destination, memory: Memory) -> Asked:
        """A code there, in the place of those before unless they are kept in `memory`."""
        code = codes.new_code(LENGTH)
        digest = codes.digest(self._keys[0], turn.login, turn.factor, code)
        memory = replace(
            memory, hidden=to.hidden, digests=(*memory.digests, digest), until=turn.at + VALIDITY_SECONDS, sent_at=turn.at
        )  # fmt: skip
        message = replace(self._post.code(turn.entry, to, code, VALIDITY_SECONDS, turn.at), profile=turn.factor)
        asked = self._asked(turn, memory, reason=f"a code was made for {to.hidden}")
        return replace(asked, message=message, otherwise=Failed(TOO_MANY, text="no_code"))

    def _to(self, turn: Turn, memory: Memory) -> Destination | None:
        """Where the code of that memory goes."""
        if memory.first:
            found = self._post.on_record(turn.entry)
            return next((to for to in found if to.hidden == memory.hidden), None)
        return self._destination(memory.value)

    def _destination(self, value: str) -> Destination | None:
        found = mail_of(value) if self._kind == "mail" else mobile_of(value, "", self._rules.countries)
        return found if isinstance(found, Destination) else None

    def _ask(self, turn: Turn, memory: Memory, first: str = "", reason: str = "") -> Asked | Failed:
        """The address or number itself, which is no secret."""
        if memory.typed >= TYPED:
            return Failed(f"{reason}, {memory.typed} times")
        prompt = self._said(turn, first or f"enroll_{self._kind}")
        reason = reason or f"asked for {'a mail address' if self._kind == 'mail' else 'a mobile number'} to enroll"
        return Asked(prompt, memory.kept(), turn.at + VALIDITY_SECONDS, reason=reason, echo=True)

    def _asked(self, turn: Turn, memory: Memory, first: str = "", reason: str = "") -> Asked:
        """A code that is out."""
        prompt = self._said(turn, "enroll_first" if memory.first else "enroll_code", destination=memory.hidden)
        how = self._said(turn, "resend") if turn.challenges not in (0, 1) else ""
        said = " ".join(part for part in (first, prompt, how) if part)
        return Asked(said, memory.kept(), memory.until + RESEND_SECONDS, reason=reason)

    def _said(self, turn: Turn, key: str, **values: str) -> str:
        return self._texts.of(key, turn.entry.language, **values)


def _enroll(connection: Connection, turn: Turn, value: Value, per_user: int) -> bool:
    """Within the Accept's transaction; an enrollment of the same by another login at the same moment does as well."""
    entry = turn.entry
    made = adding.add(connection, entry, value, turn.at, by=BY, per_user=per_user)
    if isinstance(made, str):
        return made == adding.ENROLLED
    where = f"through {turn.client}{' from ' + turn.station if turn.station else ''}"
    reason, person = f"{value.hidden} enrolled at a sign-in {where}", (entry.directory, entry.unique_id)
    audit.insert(connection, row_about(turn.at, "enrolled", reason, entry.username, person, station=turn.station))
    return True


def step_of(profile: str) -> str:
    """What this step is called in the place of that profile."""
    return f"{profile}{STEP}"


def is_in_place_of(factors: Sequence[str], profile: str) -> bool:
    """Whether the step can stand for the profile: last, behind a password."""
    return len(factors) > 1 and factors[0] == PASSWORD and factors[-1] == profile
