"""`radiusd user ...`: the users of the database (S199 to S220, S227)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from radiusd.administration import fields
from radiusd.cli import configuration
from radiusd.cli.database import change_row, local_directory, opened
from radiusd.cli.passwords import asked
from radiusd.cli.printing import as_json, complain, fail, iso, moment, pairs, say, table
from radiusd.cli.user_values import Given, values_of

if TYPE_CHECKING:
    from config.settings import Settings
    from store import Connection, Store
    from store.records import LocalUser as User

PAGE = 1000  # users read at once

app = typer.Typer(help="Users of the database.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(metavar="USERNAME", show_default=False)]
FirstName = Annotated[str | None, typer.Option("--first-name")]
LastName = Annotated[str | None, typer.Option("--last-name")]
Email = Annotated[str | None, typer.Option("--email", help="user@example.com")]
Phone = Annotated[str | None, typer.Option("--phone", help="05554443322 by phone_country, or +905554443322.")]
Group = Annotated[list[str] | None, typer.Option("--group", help="Repeat it for several.")]
Framed = Annotated[str | None, typer.Option("--framed-ip-address", help="The user's own IPv4 address.")]
SponsorName = Annotated[str | None, typer.Option("--sponsor-name", help="Who answers for the user.")]
SponsorEmail = Annotated[str | None, typer.Option("--sponsor-email")]
SponsorPhone = Annotated[str | None, typer.Option("--sponsor-phone")]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="DATE", help="2026-12-31 (that day counts), or never.")
]
Description = Annotated[str | None, typer.Option("--description")]
Language = Annotated[str | None, typer.Option("--language", help="Of what the user reads: en or tr.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Takes the password from the first line of the input.")
]
Random = Annotated[bool, typer.Option("--random", help="Makes a password and prints it.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def add(
    context: typer.Context,
    username: Username,
    *,
    password_stdin: FromStdin = False,
    random: Random = False,
    first_name: FirstName = None,
    last_name: LastName = None,
    email: Email = None,
    phone: Phone = None,
    group: Group = None,
    framed_ip_address: Framed = None,
    sponsor_name: SponsorName = None,
    sponsor_email: SponsorEmail = None,
    sponsor_phone: SponsorPhone = None,
    expires: Expires = None,
    description: Description = None,
    language: Language = None,
) -> None:
    """Adds a user; asks for the password unless told otherwise."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    given = Given(first_name, last_name, email, phone, group, framed_ip_address, sponsor_name, sponsor_email,
                  sponsor_phone, expires, description, language)  # fmt: skip
    name, values = values_of(settings, username, given)
    with opened(settings) as store:
        from store import audit, users
        from store.records import NewUser

        if store.read_now(lambda connection: users.find(connection, name)) is not None:
            _taken(users.NameTaken(name), name, values)
        words = [name, *(str(values.get(key, "")) for key in ("first_name", "last_name", "email"))]
        secret, shown = asked(settings, words, from_stdin=password_stdin, random=random)

        def step(connection: Connection) -> None:

            from store import users

            now = time.time()
            made = users.add(connection, NewUser(username=name, password_hash=secret, **values), now)
            audit.insert(connection, change_row(now, "user added", name, person=(directory, made.unique_id)))

        try:
            store.write_now(step)
        except (users.NameTaken, users.AddressTaken) as taken:
            _taken(taken, name, values)
    say(f"{name} is added")
    _warn_of_past(values)
    if shown:
        say(f"Password: {shown}")


@app.command()
def edit(
    context: typer.Context,
    username: Username,
    *,
    first_name: FirstName = None,
    last_name: LastName = None,
    email: Email = None,
    phone: Phone = None,
    group: Group = None,
    framed_ip_address: Framed = None,
    sponsor_name: SponsorName = None,
    sponsor_email: SponsorEmail = None,
    sponsor_phone: SponsorPhone = None,
    expires: Expires = None,
    description: Description = None,
    language: Language = None,
) -> None:
    """Changes what is given and nothing else. An empty text clears a field; --group sets all groups anew."""
    settings = configuration.settings(context)
    given = Given(first_name, last_name, email, phone, group, framed_ip_address, sponsor_name, sponsor_email,
                  sponsor_phone, expires, description, language)  # fmt: skip
    name, values = values_of(settings, username, given)
    if not values:
        fail("nothing to change is given; radiusd user edit --help lists what can be", 2)
    with opened(settings) as store:
        _change(store, settings, name, values, "user changed: " + ", ".join(values))
    say(f"{name} is changed: {', '.join(key.replace('_', ' ').removesuffix(' at') for key in values)}")
    _warn_of_past(values)


@app.command()
def show(context: typer.Context, username: Username, json: Json = False) -> None:
    """Everything about a user but the password."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        user = _user(store, _normal(username))
    if json:
        as_json(_plain(user))
        return
    zone = settings.time_zone
    pairs([
        ("Username", user.username),
        ("Name", f"{user.first_name} {user.last_name}".strip()),
        ("Status", _status(user)),
        ("Expires", fields.expires_text(user.expires_at, zone)),
        ("Email", user.email),
        ("Phone", user.phone),
        ("Groups", ", ".join(user.groups)),
        ("Framed IP address", user.framed_ip_address or ""),
        ("Sponsor", ", ".join(part for part in (user.sponsor_name, user.sponsor_email, user.sponsor_phone) if part)),
        ("Language", user.language),
        ("Description", user.description),
        ("Added", moment(user.created_at, zone)),
        ("Changed", moment(user.updated_at, zone)),
    ])  # fmt: skip


@app.command("list")
def list_users(context: typer.Context, json: Json = False) -> None:
    """All users: username, e-mail, expiration date and status."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        listed = everyone(store)
    if json:
        as_json([_plain(user) for user in listed])
        return
    table(
        ("USERNAME", "NAME", "EMAIL", "GROUPS", "EXPIRES", "STATUS"),
        [
            (
                user.username,
                f"{user.first_name} {user.last_name}".strip(),
                user.email,
                ", ".join(user.groups),
                fields.expires_text(user.expires_at, settings.time_zone),
                _status(user),
            )
            for user in listed
        ],
    )


@app.command()
def enable(context: typer.Context, username: Username) -> None:
    """Lets a disabled user sign in again."""
    _set_enabled(context, username, enabled=True)


@app.command()
def disable(context: typer.Context, username: Username) -> None:
    """Lets the user sign in no more; nothing is deleted."""
    _set_enabled(context, username, enabled=False)


@app.command()
def remove(
    context: typer.Context,
    username: Username,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Does not ask.")] = False,
) -> None:
    """Deletes a user. The audit keeps what they did."""
    settings = configuration.settings(context)
    directory = local_directory(settings)
    with opened(settings) as store:
        user = _user(store, _normal(username))
        if not yes and not typer.confirm(f"Remove {user.username}?"):
            fail("nothing was changed")

        def step(connection: Connection) -> None:
            from store import audit, users

            now = time.time()
            users.remove(connection, user.username)
            audit.insert(
                connection,
                change_row(now, "user removed", user.username, person=(directory, user.unique_id)),
            )

        store.write_now(step)
    say(f"{user.username} is removed")


@app.command()
def password(
    context: typer.Context, username: Username, password_stdin: FromStdin = False, random: Random = False
) -> None:
    """Sets a new password."""
    settings = configuration.settings(context)
    with opened(settings) as store:
        user = _user(store, _normal(username))
        words = [user.username, user.first_name, user.last_name, user.email]
        secret, shown = asked(settings, words, from_stdin=password_stdin, random=random)
        _change(store, settings, user.username, {"password_hash": secret}, "password set")
    say(f"{user.username} has a new password")
    if shown:
        say(f"Password: {shown}")


def _set_enabled(context: typer.Context, username: str, *, enabled: bool) -> None:
    settings = configuration.settings(context)
    word = "enabled" if enabled else "disabled"
    with opened(settings) as store:
        user = _user(store, _normal(username))
        if user.enabled == enabled:
            say(f"{user.username} is {word} already")
            return
        _change(store, settings, user.username, {"enabled": enabled}, f"user {word}")
    say(f"{user.username} is {word}")
    if enabled and _status(user) == "expired":
        complain("radiusd: the account has expired; --expires of `radiusd user edit` extends it")


def _change(store: Store, settings: Settings, name: str, changes: Mapping[str, Any], what: str) -> None:
    directory = local_directory(settings)

    def step(connection: Connection) -> bool:
        from store import audit, users

        now = time.time()
        user = users.change(connection, name, changes, now)
        if user is not None:
            audit.insert(connection, change_row(now, what, name, person=(directory, user.unique_id)))
        return user is not None

    from store.users import AddressTaken

    try:
        is_there = store.write_now(step)
    except AddressTaken as taken:
        _taken(taken, name, changes)
    if not is_there:
        _unknown(store, name)


def _user(store: Store, name: str) -> User:
    """The user of that name; ends the command where there is none."""
    from store import users

    user = store.read_now(lambda connection: users.find(connection, name))
    if user is None:
        _unknown(store, name)
    return user


def _unknown(store: Store, name: str) -> NoReturn:
    from config.faults import nearest

    near = nearest(name, (user.username for user in everyone(store)))
    fail(f"there is no user {name}" + (f"; did you mean {near}?" if near else "; radiusd user list shows all"))


def _normal(username: str) -> str:
    try:
        return fields.username(username)
    except fields.FieldError as error:
        fail(str(error), 2)


def _taken(error: Exception, name: str, values: Mapping[str, Any]) -> NoReturn:
    from store.users import AddressTaken

    if isinstance(error, AddressTaken):
        fail(f"--framed-ip-address: {values['framed_ip_address']} is {error.username}'s already", 2)
    fail(f"there is a user {name} already; radiusd user edit {name} changes it")


def everyone(store: Store) -> list[User]:
    """All users, by username."""
    from store import users

    found: list[User] = []
    while page := store.read_now(partial(users.listed, after=found[-1].username if found else "", limit=PAGE)):
        found += page
    return found


def _status(user: User) -> str:
    if not user.enabled:
        return "disabled"
    return "expired" if user.expires_at is not None and user.expires_at <= time.time() else "enabled"


def _warn_of_past(values: Mapping[str, Any]) -> None:
    end = values.get("expires_at")
    if end is not None and end <= time.time():
        complain("radiusd: that expiration date has passed: the user cannot sign in")


def _plain(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "groups": list(user.groups),
        "framed_ip_address": user.framed_ip_address or None,
        "sponsor_name": user.sponsor_name,
        "sponsor_email": user.sponsor_email,
        "sponsor_phone": user.sponsor_phone,
        "expires": iso(user.expires_at),
        "description": user.description,
        "language": user.language,
        "enabled": user.enabled,
        "status": _status(user),
        "created_at": iso(user.created_at),
        "changed_at": iso(user.updated_at),
    }
