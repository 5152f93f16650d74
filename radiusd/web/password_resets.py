"""/p/TOKEN: where a local user who was sent a link sets another password. GET shows, POST sets, and signs nobody in (D19)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from radiusd.administration.password_resets import Outage, Seen, State
from radiusd.rules.facts import line
from radiusd.web import rendering
from radiusd.web.behind_links import Outages, fields, link_pages, seen_again, sent
from radiusd.web.cards import Card
from radiusd.web.pages import Pages
from radiusd.web.words import Words

SUBJECT = "password"


def password_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    outages = Outages("outage, not shown", "outage, password", (Outage,))
    return link_pages(pages, "p", SUBJECT, look=_look, act=_act, outages=outages)


async def _look(use: Pages, request: Request, token: str) -> Response | None:
    seen = await use.resets.look(token, use.clock())
    return None if seen.state is State.UNKNOWN else _shown(use, request, seen)


async def _act(use: Pages, request: Request, token: str) -> Response | None:
    form, source = await fields(request), rendering.source(use, request)
    seen = await use.resets.set(token, form.get("first", ""), form.get("again", ""), use.clock(), source)
    if seen.state is State.UNKNOWN:
        return None
    return seen_again(request) if seen.fault is None else _shown(use, request, seen)


def _shown(use: Pages, request: Request, seen: Seen) -> Response:
    words = rendering.words(use, request, seen.language)
    return sent(use, request, words, card_of(seen, words), SUBJECT, "password.html", seen=seen)


def card_of(seen: Seen, words: Words) -> Card:
    """What the page says, without its form."""
    if seen.state is State.DONE:
        return Card("good", words("password set"), (words("password set, effect"),))
    if seen.state is State.OVER:
        return Card("quiet", words("reset over"), (words("reset over, effect"),), status=410)
    title, told = words("set password"), (words("set password, effect", name=line(seen.display_name)),)
    if seen.fault is None:
        return Card("asks", title, (*told, words("told password_too_short", number=str(seen.min_length))))
    key, number = seen.fault
    return Card("asks", title, told, (words(f"told {key}", number=str(number)),))
