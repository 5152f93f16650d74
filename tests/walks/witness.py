"""What users and approvers really proved, by what was typed, sent and clicked; and whether an Accept is due for it (D18).

Nothing here asks the server or calls its code: a Witness hears what went over the wire, and remembers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.walks.heard import ACCEPT, CHALLENGE, LINKS, OUTAGE, Answer, Challenge, Click, Request, Shown, Unproved
from tests.walks.history import History, Person
from tests.walks.limits import Limits
from tests.walks.proofs import Proofs
from tests.walks.seen import Seen

DUPLICATES = 12.0  # seconds for which an answer goes out again to a copy from the same port (RFC 5080 section 2.2.2)


class Witness(Seen):
    """Hears all of one walk."""

    def __init__(self, people: Mapping[str, Person], rules: Mapping[str, History[Any]]) -> None:
        super().__init__(people, rules)
        self.limits = Limits(self)
        self.proofs = Proofs(self)
        self._of_state: dict[bytes, Request] = {}

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
        possible = self.rules[answer.node].possible(answer.asked, answer.at)
        told: list[str] = []
        for rules, profile in [(one, name) for one in possible for name in one.ways(request.client)]:
            reasons: list[str] = []
            used = self.proofs.of(rules, profile, request, answer, reasons)
            if not reasons:
                for each in used:
                    each.used = request
                self.shown += [each for each in used if isinstance(each, Shown)]
                request.accepted.append(answer.at)
                if request.makes:
                    self.tally["new passwords"] += 1
                self.accepts.append((request.key, answer.at))
                self._count(rules.ways(request.client)[profile])
                told = []
                break
            told.append(f"{profile}: {'; '.join(reasons)}")
        if faults or told:
            raise Unproved("; ".join([*faults, *told]) + f" ({request})")

    def _is_again(self, request: Request, answer: Answer) -> bool:
        """Whether it is the answer of before, which is given again while the NAS can still ask. Raises Unproved."""
        if answer.same_port and answer.asked <= request.accepted[-1] + DUPLICATES:
            return True  # a port's duplicates are answered without a look at what they ask for
        hold = max(each.hold(request.client) for each in self.rules_of(request.accepted[-1], answer.at))
        if answer.asked > request.accepted[-1] + hold + 1.0:
            return False
        faults = [*self._standing_faults(request, answer)]
        if faults:
            raise Unproved(f"an Accept is repeated: {'; '.join(faults)} ({request})")
        return True

    def _count(self, factors: tuple[str, ...]) -> None:
        self.tally["accepts"] += 1
        self.tally["accepts of " + ", ".join(factors)] += 1

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
        if last and not {*LINKS}.isdisjoint(self.rules[answer.node].last.ways(request.client)):
            since = max(since, last[-1])
        if True not in person.enabled.possible(since, at):
            yield "the user is disabled"
        if False not in person.blocked.possible(since, at):
            yield "the user is blocked"

    def has_clicked(self, click: Click) -> None:
        """What came of a click. Raises Unproved."""
        if click.counted:
            self.tally["decisions"] += 1
            if sum(bool(each.counted) for each in self.clicks if each.link is click.link) > 1:
                raise Unproved(f"{click.link}: a link decided twice")
