"""Who opens a page that is not for everybody: by which cookie they are known, and from where they come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from radiusd.administration.entrance import Entrance, Gone, SignedIn
from radiusd.login.behaviours import PAGES
from radiusd.web import cookies, rendering
from radiusd.web.cards import Card
from radiusd.web.pages import Pages
from radiusd.web.signing_in import SigningIn, Visitor
from radiusd.web.sources import is_https, one_host
from radiusd.web.wording import NAMES
from radiusd.web.words import Words
from store import Unavailable

KEPT = frozenset({"name", "after", "wait"})  # what pages are asked for, besides the language
SOON = "5"  # seconds until a browser may ask again


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to such a page. `up` leads from its address to where /sign-in is."""

    use: Pages
    request: Request
    words: Words
    entrance: Entrance
    door: SigningIn
    up: str

    @property
    def source(self) -> str:
        return rendering.source(self.use, self.request)

    @property
    def visitor(self) -> Visitor:
        """As the engine knows them: whoever has many addresses is one station."""
        source = self.source
        return Visitor(PAGES, self.entrance.application, source, one_host(source))

    @property
    def secure(self) -> bool:
        request = self.request
        peer = request.client.host if request.client else ""
        forwarded = request.headers.get("x-forwarded-proto", "")
        return is_https(request.url.scheme, peer, forwarded, self.use.trusted_proxies)

    def cookie(self, name: str) -> str:
        return cookies.read(self.request, name, secure=self.secure)

    async def who(self) -> SignedIn | None:
        """Who is signed in. Raises store.Unavailable, Gone."""
        cookie = self.cookie(cookies.SESSION)
        return await self.entrance.who(cookie) if cookie else None

    def link(self, path: str) -> str:
        """That page, from this one; in the language that was chosen on it."""
        chosen = self.request.query_params.get("language", "")
        joined = "&" if "?" in path else "?"
        return f"{self.up}{path}{joined}language={chosen}" if chosen in NAMES else f"{self.up}{path}"

    def goes_to(self, path: str) -> Response:
        """That page is to be asked for next."""
        return RedirectResponse(self.link(path), 303)

    def page(self, template: str, card: Card, **values: Any) -> Response:
        """A page with a card."""
        languages = {code: self.language(code) for code in NAMES}
        return rendering.page(
            template, self.words, card.status, root=self.up, card=card, here="", languages=languages,
            organisation=self.use.titles.organisation, logo=rendering.logo_path(self.use.logo),
            subject=self.words("pages"), link=self.link, **values,
        )  # fmt: skip

    def speaking(self, who: SignedIn) -> Visit:
        """The same, in the person's own language."""
        return replace(self, words=rendering.words(self.use, self.request, who.entry.language))

    def within(self, template: str, who: SignedIn, title: str, **values: Any) -> Response:
        """A page inside the frame, for who is signed in."""
        languages = {code: self.language(code) for code in NAMES}
        return rendering.page(
            template, self.words, 200, root=self.up, title=title, who=who, link=self.link, languages=languages,
            organisation=self.use.titles.organisation, logo=rendering.logo_path(self.use.logo), **values,
        )  # fmt: skip

    def language(self, code: str) -> str:
        """This page in that language."""
        asked = {key: value for key, value in self.request.query_params.items() if key in KEPT}
        asked["language"] = code
        return f"?{urlencode(asked)}"

    def outage(self) -> Response:
        """Nothing can be told at the moment."""
        answer = self.page("card.html", Card("quiet", self.words("outage"), (self.words("outage, page"),), status=503))
        answer.headers["retry-after"] = SOON
        return answer


def visit(use: Pages, request: Request, up: str = "") -> Visit | None:
    """None where nobody signs in to the pages: `administration.application` is not set."""
    if use.entrance is None or use.signing_in is None:
        return None
    return Visit(use, request, rendering.words(use, request), use.entrance, use.signing_in, up)


def nothing() -> Response:
    """There is no such page."""
    return PlainTextResponse("not found\n", 404)


CANNOT_TELL = (Unavailable, Gone)
