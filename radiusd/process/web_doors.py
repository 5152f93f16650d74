"""The HTTP listeners, and what is behind each: the pages, what machines that watch are told, or both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from config.settings import Settings
from radiusd.metrics import Metrics
from radiusd.process.vital import Vital
from radiusd.web.health import Health
from radiusd.web.server import WebServer

if TYPE_CHECKING:
    from radiusd.web.pages import Pages


class Behind(NamedTuple):
    """What is behind a listener, beside /healthz and /readyz."""

    links: bool
    administration: bool
    metrics: bool


class WebDoors:
    """`listen.web`, `listen.internal` and `listen.health`. `pages` and `settings` give what is in use when it is asked."""

    def __init__(
        self,
        health: Health,
        metrics: Metrics,
        *,
        pages: Callable[[], Pages],
        settings: Callable[[], Settings],
        vital: Vital,
    ) -> None:
        self._health = health
        self._metrics = metrics
        self._pages = pages
        self._settings = settings
        self._vital = vital
        self._servers: list[WebServer] = []

    @property
    def ports(self) -> list[int]:
        """The ports that are bound, in the order of the listeners."""
        return [port for server in self._servers for port in server.ports]

    async def start(self) -> None:
        """Raises OSError where an address is taken (`filename` names it) or the certificate cannot be read."""
        settings = self._settings()
        listen, tls = settings.listen, settings.tls
        for listeners, behind in (
            (listen.web, Behind(links=True, administration=not listen.internal, metrics=not listen.internal)),
            (listen.internal, Behind(links=False, administration=True, metrics=True)),
            (listen.health, Behind(links=False, administration=False, metrics=False)),
        ):
            encrypted = tls.web and listeners is not listen.health
            server = WebServer(
                partial(self._app, behind),
                [(str(each.address), each.port) for each in listeners],
                certificate=tls.certificate if encrypted else None,
                key=tls.key if encrypted else None,
                trusted=lambda: self._settings().trusted_proxies,
            )
            await server.start()
            self._servers.append(server)
            if server.serving is not None:
                self._vital.mind("web", server.serving)

    async def close(self) -> None:
        """Takes no further connections and waits a little for what is under way."""
        for server in self._servers:
            await server.close()

    def _app(self, behind: Behind) -> object:
        from radiusd.web.app import app

        pages = self._pages if behind.links or behind.administration else None
        return app(
            self._health, self._metrics if behind.metrics else None, pages,
            links=behind.links, administration=behind.administration,
        )  # fmt: skip
