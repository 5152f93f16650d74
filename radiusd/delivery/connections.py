"""What carriers that speak to a server have in common: whom they trust, how they reach it, how many at once."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from radiusd.delivery import NotTaken


class Trust:
    """Whose certificates are believed: the authorities in `ca_file`, for None the system's. Names are always checked."""

    def __init__(self, ca_file: Path | None) -> None:
        self._ca_file = ca_file
        self._reading = asyncio.Lock()
        self._context: ssl.SSLContext | None = None

    async def context(self) -> ssl.SSLContext:
        """The same for all connections. Read in a thread: the system's authorities take 20 ms. Raises NotTaken."""
        async with self._reading:
            if self._context is None:
                try:
                    self._context = await asyncio.to_thread(ssl.create_default_context, cafile=self._ca_file)
                except OSError as error:
                    cause = f"ca_file {self._ca_file} can not be read: {error.strerror or 'it is no PEM file'}"
                    raise NotTaken(cause) from None
            return self._context


class Attempt:
    """How far one message has come. `said`: its last octet may have reached the server. `taken`: the server has it.

    `cause` is why it waits, "" where nothing but the server's answer is missing.
    """

    __slots__ = ("cause", "said", "started", "taken")

    def __init__(self) -> None:
        self.cause = ""
        self.started = False
        self.said = False
        self.taken = False


class Lanes:
    """At most `count` messages are with one server at once; further ones wait for as long as they have time."""

    def __init__(self, where: str, count: int, timeout: float) -> None:
        self._where = where
        self._count = count
        self._timeout = timeout
        self._free = asyncio.Semaphore(count)

    async def send(self, deliver: Callable[[Attempt, float], Awaitable[None]], deadline: float) -> None:
        """Runs `deliver(attempt, until)` for at most `timeout` seconds and not beyond the deadline. Raises NotTaken."""
        loop = asyncio.get_running_loop()
        attempt = Attempt()
        try:
            async with asyncio.timeout_at(deadline) as limit, self._free:
                until = min(deadline, loop.time() + self._timeout)
                limit.reschedule(until)
                attempt.started = True
                await deliver(attempt, until)
        except TimeoutError:
            if attempt.taken:
                return
            cause = "did not answer in time" if attempt.started else "had no free connection in time"
            raise NotTaken(f"{self._where} {attempt.cause or cause}", certain=not attempt.said) from None

    async def close(self) -> None:
        """Returns once nothing is being sent; from then on nothing will be."""
        for _ in range(self._count):
            await self._free.acquire()


async def dialled(host: str, port: int, until: float) -> socket.socket:
    """A connection to the first address of the host that takes one; each has its share of the time. Raises OSError.

    Without shares one dead address of several takes all the time there is.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failed = OSError("the host has no address")
    for number, (family, kind, protocol, _name, address) in enumerate(found):
        dialling = socket.socket(family, kind, protocol)
        dialling.setblocking(False)
        try:
            async with asyncio.timeout((until - loop.time()) / (len(found) - number)):
                await loop.sock_connect(dialling, address)
        except OSError as error:  # a TimeoutError too
            dialling.close()
            failed = error
        except BaseException:
            dialling.close()
            raise
        else:
            return dialling
    raise failed


def cause_of(error: BaseException | None) -> str | None:
    """Why there is no connection, in words for the administrator; None where the error is not of the network's."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is refused: {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return f"no TLS is possible ({(error.reason or 'unknown').lower().replace('_', ' ')}); does it speak TLS at this port?"
        if isinstance(error, socket.gaierror):
            return "its name is not known to the DNS"
        if isinstance(error, TimeoutError):
            return "did not answer in time"
        if isinstance(error, OSError) and error.errno:
            words = os.strerror(error.errno)  # asyncio's own have the address in them
            return words[:1].lower() + words[1:]
        deeper = error.__cause__ or error.__context__
        error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else deeper
    return None
