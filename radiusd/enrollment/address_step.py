"""A new address or number: it is typed, a code goes there, and the code is typed (S161 to S163)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from radiusd.enrollment import adding
from radiusd.enrollment.adding import Value
from radiusd.enrollment.addresses import Destination, mail_of, mobile_of
from radiusd.enrollment.post import Post
from radiusd.enrollment.steps import Asks, Taken
from radiusd.model.entry import Entry
from radiusd.rules import codes
from store import Connection, Store
from store.enrolled import Kind

VALIDITY_SECONDS = 600.0
LENGTH = 6
ATTEMPTS = 3  # wrong codes, then another one must be sent
RESEND_SECONDS = 30.0


class Memory(Struct, frozen=True, omit_defaults=True):
    """What is remembered: what was typed, the code's digest, until when it is good, wrong ones, and what to tell."""

    value: str = ""
    hidden: str = ""
    digest: str = ""
    until: float = 0.0
    sent_at: float = 0.0
    wrong: int = 0
    told: str = ""


_encode = Encoder().encode
_decode = Decoder(Memory).decode


class Rules(Struct, frozen=True):
    """What may be enrolled: as radius.yaml says."""

    per_user: int
    country: str
    countries: tuple[str, ...]


class AddressStep:
    """`kind` is mail or mobile. `keys` are those of codes' digests."""

    def __init__(self, kind: Kind, store: Store, keys: Sequence[bytes], post: Post, rules: Rules) -> None:
        self.kind = kind
        self._store = store
        self._keys = keys
        self._post = post
        self._rules = rules

    def is_possible(self) -> bool:
        """Something must send to it."""
        return self._post.can_reach(self.kind)

    def asks(self, entry: Entry, memory: str, at: float) -> Asks:  # noqa: ARG002 - as Step has it
        """The value, or the code that went there."""
        now = _read(memory)
        if not now.digest:
            return Asks(self.kind, told=now.told)
        told = "code expired" if now.until <= at else now.told
        return Asks("code", now.hidden, told, again=True)

    async def take(self, entry: Entry, memory: str, typed: str, at: float, by: str) -> Taken:
        """The value; then its code. An empty answer begins anew."""
        now = _read(memory)
        if not typed.strip():
            return Taken("")
        if now.digest:
            return self._code(entry, now, typed, at)
        value = adding.read(typed, self._rules.country, self._rules.countries)
        if isinstance(value, str) or value.kind != self.kind:
            return Taken(_written(Memory(told=f"no {self.kind}")))
        why = await self._store.read(partial(self._hindrance, entry=entry, value=value, at=at))
        if why:
            return Taken(_written(Memory(told=why)))
        return self._send(entry, value, at, by)

    async def again(self, entry: Entry, memory: str, at: float, by: str) -> Taken:
        """Another code to the same, where the last one was not sent just now."""
        now = _read(memory)
        value = adding.read(now.value, self._rules.country, self._rules.countries)
        if not now.digest or isinstance(value, str):
            return Taken("")
        if at < now.sent_at + RESEND_SECONDS:
            return Taken(_written(replace(now, told="too soon")))
        return self._send(entry, value, at, by)

    def _hindrance(self, connection: Connection, entry: Entry, value: Value, at: float) -> str:
        return adding.hindrance(connection, entry, value, at, self._rules.per_user)

    def _send(self, entry: Entry, value: Value, at: float, by: str) -> Taken:
        to = _destination(value)
        if to is None:
            return Taken(_written(Memory(told=f"no {self.kind}")))
        code = codes.new_code(LENGTH)
        until = at + VALIDITY_SECONDS
        digest = codes.digest(self._keys[0], _owner(entry), value.text, code)
        wait = partial(
            adding.wait_for, entry=entry, value=value, now=at, by=by, per_user=self._rules.per_user, until=until
        )
        return Taken(
            _written(Memory(value.text, value.hidden, digest, until, at)),
            self._post.code(entry, to, code, VALIDITY_SECONDS, at),
            (wait,),
            unsent=_written(Memory(told="not sent")),
            too_many=_written(Memory(told="no more codes")),
        )

    def _code(self, entry: Entry, now: Memory, typed: str, at: float) -> Taken:
        code = codes.typed(typed)
        made = [codes.digest(key, _owner(entry), now.value, code) for key in self._keys]
        if now.until <= at or now.wrong >= ATTEMPTS:
            return Taken(_written(replace(now, told="code expired")))
        if not codes.is_among(made, [now.digest]):
            wrong = now.wrong + 1
            return Taken(
                _written(replace(now, wrong=wrong, told="code wrong" if wrong < ATTEMPTS else "wrong too often"))
            )
        value = Value(self.kind, now.value, now.hidden)
        prove = partial(adding.prove, entry=entry, value=value, now=at)
        return Taken("", writes=(prove,), enrolled=now.hidden, value=now.value, lasts=0.0)


def _destination(value: Value) -> Destination | None:
    found = mail_of(value.text) if value.kind == "mail" else mobile_of(value.text, "", ())
    return found if isinstance(found, Destination) else None


def _owner(entry: Entry) -> str:
    return f"{entry.directory}\0{entry.unique_id}"


def _read(memory: str) -> Memory:
    return _decode(memory) if memory else Memory()


def _written(memory: Memory) -> str:
    return _encode(memory).decode()
