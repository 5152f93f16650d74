"""What a link's page shows at a moment: pure, so that each state is told in one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from markupsafe import Markup

from radiusd.approval import grounds
from radiusd.approval.desk import Shown
from radiusd.rules.facts import line
from radiusd.rules.links import LinkState
from radiusd.rules.titles import Called
from radiusd.web.words import Words


class Fact(NamedTuple):
    """`unusual` where who decides should stop at the detail."""

    label: str
    value: str
    detail: str = ""
    unusual: bool = False


class Card(NamedTuple):
    """`tone` is asks, good, bad or quiet, and chooses colour and sign. `status` is HTTP's.

    Where something is to be decided, `alerts` and `facts` stand before the buttons, `sentences` and `details` behind them.
    """

    tone: str
    title: str
    sentences: tuple[str, ...]
    alerts: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    details: tuple[Fact, ...] = ()
    approve: bool = False
    reject: bool = False
    revoke: bool = False
    again: bool = False  # what it says will change
    status: int = 200


def notice(words: Words, key: str, status: int) -> Card:
    """What went wrong, where nothing of an approval is shown."""
    return Card("quiet", words(key), (words(f"{key}, effect"),), status=status)


def card_of(shown: Shown, words: Words, now: float, called: Called) -> Card:
    """The card of what a link shows, also of one that leads nowhere. `called`: titles in the language of the page."""
    name = _name(shown)
    facts = (*_facts(shown, words, now, called), *_details(shown, words, now, called))
    match shown.state:
        case LinkState.OPEN | LinkState.GRANT | LinkState.NOT_WAITING:
            return _question(shown, words, now, called)
        case LinkState.APPROVED:
            return _approved(shown, words, facts, now)
        case LinkState.USED:
            used = words("used, when", name=name, time=words.moment(shown.used_at or now, now))
            return Card("good", words("used"), (used,), facts=facts)
        case LinkState.REFUSED:
            effect = words("refused, effect", name=name)
            return Card("bad", words("refused"), (effect, words("if unexpected")), facts=facts)
        case LinkState.REVOKED:
            return Card("bad", words("revoked"), (words("revoked, effect", name=name),), facts=facts)
        case LinkState.WITHDRAWN:
            return notice(words, "withdrawn", 200)._replace(facts=facts)
        case LinkState.EXPIRED:
            return notice(words, "expired", 410)._replace(facts=facts)
        case LinkState.INFORMATION:
            return Card("quiet", words("information", name=name), (words("information, effect"),), facts=facts)
        case LinkState.UNKNOWN:
            return notice(words, "unknown", 404)
        case _:
            assert_never(shown.state)


def _question(shown: Shown, words: Words, now: float, called: Called) -> Card:
    """Who, where from and why are said first, so that nobody who decides need look for them."""
    hindered = _hindered(shown, words)
    return Card(
        "asks",
        words("asks" if shown.can_approve else "asks, over", name=_name(shown)),
        (*(() if hindered else (_before(shown, words),)), *_whose(shown, words)),
        alerts=(*((hindered,) if hindered else ()), *_line(shown, words, now)),
        facts=tuple(_facts(shown, words, now, called)),
        details=tuple(_details(shown, words, now, called)),
        approve=shown.can_approve,
        reject=True,
    )


def _before(shown: Shown, words: Words) -> str:
    """What an approval would do."""
    lasts = words.lasts(shown.late)
    if shown.state is LinkState.GRANT:
        return words("grant", lasts=lasts)
    if shown.state is not LinkState.OPEN:
        return words("not waiting")
    until = words.clock(shown.held_until, seconds=True)
    key = "waits at the prompt" if shown.at_prompt else "waits"
    return words(f"{key}, late" if shown.late else key, time=until, lasts=lasts)


def _whose(shown: Shown, words: Words) -> Iterator[str]:
    """For whom the answer is, where it is not known where requests come from (D24)."""
    if shown.state is LinkState.OPEN and not shown.station:
        yield words("no station, effect")


def _line(shown: Shown, words: Words, now: float) -> Iterator[str]:
    """Who stands in line behind the request, where they can not be told apart by their stations (D24)."""
    if shown.state is LinkState.OPEN and shown.in_line:
        key = "in line" if shown.in_line == 1 else "in line, more"
        yield words(key, count=str(shown.in_line), time=words.moment(shown.in_line_since, now))


def _hindered(shown: Shown, words: Words) -> str:
    return "" if shown.hindrance is None else words(f"hindered, {shown.hindrance.value}", name=_name(shown))


def _approved(shown: Shown, words: Words, facts: tuple[Fact, ...], now: float) -> Card:
    name = _name(shown)
    if shown.counts_until is None or now >= shown.counts_until:
        key = "not arrived" if shown.taken_back else "not used"
        return Card("quiet", words("not used"), (words(f"{key}, effect", name=name),), facts=facts)
    until = words.clock(shown.counts_until, seconds=True)
    if hindered := _hindered(shown, words):
        return Card("quiet", words("approved"), (hindered,), facts=facts, revoke=shown.can_revoke, again=True)
    if shown.taken_back:
        effect = words("approved, not arrived", name=name, time=until)
    elif now >= shown.held_until:
        effect = words("approved, kept", name=name, time=until)
    elif shown.at_prompt:
        effect = words("approved, at the prompt", name=name, time=until)
    else:
        effect = words("approved, waited for", name=name)
    return Card("good", words("approved"), (effect,), facts=facts, revoke=shown.can_revoke, again=True)


def _facts(shown: Shown, words: Words, now: float, called: Called) -> Iterator[Fact]:
    """What an answer depends on."""
    name, user_name = _plain_name(shown), line(shown.user_name)
    yield Fact(words("who"), name, user_name if user_name != name else "")
    yield Fact(words("application"), called.applications.get(shown.application) or line(shown.application))
    seen, unusual = "", False
    if shown.station and shown.before is not None:
        seen, unusual = grounds.seen_before(shown.before, words.language, words.day)
    yield Fact(words("station"), line(shown.station) or words("no station"), seen, unusual)
    when = "signed in at" if shown.state is LinkState.INFORMATION else "when"
    yield Fact(words(when), words.moment(shown.asked_at, now))
    if shown.before is not None and (why := grounds.why_asked(shown.why, words.language)):
        yield Fact(words("why"), why)


def _details(shown: Shown, words: Words, now: float, called: Called) -> Iterator[Fact]:
    nas = dict.fromkeys(line(text) for text in (shown.nas, shown.source) if text)
    yield Fact(words("nas"), called.clients.get(shown.client) or line(shown.client), " · ".join(nas))
    if shown.profile in called.profiles:  # its name is the administrator's own word, and tells nobody else anything
        yield Fact(words("profile"), called.profiles[shown.profile])
    if shown.can_refuse:
        yield Fact(words("until"), words.moment(shown.until, now))
    if shown.decided_at is not None and shown.decided_by:
        by = words("you") if shown.by_recipient else line(shown.decided_by)
        yield Fact(words("decided"), by, words.moment(shown.decided_at, now))
    if shown.revoked_at is not None:
        by = words("you") if shown.revoked_by_recipient else line(shown.revoked_by)
        yield Fact(words("revoked by"), by, words.moment(shown.revoked_at, now))


def _plain_name(shown: Shown) -> str:
    return line(shown.display_name) or line(shown.user_name)


def _name(shown: Shown) -> Markup:
    """Set apart, so that a name written from right to left does not turn the sentence around."""
    return Markup("<bdi>{}</bdi>").format(_plain_name(shown))
