"""Carriers to the servers of the tests, and what they are given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from config.secret import Secret
from radiusd.delivery import NotTaken
from radiusd.delivery.mail import Smtp
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smpp import Smpp, SmppOptions
from radiusd.delivery.sms_http import SmsHttp, SmsHttpOptions
from radiusd.delivery.smtp_options import SmtpOptions
from radiusd.model.message import Mail, Sms
from tests.servers import message_centre
from tests.servers.gateway import Gateway
from tests.servers.message_centre import Centre
from tests.servers.smtp import PASSWORD, USER, MailServer

MAIL = Mail("ann@example.com", "Oturum açma kodunuz", "Kodunuz: 837465. 10 dakika geçerlidir.\n")
SMS = Sms("+905554443322", "837465 is your sign-in code.")
SIGNED_IN = {"username": USER.decode(), "password": Secret(PASSWORD.decode())}
FORBIDDEN = ("837465", PASSWORD.decode(), message_centre.PASSWORD, "ann@example.com", "905554443322")


@asynccontextmanager
async def smtp(server: MailServer, **changes: Any) -> AsyncIterator[Smtp]:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "encryption": "none",
        "from_address": "mfa@example.com",
        "from_name": "Example MFA",
    }
    carrier = Smtp("primary", SmtpOptions.model_validate(given | changes), Outbox())
    try:
        yield carrier
    finally:
        await carrier.close()


@asynccontextmanager
async def sms_http(
    gateway: Gateway, *, scheme: str = "http", path: str = "/send", **changes: Any
) -> AsyncIterator[SmsHttp]:
    given = {
        "type": "http",
        "url": f"{scheme}://127.0.0.1:{gateway.port}{path}",
        "json": {"to": "{{ recipient }}", "text": "{{ message }}"},
    }
    if changes.keys() & {"form", "body"}:
        del given["json"]
    carrier = SmsHttp("gateway", SmsHttpOptions.model_validate(given | changes), Outbox())
    try:
        yield carrier
    finally:
        await carrier.close()


@asynccontextmanager
async def smpp(centre: Centre, **changes: Any) -> AsyncIterator[Smpp]:
    given = {
        "type": "smpp",
        "host": "127.0.0.1",
        "port": centre.port,
        "system_id": message_centre.USER,
        "password": Secret(message_centre.PASSWORD),
        "source_address": "EXAMPLE",
    }
    carrier = Smpp("gateway", SmppOptions.model_validate(given | changes), Outbox())
    try:
        yield carrier
    finally:
        await carrier.close()


def soon(seconds: float = 10.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def refused(carrier: Any, content: Mail | Sms | None = None, seconds: float = 10.0) -> NotTaken:
    """Why it was not taken. Nothing of what must stay secret is in it."""
    content = content or (MAIL if isinstance(carrier, Smtp) else SMS)
    with pytest.raises(NotTaken) as raised:
        await carrier.send(content, soon(seconds))
    shown = f"{raised.value!r} {raised.value} {raised.value.args} {raised.value.cause}"
    assert not [each for each in FORBIDDEN if each in shown], shown
    return raised.value
