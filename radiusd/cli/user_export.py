"""`radiusd user export`: all users as CSV that `radiusd user import` reads (S224). Passwords stay here."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.administration import fields, users_csv
from radiusd.cli import configuration, private_file
from radiusd.cli.database import opened
from radiusd.cli.printing import complain, fail

if TYPE_CHECKING:
    from store.records import LocalUser

BOM = "\ufeff"
PLAIN = ("username", "first_name", "last_name", "email", "phone", "sponsor_name", "sponsor_email", "sponsor_phone",
         "description", "language")  # fmt: skip


def export_users(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", show_default=False, help="Standard output where it is left out.")
    ] = None,
    *,
    bom: Annotated[
        bool, typer.Option("--bom", help="Marks it as UTF-8 for spreadsheets that ask for that, as Excel does.")
    ] = False,
) -> None:
    """All users as CSV, without their passwords; `radiusd user import` reads it.

    Only its owner may read the file. An apostrophe stands before what a spreadsheet would take for a formula, a
    phone number's + too; the import takes it away again.
    """
    settings = configuration.settings(context)
    with opened(settings) as store:
        from radiusd.cli.users import everyone

        users = everyone(store)
    text = users_csv.written([cells(user, settings.time_zone) for user in users])
    text = BOM + text if bom else text
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    try:
        private_file.replace(file, text)
    except OSError as error:
        fail(f"{file} can not be written: {error.strerror}")
    complain(f"{len(users)} user{'' if len(users) == 1 else 's'} written to {file}, without their passwords")


def cells(user: LocalUser, zone: tzinfo | None) -> dict[str, str]:
    """A user's fields as the import reads them."""
    return {name: getattr(user, name) for name in PLAIN} | {
        "groups": ";".join(user.groups),
        "framed_ip_address": user.framed_ip_address or "",
        "expires": _expires(user.expires_at, zone),
        "enabled": "yes" if user.enabled else "no",
    }


def _expires(seconds: float | None, zone: tzinfo | None) -> str:
    """The day where that is all of it, else the exact moment."""
    day = fields.expires_text(seconds, zone)
    if seconds is None or (len(day) == len("2026-12-31") and fields.expires(day, zone) == seconds):
        return day
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat()
