"""docs/commands.md: every command with its arguments and options, made of what `--help` is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from radiusd.cli.app import app


def page() -> str:
    """The whole page."""
    return "\n".join(_page()) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by what is typed, groups before what is in them."""
    yield from _below("radiusd", typer.main.get_command(app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, each in getattr(command, "commands", {}).items():
        if not each.hidden:
            yield from _below(f"{name} {word}", each)


def _page() -> Iterator[str]:
    every = list(commands())
    yield "# Commands"
    yield ""
    yield "As `radiusd --help` and each command's own `--help` say it."
    yield ""
    yield "| command | what it does |"
    yield "|---|---|"
    for name, command in every[1:]:
        if not hasattr(command, "commands"):
            yield f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(_text(command).split(chr(10) * 2)[0])} |"
    yield ""
    yield "They end with 0 where all went well, 1 where it did not, and 2 where the command itself, or the configuration,"
    yield "is wrong."
    for name, command in every:
        yield from ("", f"{'##' if name.count(' ') < 2 else '###'} {name}", "", _text(command), "")
        yield from _usage(name, command)


def _usage(name: str, command: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    yield from ("```text", context.get_usage().removeprefix("Usage: "), "```")
    records = [(each, each.get_help_record(context)) for each in command.get_params(context)]
    rows = [(each, record) for each, record in records if record is not None and "--help" not in each.opts]
    if rows:
        yield from ("", "| argument, option | meaning |", "|---|---|")
    for parameter, (spelling, told) in rows:
        yield f"| `{_spelled(spelling)}` | {_cell(_told(parameter, told))} |"


def _spelled(text: str) -> str:
    """Without what Python calls a text; an argument's name says enough."""
    if not text.startswith("-"):
        return re.sub(r" <[^>]*>", "", text)
    return re.sub(r"<[^>]*>", "TEXT", re.sub(r"<(int|float)[^>]*>", "NUMBER", text))


def _told(parameter: Any, told: str) -> str:
    """What it is for. A parameter whose name says it all has no text."""
    text = told.replace("[required]", "").strip()
    return text or ("" if parameter.param_type_name == "option" else "Needed.")


def _text(command: Any) -> str:
    return str(command.help or "").strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
