"""`radiusd send-test`: a message by one mail server or SMS gateway, and what to check where it is not taken."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer

from radiusd.cli import configuration
from radiusd.cli.printing import REFUSED, USAGE, complain, fail, say
from radiusd.cli.trying.tried import MAIL, SMPP, SMS, TAKEN, Advice, advice_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.kinds import Kind
    from config.models.options import TypedOptions
    from config.settings import Settings
    from radiusd.delivery import NotTaken
    from radiusd.model.message import Mail, Sms

app = typer.Typer(help="Sends a message to try out a mail server or an SMS gateway.", no_args_is_help=True)

SECONDS = 10.0  # for kinds without a time-out of their own

BY_SMS = {
    "en": "A test: radiusd can send by {{ name }}. There is nothing to do. {{ time }}",
    "tr": "Deneme: radiusd, {{ name }} ile mesaj gönderebiliyor. {{ time }}",
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

    settings = configuration.settings(context)
    options = _chosen(server, settings.mail_servers, "mail server")
    try:
        recipient = fields.email(address, "ADDRESS")
    except fields.FieldError as error:
        fail(str(error), USAGE)
    mail = _mail(recipient, server, settings)
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
    from radiusd.enrollment.addresses import mobile_of
    from radiusd.process.tools import countries_of

    settings = configuration.settings(context)
    options = _chosen(gateway, settings.sms_gateways, "SMS gateway")
    try:
        recipient = fields.phone(number, "NUMBER", settings.phone_country)
    except fields.FieldError as error:
        fail(str(error), USAGE)
    found = mobile_of(recipient, "", countries_of(settings))
    if isinstance(found, str):
        fail(found.replace("the user's mobile number", f"NUMBER {recipient}"), USAGE)
    _try(gateway, SMS_KINDS[options.type], options, _sms(found.recipient, gateway, settings))


def _chosen(name: str, among: Mapping[str, TypedOptions], what: str) -> TypedOptions:
    if name not in among:
        from config.faults import instead

        fail(f"there is no {what} {name}{instead(name, among)}", USAGE)
    return among[name]


def _mail(recipient: str, name: str, settings: Settings) -> Mail:
    """It looks as real ones do: what refuses one for its looks refuses the other."""
    from config.models.templates import rendered
    from radiusd.model.message import Mail
    from radiusd.rules.letters import Fact, Letter, html_of, text_of

    letter = {
        "en": Letter(
            title="A test of {{ name }}",
            facts=(Fact("Sent by", "{{ name }}"), Fact("Sent at", "{{ time }}")),
            notes=("This is a test: radiusd can send by it. Nobody signs in, and there is nothing to do.",),
        ),
        "tr": Letter(
            title="{{ name }} denemesi",
            facts=(Fact("Sunucu", "{{ name }}"), Fact("Gönderme saati", "{{ time }}")),
            notes=("Bu bir denemedir: radiusd bu sunucuyla mesaj gönderebiliyor. Yapmanız gereken bir şey yok.",),
        ),
    }[settings.language]
    told = _told(name, settings)
    organisation = "{{ organisation }}" if settings.organisation.name else ""
    text = text_of(letter, organisation=organisation)
    html = html_of(letter, settings.language, organisation=organisation)
    return Mail(recipient, rendered(letter.title, told), rendered(text, told), rendered(html, told, html=True))


def _sms(recipient: str, name: str, settings: Settings) -> Sms:
    from config.models.templates import rendered
    from radiusd.model.message import Sms

    return Sms(recipient, rendered(BY_SMS[settings.language], _told(name, settings)))


def _told(name: str, settings: Settings) -> Mapping[str, str]:
    """What is said of the test; the time with its zone."""
    from radiusd.rules.facts import zone_of

    local = datetime.now(settings.time_zone).astimezone(settings.time_zone)
    moment = f"{local:%Y-%m-%d %H:%M:%S} {zone_of(local)}"
    return {"name": name, "time": moment, "organisation": settings.organisation.name or ""}


def _try(name: str, kind: Kind, options: TypedOptions, content: Mail | Sms) -> None:
    """Sends it and says what came of it; ends the command where it was not taken."""
    from radiusd.model.message import Mail

    if not kind.active:
        fail(f"{name} is of type {kind.name}, which is not active yet")
    if kind.name == "outbox":
        fail(f"{name} is of type outbox: it sends nothing, but shows messages on /outbox of a demonstration")
    failed = asyncio.run(_sent(name, kind, options, content))
    if failed is not None:
        sms = SMPP if kind.name == "smpp" else SMS
        _explain(name, failed, MAIL if isinstance(content, Mail) else sms)
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
