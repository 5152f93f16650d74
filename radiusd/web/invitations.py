"""/e/TOKEN: where somebody who was invited adds an address or number of their own. GET shows, POST does (D12)."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from radiusd.enrollment.reception import Outage, Reception, Seen, State
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

log = structlog.get_logger()

SUBJECT = "enrollment"


def invitation_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    router = APIRouter()
    guesses = Guesses()

    @router.api_route("/e/{written:path}", methods=["GET", "HEAD"])
    async def look(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        if token != written:
            return RedirectResponse(here(request), 303)
        try:
            seen = await use.reception().look(token, use.clock())
        except (Unavailable, Outage):
            return outage(use, request, "outage, not shown", SUBJECT)
        if seen.state is State.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        words = rendering.words(use, request, seen.language)
        return sent(use, request, words, card_of(seen, words), SUBJECT, "enrollment.html", seen=seen)

    @router.post("/e/{written:path}")
    async def answer(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        words = rendering.words(use, request)
        if not is_ours(request.headers):
            return sent(use, request, words, notice(words, "foreign", 403), SUBJECT)
        try:
            seen = await _done(
                use.reception(), token, await fields(request), use.clock(), rendering.source(use, request)
            )
        except (Unavailable, Outage):
            return outage(use, request, "outage, enrolled", SUBJECT)
        if seen.state is State.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        # Seen by a GET, so that to reload the page sends no form again.
        return RedirectResponse(here(request), 303)

    return router


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
