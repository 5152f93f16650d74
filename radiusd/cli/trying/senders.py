"""`radiusd check --live`: mail servers and SMPP gateways are greeted, others connected to. No message leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from radiusd.cli.trying.tried import MAIL, SMPP, SMS, Advice, Tried, advice_for
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, NotTaken, pace
from radiusd.delivery.connections import Trust, cause_of, dialled

if TYPE_CHECKING:
    from config.kinds import Kinds
    from config.models.options import TypedOptions
    from config.settings import Settings

SECONDS = 10.0  # for one of them, where it has no shorter time-out of its own


async def mail_servers(settings: Settings) -> list[Tried]:
    """Greeting, STARTTLS or TLS, and the password."""
    servers = [(name, each) for name, each in settings.mail_servers.items() if each.type == "smtp"]
    return list(
        await asyncio.gather(*(_greeted("mail server", name, options, MAIL_KINDS, MAIL) for name, options in servers))
    )


async def sms_gateways(settings: Settings) -> list[Tried]:
    """By SMPP the password too. By HTTP a connection, and TLS: whether a password is right only `send-test sms` tells."""
    gateways = [(name, each) for name, each in settings.sms_gateways.items() if each.type != "outbox"]
    return list(await asyncio.gather(*(_tried(name, options) for name, options in gateways)))


async def _tried(name: str, options: TypedOptions) -> Tried:
    if options.type == "smpp":
        return await _greeted("SMS gateway", name, options, SMS_KINDS, SMPP)
    return await _connected(name, options)


async def _greeted(kind: str, name: str, options: Any, kinds: Kinds, among: Advice) -> Tried:
    from radiusd.delivery.outbox import Outbox

    what = f"{kind} {name}, {options.host}:{options.port}"
    carrier = kinds[options.type].make(name, options, Outbox())
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await carrier.greet(began + SECONDS)
    except NotTaken as failed:
        return Tried(what, _without(failed.cause, f"{options.host}:{options.port}"), _advice(failed.cause, among))
    finally:
        await carrier.close()
    took = loop.time() - began
    slow = f"slow: it took {took:.1f} s to say hello; users wait that much longer for a code"
    return Tried(what, note=slow if took > pace.SLOW_SECONDS else "")


async def _connected(name: str, options: TypedOptions) -> Tried:
    host, port, tls = _where(options)
    what = f"SMS gateway {name}, {host}:{port}"
    seconds = min(SECONDS, getattr(options, "timeout").total_seconds())  # noqa: B009 - of some kinds alone
    try:
        async with asyncio.timeout(seconds):
            await _reach(host, port, Trust(getattr(options, "ca_file", None)) if tls else None, seconds)
    except NotTaken as failed:
        return Tried(what, failed.cause, _advice(failed.cause, SMS))
    except TimeoutError:
        return Tried(what, "did not answer in time", _advice("in time", SMS))
    except OSError as error:
        cause = cause_of(error) or "can not be reached"
        return Tried(what, cause, _advice(cause, SMS))
    return Tried(what)


def _where(options: TypedOptions) -> tuple[str, int, bool]:
    """Host, port, and whether TLS begins at once. Of a URL no more: gateways take passwords in it."""
    url = getattr(options, "url", "")
    if not url:
        return str(getattr(options, "host", "")), int(getattr(options, "port", 0)), bool(getattr(options, "tls", False))
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), parts.scheme == "https"


async def _reach(host: str, port: int, trust: Trust | None, seconds: float) -> None:
    """Raises NotTaken, OSError and TimeoutError."""
    context = await trust.context() if trust is not None else None
    connected = await dialled(host, port, asyncio.get_running_loop().time() + seconds)
    _reader, writer = await asyncio.open_connection(
        sock=connected, ssl=context, server_hostname=host if context is not None else None
    )
    writer.transport.abort()


def _advice(cause: str, among: Advice) -> str:
    return advice_for(cause, among) or "Are host and port right?"


def _without(cause: str, where: str) -> str:
    """The cause alone: where it was stands before it."""
    return cause.removeprefix(where).lstrip(": ")
