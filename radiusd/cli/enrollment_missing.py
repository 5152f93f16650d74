"""`radiusd enrollment missing`: who lacks what their policy asks for (S46, S134)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.printing import USAGE, as_json, complain, fail, say, table
from radiusd.cli.ways_in import WaysIn, waited, ways_in

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.needs import Lacking, Looking, Need
    from radiusd.approval.approvers import Asking
    from radiusd.model.entry import Entry

LONGEST_SECONDS = 3600.0  # for all of it


def missing(
    context: typer.Context,
    directory: Annotated[str, typer.Option("--directory", metavar="NAME", help="Users of that one alone.")] = "",
    application: Annotated[str, typer.Option("--application", metavar="NAME", help="Sign-ins to that one alone.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Users who lack what their policy asks for, and managers without an address. Looks at every user who may sign in."""
    settings = configuration.settings(context)
    for option, name, among in (
        ("--directory", directory, settings.directories),
        ("--application", application, settings.applications),
    ):
        if name and name not in among:
            from config.faults import instead

            fail(f"{option}: there is no {option[2:]} {name}{instead(name, among)}", USAGE)
    found, stopped, seen = waited(_looked(settings, directory, application))
    if json:
        as_json([_plain(entry, need) for entry, need in found])
    else:
        table(
            ("USER", "DIRECTORY", "APPLICATION", "PROFILE", "LACKS", "THEN"),
            [(entry.username, entry.directory, need.application, need.profile, need.lack, _then(need)) for entry, need in found],
        )  # fmt: skip
        users = len({(entry.directory, entry.unique_id) for entry, _need in found})
        say(f"{users} of {seen} user{'' if seen == 1 else 's'} lack something")
    for cause in stopped:
        complain(f"radiusd: {cause}")
    if stopped:
        raise typer.Exit(1)


def looking(settings: Settings, ways: WaysIn, application: str = "") -> Looking:
    """What looks at all users."""
    from radiusd.administration.needs import Looking

    applications = [each for name, each in ways.applications.items() if application in ("", name)]
    return Looking(ways.directories, applications, _asking(settings))


async def _looked(
    settings: Settings, directory: str, application: str
) -> tuple[list[tuple[Entry, Need]], list[str], int]:
    """Who lacks what, why some directory could not tell of all, and how many users were looked at."""
    found, stopped = [], []
    async with ways_in(settings) as ways:
        look = looking(settings, ways, application)
        names = [directory] if directory else list(settings.directories)
        async for lacking in everyone(look, names):
            if lacking.stopped is not None:
                stopped.append(f"{lacking.stopped.component} did not tell of all users: {lacking.stopped.cause}")
            elif lacking.entry is not None:
                found += [(lacking.entry, need) for need in lacking.needs]
    return found, stopped, look.seen


def everyone(look: Looking, names: list[str], most: int = 0) -> AsyncIterator[Lacking]:
    """Who lacks something, of each directory the first `most` users."""
    return look.everyone(names, time.time(), asyncio.get_running_loop().time() + LONGEST_SECONDS, most)


def _asking(settings: Settings) -> Mapping[str, Asking]:
    from config.models.methods import LinkOptions
    from radiusd.approval.approvers import Asking
    from radiusd.process.tools import countries_of

    home, countries = settings.phone_country or "", countries_of(settings)
    return {
        name: Asking(profile.approvers, profile.default_recipient, profile.delivered_by, home, countries)
        for name, profile in settings.profiles.items()
        if isinstance(profile, LinkOptions) and profile.is_for_others
    }


def _then(need: Need) -> str:
    if need.instead:
        return f"signs in by {need.instead}"
    if need.enrolls:
        return "is asked for it at the prompt"
    return f"{need.asked} is asked" if need.asked else "is refused"


def _plain(entry: Entry, need: Need) -> dict[str, Any]:
    return {
        "user": entry.username,
        "directory": entry.directory,
        "unique_id": entry.unique_id,
        "application": need.application,
        "profile": need.profile,
        "lacks": need.lack,
        "instead": need.instead,
        "asked": need.asked,
        "enrolls": need.enrolls,
    }
