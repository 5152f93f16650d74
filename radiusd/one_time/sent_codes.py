"""A code that is sent and must be typed: what mail_otp and sms_otp have in common (S116 to S121, S172, S263).

All that is known of the codes is in the login's memory: digests, until when each is good, and how many wrong ones were
typed. A code dies by use (its login ends), by count and by age.
"""

from __future__ import annotations

import asyncio
from datetime import tzinfo
from functools import partial
from math import ceil

from msgspec.structs import replace

from config.models.methods import PROMPT, SentCodeOptions
from config.models.templates import rendered
from radiusd.enrollment.addresses import Destination
from radiusd.enrollment.destinations import Destinations
from radiusd.model.entry import Entry
from radiusd.model.message import Message
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.one_time.channels import Channel, Compose
from radiusd.one_time.choosing import Choosing, is_offer, number_typed, offer_of
from radiusd.one_time.memory import CODES_KEPT, VOID, Memory
from radiusd.rules import codes
from radiusd.rules.facts import facts
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

PROMPTS = {"en": PROMPT, "tr": "Kod gönderildi: {{ destination }}"}
TOO_MANY = "as many messages as an hour allows were sent"
ENDS = (".", "!", "?", ":")  # of a sentence


class SentCodes:
    """Sends codes and judges what is typed. `compose` makes the message for a language of what templates are told."""

    judges = "code"
    judges_at_once = True
    unasked = False

    def __init__(
        self,
        options: SentCodeOptions,
        keys: tuple[bytes, ...],
        texts: Texts,
        time_zone: tzinfo,
        titles: Titles,
        carriers: tuple[str, ...],
        destinations: Destinations,
        compose: Compose,
    ) -> None:
        self._keys = keys
        self._texts = texts
        self._time_zone = time_zone
        self._titles = titles
        prompts = texts.chooser({**PROMPTS, **(options.prompt if "prompt" in options.model_fields_set else {})})
        self.channel = Channel(carriers, destinations, compose, prompts, options.send_within.total_seconds())
        self._other: Channel | None = None
        self._destinations = destinations
        self._choosing = Choosing(texts, titles, time_zone)
        self._length = options.code_length
        self._attempts = options.attempts
        self._validity = options.validity.total_seconds()
        self._placement = options.placement
        self._resend_after = options.resend_after.total_seconds()
        self._sends_per_hour = options.sends_per_hour

    def goes_otherwise(self, channel: Channel) -> None:
        """Where no carrier of its own takes a code, it goes by that channel, of another profile (`otherwise`)."""
        self._other = channel

    def lacks(self, entry: Entry) -> str:
        """Why no code can be sent to the user, "" where one can."""
        found = self._destinations.of(entry)
        return found if isinstance(found, str) else ""

    def recall(self, _turn: Turn) -> Passed | None:
        """A code is good once."""
        return None

    async def begin(self, turn: Turn) -> Verdict:
        """The first code; or where it is to go, of a user who has several addresses or numbers (D14)."""
        found = self._destinations.of(turn.entry)
        if isinstance(found, str):
            return Failed(found)
        if len(found) > 1 and self._choosing.can_ask(turn) and not self._is_appended(turn):
            return self._choosing.asked(turn, found)
        return self._send(turn, found[0], None)

    async def refused(self, turn: Turn, cause: str) -> Verdict:
        """Where else the code is to go is the user's to say: it goes nowhere that they do not expect."""
        memory, reason = Memory.of(turn), f"the code for {Memory.of(turn).hidden} was refused: {cause}"
        found = self._destinations.of(turn.entry)
        others = () if isinstance(found, str) else [to for to in found if to.number != memory.to]
        if others and not memory.elsewhere and self._choosing.can_ask(turn) and not self._is_appended(turn):
            return replace(self._choosing.asked(turn, others, first="refused_there"), reason=reason)
        return Failed(reason, text="not_delivered")

    async def remind(self, turn: Turn) -> Verdict:
        """The code that is out is asked for; not a word of what was typed before."""
        if is_offer(turn.memory):
            return await self.begin(turn)
        memory = Memory.of(turn)
        return Asked(self._prompt(turn, memory), memory.kept(), memory.until(), reason="joined: a code is out")

    async def again(self, turn: Turn) -> Verdict:
        """Another code beside those that may have arrived."""
        if is_offer(turn.memory):
            return await self.begin(turn)
        memory = Memory.of(turn)
        to = self._to(turn, memory)
        made = Failed(to) if isinstance(to, str) else self._send(turn, to, memory)
        return made if isinstance(made, Failed) else replace(made, otherwise=self._kept(turn, memory))

    async def answer(self, turn: Turn) -> Verdict:
        """What was typed: a code, or the wish for a fresh one.

        Whatever is no good code is one of the `attempts`, before a fresh code as after it. Blocking does not count a
        code that was sent and came too late. Where no code is good any more, a fresh one is sent at once.
        """
        if is_offer(turn.memory):
            return self._chosen(turn)
        memory = Memory.of(turn)
        if codes.asks_again(turn.answer):
            return self._fresh(turn, memory)
        if memory.shown and (number := number_typed(turn.answer, len(memory.shown))):
            return self._fresh(turn, memory, to=memory.shown[number - 1])
        verdict = self._judged(turn, memory)
        if isinstance(verdict, Asked | Failed) and verdict.counted:
            return replace(verdict, against=memory.sent[-1][0])
        return verdict

    def _judged(self, turn: Turn, memory: Memory) -> Verdict:
        code = codes.typed(turn.answer)
        made = [codes.digest(key, turn.login, turn.factor, code) for key in self._keys]
        alive = memory.alive(turn.at)
        if codes.is_among(made, alive):
            return self._right(turn, memory)
        known = codes.is_among(made, [digest for digest, _until in memory.sent])
        fault, counted = ("code too old", "") if known else ("code wrong", "code")
        wrong = memory.wrong + 1
        if wrong >= self._attempts:
            return Failed(f"{fault}, {wrong} times", counted)
        memory = replace(memory, wrong=wrong)
        reason = f"{fault} ({wrong} of {self._attempts})"
        if not alive:
            return self._fresh(turn, memory, "expired_code", counted, f"{reason}, all have expired")
        said = self._said(turn, "older_code" if known else "wrong_code")
        prompt = f"{said} {self._prompt(turn, memory)}"
        return Asked(prompt, memory.kept(), memory.until(), counted=counted, reason=reason)

    def _chosen(self, turn: Turn) -> Verdict:
        """The code goes where the user wants it."""
        found = self._destinations.of(turn.entry)
        if isinstance(found, str):
            return Failed(found)
        to = self._choosing.chosen(turn, found)
        return self._send(turn, to, None, offer_of(turn.memory).shown) if isinstance(to, Destination) else to

    def _right(self, turn: Turn, memory: Memory) -> Passed | Failed:
        """The last use is written with it, of users who have enrolled something."""
        detail = f"code right (sent to {memory.hidden})"
        channel = self._channel(memory) if memory.elsewhere else self.channel
        # One that was enrolled may be the last row that was removed meanwhile.
        if not memory.to and not channel.destinations.has_rows(turn.entry):
            return Passed(detail)
        found = channel.destinations.of(turn.entry)
        to = None if isinstance(found, str) else next((each for each in found if each.number == memory.to), None)
        if to is None:
            return Failed(f"{memory.hidden} can be used no more")
        return Passed(detail, writes=channel.destinations.used(turn, to))

    def _to(self, turn: Turn, memory: Memory) -> Destination | str:
        """Where codes of this login go: where the last one went, if that is still the user's."""
        found = self._destinations.of(turn.entry)
        if isinstance(found, str) or len(found) == 1 or memory.elsewhere:
            return found if isinstance(found, str) else found[0]
        return next((to for to in found if to.number == memory.to), found[0])

    def _fresh(
        self, turn: Turn, memory: Memory, first: str = "", counted: str = "", reason: str = "", to: int | None = None
    ) -> Verdict:
        """A fresh code in the place of all before, where the last one was not sent just now. `to`: another destination."""
        before = f"{self._said(turn, first)} " if first else ""
        wait = memory.sent_at + self._resend_after - turn.at
        if wait > 0:
            left = ceil(wait)
            said = self._said(
                turn, "resend_later", wait=self._texts.lasting(left, turn.entry.language), seconds=str(left)
            )
            prompt = f"{before}{said}" if first else f"{said} {self._prompt(turn, memory)}"
            reason = reason or "a fresh code was asked for too soon"
            return Asked(prompt, memory.kept(), memory.until(), counted=counted, reason=reason)
        replaced = tuple((digest, VOID) for digest, _until in memory.sent)
        goes = self._to(turn, memory if to is None else replace(memory, to=to, elsewhere=False))
        made = Failed(goes) if isinstance(goes, str) else self._send(turn, goes, replace(memory, sent=replaced))
        if isinstance(made, Failed):
            return replace(made, counted=counted)
        prompt = f"{before}{self._said(turn, 'fresh_code')} {made.prompt}"
        otherwise = self._kept(turn, memory, counted)
        reason = f"{reason}: {made.reason}" if reason else made.reason
        return replace(made, prompt=prompt, counted=counted, reason=reason, otherwise=otherwise)

    def _kept(self, turn: Turn, memory: Memory, counted: str = "") -> Asked | Failed:
        """Where as many as an hour allows were sent: the last one stays good, as long as it is."""
        if not memory.alive(turn.at):
            return Failed(TOO_MANY, counted, "no_code")
        prompt = f"{self._said(turn, 'no_further_code')} {self._prompt(turn, memory, resends=False)}"
        return Asked(
            prompt, memory.kept(), memory.until(), counted=counted, reason=f"{TOO_MANY}; the last one stays good"
        )

    def _send(self, turn: Turn, to: Destination, before: Memory | None, shown: tuple[int, ...] = ()) -> Asked:
        """A code by the profile's own channel; by that of another one, where none of its carriers takes it."""
        made = self._sent(turn, to, before, shown, self.channel)
        if self._other is None:
            return made
        left = turn.deadline - asyncio.get_running_loop().time()  # the other one needs some of it
        message = None if made.message is None else replace(made.message, within=min(self.channel.within, left / 2))
        return replace(made, message=message, instead=partial(self._elsewhere, turn, made.memory, self._other))

    def _elsewhere(self, turn: Turn, memory: str, other: Channel, cause: str) -> Asked | None:
        """Another code, beside the one that may have been taken all the same; None where the user has nothing there."""
        found = other.destinations.of(turn.entry)
        if isinstance(found, str):
            return None
        before = Memory.of(replace(turn, memory=memory))
        made = self._sent(turn, found[0], before, before.shown, other)
        return replace(made, reason=f"{cause}; {made.reason}")

    def _sent(
        self, turn: Turn, to: Destination, before: Memory | None, shown: tuple[int, ...], channel: Channel
    ) -> Asked:
        code = codes.new_code(self._length)
        made = codes.digest(self._keys[0], turn.login, turn.factor, code)
        sent: tuple[tuple[str, float], ...] = ((made, turn.at + self._validity),)
        wrong = 0
        if before is not None:
            sent, wrong, shown = (*before.sent[1 - CODES_KEPT :], *sent), before.wrong, before.shown
        memory = Memory(sent, wrong, turn.at, to.hidden, to.number, shown, channel is not self.channel)
        told = facts(
            entry=turn.entry,
            application=turn.application,
            profile=turn.profile,
            client=turn.client,
            station=turn.station,
            at=turn.at,
            time_zone=self._time_zone,
            called=self._titles.called(turn.entry.language),
        )
        told["code"] = code
        told["validity"] = self._texts.lasting(self._validity, turn.entry.language)
        told["minutes"] = max(1, int(self._validity // 60))
        appended = self._is_appended(turn)
        told["next_step"] = self._said(turn, "append_code" if appended else "type_code")
        content = channel.compose(to, turn.entry.language, told, appended=appended)
        message = Message("code", turn.factor, channel.carriers, content, channel.within, self._sends_per_hour)
        # Not that it was sent: no carrier has taken it yet.
        reason, otherwise = f"a code was made for {to.hidden}", Failed(TOO_MANY, text="no_code")
        return Asked(
            self._prompt(turn, memory), memory.kept(), memory.until(), message, reason=reason, otherwise=otherwise
        )

    def _prompt(self, turn: Turn, memory: Memory, *, resends: bool = True) -> str:
        """`resends`: whether another code may be sent. Who has only this Challenge left could not ask for one."""
        channel = self._channel(memory) if memory.elsewhere else self.channel
        prompt = rendered(channel.prompts(turn.entry.language), {"destination": memory.hidden})
        key = "resend_elsewhere" if len(memory.shown) > 1 else "resend"
        how = self._said(turn, key) if resends and turn.challenges not in (0, 1) else ""
        if not how or self._is_appended(turn):
            return prompt
        return f"{prompt if prompt.endswith(ENDS) else prompt + '.'} {how}"

    def _channel(self, memory: Memory) -> Channel:
        """By which the last code went; asked only where it went elsewhere, which costs the others nothing."""
        return self._other if memory.elsewhere and self._other is not None else self.channel

    def _is_appended(self, turn: Turn) -> bool:
        """Whether the code comes behind the password, as login.behaviours says of the client."""
        return self._placement == "appended" or (self._placement == "auto" and turn.challenges == 0)

    def _said(self, turn: Turn, key: str, **values: str) -> str:
        return self._texts.of(key, turn.entry.language, **values)
