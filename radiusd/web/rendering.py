"""How pages are made and sent: templates, style, language, headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from radiusd.web.pages import Pages
from radiusd.web.sources import source_of
from radiusd.web.wording import NAMES
from radiusd.web.words import Words, language_of

KINDS = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


def source(pages: Pages, request: Request) -> str:
    """The address of who asks."""
    peer = request.client.host if request.client else ""
    return source_of(peer, request.headers.getlist("x-forwarded-for"), pages.trusted_proxies)


def words(pages: Pages, request: Request, wanted: str = "") -> Words:
    """In the language that was chosen on the page, else in the one that is wanted, else in the browser's."""
    chosen = request.query_params.get("language", "")
    accepted = request.headers.get("accept-language", "")
    return Words(language_of((chosen, wanted), accepted, pages.language), pages.time_zone)


class Asset(NamedTuple):
    """A file beside the pages. Its name has a digest of its content, so browsers may keep it for ever."""

    path: str
    content: bytes
    media_type: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """By the file's name."""
    found = {}
    for file in files("radiusd.web").joinpath("static").iterdir():
        name, _, kind = file.name.rpartition(".")
        if kind in KINDS:
            content = file.read_bytes()
            digest = hashlib.blake2b(content, digest_size=8).hexdigest()
            found[file.name] = Asset(f"static/{name}.{digest}.{kind}", content, KINDS[kind])
    return found


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(
        loader=PackageLoader("radiusd.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, language: Words, status: int, *, inline_style: bool = False, **values: Any) -> Response:
    """The page, which loads our style and icon and nothing else, and runs no script.

    `inline_style` where it shows HTML that brings its own. Links are relative: a proxy may serve us below a path.
    """
    looks = {"style": assets()["page.css"].path, "icon": assets()["icon.svg"].path, "names": NAMES}
    text = _environment().get_template(template).render(words=language, **looks, **values)
    style = "'self' 'unsafe-inline'" if inline_style else "'self'"
    policy = f"default-src 'none'; style-src {style}; img-src 'self'; form-action 'self'"
    headers = {
        "content-language": language.language,
        "content-security-policy": f"{policy}; frame-ancestors 'none'; base-uri 'none'",
    }
    return HTMLResponse(text, status, headers)


@lru_cache(maxsize=4)
def logo_path(logo: bytes | None) -> str:
    """Where the organisation's logo is served, "" where it has none. Another logo is another file to browsers."""
    return "" if logo is None else f"static/logo.{hashlib.blake2b(logo, digest_size=8).hexdigest()}.png"


def static_files(pages: Callable[[], Pages]) -> APIRouter:
    """The style and the icon, each under one name; and the logo in use."""
    router = APIRouter()
    by_path = {f"/{asset.path}": asset for asset in assets().values()}

    async def asset(request: Request) -> Response:
        found = by_path[request.scope["route"].path]
        return Response(found.content, media_type=found.media_type, headers={"cache-control": FOREVER})

    async def logo(request: Request) -> Response:
        octets = pages().logo
        if octets is None or request.url.path.rpartition("/")[2] != logo_path(octets).rpartition("/")[2]:
            return PlainTextResponse("not found\n", 404)
        return Response(octets, media_type="image/png", headers={"cache-control": FOREVER})

    router.add_api_route("/static/logo.{digest}.png", logo, methods=["GET", "HEAD"])
    for path in by_path:
        router.add_api_route(path, asset, methods=["GET", "HEAD"])
    return router
