"""HTTP listeners: uvicorn inside the running loop, on sockets of our own.

Light on purpose: the web framework is imported at the first request.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiusd.web.connections import AT_ONCE, Connections
from radiusd.web.sources import Network

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import Receive, Scope, Send

QUIET_SECONDS = 5  # a kept connection may rest
CLOSE_SECONDS = 3  # requests under way may finish


class WebServer:
    """One application on some addresses.

    `make` gives the application; it is called at the first request, in a thread, because it imports the web framework,
    which is a quarter of the memory of a small server.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        addresses: Sequence[tuple[str, int]],
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        trusted: Callable[[], Sequence[Network]] = tuple,
        most: int = AT_ONCE,
    ) -> None:
        """`trusted` are proxies, of which one may have all of the `most` connections."""
        self._make = make
        self._addresses = addresses
        self._certificate = certificate
        self._key = key
        self._trusted = trusted
        self._most = most
        self._app: Any = None
        self._making = asyncio.Lock()
        self._sockets: list[socket.socket] = []
        self._server: uvicorn.Server | None = None
        self.serving: asyncio.Task[None] | None = None  # None without an address

    @property
    def ports(self) -> list[int]:
        """The ports that are bound, in the order of the addresses."""
        return [each.getsockname()[1] for each in self._sockets]

    async def start(self) -> None:
        """Binds all addresses and begins to serve.

        Raises OSError where an address is taken (`filename` names it) or the certificate can not be read;
        then none is bound.
        """
        try:
            for host, port in self._addresses:
                self._sockets.append(bound(host, port))
        except OSError:
            self._close_sockets()
            raise
        if not self._sockets:
            return
        try:
            self._server, started = self._made_server()
        except OSError:  # ssl.SSLError is one
            self._close_sockets()
            raise
        self.serving = asyncio.create_task(self._server.serve(sockets=self._sockets))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait((self.serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.serving.done():
            self._close_sockets()
            await self.serving  # raises why it ended

    async def close(self) -> None:
        """Takes no further connections and waits a little for what is under way."""
        if self._server is not None and self.serving is not None:
            self._server.should_exit = True
            await self.serving
        self._close_sockets()

    def _made_server(self) -> tuple[uvicorn.Server, asyncio.Event]:
        return _server(self._serve, self._certificate, self._key, self._trusted, self._most)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._app or await self._made())(scope, receive, send)

    async def _made(self) -> Any:
        async with self._making:
            if self._app is None:
                self._app = await asyncio.to_thread(self._make)
            return self._app

    def _close_sockets(self) -> None:
        for each in self._sockets:
            each.close()
        self._sockets.clear()


def bound(host: str, port: int) -> socket.socket:
    """A TCP socket that is bound but does not listen yet. Raises OSError with the address in its text."""
    six = ip_address(host).version == 6
    tcp = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
    try:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            # [::] beside 0.0.0.0 on the same port
            tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        tcp.bind((host, port))
    except OSError as error:
        tcp.close()
        raise OSError(error.errno, error.strerror, f"[{host}]:{port}" if six else f"{host}:{port}") from None
    tcp.setblocking(False)
    return tcp


def _server(
    app: Any, certificate: Path | None, key: Path | None, trusted: Callable[[], Sequence[Network]], most: int
) -> tuple[uvicorn.Server, asyncio.Event]:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    started = asyncio.Event()

    class Http(H11Protocol):
        """Tells when its connection is over."""

        lost: Callable[[], None] | None = None

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.lost is not None:
                self.lost()

    class Guest(uvicorn.Server):
        """A server in somebody else's loop: signals are not its business."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            # Its own would accept without any limit, in number and in time.
            await super().startup(sockets=[])
            self._connections = Connections(
                lambda: Http(config, self.server_state, self.lifespan.state), tls=config.ssl, trusted=trusted, most=most
            )
            self._connections.start(sockets or ())
            started.set()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self._connections.stop()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        http=Http,
        ws="none",
        log_config=None,
        access_log=False,  # paths hold links
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=QUIET_SECONDS,
        timeout_graceful_shutdown=CLOSE_SECONDS,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    config.load()  # a certificate that can not be read is told here
    return Guest(config), started
