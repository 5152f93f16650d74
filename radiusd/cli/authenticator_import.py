"""`radiusd authenticator import`: what another system exported, or the picture of a QR code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiusd.cli import configuration
from radiusd.cli.authenticators import Json, Of
from radiusd.cli.database import administrator, opened
from radiusd.cli.printing import REFUSED, USAGE, as_json, complain, fail, say
from radiusd.cli.ways_in import waited, ways_in

if TYPE_CHECKING:
    from config.settings import Settings
    from radiusd.administration.authenticator_import import Left, Meant
    from radiusd.model.entry import Entry
    from radiusd.rules.token_exports import Taken

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".pgm"}
READ_SECONDS = 30


def import_authenticators(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False, help="- is standard input.")],
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Whose all of them are.")] = "",
    directory: Of = "",
    key: Annotated[
        str, typer.Option("--key", help="By which the export is encrypted; - asks for it.", show_default=False)
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Says what would be taken over, and changes nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Takes over authenticator apps of privacyIDEA, multiOTP, Google Authenticator or otpauth:// addresses."""
    settings = configuration.settings(context)
    given = typer.prompt("Key", hide_input=True) if key == "-" else key
    taken = [each for file in files for each in _read(file, given)]
    meant, left = waited(_whose(settings, taken, user, directory))
    if not dry_run:
        left = [*left, *_take_over(settings, meant)]
    gone = {each.where for each in left}
    over = [each for each in meant if each.taken.where not in gone]
    if json:
        as_json({"taken_over": [_plain(each) for each in over], "left": [each._asdict() for each in left]})
    else:
        _tell(over, left, dry_run=dry_run)
    if left:
        raise typer.Exit(REFUSED)


def _tell(over: Sequence[Meant], left: Sequence[Left], *, dry_run: bool) -> None:
    for each in over:
        say(f"{each.taken.where}: {'would be' if dry_run else 'is'} {each.entry.username}'s")
    for lost in left:
        complain(f"radiusd: {lost.where}: {f'{lost.account}: ' if lost.account else ''}{lost.why}")
    say(f"{len(over)} {'would be ' if dry_run else ''}taken over, {len(left)} not")


def _plain(each: Meant) -> dict[str, str]:
    return {"where": each.taken.where, "user": each.entry.username, "directory": each.entry.directory}


async def _whose(
    settings: Settings, taken: Sequence[Taken], user: str, directory: str
) -> tuple[list[Meant], list[Left]]:
    from radiusd.administration import authenticator_import

    async with ways_in(settings) as ways:

        async def find(name: str) -> Entry:
            return await ways.entry(name, directory)

        return await authenticator_import.whose(taken, find, user)


def _take_over(settings: Settings, meant: Sequence[Meant]) -> list[Left]:
    with opened(settings) as store:
        from radiusd.administration import authenticator_import
        from radiusd.cli.keys import in_use
        from radiusd.process.key_file import sealing

        sealed_by = sealing(in_use(settings, store))
        _made, left = store.write_now(
            lambda connection: authenticator_import.take_over(
                connection, administrator(), sealed_by, meant, time.time()
            )
        )
    return left


def _read(file: Path, key: str) -> list[Taken]:
    from radiusd.rules import token_exports
    from radiusd.rules.otpauth import Unreadable

    try:
        if str(file) == "-":
            octets = sys.stdin.buffer.read()
        else:
            octets = _seen(file).encode() if file.suffix.lower() in PICTURES else file.read_bytes()
        found = token_exports.read(octets, name=file.name, key=key)
    except OSError as error:
        fail(f"{file} can not be read: {error.strerror}", USAGE)
    except Unreadable as why:
        fail(f"{file}: {why}; nothing was changed", USAGE)
    from msgspec.structs import replace

    return [each if each.where == file.name else replace(each, where=f"{file.name}, {each.where}") for each in found]


def _seen(picture: Path) -> str:
    """What its QR codes say."""
    program = shutil.which("zbarimg")
    if program is None:
        fail(
            f"{picture} is a picture, and zbarimg, which reads QR codes, is not here: apt-get install zbar-tools, or give"
            " the address that is in it",
            USAGE,
        )
    command = [program, "-q", "--raw", "-Sbinary", "-Sdisable", "-Sqrcode.enable", str(picture.absolute())]
    done = subprocess.run(command, capture_output=True, check=False, timeout=READ_SECONDS)  # noqa: S603 - no shell
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode or not text.strip():
        fail(f"{picture}: no QR code is found in it", USAGE)
    return text
