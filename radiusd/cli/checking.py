"""`radiusd check`: everything that is wrong with the configuration, at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radiusd.cli import configuration
from radiusd.cli.printing import REFUSED, USAGE, as_json, complain, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.faults import Fault
    from config.settings import Settings
    from radiusd.cli.trying.tried import Tried


def add_to(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(schema)


def check(
    context: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings end with exit code 1.")] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="Also tries ports, database, directories, mail servers and links; sends nothing."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Reports every fault of the configuration at once, as FILE:LINE:COLUMN."""
    from config.faults import SettingsError

    place = configuration.find(context)
    try:
        settings = configuration.load(place)
    except SettingsError as error:
        if json:
            _print_json(str(place.path), error.faults, (), {}, [])
            raise typer.Exit(USAGE) from None
        configuration.report(error, place)
    results = asyncio.run(_live(settings)) if live else []
    failed = [each.what for each in results if each.cause]
    if json:
        _print_json(str(place.path), (), settings.warnings, settings.closed, results)
    else:
        _print(settings, results)
        _summary(str(place.path), settings, failed)
    if failed or (strict and settings.warnings):
        raise typer.Exit(REFUSED)


def schema() -> None:
    """Prints the JSON Schema of radius.yaml, by which an editor completes and explains it."""
    from config.schema import schema_of
    from radiusd.process.kinds import kinds

    as_json(schema_of(kinds()))


async def _live(settings: Settings) -> list[Tried]:
    from radiusd.cli.trying.everything import tried

    return await tried(settings)


def _print(settings: Settings, results: Iterable[Tried]) -> None:
    for warning in settings.warnings:
        complain(f"{warning.file}:{warning.line}:{warning.column}: warning: {warning.message}")
    for name, why in settings.closed.items():
        complain(f"radiusd: profile {name} lets nobody in: {why}")
    for each in results:
        say(f"{each.what}: {each.cause or each.note or 'ok'}")
        if each.cause and each.advice:
            say(f"  What to do: {each.advice}")


def _summary(file: str, settings: Settings, failed: list[str]) -> None:
    def counted(number: int, word: str, words: str) -> str:
        return f"{number} {word if number == 1 else words}"

    parts = [
        "no faults",
        counted(len(settings.warnings), "warning", "warnings") if settings.warnings else "no warnings",
        f"{counted(len(settings.closed), 'profile', 'profiles')} closed" if settings.closed else "",
        f"{len(failed)} of what was tried failed" if failed else "",
    ]
    say(f"{file}: {', '.join(part for part in parts if part)}")


def _print_json(
    file: str,
    faults: Iterable[Fault],
    warnings: Iterable[Fault],
    closed: Any,
    results: Iterable[Tried],
) -> None:
    def plain(fault: Fault) -> dict[str, Any]:
        return {"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message}

    as_json({
        "file": file,
        "faults": [plain(fault) for fault in faults],
        "warnings": [plain(warning) for warning in warnings],
        "closed_profiles": dict(closed),
        "tried": [{**each._asdict(), "ok": not each.cause} for each in results],
    })  # fmt: skip
