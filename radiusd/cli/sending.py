"""`radiusd send-test`: a message by one mail server or SMS gateway, and what to check where it is not taken."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer

from radiusd.cli import configuration
from radiusd.cli.printing import REFUSED, USAGE, complain, fail, say
from radiusd.cli.trying.tried import MAIL, SMS, TAKEN, Advice, advice_for
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.kinds import Kind
    from config.models.options import TypedOptions
    from config.settings import Settings
    from radiusd.delivery import NotTaken
    from radiusd.model.message import Mail, Sms

app = typer.Typer(help="Sends a message to try out a mail server or an SMS gateway.", no_args_is_help=True)

SECONDS = 10.0  # for kinds without a time-out of their own

SUBJECT = {"en": "A test of {name}", "tr": "{name} denemesi"}
TEXT = {
    "en": "This is a test: radiusd can send by {name}. Nobody signs in, and there is nothing to do. {time}\n",
    "tr": "Deneme: radiusd, {name} ile mesaj gönderebiliyor. {time}\n",  # in letters of one SMS
}


@app.command("mail")
def send_mail(
    context: typer.Context,
    server: Annotated[str, typer.Argument(metavar="SERVER", show_default=False, help="One of mail_servers.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)],
) -> None:
    """Sends a mail by one mail server."""
    from radiusd.administration import fields
    from radiusd.delivery import MAIL_KINDS
    from radiusd.model.message import Mail

    settings = configuration.settings(context)
    options = _chosen(server, settings.mail_servers, "mail server")
    try:
        recipient = fields.email(address, "ADDRESS")
    except fields.FieldError as error:
        fail(str(error), USAGE)
    mail = Mail(recipient, _said(SUBJECT, server, settings), _said(TEXT, server, settings))
    _try(server, MAIL_KINDS[options.type], options, mail)


@app.command("sms")
def send_sms(
    context: typer.Context,
    gateway: Annotated[str, typer.Argument(metavar="GATEWAY", show_default=False, help="One of sms_gateways.")],
    number: Annotated[str, typer.Argument(metavar="NUMBER", show_default=False)],
) -> None:
    """Sends an SMS by one gateway, to a number of enrollment.countries."""
    from radiusd.administration import fields
    from radiusd.delivery import SMS_KINDS
    from radiusd.model.message import Sms
    from radiusd.one_time.destinations import mobile_of

    settings = configuration.settings(context)
    options = _chosen(gateway, settings.sms_gateways, "SMS gateway")
    try:
        recipient = fields.phone(number, "NUMBER", settings.phone_country)
    except fields.FieldError as error:
        fail(str(error), USAGE)
    countries = settings.enrollment.countries or ((settings.phone_country,) if settings.phone_country else ())
    found = mobile_of(recipient, "", countries)
    if isinstance(found, str):
        fail(found.replace("the user's mobile number", f"NUMBER {recipient}"), USAGE)
    _try(gateway, SMS_KINDS[options.type], options, Sms(found.recipient, _said(TEXT, gateway, settings)))


def _chosen(name: str, among: Mapping[str, TypedOptions], what: str) -> TypedOptions:
    if name not in among:
        from config.faults import instead

        fail(f"there is no {what} {name}{instead(name, among)}", USAGE)
    return among[name]


def _said(texts: Mapping[str, str], name: str, settings: Settings) -> str:
    return texts[settings.language].format(name=name, time=moment(time.time(), settings.time_zone))


def _try(name: str, kind: Kind, options: TypedOptions, content: Mail | Sms) -> None:
    """Sends it and says what came of it; ends the command where it was not taken."""
    from radiusd.model.message import Mail

    if not kind.active:
        fail(f"{name} is of type {kind.name}, which is not active yet")
    if kind.name == "outbox":
        fail(f"{name} is of type outbox: it sends nothing, but shows messages on /outbox of a demonstration")
    failed = asyncio.run(_sent(name, kind, options, content))
    if failed is not None:
        _explain(name, failed, MAIL if isinstance(content, Mail) else SMS)
    say(f"{name} ({_where(options)}) took the message to {content.recipient}.")
    say(TAKEN["mail_servers" if isinstance(content, Mail) else "sms_gateways"])


async def _sent(name: str, kind: Kind, options: Any, content: Mail | Sms) -> NotTaken | None:
    from radiusd.delivery import NotTaken
    from radiusd.delivery.outbox import Outbox

    seconds = options.timeout.total_seconds() if hasattr(options, "timeout") else SECONDS
    carrier = kind.make(name, options, Outbox())
    try:
        await carrier.send(content, asyncio.get_running_loop().time() + seconds)
    except NotTaken as failed:
        return failed
    finally:
        await carrier.close()
    return None


def _where(options: TypedOptions) -> str:
    """The server's name; of a URL no more than that, since gateways take passwords in it."""
    host = getattr(options, "host", None) or urlsplit(getattr(options, "url", "")).hostname
    return host or f"type {options.type}"


def _explain(name: str, failed: NotTaken, among: Advice) -> NoReturn:
    complain(f"radiusd: {name} did not take the message: {failed.cause}")
    if failed.said:
        complain(f"  It said: {' '.join(failed.said.split())}")
    if not failed.certain:
        complain("  It may have been sent all the same.")
    advice = advice_for(failed.cause, among)
    if advice:
        complain(f"  What to check: {advice}")
    raise typer.Exit(REFUSED)
