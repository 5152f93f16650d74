"""What stands at the address itself: who opens it without a link's end is told what it is for."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from radiusd.web import rendering
from radiusd.web.cards import notice
from radiusd.web.pages import Pages
from radiusd.web.wording import NAMES

OK = 200


def front_page(pages: Callable[[], Pages]) -> APIRouter:
    """The route; `pages` gives what is in use at the moment."""
    router = APIRouter()

    @router.get("/")
    async def front(request: Request) -> Response:
        use = pages()
        words = rendering.words(use, request)
        return rendering.page(
            "card.html", words, OK, root="", card=notice(words, "front", OK), here="./",
            languages={code: f"?language={code}" for code in NAMES},
            organisation=use.titles.organisation, logo=rendering.logo_path(use.logo), subject=words("approval"),
        )  # fmt: skip

    return router
