"""What users and approvers really proved, by what was typed, sent and clicked; and whether an Accept is due for it (D18).

Nothing here asks the server or calls its code: a Witness hears what went over the wire, and remembers.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

GRACE = 0.6  # seconds within which a server has read what a notice of another process tells of
ANSWERED_WITHIN = 8.0  # seconds after it left in which a copy of a request is answered, held or not
DUPLICATES = 12.0  # seconds for which an answer goes out again to a copy from the same port (RFC 5080 section 2.2.2)
PATIENCE = 5.0  # seconds after it was sent in which a request is judged, at most, or its message made
LOOKED_AT = 130.0  # seconds for which somebody is taken to look at a prompt that waits, and the last look after it
LAST_LOOK = 10.0
OUTAGE = "not possible at the moment"
WAITS = "Press Enter"
CODES = ("mailed", "by-sms")
ACCEPT, REJECT, CHALLENGE = "Access-Accept", "Access-Reject", "Access-Challenge"

Value = TypeVar("Value")


class Key(NamedTuple):
    """What makes requests one login (D3)."""

    user: str
    client: str
    station: str


class Rules(Protocol):
    """A configuration, as far as it says what is to be proved."""

    def factors(self, client: str) -> tuple[str, ...]: ...

    def limit(self, factor: str, name: str) -> float: ...

    def hold(self, client: str) -> float: ...

    @property
    def passwords_judged(self) -> int | None: ...

    @property
    def blocked_for(self) -> float: ...


@dataclass(eq=False)
class Change(Generic[Value]):
    """Of something that others change. It may be seen from `begin` on and is by everybody from `end` on."""

    value: Value
    begin: float
    end: float | None = None  # None as long as it is not known whether it was made


class History(Generic[Value]):
    """What something was, and when."""

    def __init__(self, value: Value, at: float) -> None:
        self._changes = [Change(value, at, at)]

    @property
    def last(self) -> Value:
        return self._changes[-1].value

    def changes(self, since: float, until: float) -> int:
        """How often it may have been changed between."""
        return sum(
            change.begin <= until and (change.end is None or change.end >= since) for change in self._changes[1:]
        )

    def begin(self, value: Value, at: float) -> Change[Value]:
        self._changes.append(Change(value, at))
        return self._changes[-1]

    def possible(self, since: float, until: float) -> list[Value]:
        """Everything that it may have been at some time between."""
        found = []
        over = False
        for change in reversed(self._changes):
            if change.begin <= until and not over:
                found.append(change.value)
                over = change.end is not None and change.end <= since
        return found


class Answer(NamedTuple):
    """Of that node. `asked`: when the copy left that it is for, at the earliest. `same_port`: that of the first one, or one
    that an Accept went to: a copy from there may get it once more.
    """

    at: float
    code: str
    text: str
    node: str
    asked: float
    same_port: bool


@dataclass(eq=False)
class Request:
    """One Access-Request: `code` is what was typed behind the password, or as the answer to `challenge`.

    `user` is who is meant; how the name was spelled makes no difference (D21).
    """

    user: str
    client: str
    station: str
    password: str
    code: str
    challenge: Challenge | None
    state: bytes | None
    number: int = 0
    typed: str = ""
    octets: bytes = b""
    sent: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)  # when, each time that something was proved for it
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def chain(self) -> Iterator[Request]:
        """This request, the one that got the Challenge that it answers, and so on."""
        each: Request | None = self
        while each is not None:
            yield each
            each = None if each.challenge is None else each.challenge.to

    @property
    def root(self) -> Request:
        return list(self.chain)[-1]

    @property
    def key(self) -> Key:
        """Of the login that it is about: not every NAS repeats the station with an answer."""
        return Key(self.root.user, self.root.client, self.root.station)

    def was_open(self, at: float) -> bool:
        """Whether a copy of it may have been under way in the server then."""
        copies = [sent for sent in self.sent if sent <= at < sent + PATIENCE]
        return len(copies) > sum(bool(copies) and copies[0] <= answer.at < at - 0.05 for answer in self.answers)

    def __str__(self) -> str:
        what = f"password {self.password}{self.code}" if self.state is None else f"answer {self.code!r}"
        return f"#{self.number} {self.typed or self.user} from {self.station or '-'} at {self.client}: {what}"


@dataclass(eq=False)
class Challenge:
    """An Access-Challenge. `factor` is what it asks for."""

    state: bytes
    to: Request
    at: float
    text: str

    @property
    def factor(self) -> str:
        for factor in CODES:
            if f"{factor}:" in self.text:
                return factor
        if WAITS in self.text or self.to.challenge is None:
            return "approved"
        return self.to.challenge.factor

    @property
    def waits(self) -> bool:
        """Whether somebody else must decide."""
        return WAITS in self.text and not any(f"{factor}:" in self.text for factor in CODES)


@dataclass(eq=False)
class Sent:
    """A message: `secret` is its code, or the token of its link. `passwords` are those of the requests it was sent for."""

    factor: str
    key: Key
    recipient: str
    secret: str
    at: float
    passwords: set[str] = field(default_factory=set)
    outcome: str = ""  # taken, failed, or not known
    used: Request | None = None

    def __str__(self) -> str:
        return f"{self.factor} {self.secret[:8]} for {'/'.join(self.key)}"


@dataclass(eq=False)
class Click:
    """A decision; `counted` None where it is not known whether it was taken."""

    link: Sent
    approve: bool
    begin: float
    end: float = 0.0
    counted: bool | None = None
    used: Request | None = None


class Unproved(AssertionError):
    """The server did what it must not do."""


@dataclass
class Person:
    """A user, and what is known of them."""

    name: str
    addresses: Mapping[str, str]  # by factor
    password: History[str]
    enabled: History[bool]
    blocked: History[bool]


class Witness:
    """Hears all of one walk. `rules` are those of each node: one may ask for more than another."""

    def __init__(self, people: Mapping[str, Person], rules: Mapping[str, History[Any]]) -> None:
        self.people = people
        self.rules = rules
        self.requests: list[Request] = []
        self.challenges: dict[bytes, Challenge] = {}
        self.sent: list[Sent] = []
        self.clicks: list[Click] = []
        self.restarts: list[float] = []
        self.locks: list[float] = []  # when the database was, for less than PATIENCE
        self.accepts: list[tuple[Key, float]] = []
        self.tally: Counter[str] = Counter()
        self._messages: Counter[tuple[str, str]] = Counter()
        self._spared: Counter[tuple[str, str]] = Counter()
        self._of_state: dict[bytes, Request] = {}

    def _rules(self, since: float, until: float) -> list[Any]:
        """Those that any node may have had at some time between."""
        return [one for history in self.rules.values() for one in history.possible(since, until)]

    def is_sent(self, factor: str, key: Key, recipient: str, secret: str, at: float) -> Sent:
        """A carrier was given a message; the same one that another carrier was given counts once (S142)."""
        for known in reversed(self.sent):
            if known.secret == secret and known.factor == factor:
                return known
        sent = Sent(factor, key, recipient, secret, at)
        sent.passwords = {each.root.password for each in self.requests if each.key == key and each.was_open(at)}
        if not sent.passwords or any(at - 10.0 < restart for restart in self.restarts):
            # Made anew after a start, for whoever had asked before.
            sent.passwords |= {one for each in self.sent if each.key == key for one in each.passwords}
        self.sent.append(sent)
        self._messages[self._kind(sent)] += 1
        self.tally["messages"] += 1
        return sent

    def restarted(self, at: float) -> None:
        """Messages that may not have left are made anew, whatever the limits."""
        self.restarts.append(at)
        for sent in self.sent:
            marked_in = (sent.at - PATIENCE, sent.at + PATIENCE)
            unmarked = any(marked_in[0] < lock < marked_in[1] for lock in self.locks)
            if sent.outcome != "taken" or sent.at > at - PATIENCE or unmarked:
                self._spared[self._kind(sent)] += 1

    @staticmethod
    def _kind(sent: Sent) -> tuple[str, str]:
        # Codes are limited for the user, questions for whoever is asked: by mail, and after a reload by SMS, are two.
        return (sent.key.user, "code" if sent.factor in CODES else f"{sent.factor} to {sent.recipient}")

    def heard(self, request: Request, answer: Answer, state: bytes | None) -> None:
        """A verified reply. Raises Unproved."""
        request.answers.append(answer)
        request.heard.set()
        if answer.code == CHALLENGE:
            assert state is not None
            known = self.challenges.setdefault(state, Challenge(state, request, answer.at, answer.text))
            if known.to is not request:
                raise Unproved("two requests were given one State")
        elif answer.code == ACCEPT:
            self._judge(request, answer)

    def _judge(self, request: Request, answer: Answer) -> None:
        if request.accepted and self._is_again(request, answer):
            return
        faults = [*self._state_faults(request), *self._standing_faults(request, answer)]
        told: list[str] = []
        for rules in self.rules[answer.node].possible(answer.asked, answer.at):
            told = []
            used = self._proofs(rules, request, answer, told)
            if not told:
                for each in used:
                    each.used = request
                request.accepted.append(answer.at)
                self.accepts.append((request.key, answer.at))
                self._count(rules, request)
                break
        if faults or told:
            raise Unproved("; ".join([*faults, *told]) + f" ({request})")

    def _is_again(self, request: Request, answer: Answer) -> bool:
        """Whether it is the answer of before, which is given again while the NAS can still ask. Raises Unproved."""
        if answer.same_port and answer.asked <= request.accepted[-1] + DUPLICATES:
            return True  # a port's duplicates are answered without a look at what they ask for
        hold = max(each.hold(request.client) for each in self._rules(request.accepted[-1], answer.at))
        if answer.asked > request.accepted[-1] + hold + 1.0:
            return False
        faults = [*self._standing_faults(request, answer)]
        if faults:
            raise Unproved(f"an Accept is repeated: {'; '.join(faults)} ({request})")
        return True

    def _count(self, rules: Rules, request: Request) -> None:
        self.tally["accepts"] += 1
        self.tally["accepts of " + ", ".join(rules.factors(request.client))] += 1

    def _state_faults(self, request: Request) -> Iterator[str]:
        """A State is its login's, and used once."""
        for each in request.chain:
            if each.state is None:
                continue
            if each.challenge is None:
                yield "a State that nobody made"
            elif (each.user, each.client) != (request.root.user, request.root.client):
                yield "the State of another user's or client's login"
            if self._of_state.setdefault(each.state, each) is not each and each is request:
                yield "the State was accepted before"
            for other in self.requests:
                if other is not each and other.state == each.state and self._was_used(other, each.sent[0]):
                    yield f"the State was used before ({other})"

    @staticmethod
    def _was_used(request: Request, before: float) -> bool:
        """Whether that request had used its State up by then."""
        if not request.answers or request.answers[0].at >= before or OUTAGE in request.answers[0].text:
            return False
        return (request.user, request.client) == (request.root.user, request.root.client)

    def _standing_faults(self, request: Request, answer: Answer) -> Iterator[str]:
        at = answer.at
        person = self.people.get(request.user)
        if person is None:
            yield "nobody has that name"
            return
        since = answer.asked
        last = [
            click.begin for click in self.clicks if click.counted and click.approve and click.link.key == request.key
        ]
        if "approved" in self.rules[answer.node].last.factors(request.client) and last:
            since = max(since, last[-1])
        if True not in person.enabled.possible(since, at):
            yield "the user is disabled"
        if False not in person.blocked.possible(since, at):
            yield "the user is blocked"

    def _proofs(self, rules: Rules, request: Request, answer: Answer, faults: list[str]) -> list[Sent | Click]:
        """What is used up by this Accept; why it is not due is added to `faults`."""
        at, since = answer.at, answer.asked
        used: list[Sent | Click] = []
        for factor in rules.factors(request.client):
            found: Sent | Click | None
            reasons: list[str] = []
            if factor == "password":
                self._password_faults(request.root, faults)
            elif factor in CODES:
                found = self._code(factor, request, reasons)
                faults.extend(reasons)
                used += [found] if found is not None else []
            elif factor == "approved":
                found = self._approval(request, at, reasons)
                faults.extend(reasons)
                if found is not None:
                    # What waits for a decision is looked at again when it comes: not before.
                    since = max(since, found.begin)
                    used.append(found)
        if rules not in self.rules[answer.node].possible(since, at):
            faults.append(f"{', '.join(rules.factors(request.client))} was all that was to be proved, and is no longer")
        if "password" in rules.factors(request.client):
            self._change_faults(request.root, since, at, faults)
        return used

    def _change_faults(self, root: Request, since: float, at: float, faults: list[str]) -> None:
        person = self.people.get(root.user)
        if person is not None and root.password not in person.password.possible(since, at):
            faults.append(f"password: {root.password!r} was changed meanwhile")

    def _password_faults(self, root: Request, faults: list[str]) -> None:
        person = self.people.get(root.user)
        right = [] if person is None else [
            one for at in root.sent for one in person.password.possible(at, at + PATIENCE)
        ]  # fmt: skip
        if root.password not in right:
            faults.append(f"password: {root.password!r} is not right")

    def _code(self, factor: str, request: Request, faults: list[str]) -> Sent | None:
        reasons = []
        for answer in request.chain:
            for sent in self.sent:
                if sent.factor != factor or not answer.code or sent.secret != answer.code:
                    continue
                reason = self._code_fault(sent, answer, request)
                if not reason:
                    return sent
                reasons.append(f"{sent}: {reason}")
        faults.append(f"{factor}: {'; '.join(reasons) or 'no code of it was typed'}")
        return None

    def _code_fault(self, sent: Sent, answer: Request, request: Request) -> str:
        typed = answer.sent[0]
        rules = self._rules(sent.at - PATIENCE, typed)
        if sent.used is not None:
            return f"it was used before ({sent.used})"
        if sent.key != request.key:
            return f"it is not of {'/'.join(request.key)}"
        if sent.recipient != self.people[sent.key.user].addresses[sent.factor]:
            return f"it went to {sent.recipient}"
        if sent.at > typed:
            return "it was typed before it was sent"
        if typed > sent.at + max(each.limit(sent.factor, "validity") for each in rules) + 0.05:
            return f"it was {typed - sent.at:.1f} s old"
        if not self._was_taken(sent, typed):
            return "no carrier took it"
        if request.root.password not in sent.passwords:
            return f"it was sent for another password ({sent.passwords})"
        wrong = sum(self._is_wrong(each, sent, typed) for each in self.requests)
        most = max(each.limit(sent.factor, "attempts") for each in rules)
        return f"it came after {wrong} wrong ones" if wrong >= most else ""

    def _is_wrong(self, request: Request, sent: Sent, before: float) -> bool:
        """Whether that request was a wrong code while this one was good, and the login went on."""
        asked = request.challenge
        if asked is None or asked.factor != sent.factor or request.key != sent.key or request.code in ("", "resend"):
            return False
        if not request.answers or not sent.at < request.sent[0] < request.answers[0].at < before:
            return False
        challenge = self.challenge_to(request)
        return challenge is not None and not challenge.waits and request.code != sent.secret

    def _was_taken(self, sent: Sent, before: float) -> bool:
        """After a start a message that may have left is as good as the one that is made in its place."""
        return sent.outcome == "taken" or any(sent.at < at < before for at in self.restarts)

    def _approval(self, request: Request, at: float, faults: list[str]) -> Click | None:
        reasons = []
        for click in self.clicks:
            if not click.approve or click.link.key != request.key:
                continue
            reason = self._approval_fault(click, request, at)
            if not reason:
                return click
            reasons.append(f"{click.link}: {reason}")
        faults.append(f"approval: {'; '.join(reasons) or 'nobody approved'}")
        return None

    def _approval_fault(self, click: Click, request: Request, at: float) -> str:
        link = click.link
        if click.counted is False:
            return "the decision was not taken"
        if click.used is not None:
            return f"it was used before ({click.used})"
        rules = self._rules(link.at - PATIENCE, link.at)
        if click.begin > link.at + max(each.limit("approved", "link_validity") for each in rules) + 0.05:
            return "the link was too old"
        if click.begin > at:
            return "it came after the Accept"
        if not self._was_taken(link, at):
            return "no carrier took the link"
        if request.root.password not in link.passwords:
            return f"it was asked for with another password ({link.passwords})"
        if request.sent[0] > self._counts_until(click, max(each.limit("approved", "late_approval") for each in rules)):
            return f"it came {request.sent[0] - click.end:.1f} s after the decision"
        return ""

    def _counts_until(self, click: Click, late: float) -> float:
        """For how long a decision lets somebody in: longer where somebody waited for it."""
        until = (click.end or click.begin + PATIENCE) + late
        waiting = [each for each in self.requests if each.key == click.link.key]
        for each in waiting:
            if each.was_open(click.begin):
                hold = max(rules.last.hold(each.client) for rules in self.rules.values())
                until = max(until, each.sent[-1] + hold + LAST_LOOK, click.begin + LAST_LOOK)
        for challenge in self.challenges.values():
            if challenge.to.key == click.link.key and challenge.waits and challenge.at <= click.begin:
                until = max(until, challenge.at + LOOKED_AT)
        return until + 0.1

    def has_clicked(self, click: Click) -> None:
        """What came of a click. Raises Unproved."""
        if click.counted:
            self.tally["decisions"] += 1
            if sum(bool(each.counted) for each in self.clicks if each.link is click.link) > 1:
                raise Unproved(f"{click.link}: a link decided twice")

    def check_limit(self, sent: Sent) -> None:
        """Never more than an hour allows (D13), the one that was sent last included. Raises Unproved."""
        if sent.factor == "informed":
            return
        name = "sends_per_hour" if sent.factor in CODES else "asks_per_hour"
        kind = self._kind(sent)
        # A carrier may keep one for a while, and others that were made after it, and under another limit, come before.
        alike = [each for each in self.sent if self._kind(each) == kind and each.at > sent.at - PATIENCE]
        possible = self._rules(sent.at - 2 * PATIENCE, sent.at)
        most = max(rules.limit(each.factor, name) for rules in possible for each in alike)
        if self._messages[kind] > most + self._spared[kind]:
            raise Unproved(f"{self._messages[kind]} messages ({kind[1]}) about {kind[0]}, where {most:g} are allowed")

    def has_judged(self, user: str, judged: Mapping[str, int], begin: float, end: float) -> None:
        """So many wrong passwords of a user were judged, by station, while many came at once. Raises Unproved.

        A sign-in from there, a new password and an administrator end what was counted; a reload and a start may change
        the limit, and the end of a block begins another count.
        """
        person, rules = self.people[user], self._rules(begin, end)
        if any(each.passwords_judged is None for each in rules):
            return
        self.tally["bursts"] += 1
        most = max(each.passwords_judged or 0 for each in rules)
        ended = person.blocked.changes(begin, end) + person.password.changes(begin, end)
        ended += len(rules) - len(self.rules) + sum(begin <= at <= end for at in self.restarts)
        ended += int((end - begin) / min(each.blocked_for for each in rules))
        for station, count in judged.items():
            signed_in = sum(
                key.user == user and (key.station or key.client) == station and begin <= at <= end
                for key, at in self.accepts
            )
            if count > most * (1 + ended + signed_in):
                raise Unproved(f"{count} wrong passwords from {station} were judged at once, where {most} are allowed")

    def challenge_to(self, request: Request) -> Challenge | None:
        """The Challenge that it was answered with."""
        return next((each for each in reversed(self.challenges.values()) if each.to is request), None)


class Written(NamedTuple):
    """What a message of the walk says: what for, for which login, and the code or the token at its end."""

    factor: str
    key: Key
    secret: str


def read(text: str) -> Written | None:
    """None where it is not one of those that the walk's radius.yaml words, but of the server's own."""
    words = text.split(" ")
    if len(words) < 5 or words[0] not in (*CODES, "approved", "informed"):
        return None
    factor, user, client, station = words[:4]
    return Written(factor, Key(user, client, "" if station == client else station), re.split(r"[ /]", text)[-1])
