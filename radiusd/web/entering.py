"""/sign-in and /sign-out: how people get to the pages that are not for everybody, by the engine that RADIUS uses.

Each step is a POST, and is shown by a GET, so that to reload a page sends nothing again. Where somebody else decides, the
GET is answered once they have, or after a while; then the browser asks anew by itself, without a script.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from radiusd.administration.entrance import NotAdmitted, is_token_of
from radiusd.web import cookies
from radiusd.web.behind_links import fields
from radiusd.web.cards import Card, notice
from radiusd.web.pages import Pages
from radiusd.web.signing_in import Accepted, Answer, Asks, Elsewhere, NotNow, Rejected, Waits
from radiusd.web.sources import is_ours
from radiusd.web.visitors import CANNOT_TELL, Visit, nothing, visit

WATCHED_SECONDS = 20.0  # that a browser waits for an answer
MOST_OCTETS = 8192  # of a form with a password in it, each octet of which may be written as three
HOME = "admin/blocks"
HERE = "sign-in"
WAITING = "sign-in?wait"
REFUSED, FOREIGN, OVER = 403, 403, 410


def entrance_pages(pages: Callable[[], Pages]) -> APIRouter:
    """The routes; `pages` gives what is in use at the moment."""
    router = APIRouter()

    def route(path: str, methods: list[str], shows: Callable[[Visit], Awaitable[Response]]) -> None:
        async def asked(request: Request) -> Response:
            here = visit(pages(), request)
            if here is None:
                return nothing()
            try:
                return await shows(here)
            except CANNOT_TELL:
                return here.outage()

        router.add_api_route(path, asked, methods=methods)

    route("/sign-in", ["GET", "HEAD"], _seen)
    route("/sign-in", ["POST"], _stepped)
    route("/sign-out", ["POST"], _left)
    return router


async def _seen(here: Visit) -> Response:
    """What stands at /sign-in for this browser."""
    handle = here.cookie(cookies.UNDER_WAY)
    asked = here.door.asked(here.visitor, handle) if handle else None
    if isinstance(asked, Asks):
        return _question(here, asked)
    if isinstance(asked, Waits):
        seconds = WATCHED_SECONDS if "wait" in here.request.query_params else 0.0
        answer = await here.door.watch(here.visitor, handle, seconds)
        return _waiting(here, answer) if isinstance(answer, Waits) else await _answered(here, answer)
    if await here.who() is not None:
        return here.goes_to(HOME)
    return _form(here)


async def _stepped(here: Visit) -> Response:
    """What comes of a form."""
    if not is_ours(here.request.headers):
        return here.page("card.html", notice(here.words, "foreign", FOREIGN))
    form = await fields(here.request, MOST_OCTETS)
    handle = here.cookie(cookies.UNDER_WAY)
    if "typed" in form:
        return await _answered(here, await here.door.go_on(here.visitor, handle, form["typed"]))
    if handle:
        here.door.leave(here.visitor, handle)
    if form.get("do") == "over" or not form.get("name"):
        answer = here.goes_to(HERE)
        cookies.remove(answer, cookies.UNDER_WAY, secure=here.secure)
        return answer
    name = form["name"].strip()
    return await _answered(here, await here.door.begin(here.visitor, name, form.get("password", "")), name)


async def _left(here: Visit) -> Response:
    """Signed out."""
    who = await here.who()
    if who is not None:
        form = await fields(here.request)
        if not is_ours(here.request.headers) or not is_token_of(who, form.get("token", "")):
            return here.page("card.html", notice(here.words, "foreign", FOREIGN))
        await here.entrance.leave(who)
    answer = here.goes_to(HERE)
    cookies.remove(answer, cookies.SESSION, secure=here.secure)
    return answer


async def _answered(here: Visit, answer: Answer | None, name: str = "") -> Response:
    words = here.words
    shown: Response
    match answer:
        case Accepted():
            return await _admitted(here, answer)
        case Asks() | Waits():
            shown = here.goes_to(HERE)
            cookies.write(shown, cookies.UNDER_WAY, answer.handle, secure=here.secure)
            return shown
        case Rejected():
            shown = _form(here, answer.text, name, REFUSED)
        case Elsewhere():
            shown = here.page("card.html", notice(words, "elsewhere", OVER))
        case NotNow():
            return here.outage()
        case _:
            shown = _form(here, words("sign-in over"), name, OVER)
    cookies.remove(shown, cookies.UNDER_WAY, secure=here.secure)
    return shown


async def _admitted(here: Visit, accepted: Accepted) -> Response:
    browser = here.request.headers.get("user-agent", "")
    admitted = await here.entrance.admit(accepted.name, accepted.proved, here.visitor.station, browser)
    if isinstance(admitted, NotAdmitted):
        shown: Response = here.page("card.html", notice(here.words, admitted.value, REFUSED))
    else:
        before = await here.who()
        if before is not None:  # somebody was signed in here already
            await here.entrance.leave(before)
        shown = here.goes_to(HOME)
        cookies.write(shown, cookies.SESSION, admitted[0], secure=here.secure)
    cookies.remove(shown, cookies.UNDER_WAY, secure=here.secure)
    return shown


def _form(here: Visit, told: str = "", name: str = "", status: int = 200) -> Response:
    words = here.words
    card = Card("asks", words("sign in"), (), (told,) if told else (), status=status)
    return here.page("sign_in.html", card, step="begin", name=name, echo=False)


def _question(here: Visit, asked: Asks) -> Response:
    card = Card("asks", here.words("one more step"), (asked.prompt,))
    return here.page("sign_in.html", card, step="answer", name="", echo=asked.echo)


def _waiting(here: Visit, waits: Waits) -> Response:
    card = Card("quiet", here.words("somebody decides"), (waits.prompt, here.words("somebody decides, effect")))
    answer = here.page("sign_in.html", card, step="wait", name="", echo=False)
    answer.headers["refresh"] = f"1; url={here.link(WAITING)}"
    return answer
