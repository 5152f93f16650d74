"""`radiusd enrollment invite`: a link by which a user adds an address, number or authenticator app of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration.faults import Conflict
from radiusd.cli import configuration
from radiusd.cli.database import administrator
from radiusd.cli.moments import duration
from radiusd.cli.one_message import sent
from radiusd.cli.printing import USAGE, fail, say
from radiusd.cli.ways_in import waited, ways_in
from radiusd.rules.moments import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings
    from store.invitations import Invitation

KINDS = ("mail", "mobile", "authenticator")
SECONDS = 86400.0  # for so long a link lasts, where nothing else is said


def invite(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", show_default=False)],
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="mail|mobile|authenticator", help="What they may add. Repeat it; else any.")
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS|NUMBER", help="Which of those on record; else the one used last.")] = "",
    last: Annotated[str, typer.Option("--for", metavar="DURATION", help="How long the link lasts.")] = "24h",
    directory: Annotated[str, typer.Option("--directory", metavar="NAME", help="Where several have a user of that name.")] = "",
) -> None:  # fmt: skip
    """Sends a user a link to a page where they add an address, number or app of their own, proved by a code."""
    settings = configuration.settings(context)
    if settings.public_url is None:
        fail("`public_url` of radius.yaml is not set: a link needs it", USAGE)
    kinds = kind or list(KINDS)
    for each in kinds:
        if each not in KINDS:
            from config.faults import instead

            fail(f"--kind: {each} is none{instead(each, KINDS)}", USAGE)
    made = waited(_invited(settings, user, directory, kinds, to, duration(last, "--for") or SECONDS))
    until = moment(made.until, settings.time_zone)
    say(f"{made.user_name} is sent a link to {made.recipient}, which lasts until {until}")


async def _invited(
    settings: Settings, user: str, directory: str, kinds: Sequence[str], to: str, seconds: float
) -> Invitation:
    """Writes it down, and sends it. Raises Conflict where nothing takes the message: then the link is over."""
    from radiusd.administration import invitations
    from radiusd.delivery.carriers import NotSent
    from radiusd.process import key_file
    from radiusd.process.enrolling import post_of
    from radiusd.process.tools import tools_of

    if not settings.key_file.exists():
        raise Conflict(f"{settings.key_file} is not there yet: the first start of the server makes it; then invite")
    try:
        keys = key_file.keys(settings.key_file)
    except key_file.KeyFileError as error:
        raise Conflict(str(error)) from None
    async with ways_in(settings) as ways:
        entry = await ways.entry(user, directory)
        tools = tools_of(settings, ways.store, ways.directories, keys, ways.enrolled)
        post, by = post_of(settings, tools), administrator()
        recipient = invitations.recipient(post, entry, to)
        made = invitations.made(
            post, entry, recipient, tools.keys[0], settings.public_url or "", kinds, by, time.time(), seconds
        )
        await ways.store.write(lambda connection: invitations.add(connection, by, made.invitation))
        outcome = await sent(settings, made.message)
        if isinstance(outcome, NotSent):
            await ways.store.write(lambda connection: invitations.withdraw(connection, made.invitation, time.time()))
            raise Conflict(f"the link could not be sent: {outcome.cause}")
        return made.invitation
