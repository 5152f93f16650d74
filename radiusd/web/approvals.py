"""/a/TOKEN: what somebody is asked to decide. GET shows it and changes nothing, POST decides (D12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from fastapi import APIRouter, Request, Response

from radiusd.approval.desk import Shown
from radiusd.rules.links import LinkState
from radiusd.web import rendering
from radiusd.web.behind_links import Outages, fields, link_pages, seen_again, sent
from radiusd.web.cards import card_of, notice
from radiusd.web.pages import Pages
from radiusd.web.wording_for_oneself import FOR_ONESELF
from radiusd.web.words import Words

log = structlog.get_logger()

DECISIONS = frozenset({"approve", "reject", "revoke"})
SUBJECT = "approval"


def approval_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    outages = Outages("outage, shown", "outage, decided")
    return link_pages(pages, "a", SUBJECT, look=_look, act=_decide, outages=outages)


async def _look(use: Pages, request: Request, token: str) -> Response | None:
    now = use.clock()
    shown = await use.desk.look(token, now)
    if shown.state is LinkState.UNKNOWN:
        return None
    words = _words(use, request, shown)
    card = card_of(shown, words, now, use.titles.called(words.language))
    return sent(use, request, words, card, SUBJECT, "approval.html")


async def _decide(use: Pages, request: Request, token: str) -> Response | None:
    decision = (await fields(request)).get("decision", "")
    if decision not in DECISIONS:
        words = rendering.words(use, request)
        return sent(use, request, words, notice(words, "unclear", 400), SUBJECT)
    source = rendering.source(use, request)
    shown = await _decided(use, token, decision, source)
    if shown.state is LinkState.UNKNOWN:
        return None
    told = {"decision": decision, "counted": shown.counted, "standing": shown.state.value}
    log.info("decision", user=shown.user_name, source=source, **told)
    return seen_again(request)


async def _decided(use: Pages, token: str, decision: str, source: str) -> Shown:
    if decision == "revoke":
        return await use.desk.revoke(token, at=use.clock(), source=source)
    return await use.desk.decide(token, approve=decision == "approve", at=use.clock(), source=source)


def _words(use: Pages, request: Request, shown: Shown) -> Words:
    """To whoever is asked, about somebody else or about their own sign-in."""
    words = rendering.words(use, request, shown.language)
    return replace(words, wording=FOR_ONESELF) if shown.is_own else words
