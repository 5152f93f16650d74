"""`radiusd user reset-password`: a link by which a local user sets another password."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration.faults import Conflict, Missing
from radiusd.cli import configuration
from radiusd.cli.database import administrator, local_directory
from radiusd.cli.one_message import sent
from radiusd.cli.printing import USAGE, fail, say
from radiusd.cli.ways_in import WaysIn, waited, ways_in
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.model.entry import Entry
    from store.password_resets import PasswordReset


def reset_password(
    context: typer.Context, username: Annotated[str, typer.Argument(metavar="USERNAME", show_default=False)]
) -> None:
    """Sends a user a link to a page where they set another password.

    Off, unless security.passwords.reset_by_mail is true; refused where that mailbox is all that the user has beside the
    password.
    """
    settings = configuration.settings(context)
    if settings.public_url is None:
        fail("`public_url` of radius.yaml is not set: a link needs it", USAGE)
    if not settings.mail_servers:
        fail("radius.yaml has no `mail_servers`: a link needs one", USAGE)
    reset = waited(_sent_to(settings, username))
    until = moment(reset.until, settings.time_zone)
    say(f"{reset.user_name} is sent a link to {reset.recipient}, which is good once, until {until}")


async def _sent_to(settings: Settings, username: str) -> PasswordReset:
    """Writes it down, and sends it. Raises Conflict where nothing takes the mail: then the link is over."""
    from radiusd.administration import password_resets
    from radiusd.delivery.carriers import NotSent
    from radiusd.process import key_file
    from radiusd.process.resetting import letters_of
    from radiusd.process.tools import tools_of

    try:
        keys = key_file.keys(settings.key_file)
    except key_file.KeyFileError as error:
        raise Conflict(f"{error}; the first start of the server makes it") from None
    local, by = local_directory(settings), administrator()
    async with ways_in(settings) as ways:
        entry = await _of_ours(ways, username, local)
        tools = tools_of(settings, ways.store, ways.directories, keys, ways.enrolled)
        password_resets.require_allowed(settings, ways.applications.values(), entry, tools.mail)
        made = password_resets.made(
            letters_of(settings, tools), entry, tools.keys[0], settings.public_url or "", by, time.time()
        )
        reset, message = made
        await ways.store.write(lambda connection: password_resets.add(connection, by, local, reset))
        outcome = await sent(settings, message)
        if isinstance(outcome, NotSent):
            await ways.store.write(lambda connection: password_resets.withdraw(connection, reset, time.time()))
            raise Conflict(f"the link could not be sent: {outcome.cause}")
        return reset


async def _of_ours(ways: WaysIn, username: str, local: str) -> Entry:
    """The local user of that name. Raises Conflict where it is another directory's alone, and Missing."""
    try:
        return await ways.entry(username, local)
    except Missing:
        elsewhere = await ways.entry(username)
    raise Conflict(
        f"{username} is a user of {elsewhere.directory}: their password is set there; such a link is for local users alone"
    )
