"""/a/TOKEN: what somebody is asked to decide. GET shows it and changes nothing, POST decides (D12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from radiusd.approval.desk import Shown
from radiusd.rules.links import LinkState, token_of
from radiusd.web import rendering
from radiusd.web.behind_links import fields, here, outage, sent, unknown
from radiusd.web.cards import card_of, notice
from radiusd.web.guesses import Guesses
from radiusd.web.pages import Pages
from radiusd.web.sources import is_ours
from radiusd.web.wording_for_oneself import FOR_ONESELF
from radiusd.web.words import Words
from store import Unavailable

log = structlog.get_logger()

DECISIONS = frozenset({"approve", "reject", "revoke"})
SUBJECT = "approval"


def approval_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    router = APIRouter()
    guesses = Guesses()

    # A path, since a mail program may have put a slash behind the link.
    @router.api_route("/a/{written:path}", methods=["GET", "HEAD"])
    async def look(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        if token != written:
            return RedirectResponse(here(request), 303)
        now = use.clock()
        try:
            shown = await use.desk.look(token, now)
        except Unavailable as gone:
            log.warning("approval not shown", cause=gone.cause)
            return outage(use, request, "outage, shown", SUBJECT)
        if shown.state is LinkState.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        words = _words(use, request, shown)
        card = card_of(shown, words, now, use.titles.called(words.language))
        return sent(use, request, words, card, SUBJECT, "approval.html")

    @router.post("/a/{written:path}")
    async def decide(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return unknown(use, request, guesses, SUBJECT)
        words = rendering.words(use, request)
        if not is_ours(request.headers):
            return sent(use, request, words, notice(words, "foreign", 403), SUBJECT)
        decision = (await fields(request)).get("decision", "")
        if decision not in DECISIONS:
            return sent(use, request, words, notice(words, "unclear", 400), SUBJECT)
        source = rendering.source(use, request)
        try:
            shown = await _decided(use, token, decision, source)
        except Unavailable as gone:
            log.warning("approval not decided", cause=gone.cause)
            return outage(use, request, "outage, decided", SUBJECT)
        if shown.state is LinkState.UNKNOWN:
            return unknown(use, request, guesses, SUBJECT)
        told = {"decision": decision, "counted": shown.counted, "standing": shown.state.value}
        log.info("decision", user=shown.user_name, source=source, **told)
        # Seen by a GET, so that to reload the page sends no form again.
        return RedirectResponse(here(request), 303)

    return router


async def _decided(use: Pages, token: str, decision: str, source: str) -> Shown:
    if decision == "revoke":
        return await use.desk.revoke(token, at=use.clock(), source=source)
    return await use.desk.decide(token, approve=decision == "approve", at=use.clock(), source=source)


def _words(use: Pages, request: Request, shown: Shown) -> Words:
    """To whoever is asked, about somebody else or about their own sign-in."""
    words = rendering.words(use, request, shown.language)
    return replace(words, wording=FOR_ONESELF) if shown.is_own else words
