"""What a link's page shows at a moment: pure, so that each state is told in one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from radiusd.approval.desk import Shown
from radiusd.rules.facts import line
from radiusd.rules.links import LinkState
from radiusd.web.wording import Words


class Fact(NamedTuple):
    label: str
    value: str
    detail: str = ""


class Card(NamedTuple):
    """`tone` is asks, good, bad or quiet, and chooses colour and sign. `status` is HTTP's."""

    tone: str
    title: str
    sentences: tuple[str, ...]
    warning: str = ""
    facts: tuple[Fact, ...] = ()
    approve: bool = False
    reject: bool = False
    again: bool = False  # what it says will change
    status: int = 200


def notice(words: Words, key: str, status: int) -> Card:
    """What went wrong, where nothing of an approval is shown."""
    return Card("quiet", words(key), (words(f"{key}, effect"),), status=status)


def card_of(shown: Shown, words: Words, now: float) -> Card:
    """The card of what a link shows, also of one that leads nowhere."""
    name = _name(shown)
    facts = tuple(_facts(shown, words, now))
    match shown.state:
        case LinkState.OPEN | LinkState.GRANT | LinkState.NOT_WAITING:
            if not shown.can_refuse:
                return notice(words, "withdrawn", 200)._replace(facts=facts)
            return _question(shown, words, facts)
        case LinkState.APPROVED:
            return _approved(shown, words, facts, now)
        case LinkState.USED:
            used = words("used, when", name=name, time=words.moment(shown.used_at or now, now))
            return Card("good", words("used"), (used,), facts=facts)
        case LinkState.REFUSED:
            effect = words("refused, effect", name=name)
            return Card("bad", words("refused"), (effect, words("if unexpected")), facts=facts)
        case LinkState.EXPIRED:
            return notice(words, "expired", 410)._replace(facts=facts)
        case LinkState.INFORMATION:
            return Card("quiet", words("information", name=name), (words("information, effect"),), facts=facts)
        case LinkState.UNKNOWN:
            return notice(words, "unknown", 404)


def _question(shown: Shown, words: Words, facts: tuple[Fact, ...]) -> Card:
    lasts = words.lasts(shown.late)
    if shown.state is LinkState.OPEN:
        until = words.clock(shown.held_until, seconds=True)
        effect = words("waits, late" if shown.late else "waits", time=until, lasts=lasts)
    elif shown.state is LinkState.GRANT:
        effect = words("grant", lasts=lasts)
    else:
        effect = words("not waiting")
    in_line = (words("in line"),) if shown.state is LinkState.OPEN and not shown.station else ()
    return Card(
        "asks",
        words("asks", name=_name(shown)),
        (effect, *in_line),
        warning=words("warning"),
        facts=facts,
        approve=shown.can_approve,
        reject=True,
    )


def _approved(shown: Shown, words: Words, facts: tuple[Fact, ...], now: float) -> Card:
    name = _name(shown)
    if shown.counts_until is None or now >= shown.counts_until:
        return Card("quiet", words("not used"), (words("not used, effect", name=name),), facts=facts)
    if now < shown.held_until:
        effect = words("approved, waited for", name=name)
    else:
        effect = words("approved, kept", name=name, time=words.clock(shown.counts_until, seconds=True))
    return Card("good", words("approved"), (effect,), facts=facts, again=True)


def _facts(shown: Shown, words: Words, now: float) -> Iterator[Fact]:
    name, user_name = _plain_name(shown), line(shown.user_name)
    yield Fact(words("who"), name, user_name if user_name != name else "")
    yield Fact(words("application"), line(shown.application))
    yield Fact(words("station"), line(shown.station) or words("no station"))
    nas = dict.fromkeys(line(text) for text in (shown.nas, shown.source) if text)
    yield Fact(words("nas"), line(shown.client), " · ".join(nas))
    yield Fact(words("when"), words.clock(shown.asked_at), words.day(shown.asked_at))
    if shown.can_refuse:
        yield Fact(words("until"), words.moment(shown.until, now))
    if shown.decided_at is not None and shown.decided_by:
        by = words("you") if shown.by_recipient else line(shown.decided_by)
        yield Fact(words("decided"), by, words.moment(shown.decided_at, now))


def _plain_name(shown: Shown) -> str:
    return line(shown.display_name) or line(shown.user_name)


def _name(shown: Shown) -> Markup:
    """Set apart, so that a name written from right to left does not turn the sentence around."""
    return Markup("<bdi>{}</bdi>").format(_plain_name(shown))
