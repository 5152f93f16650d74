"""What the pages behind links have alike: who is let through to them, their own address, a form's fields, a card."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.requests import ClientDisconnect

from radiusd.rules.links import token_of
from radiusd.web import rendering
from radiusd.web.cards import Card, notice
from radiusd.web.guesses import SECONDS, Guesses
from radiusd.web.pages import Pages
from radiusd.web.sources import is_ours
from radiusd.web.wording import NAMES
from radiusd.web.words import Words
from store import Unavailable

log = structlog.get_logger()

Answers = Callable[[Pages, Request, str], Awaitable[Response | None]]

MOST_OCTETS = 4096  # of a form that has a few short fields: two passwords of 128 letters, escaped
SOON = "5"  # seconds until a browser may ask again


class Outages(NamedTuple):
    """The keys of what is said where nothing can be shown, or done; also of what is raised `by` it beside Unavailable."""

    shown: str
    done: str
    by: tuple[type[Exception], ...] = ()


def link_pages(
    pages: Callable[[], Pages], place: str, subject: str, *, look: Answers, act: Answers, outages: Outages
) -> APIRouter:
    """The routes of /PLACE/TOKEN: GET looks and changes nothing, POST acts (D12).

    `look` and `act` are given the token, and give None where it leads nowhere. `pages` gives what is in use at the moment.
    """
    router = APIRouter()
    guesses = Guesses()

    async def answered(written: str, request: Request, answers: Answers, effect: str, event: str) -> Response:
        """`effect` is what is said of an outage, `event` what the log says."""
        use, token = pages(), token_of(written)
        try:
            answer = None if token is None else await answers(use, request, token)
        except Unavailable as gone:
            log.warning(event, cause=gone.cause)
            return _outage(use, request, effect, subject)
        except outages.by:
            return _outage(use, request, effect, subject)
        return _unknown(use, request, guesses, subject) if answer is None else answer

    async def acted(use: Pages, request: Request, token: str) -> Response | None:
        if not is_ours(request.headers):
            words = rendering.words(use, request)
            return sent(use, request, words, notice(words, "foreign", 403), subject)
        return await act(use, request, token)

    # A path, since a mail program may have put a slash behind the link.
    @router.api_route(f"/{place}/{{written:path}}", methods=["GET", "HEAD"])
    async def looked_at(written: str, request: Request) -> Response:
        if token_of(written) not in {None, written}:
            return RedirectResponse(here(request), 303)
        return await answered(written, request, look, outages.shown, f"{subject} not shown")

    @router.post(f"/{place}/{{written:path}}")
    async def acted_on(written: str, request: Request) -> Response:
        return await answered(written, request, acted, outages.done, f"{subject} not done")

    return router


def seen_again(request: Request) -> Response:
    """What was done is seen by a GET, so that to reload the page sends no form again."""
    return RedirectResponse(here(request), 303)


def _unknown(use: Pages, request: Request, guesses: Guesses, subject: str) -> Response:
    """The answer to what is no link: from here on of too many that were none. Genuine links are not kept waiting by those."""
    source, now = rendering.source(use, request), time.monotonic()
    words = rendering.words(use, request)
    if guesses.too_many(source, now):
        refused = sent(use, request, words, notice(words, "too many", 429), subject)
        refused.headers["retry-after"] = str(round(SECONDS))
        return refused
    guesses.wrong(source, now)
    return sent(use, request, words, notice(words, "unknown", 404), subject)


def _outage(use: Pages, request: Request, effect: str, subject: str) -> Response:
    """The answer where nothing can be told at the moment."""
    words = rendering.words(use, request)
    answer = sent(use, request, words, Card("quiet", words("outage"), (words(effect),), status=503), subject)
    answer.headers["retry-after"] = SOON
    return answer


def sent(
    use: Pages, request: Request, words: Words, card: Card, subject: str, template: str = "card.html", **values: Any
) -> Response:
    """A card as a page; `subject` is the key of what stands above it."""
    languages = {code: here(request, code) for code in NAMES}
    root = up(request) + "../"
    return rendering.page(
        template, words, card.status, root=root, card=card, here=here(request), languages=languages,
        organisation=use.titles.organisation, logo=rendering.logo_path(use.logo), subject=words(subject), **values,
    )  # fmt: skip


def here(request: Request, language: str = "") -> str:
    """This page as a link in it says it, in the language that was chosen on it, or in that one."""
    written = request.path_params["written"]
    token = quote(token_of(written) or written, safe="")
    chosen = language or request.query_params.get("language", "")
    return f"{up(request)}{token}?language={chosen}" if chosen in NAMES else f"{up(request)}{token}"


def up(request: Request) -> str:
    """From this address to that of /a/ or /e/. As it was sent: a slash that was escaped is none to a browser."""
    raw: bytes = request.scope.get("raw_path") or b""
    place: bytes = request.scope["route"].path[:3].encode()
    return "../" * max(0, raw.count(b"/", raw.rfind(place) + len(place)))


async def fields(request: Request, most: int = MOST_OCTETS) -> dict[str, str]:
    """Those of a form as browsers send it, each once; {} where the form is none of ours, or has more octets."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return {}
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=4, errors="strict")
    except (ClientDisconnect, ValueError):
        return {}
    return {name: values[0] for name, values in found.items() if len(values) == 1}
