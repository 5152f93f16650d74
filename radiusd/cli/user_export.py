"""`radiusd user export`: all users as CSV that `radiusd user import` reads (S224). Passwords stay here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from radiusd.administration import users_csv
from radiusd.cli import configuration, private_file
from radiusd.cli.database import opened
from radiusd.cli.printing import complain, fail

BOM = "\ufeff"
STDOUT = "-"


def export_users(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, help="Standard output where it is left out, or -."),
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
        from radiusd.administration.user_rows import cells
        from radiusd.administration.users import everyone

        users = store.read_now(everyone)
    text = users_csv.written([cells(user, settings.time_zone) for user in users])
    text = BOM + text if bom else text
    if file is None or str(file) == STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    try:
        private_file.replace(file, text)
    except OSError as error:
        fail(f"{file} can not be written: {error.strerror}")
    complain(f"{len(users)} user{'' if len(users) == 1 else 's'} written to {file}, without their passwords")
