"""/a/TOKEN: what somebody is asked to decide. GET shows it and changes nothing, POST decides (D12)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.requests import ClientDisconnect

from radiusd.approval.desk import Shown
from radiusd.rules.links import LinkState, token_of
from radiusd.web import rendering
from radiusd.web.cards import Card, card_of, notice
from radiusd.web.guesses import SECONDS, Guesses
from radiusd.web.pages import Pages
from radiusd.web.sources import is_ours
from radiusd.web.wording import NAMES
from radiusd.web.wording_for_oneself import FOR_ONESELF
from radiusd.web.words import Words
from store import Unavailable

log = structlog.get_logger()

MOST_OCTETS = 1024  # of a form that has one short field
DECISIONS = frozenset({"approve", "reject", "revoke"})
SOON = "5"  # seconds until a browser may ask again


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
            return _unknown(use, request, guesses)
        if token != written:
            return RedirectResponse(_here(request), 303)
        now = use.clock()
        try:
            shown = await use.desk.look(token, now)
        except Unavailable as gone:
            log.warning("approval not shown", cause=gone.cause)
            return _outage(use, request, "outage, shown")
        if shown.state is LinkState.UNKNOWN:
            return _unknown(use, request, guesses)
        words = _words(use, request, shown)
        return _sent(use, request, words, card_of(shown, words, now, use.titles.called(words.language)))

    @router.post("/a/{written:path}")
    async def decide(written: str, request: Request) -> Response:
        use = pages()
        token = token_of(written)
        if token is None:
            return _unknown(use, request, guesses)
        words = rendering.words(use, request)
        if not is_ours(request.headers):
            return _sent(use, request, words, notice(words, "foreign", 403))
        decision = await _field(request, "decision")
        if decision not in DECISIONS:
            return _sent(use, request, words, notice(words, "unclear", 400))
        source = rendering.source(use, request)
        try:
            shown = await _decided(use, token, decision, source)
        except Unavailable as gone:
            log.warning("approval not decided", cause=gone.cause)
            return _outage(use, request, "outage, decided")
        if shown.state is LinkState.UNKNOWN:
            return _unknown(use, request, guesses)
        told = {"decision": decision, "counted": shown.counted, "standing": shown.state.value}
        log.info("decision", user=shown.user_name, source=source, **told)
        # Seen by a GET, so that to reload the page sends no form again.
        return RedirectResponse(_here(request), 303)

    return router


async def _decided(use: Pages, token: str, decision: str, source: str) -> Shown:
    if decision == "revoke":
        return await use.desk.revoke(token, at=use.clock(), source=source)
    return await use.desk.decide(token, approve=decision == "approve", at=use.clock(), source=source)


def _words(use: Pages, request: Request, shown: Shown) -> Words:
    """To whoever is asked, about somebody else or about their own sign-in."""
    words = rendering.words(use, request, shown.language)
    return replace(words, wording=FOR_ONESELF) if shown.is_own else words


def _unknown(use: Pages, request: Request, guesses: Guesses) -> Response:
    """The answer to what is no link: from here on of too many that were none. Genuine links are not kept waiting by those."""
    source, now = rendering.source(use, request), time.monotonic()
    words = rendering.words(use, request)
    if guesses.too_many(source, now):
        refused = _sent(use, request, words, notice(words, "too many", 429))
        refused.headers["retry-after"] = str(round(SECONDS))
        return refused
    guesses.wrong(source, now)
    return _sent(use, request, words, notice(words, "unknown", 404))


def _outage(use: Pages, request: Request, effect: str) -> Response:
    words = rendering.words(use, request)
    answer = _sent(use, request, words, Card("quiet", words("outage"), (words(effect),), status=503))
    answer.headers["retry-after"] = SOON
    return answer


def _sent(use: Pages, request: Request, words: Words, card: Card) -> Response:
    languages = {code: _here(request, code) for code in NAMES}
    root = _up(request) + "../"
    return rendering.page(
        "approval.html", words, card.status, root=root, card=card, here=_here(request), languages=languages,
        organisation=use.titles.organisation, logo=rendering.logo_path(use.logo),
    )  # fmt: skip


def _here(request: Request, language: str = "") -> str:
    """This page as a link in it says it, in the language that was chosen on it, or in that one."""
    written = request.path_params["written"]
    token = quote(token_of(written) or written, safe="")
    chosen = language or request.query_params.get("language", "")
    return f"{_up(request)}{token}?language={chosen}" if chosen in NAMES else f"{_up(request)}{token}"


def _up(request: Request) -> str:
    """From this address to that of /a/. As it was sent: a slash that was escaped is none to a browser."""
    raw: bytes = request.scope.get("raw_path") or b""
    return "../" * max(0, raw.count(b"/", raw.rfind(b"/a/") + len(b"/a/")))


async def _field(request: Request, name: str) -> str:
    """One field of a form as browsers send it; "" where there is none, or the form is none of ours."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_OCTETS:
                return ""
        fields = parse_qs(body.decode("ascii"), max_num_fields=4)
    except (ClientDisconnect, ValueError):
        return ""
    values = fields.get(name, [])
    return values[0] if len(values) == 1 else ""
