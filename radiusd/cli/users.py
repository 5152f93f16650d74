"""`radiusd user ...`: the users of the database (S199 to S220, S227)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from radiusd.administration import fields
from radiusd.cli import configuration, one_user
from radiusd.cli import user_values as given_as
from radiusd.cli.database import administrator, local_directory
from radiusd.cli.passwords import asked
from radiusd.cli.printing import complain, fail, refuse, say
from radiusd.cli.user_values import Given, values_of

app = typer.Typer(help="Users of the database.", no_args_is_help=True)

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Takes the password from the first line of the input.")
]
Random = Annotated[bool, typer.Option("--random", help="Makes a password and prints it.")]


@app.command()
def add(
    context: typer.Context,
    username: one_user.Username,
    *,
    password_stdin: FromStdin = False,
    random: Random = False,
    first_name: given_as.FirstName = None,
    last_name: given_as.LastName = None,
    email: given_as.Email = None,
    phone: given_as.Phone = None,
    group: given_as.Group = None,
    framed_ip_address: given_as.Framed = None,
    sponsor_name: given_as.SponsorName = None,
    sponsor_email: given_as.SponsorEmail = None,
    sponsor_phone: given_as.SponsorPhone = None,
    expires: given_as.Expires = None,
    description: given_as.Description = None,
    language: given_as.Language = None,
    reply: given_as.Reply = None,
    hours: given_as.Hours = None,
    client: given_as.Client = None,
    application: given_as.ForApplication = None,
    must_change_password: given_as.MustChange = None,
) -> None:
    """Adds a user; asks for the password unless told otherwise."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    given = Given(first_name, last_name, email, phone, group, framed_ip_address, sponsor_name, sponsor_email,
                  sponsor_phone, expires, description, language, reply, hours, client, application, must_change_password)  # fmt: skip
    name, values = values_of(settings, username, given)
    with one_user.opened(settings) as store:
        from radiusd.administration import users
        from store.records import NewUser

        store.read_now(lambda connection: users.require_free(connection, name))
        words = [name, *(str(values.get(key, "")) for key in ("first_name", "last_name", "email"))]
        secret, shown = asked(settings, words, from_stdin=password_stdin, random=random)
        new = NewUser(username=name, shown_name=fields.spelling(username), password_hash=secret, **values)
        store.write_now(lambda connection: users.add(connection, administrator(), directory, new, time.time()))
    say(f"{new.spelled} is added")
    _warn_of_past(values)
    if shown:
        say(f"Password: {shown}")


@app.command()
def edit(
    context: typer.Context,
    username: one_user.Username,
    *,
    first_name: given_as.FirstName = None,
    last_name: given_as.LastName = None,
    email: given_as.Email = None,
    phone: given_as.Phone = None,
    group: given_as.Group = None,
    framed_ip_address: given_as.Framed = None,
    sponsor_name: given_as.SponsorName = None,
    sponsor_email: given_as.SponsorEmail = None,
    sponsor_phone: given_as.SponsorPhone = None,
    expires: given_as.Expires = None,
    description: given_as.Description = None,
    language: given_as.Language = None,
    reply: given_as.Reply = None,
    hours: given_as.Hours = None,
    client: given_as.Client = None,
    application: given_as.ForApplication = None,
    must_change_password: given_as.MustChange = None,
) -> None:
    """Changes what is given and nothing else. An empty text clears a field; --group sets all groups anew,
    and so do --reply, --hours, --client and --application.
    """
    settings = configuration.settings(context)
    given = Given(first_name, last_name, email, phone, group, framed_ip_address, sponsor_name, sponsor_email,
                  sponsor_phone, expires, description, language, reply, hours, client, application, must_change_password)  # fmt: skip
    name, values = values_of(settings, username, given)
    if not values:
        fail("nothing to change is given; radiusd user edit --help lists what can be", 2)
    directory = local_directory(settings)
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        store.write_now(
            lambda connection: users.edit(connection, administrator(), directory, name, values, time.time())
        )
    say(f"{name} is changed: {', '.join(key.replace('_', ' ').removesuffix(' at') for key in values)}")
    _warn_of_past(values)


@app.command()
def rename(
    context: typer.Context,
    username: one_user.Username,
    new: Annotated[str, typer.Argument(metavar="NEW", show_default=False)],
) -> None:
    """Gives a user another name; password, groups, blocks and history stay theirs."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    try:
        name = fields.username(new)
    except fields.FieldError as error:
        refuse(error)
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        user = one_user.found(store, username)
        spelling = fields.spelling(new)
        if user.username == name and user.shown_name == spelling:
            fail(f"{user.spelled} is their name already")
        renamed = store.write_now(
            lambda connection: users.rename(
                connection, administrator(), directory, user.username, name, time.time(), shown_name=spelling
            )
        )
    say(f"{user.spelled} is {renamed.spelled} now")


@app.command()
def enable(context: typer.Context, username: one_user.Username) -> None:
    """Lets a disabled user sign in again."""
    _set_enabled(context, username, enabled=True)


@app.command()
def disable(context: typer.Context, username: one_user.Username) -> None:
    """Lets the user sign in no more; nothing is deleted."""
    _set_enabled(context, username, enabled=False)


@app.command()
def remove(
    context: typer.Context,
    username: one_user.Username,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")] = False,
) -> None:
    """Deletes a user. The audit keeps what they did."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        user = one_user.found(store, username)
        if not yes and not typer.confirm(f"Remove {user.spelled}?"):
            fail("nothing was changed")
        store.write_now(
            lambda connection: users.remove(connection, administrator(), directory, user.username, time.time())
        )
    say(f"{user.spelled} is removed")


@app.command()
def password(
    context: typer.Context,
    username: one_user.Username,
    password_stdin: FromStdin = False,
    random: Random = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="The user is to choose their own at the next sign-in.")
    ] = False,
) -> None:
    """Sets a new password."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        user = one_user.found(store, username)
        words = [user.username, user.first_name, user.last_name, user.email]
        secret, shown = asked(settings, words, from_stdin=password_stdin, random=random)
        store.write_now(
            lambda connection: users.set_password(
                connection, administrator(), directory, user.username, secret, time.time(), must_change=must_change
            )
        )
    say(f"{user.spelled} has a new password" + (", to be changed at the next sign-in" if must_change else ""))
    if shown:
        say(f"Password: {shown}")


def _set_enabled(context: typer.Context, username: str, *, enabled: bool) -> None:
    settings = configuration.settings(context)
    directory = local_directory(settings)
    word = "enabled" if enabled else "disabled"
    with one_user.opened(settings) as store:
        from radiusd.administration import users

        user = one_user.found(store, username)
        if user.enabled == enabled:
            say(f"{user.spelled} is {word} already")
            return
        changed = store.write_now(
            lambda connection: users.set_enabled(
                connection, administrator(), directory, user.username, time.time(), enabled=enabled
            )
        )
    say(f"{user.spelled} is {word}")
    if one_user.status(changed) == "expired":
        complain("radiusd: the account has expired; --expires of `radiusd user edit` extends it")


def _warn_of_past(values: Mapping[str, Any]) -> None:
    end = values.get("expires_at")
    if end is not None and end <= time.time():
        complain("radiusd: that expiration date has passed: the user cannot sign in")
