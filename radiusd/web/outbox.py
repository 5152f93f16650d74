"""/outbox of the demonstration: the mails and SMS that a real server would send, newest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from markupsafe import Markup, escape

from radiusd.web import rendering
from radiusd.web.pages import Pages
from radiusd.web.sources import is_loopback

SHOWN_AS_HTML = 10  # the newest; who looks again and again waits for no more
REFRESH_SECONDS = 3
LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}]")


def outbox_page(pages: Callable[[], Pages]) -> APIRouter:
    """The route. Messages have codes and links in them, so only this machine sees them."""
    router = APIRouter()

    @router.api_route("/outbox", methods=["GET", "HEAD"])
    async def outbox(request: Request) -> Response:
        use = pages()
        if use.outbox is None:
            return PlainTextResponse("not found\n", 404)
        if not _is_here(request):
            return PlainTextResponse("refused: the outbox is for this machine, by the name localhost\n", 403)
        words = rendering.words(use, request)
        entries = use.outbox.entries()
        return rendering.page(
            "outbox.html",
            words,
            200,
            # What a mail's own HTML needs to look like itself; it has no scripts and loads nothing.
            inline_style=True,
            root="",
            entries=entries,
            linked=linked,
            shown_as_html=SHOWN_AS_HTML,
            times={entry.at: words.clock(entry.at, seconds=True) for entry in entries},
            refresh=None if "still" in request.query_params else REFRESH_SECONDS,
        )

    return router


def _is_here(request: Request) -> bool:
    """A page of elsewhere can make a browser ask us under a name of its own (DNS rebinding), which Host tells."""
    peer = request.client.host if request.client else ""
    host = request.headers.get("host", "")
    listener = (request.scope.get("server") or ("", 0))[0]
    return is_loopback(peer) and (is_loopback(host) or host.rpartition(":")[0].strip("[]") == listener)


def linked(text: str) -> Markup:
    """The text as HTML, with its links to be clicked."""
    return Markup("").join(_pieces(text))


def _pieces(text: str) -> Iterator[Markup]:
    end = 0
    for found in LINK.finditer(text):
        yield escape(text[end : found.start()])
        yield Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(found[0])
        end = found.end()
    yield escape(text[end:])
