"""What was typed for a user's fields as options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from radiusd.administration.faults import Invalid
from radiusd.cli.printing import refuse

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
    from radiusd.administration import users

    typed = {"groups" if option == "group" else option: text for option, text in given._asdict().items()}
    try:
        return users.typed(
            settings, username, {field: text for field, text in typed.items() if text not in (None, [])}, _option
        )
    except Invalid as wrong:
        refuse(wrong)


def _option(field: str) -> str:
    return "--group" if field == "groups" else f"--{field.replace('_', '-')}"
