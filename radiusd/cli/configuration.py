"""Which radius.yaml a command reads, and what it says where that fails."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import typer

from config.faults import Fault, SettingsError
from radiusd.cli.printing import USAGE, complain, fail

if TYPE_CHECKING:
    from config.settings import Settings

VARIABLE = "RADIUSD_CONFIG"
HERE = "radius.yaml"
SYSTEM = Path("/etc/radiusd/radius.yaml")
DEMO_SECRET = "radiusd-demo.secret"  # noqa: S105 - a file's name
SHIPPED = Path(__file__).parent.parent / "radius.yaml"


class Place(NamedTuple):
    """A configuration file, and the folder that its relative paths start from."""

    path: Path
    folder: Path


def find(context: typer.Context, *, demo: bool = False) -> Place:
    """The configuration of this command line; ends the command where there is none.

    The one in the wheel is the last resort: of `run --demo`, and of commands in a folder where that was run.
    """
    given = context.find_root().params.get("config")
    named = str(given) if given else os.environ.get(VARIABLE, "")
    if named:
        path = Path(named)
        if not path.is_file():
            source = "--config" if given else f"${VARIABLE}"
            fail(f"there is no file {path} ({source} names it)", USAGE)
        return Place(path, path.parent)
    for path in (Path(HERE), SYSTEM):
        if path.is_file():
            _may_be_obeyed(path)
            return Place(path, path.parent)
    if demo or (Path(DEMO_SECRET).exists() and SHIPPED.is_file()):
        return Place(SHIPPED, Path.cwd())
    return fail(
        f"no configuration found: --config and ${VARIABLE} are not given, and there is neither "
        f"{Path.cwd() / HERE} nor {SYSTEM}; `radiusd init` writes one, and `radiusd run --demo` is a demonstration without",
        USAGE,
    )


def _may_be_obeyed(path: Path) -> None:
    """Ends the command where somebody else could have put the file there for whoever comes by."""
    owner = path.stat().st_uid
    if owner not in {0, os.geteuid()} and path == Path(HERE):
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"uid {owner}"
        fail(f"{path} here belongs to {name}, and is not read unless it is named: radiusd --config {path} ...", USAGE)


def settings(context: typer.Context) -> Settings:
    """The settings, for commands that make no reply; prints the faults and ends the command where there are any."""
    place = find(context)
    try:
        # What only a demonstration may send by is nothing to commands that send nothing.
        return load(place, demo=True, attributes=False)
    except SettingsError as error:
        report(error, place)


def read(place: Place, *, demo: bool = False) -> Settings:
    """The settings; prints the faults and ends the command where there are any."""
    try:
        return load(place, demo=demo)
    except SettingsError as error:
        report(error, place)


def load(place: Place, *, demo: bool = False, attributes: bool = True) -> Settings:
    """The settings; with `attributes`, names and values of RADIUS attributes are looked up in the dictionaries.

    Raises SettingsError.
    """
    from config import reading
    from radiusd.process.kinds import kinds

    try:
        if not attributes:
            return reading.read(place.path, kinds(), demo=demo, folder=place.folder)
        from radiusd.cli.attributes import Attributes
        from radiusd.process.trial import not_made

        return reading.read(
            place.path, kinds(), demo=demo, folder=place.folder, attributes_of=Attributes, not_made=not_made
        )
    except OSError as error:
        raise SettingsError([Fault(str(place.path), 1, 1, f"can not be read: {error.strerror}")]) from None


def report(error: SettingsError, place: Place) -> NoReturn:
    """Prints every fault as FILE:LINE:COLUMN and ends the command."""
    for fault in error.faults:
        complain(str(fault))
    count = len(error.faults)
    complain(f"radiusd: {place.path} has {count} fault{'' if count == 1 else 's'}")
    raise typer.Exit(USAGE)
