"""/e/TOKEN: where somebody who was invited adds an address or number of their own. GET shows, POST does (D12)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from radiusd.enrollment.reception import Outage, Reception, Seen, State
from radiusd.rules.facts import line
from radiusd.web import rendering
from radiusd.web.behind_links import Outages, fields, link_pages, seen_again, sent
from radiusd.web.cards import Card
from radiusd.web.pages import Pages
from radiusd.web.words import Words

SUBJECT = "enrollment"


def invitation_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    outages = Outages("outage, not shown", "outage, enrolled", (Outage,))
    return link_pages(pages, "e", SUBJECT, look=_look, act=_act, outages=outages)


async def _look(use: Pages, request: Request, token: str) -> Response | None:
    seen = await use.reception().look(token, use.clock())
    if seen.state is State.UNKNOWN:
        return None
    words = rendering.words(use, request, seen.language)
    return sent(use, request, words, card_of(seen, words), SUBJECT, "enrollment.html", seen=seen)


async def _act(use: Pages, request: Request, token: str) -> Response | None:
    form, source = await fields(request), rendering.source(use, request)
    seen = await _done(use.reception(), token, form, use.clock(), source)
    return None if seen.state is State.UNKNOWN else seen_again(request)


async def _done(reception: Reception, token: str, form: dict[str, str], at: float, source: str) -> Seen:
    if "kind" in form:
        return await reception.choose(token, form["kind"], at)
    match form.get("do"):
        case "again":
            return await reception.again(token, at, source)
        case "other":
            return await reception.answer(token, "", at, source)
        case "answer" if form.get("typed", "").strip():
            return await reception.answer(token, form["typed"], at, source)
    return await reception.look(token, at)


def card_of(seen: Seen, words: Words) -> Card:
    """What the page says, without its form."""
    if seen.state is State.DONE:
        return Card("good", words("enrolled, done"), (words("enrolled, done, effect"),))
    if seen.state is State.OVER:
        return Card("quiet", words("invitation over"), (words("invitation over, effect"),), status=410)
    name = line(seen.display_name)
    if seen.asks is None:
        return Card("asks", words("add what", name=name), (words("add what, effect"),))
    asks = seen.asks
    told = (words(f"told {asks.told}", **asks.values),) if asks.told else ()
    if asks.what == "code":
        effect = words("ask code, by sms" if seen.kind == "mobile" else "ask code, effect", hidden=asks.hidden)
    else:
        effect = words(f"ask {asks.what}, effect", name=name)
    return Card("asks", words(f"ask {asks.what}"), (effect,), told)
