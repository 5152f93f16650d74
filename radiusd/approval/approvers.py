"""Who is asked to decide, or told (D16): the first that can be reached and is not the user."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from radiusd.approval import recipients
from radiusd.directories import Down, Missing
from radiusd.model.entry import Entry
from radiusd.rules import mail_addresses
from radiusd.running.stages import in_a_task

THEMSELVES = "user"  # who signs in is asked, and nobody else
LEVELS = {"manager": 1, "sponsor": 1, "managers_manager": 2}
NAMED = "named"


class Approver(NamedTuple):
    """Who is asked. `language` and `name` are "" where they are not known.

    `passed_over` are those before, with what is wrong with each.
    """

    recipient: str
    language: str
    why: str  # manager, sponsor, managers_manager, named (in radius.yaml), default_recipient, or user
    passed_over: tuple[str, ...] = ()
    name: str = ""


class Nobody(NamedTuple):
    """Nobody can be asked; `reason` tells of each who was considered."""

    reason: str


class Superiors(Protocol):
    """Of a directory, whatever else it can do: who answers for its users."""

    @property
    def immediate(self) -> bool: ...
    async def manager(self, entry: Entry, deadline: float) -> Entry | Missing | Down | None: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """What radius.yaml says of whom to ask. `delivery` is mail or sms; numbers of `countries` alone are sent to."""

    approvers: Sequence[str]
    default_recipient: str | None
    delivery: str
    phone_country: str
    countries: tuple[str, ...]

    async def find(
        self, entry: Entry, directory: Superiors, now: float, deadline: float, unreached: Collection[str] = ()
    ) -> Approver | Nobody | Down:
        """Who is asked about a user of that directory. `now` is of the world's clock, `deadline` of the loop's.

        Recipients of `unreached` are passed over: their address or number was refused. What could not be looked up is an outage, not nobody: else whoever stops the directory chooses the approver.
        """
        reasons: list[str] = []
        faults: list[str] = []  # of those reasons, what somebody should mend
        above: list[Entry | Missing | None] = [entry]
        found = False  # somebody, though nobody who can be asked
        for why in self.approvers:
            language, name, relation = "", "", NAMED
            if why in LEVELS:
                person = await _above(above, LEVELS[why], directory, deadline)
                if isinstance(person, Down):
                    return person
                recipient, reason = self._of(person, now)
                is_own = isinstance(person, Entry) and _is_same(person, entry)
                if isinstance(person, Entry):
                    language, name, relation = person.language, person.display_name, _relation(person, why)
                if not recipient and person is not None:
                    faults.append(f"{why}: {reason}")
            else:
                recipient, reason = self._usable(why)
                is_own = False
            if is_own or (recipient and self._is_own(recipient, entry)):
                found = True
                reasons.append(f"{why}: it is the user, and nobody approves their own sign-in")
            elif recipient in unreached:
                found = True
                reasons.append(f"{why}: {recipient} can not be reached")
            elif recipient:
                return Approver(recipient, language, relation, tuple(faults), name)
            else:
                reasons.append(f"{why}: {reason}")
        return self._last(entry, reasons, tuple(faults), found=found)

    def _last(self, entry: Entry, reasons: list[str], faults: tuple[str, ...], *, found: bool) -> Approver | Nobody:
        """The default recipient, where the look-up found nobody at all."""
        if self.default_recipient is None:
            reasons.append("there is no default_recipient")
        elif found:
            reasons.append("default_recipient: it is asked only where nobody was found")
        else:
            recipient, reason = self._usable(self.default_recipient)
            if recipient and not self._is_own(recipient, entry):
                return Approver(recipient, "", "default_recipient", faults)
            reasons.append(f"default_recipient: {reason or 'it is the user'}")
        return Nobody("nobody can be asked: " + "; ".join(reasons))

    def _of(self, person: Entry | Missing | None, now: float) -> tuple[str, str]:
        """The recipient of somebody in the directory, or why there is none."""
        if person is None:
            return "", "the directory names none"
        if isinstance(person, Missing):
            return "", person.reason
        who = person.handle or person.display_name
        if not person.enabled:
            return "", f"the account of {who} is disabled"
        if person.expires_at is not None and person.expires_at <= now:
            return "", f"the account of {who} has expired"
        text = person.mail if self.delivery == "mail" else person.mobile
        if not text:
            return "", f"{who} has no {'address' if self.delivery == 'mail' else 'mobile number'}".strip()
        return self._usable(text)

    def _usable(self, text: str) -> tuple[str, str]:
        """An address or number as it is sent to, or why it can not be."""
        if self.delivery == "mail":
            address = mail_addresses.mailbox(text)
            return (address, "") if address else ("", "is no mail address, and `delivery` is mail")
        number = None if "@" in text else recipients.number(text, self.phone_country)
        if number is None:
            return "", "is no number that can be read, and `delivery` is sms"
        if not recipients.is_in(number, self.countries):
            return "", "is a number of a country that SMS does not go to (enrollment.countries)"
        return number, ""

    def _is_own(self, recipient: str, entry: Entry) -> bool:
        return recipients.compared(recipient, self.phone_country) in recipients.own(entry, self.phone_country)


async def _above(
    above: list[Entry | Missing | None], level: int, directory: Superiors, deadline: float
) -> Entry | Missing | Down | None:
    """Who is so many levels above the first of the list, which is filled as far as was asked."""
    while len(above) <= level:
        below = above[-1]
        if not directory.immediate:
            await in_a_task()
        found = await directory.manager(below, deadline) if isinstance(below, Entry) else below
        if isinstance(found, Down):
            return found
        above.append(found)
    return above[level]


def _is_same(person: Entry, entry: Entry) -> bool:
    return bool(person.unique_id) and (person.directory, person.unique_id) == (entry.directory, entry.unique_id)


def _relation(person: Entry, why: str) -> str:
    """What somebody is to the user: who answers for a local user is a sponsor, whom no directory has an entry of."""
    return "sponsor" if not (person.unique_id or person.handle) else why
