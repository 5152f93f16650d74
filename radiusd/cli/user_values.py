"""What was typed for a user's fields, all of it judged at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from radiusd.administration import fields
from radiusd.cli.printing import USAGE, complain

if TYPE_CHECKING:
    from config.settings import Settings


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


def values_of(settings: Settings, username: str, given: Given) -> tuple[str, dict[str, Any]]:
    """The username in normal form, and the given fields as the store has them.

    Prints a sentence for each that can not be, and ends the command then.
    """
    from config.models.templates import LANGUAGES

    country, zone = settings.phone_country, settings.time_zone
    read: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "first_name": ("first_name", lambda text: fields.line(text, "--first-name")),
        "last_name": ("last_name", lambda text: fields.line(text, "--last-name")),
        "email": ("email", lambda text: fields.email(text, "--email")),
        "phone": ("phone", lambda text: fields.phone(text, "--phone", country)),
        "group": ("groups", fields.groups),
        "framed_ip_address": ("framed_ip_address", fields.framed_ip_address),
        "sponsor_name": ("sponsor_name", lambda text: fields.line(text, "--sponsor-name")),
        "sponsor_email": ("sponsor_email", lambda text: fields.email(text, "--sponsor-email")),
        "sponsor_phone": ("sponsor_phone", lambda text: fields.phone(text, "--sponsor-phone", country)),
        "expires": ("expires_at", lambda text: fields.expires(text, zone)),
        "description": ("description", lambda text: fields.line(text, "--description")),
        "language": ("language", lambda text: fields.language(text, LANGUAGES)),
    }
    faults: list[str] = []
    values: dict[str, Any] = {}
    name = ""
    try:
        name = fields.username(username)
    except fields.FieldError as error:
        faults.append(str(error))
    for option, typed in given._asdict().items():
        if typed is None or (typed == [] and option == "group"):
            continue
        column, reader = read[option]
        try:
            values[column] = reader(typed)
        except fields.FieldError as error:
            faults.append(str(error))
    if faults:
        for fault in faults:
            complain(f"radiusd: {fault}")
        raise typer.Exit(USAGE)
    return name, values
