"""/admin: the frame around what administrators, help desk and auditors see, and who may see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from radiusd.administration.entrance import SignedIn, is_token_of
from radiusd.web import cookies
from radiusd.web.behind_links import fields
from radiusd.web.block_pages import BLOCKS, ask_to_remove, list_blocks, remove_block
from radiusd.web.cards import notice
from radiusd.web.pages import Pages
from radiusd.web.sources import is_ours
from radiusd.web.visitors import CANNOT_TELL, Visit, nothing, visit

Shows = Callable[[Visit, SignedIn], Awaitable[Response]]
Does = Callable[[Visit, SignedIn, dict[str, str]], Awaitable[Response]]
SIGN_IN = "sign-in"
FORBIDDEN = 403


def administration_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    router = APIRouter()

    def shown(path: str, shows: Shows) -> None:
        async def look(request: Request) -> Response:
            return await _shown(pages(), request, shows)

        router.add_api_route(path, look, methods=["GET", "HEAD"])

    def done(path: str, does: Does) -> None:
        async def act(request: Request) -> Response:
            return await _done(pages(), request, does)

        router.add_api_route(path, act, methods=["POST"])

    shown("/admin", _home)
    shown("/admin/blocks", list_blocks)
    shown("/admin/blocks/{number}/remove", ask_to_remove)
    done("/admin/blocks/{number}/remove", remove_block)
    return router


async def _home(here: Visit, _who: SignedIn) -> Response:
    return here.goes_to(BLOCKS)


async def _shown(use: Pages, request: Request, shows: Shows) -> Response:
    """A page for whoever is signed in; anybody else is asked to."""
    here = visit(use, request, _up(request))
    if here is None:
        return nothing()
    try:
        who = await here.who()
        if who is None:
            return _stranger(here)
        return await shows(here.speaking(who), who)
    except CANNOT_TELL:
        return here.outage()


async def _done(use: Pages, request: Request, does: Does) -> Response:
    """What a form asks for: from a page of that session alone, by who may act."""
    here = visit(use, request, _up(request))
    if here is None:
        return nothing()
    try:
        who = await here.who()
        if who is None:
            return _stranger(here)
        here = here.speaking(who)
        form = await fields(request)
        if not is_ours(request.headers) or not is_token_of(who, form.get("token", "")):
            return here.page("card.html", notice(here.words, "foreign", FORBIDDEN))
        if not who.role.may_act:
            return here.page("card.html", notice(here.words, "may not", FORBIDDEN))
        return await does(here, who, form)
    except CANNOT_TELL:
        return here.outage()


def _stranger(here: Visit) -> Response:
    answer = here.goes_to(SIGN_IN)
    if here.cookie(cookies.SESSION):
        cookies.remove(answer, cookies.SESSION, secure=here.secure)
    return answer


def _up(request: Request) -> str:
    """From this address to that of /sign-in."""
    path: str = request.scope["route"].path
    return "../" * (path.count("/") - 1)
