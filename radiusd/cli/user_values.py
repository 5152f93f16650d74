"""What was typed for a user's fields as options."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from radiusd.administration.faults import Invalid
from radiusd.cli.printing import refuse

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.cli.attributes import Attributes

SEVERAL = {"group": "groups", "client": "clients", "application": "applications"}  # options whose fields have many
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
Reply = Annotated[
    list[str] | None,
    typer.Option(
        "--reply",
        metavar="NAME=VALUE",
        help="An attribute of every Access-Accept, as Filter-Id=admins. Repeat it for several.",
    ),
]
Hours = Annotated[
    list[str] | None,
    typer.Option(
        "--hours", help='When the user may sign in, as "Mo-Fr 08:00-18:00"; any time where left out. Repeat it.'
    ),
]
Client = Annotated[
    list[str] | None,
    typer.Option("--client", metavar="NAME", help="A client to sign in through; any where none is named. Repeat it."),
]
ForApplication = Annotated[
    list[str] | None,
    typer.Option("--application", metavar="NAME", help="The same of all clients of an application. Repeat it."),
]
MustChange = Annotated[
    bool | None,
    typer.Option(
        "--must-change-password/--need-not-change-password",
        help="Whether the user is to choose a new password at the next sign-in.",
        show_default=False,
    ),
]


class Given(NamedTuple):
    """The options of `user add` and `user edit`; None for what was not given."""

    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    group: list[str] | None
    framed_ip_address: str | None
    sponsor_name: str | None
    sponsor_email: str | None
    sponsor_phone: str | None
    expires: str | None
    description: str | None
    language: str | None
    reply: list[str] | None
    hours: list[str] | None
    client: list[str] | None
    application: list[str] | None
    must_change_password: bool | None


def values_of(settings: Settings, username: str, given: Given) -> tuple[str, dict[str, Any]]:
    """The username in normal form, and the given fields as the store has them.

    Prints a sentence for each that can not be, and ends the command then.
    """
    from radiusd.administration import users

    typed = {SEVERAL.get(option, option): text for option, text in given._asdict().items()}
    try:
        return users.typed(
            settings,
            username,
            {field: text for field, text in typed.items() if text not in (None, [])},
            _option,
            dictionaries(settings),
        )
    except Invalid as wrong:
        refuse(wrong)


def _option(field: str) -> str:
    option = next((option for option, several in SEVERAL.items() if several == field), field)
    return f"--{option.replace('_', '-')}"


def dictionaries(settings: Settings) -> Callable[[], Attributes]:
    """Reads those of radius.yaml, once they are wanted."""

    @cache
    def read() -> Attributes:
        from radiusd.cli.attributes import Attributes

        return Attributes(settings.dictionaries)

    return read
