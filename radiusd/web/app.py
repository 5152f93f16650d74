"""What is served over HTTP: pages for people, and what machines ask for: /healthz, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from radiusd.metrics import Metrics
from radiusd.web.administration import administration_pages
from radiusd.web.approvals import approval_pages
from radiusd.web.entering import entrance_pages
from radiusd.web.front import front_page
from radiusd.web.health import Health
from radiusd.web.invitations import invitation_pages
from radiusd.web.outbox import outbox_page
from radiusd.web.pages import Pages
from radiusd.web.password_resets import password_pages
from radiusd.web.rendering import static_files

SECURITY_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)


class SecurityHeaders:
    """Adds them to every answer, also to errors. What the answer sets itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sign(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name.lower() for name, _value in own}
                message["headers"] = own + [header for header in SECURITY_HEADERS if header[0] not in names]
            await send(message)

        await self._app(scope, receive, sign if scope["type"] == "http" else send)


async def _plain(_request: Request, error: Exception) -> Response:
    """An error as text that tells nothing of the inside."""
    if isinstance(error, HTTPException):
        words = {404: "not found", 405: "method not allowed"}
        return PlainTextResponse(words.get(error.status_code, "refused") + "\n", error.status_code, error.headers)
    return PlainTextResponse("internal error\n", 500)


def app(
    health: Health,
    metrics: Metrics | None,
    pages: Callable[[], Pages] | None = None,
    *,
    links: bool = True,
    administration: bool = False,
) -> ASGIApp:
    """The application of one listener. `metrics` None where not only administrators may ask it.

    `pages` gives what the pages act on at the moment, None where the listener serves none: those behind `links`, those of
    the administration, or both.
    """
    routes = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    routes.add_exception_handler(HTTPException, _plain)
    routes.add_exception_handler(Exception, _plain)
    _for_machines(routes, health, metrics)
    if pages is not None:
        made = [static_files]
        if links:
            made += [front_page, approval_pages, invitation_pages, password_pages, outbox_page]
        if administration:
            made += [entrance_pages, administration_pages]
        for router in made:
            routes.include_router(router(pages))
    # Around everything, so that the answer to a bug has them too.
    return SecurityHeaders(routes)


def _for_machines(routes: FastAPI, health: Health, metrics: Metrics | None) -> None:
    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        """The process lives: its loop answered this."""
        return PlainTextResponse("ok\n")

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> Response:
        """Whether it can serve. Names only: causes name hosts, and are in the log."""
        missing = health.missing()
        answer = {"ready": not missing, "missing": missing, "directories_down": sorted(health.directories_down())}
        return JSONResponse(answer, 503 if missing else 200)

    if metrics is not None:

        @routes.api_route("/metrics", methods=["GET", "HEAD"])
        def prometheus() -> Response:
            """Made in a thread: with many clients it takes milliseconds, which logins need not wait for."""
            return Response(metrics.text(), headers={"content-type": metrics.content_type})
