"""`radiusd user bulk enable`, `disable`, `remove`, `join` and `leave`: accounts and groups of many users at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.administration import fields
from radiusd.cli import configuration, whom
from radiusd.cli.database import administrator, local_directory, opened
from radiusd.cli.printing import refuse, say

if TYPE_CHECKING:
    from radiusd.administration.choosing import Choice
    from store.records import LocalUser

Name = Annotated[str, typer.Argument(metavar="GROUP", show_default=False)]


def add_to(app: typer.Typer) -> None:
    for command in (enable, disable, remove, join, leave):
        app.command()(command)


def enable(
    context: typer.Context,
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Lets disabled users sign in again."""
    choice = whom.choice(group, source, not_in, everyone=everyone)
    _set(context, choice, lambda user: None if user.enabled else {"enabled": True}, "enabled", dry_run=dry_run, yes=yes)


def disable(
    context: typer.Context,
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Lets users sign in no more; nothing is deleted.

    With --not-in FILE those whom a list of all users, such as an export of another system, names no more.
    """
    choice = whom.choice(group, source, not_in, everyone=everyone)
    _set(
        context, choice, lambda user: {"enabled": False} if user.enabled else None, "disabled", dry_run=dry_run, yes=yes
    )


def join(
    context: typer.Context,
    name: Name,
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Puts users into a group; their other groups stay."""
    wanted = _group(name)
    choice = whom.choice(group, source, not_in, everyone=everyone)
    _set(
        context,
        choice,
        lambda user: None if wanted in user.groups else {"groups": (*user.groups, wanted)},
        f"put into {wanted}",
        dry_run=dry_run,
        yes=yes,
    )


def leave(
    context: typer.Context,
    name: Name,
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Takes users out of a group; their other groups stay."""
    wanted = _group(name)
    choice = whom.choice(group, source, not_in, everyone=everyone)
    _set(
        context,
        choice,
        lambda user: {"groups": tuple(each for each in user.groups if each != wanted)} if wanted in user.groups else None,
        f"taken out of {wanted}",
        dry_run=dry_run,
        yes=yes,
    )  # fmt: skip


def remove(
    context: typer.Context,
    *,
    group: whom.Group = None,
    source: whom.From = None,
    not_in: whom.NotIn = None,
    everyone: whom.Everyone = False,
    dry_run: whom.DryRun = False,
    yes: whom.Yes = False,
) -> None:
    """Deletes users. The audit keeps what they did."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    choice = whom.choice(group, source, not_in, everyone=everyone)
    with opened(settings) as store:
        from radiusd.administration import many_users

        chosen = whom.chosen(store, choice)
        if dry_run:
            whom.name(chosen, "be removed")
            return
        whom.ask(f"Remove {whom.count(chosen)}? It can not be undone.", yes=yes)
        whom.write(
            store,
            lambda connection: many_users.remove(connection, administrator(), directory, chosen, time.time()),
        )
    say(f"{whom.count(chosen)} removed")


def _set(
    context: typer.Context,
    choice: Choice,
    values: Callable[[LocalUser], Mapping[str, Any] | None],
    said: str,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """`values`: what a user is to get; None for one who has it already. `said`: what they are then."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    with opened(settings) as store:
        chosen = whom.chosen(store, choice)
        changes = [(user, given) for user in chosen if (given := values(user)) is not None]
        others: Sequence[LocalUser] = [user for user, _values in changes]
        if dry_run:
            whom.name(others, f"be {said}")
            return
        if changes:
            whom.ask(f"{whom.count(others)} will be {said}. Go on?", yes=yes)
            whom.change(store, directory, changes, f"user {said}")
    same = len(chosen) - len(changes)
    say(f"{whom.count(others)} {said}" + (f", {same} stay as they are" if same else ""))


def _group(typed: str) -> str:
    try:
        [name] = fields.groups([typed], "GROUP") or ("",)
    except fields.FieldError as error:
        refuse(error)
    if not name:
        refuse(fields.FieldError("GROUP: it is empty"))
    return name
