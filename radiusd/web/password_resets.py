"""/p/TOKEN: where a local user who was sent a link sets another password. GET shows, POST sets, and signs nobody in (D19)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from radiusd.administration.password_resets import Outage, Seen, State
from radiusd.rules.facts import line
from radiusd.rules.links import token_of
from radiusd.web import rendering
from radiusd.web.behind_links import fields, here, outage, sent, unknown
from radiusd.web.cards import Card, notice
from radiusd.web.guesses import Guesses
from radiusd.web.pages import Pages
from radiusd.web.sources import is_ours
from radiusd.web.words import Words
from store import Unavailable

SUBJECT = "password"


def password_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    router = APIRouter()
    guesses = Guesses()

    @router.api_route("/p/{written:path}", methods=["GET", "HEAD"])
    async def look(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        if token != written:
            return RedirectResponse(here(request), 303)
        try:
            seen = await use.resets.look(token, use.clock())
        except (Unavailable, Outage):
            return outage(use, request, "outage, not shown", SUBJECT)
        if seen.state is State.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        return _shown(use, request, seen)

    @router.post("/p/{written:path}")
    async def answer(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        words = rendering.words(use, request)
        if not is_ours(request.headers):
            return sent(use, request, words, notice(words, "foreign", 403), SUBJECT)
        form, source = await fields(request), rendering.source(use, request)
        try:
            seen = await use.resets.set(token, form.get("first", ""), form.get("again", ""), use.clock(), source)
        except (Unavailable, Outage):
            return outage(use, request, "outage, password", SUBJECT)
        if seen.state is State.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        if seen.fault is not None:
            return _shown(use, request, seen)
        # Seen by a GET, so that to reload the page sends no form again.
        return RedirectResponse(here(request), 303)

    return router


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
