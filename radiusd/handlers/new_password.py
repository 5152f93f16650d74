"""The step `new-password`: who has proved everything, and whose password must be changed, types another one twice.

A right password that must be changed adds it to the login (see handlers/password). The new one is in nothing that is
written: between the two questions 16 bits of a keyed digest are, which tell a slip and help nobody to guess.
"""

from __future__ import annotations

import hashlib
from math import inf
from typing import assert_never

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from config.models.options import NEW_PASSWORD
from radiusd.directories import Changed, Directory, Down, MustChange, Right, Unfit, Wrong
from radiusd.enrollment.password_letters import PasswordLetters
from radiusd.handlers import Tools, step
from radiusd.handlers.password import sealed_for
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable, Verdict
from radiusd.rules import passwords
from radiusd.rules.facts import line
from radiusd.rules.sealing import NotOpened
from store import Unavailable as DatabaseGone
from store import ending, passwords_to_change

TRIES = 5  # passwords that are not taken before the login ends
QUESTIONS = 2  # Challenges that it needs


class Memory(Struct, frozen=True, omit_defaults=True):
    """`first` marks what was typed first, "" where that is asked for. `credential` is the generation of the old password."""

    credential: str = ""
    tries: int = 0
    first: str = ""


_encode, _decode = Encoder().encode, Decoder(Memory).decode


@step(NEW_PASSWORD)
class NewPassword:
    """Asks for it twice, and has the directory change it."""

    immediate = False
    placement = "none"  # where a NAS shows nothing, `begin` says where to change it
    code_length = 0
    judges = ""
    judges_at_once = False
    unasked = False

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._letter = PasswordLetters(tools.texts, tools.titles, tools.time_zone, tools.mail, tools.mail_servers)

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        """Never: nothing of it is kept."""
        return None

    async def begin(self, turn: Turn) -> Verdict:
        """The first question; none where the second could not be asked."""
        if 0 <= turn.challenges < QUESTIONS:
            return Failed(
                "the password must be changed, and the client can not ask for another one", text="change_elsewhere"
            )
        return self._asks(turn, Memory(turn.entry.credential), "password_must_change")

    async def answer(self, turn: Turn) -> Verdict:
        memory = _decode(turn.memory)
        if memory.first:
            return await self._second(turn, memory)
        unfit = self._unfit(turn)
        if unfit is not None:
            key, number = unfit
            why = self._tools.texts.of(key, "en", number=str(number))
            return self._asks_anew(turn, memory, self._said(turn, key, number=str(number)), why)
        prompt = self._said(turn, "new_password_again")
        first = self._mark(turn, self._tools.keys[0])
        return Asked(prompt, _kept(replace(memory, first=first)), inf, reason="the new password is asked for once more")

    async def remind(self, turn: Turn) -> Verdict:
        """Who signs in anew begins with the first question."""
        return self._asks(turn, replace(_decode(turn.memory), first=""), "password_must_change")

    async def again(self, turn: Turn) -> Verdict:
        """The letter may not have left."""
        return Passed("the password was changed", messages=self._letters(turn))

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        """Nothing is sent before it is changed."""
        return Failed("the password method sends nothing")

    async def _second(self, turn: Turn, memory: Memory) -> Verdict:
        if memory.first not in (self._mark(turn, key) for key in self._tools.keys):
            return self._asks_anew(turn, memory, self._said(turn, "passwords_differ"), "the two were not the same")
        directory = self._tools.directories[turn.entry.directory]
        try:
            if turn.entry.credential != memory.credential:
                return await self._changed_before(turn, directory)
            old = await self._old(turn, directory)
        except DatabaseGone as gone:
            return Unavailable("database", gone.cause, gone.overload)
        if old is None:
            return Failed("the password that is to be changed is not kept any more", text="password_not_changed")
        done = await directory.change(turn.entry, old, turn.answer, turn.deadline)
        match done:
            case Changed():
                return self._passed(turn, "the password was changed")
            case Unfit():
                said = " ".join(self._said(turn, key, number=str(number)) for key, number in done.rules)
                refused = self._said(turn, "password_not_taken")
                return self._asks_anew(turn, memory, f"{refused} {said}".strip(), done.told)
            case Wrong():
                return Failed(done.reason, text="password_not_changed")
            case Down():
                return Unavailable(done.component, done.cause, done.overload)
            case _:
                assert_never(done)

    async def _changed_before(self, turn: Turn, directory: Directory) -> Verdict:
        """Since the first question: by this very answer, on a node that died before it said so, or by somebody else."""
        judged = await directory.check(turn.entry, turn.answer, turn.station, turn.deadline)
        match judged:
            case Right():
                return self._passed(turn, "the password was changed, by an answer that came before")
            case MustChange() | Wrong():
                return Failed("the password was changed since it was proved", text="password_not_changed")
            case Down():
                return Unavailable(judged.component, judged.cause, judged.overload)
            case _:
                assert_never(judged)

    async def _old(self, turn: Turn, directory: Directory) -> str | None:
        """The password that is to be changed, "" where the directory does not ask for it. Raises store.Unavailable."""
        if not directory.wants_old:
            return ""
        entry = turn.entry
        sealed = await self._tools.store.read(
            lambda connection: passwords_to_change.find(connection, entry.directory, entry.unique_id, turn.at)
        )
        if sealed is None:
            return None
        try:
            return self._tools.sealing.open(sealed, sealed_for(entry)).decode()
        except NotOpened:
            return None

    def _passed(self, turn: Turn, how: str) -> Passed:
        """All that the old password opened ends together with the Accept."""
        entry = turn.entry

        def ends(connection: ending.Connection) -> bool:
            return ending.after_new_password(connection, entry.directory, entry.unique_id, turn.login, turn.at)

        messages = self._letters(turn)
        told = "the user is told by mail" if messages else "the user has no address to be told at"
        return Passed(f"{how}; {told}", messages=messages, writes=(ends,))

    def _letters(self, turn: Turn) -> tuple[Message, ...]:
        called = self._tools.titles.called(turn.entry.language)
        application = called.applications.get(turn.application) or line(turn.application)
        station = line(turn.station) or called.clients.get(turn.client) or line(turn.client)
        how = self._said(turn, "changed_signing_in", application=application, station=station)
        return self._letter.changed(turn.entry, how, turn.at, NEW_PASSWORD)

    def _unfit(self, turn: Turn) -> tuple[str, int] | None:
        """What `security.passwords` has against what was typed: the key of a text, and its number."""
        rules, entry = self._tools.passwords, turn.entry
        words = (entry.username, entry.display_name, entry.mail)
        return passwords.weakness(turn.answer, rules.min_length, words if rules.common == "refuse" else None)

    def _asks(self, turn: Turn, memory: Memory, key: str) -> Asked:
        prompt = f"{self._said(turn, key)} {self._said(turn, 'new_password')}"
        return Asked(prompt, _kept(memory), inf, reason="a new password is asked for")

    def _asks_anew(self, turn: Turn, memory: Memory, said: str, why: str) -> Asked | Failed:
        """What was typed is not taken: another one, as long as it may be tried and the NAS can show two more questions."""
        tries = memory.tries + 1
        if tries >= TRIES or 0 <= turn.challenges < QUESTIONS:
            return Failed(f"no new password was taken: {why}", text="password_not_changed")
        prompt = f"{said} {self._said(turn, 'new_password')}"
        reason = f"the new password was not taken ({tries} of {TRIES}): {why}"
        return Asked(prompt, _kept(Memory(memory.credential, tries)), inf, reason=reason)

    def _mark(self, turn: Turn, key: bytes) -> str:
        text = f"{turn.login}\0{turn.answer}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=key, person=b"new password", digest_size=2).hexdigest()

    def _said(self, turn: Turn, key: str, **values: str) -> str:
        return self._tools.texts.of(key, turn.entry.language, **values)


def _kept(memory: Memory) -> str:
    return _encode(memory).decode()
