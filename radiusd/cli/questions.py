"""Questions whose answers are options too: asked where an option is not given, or answered by their defaults."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import typer

from config.faults import instead
from radiusd.cli.printing import USAGE, complain, fail, say

REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*)")

Fault = Callable[[str], str | None]
"""Why a text can not be the answer, None where it can."""


class Questions:
    """`given` are the options by their names; with `default_only` nothing is asked."""

    def __init__(self, given: Mapping[str, Any], *, default_only: bool) -> None:
        self._given = given
        self._asks = not default_only
        if self._asks and not sys.stdin.isatty():
            fail("there is no terminal to ask questions at: give --yes, and options for what differs (--help)", USAGE)

    def text(self, option: str, question: str, fault: Fault, default: str | None = None) -> str:
        """The answer; `default` None: there must be one. Ends the command where an option's value can not be."""
        given = self._given[option]
        if given is None and not self._asks:
            given = default if default is not None else _lacking(option, question)
        if given is not None:
            return self._checked(option, str(given), fault)
        while True:
            typed = typer.prompt(question, default=default, show_default=bool(default)).strip()
            why = _fault(typed, fault)
            if why is None:
                return str(typed)
            complain(f"  {why}")

    def given(self, option: str) -> bool:
        """Whether the option was."""
        return self._given[option] is not None

    def choice(self, option: str, question: str, choices: Mapping[str, str], default: str) -> str:
        """One of the keys of `choices`, which are shown with what they mean."""
        if self._asks and self._given[option] is None:
            say("")
            say(question)
            width = max(map(len, choices))
            for key, meaning in choices.items():
                say(f"  {key:<{width}}  {meaning}")
            question = "Which"
        return self.text(option, question, lambda typed: _no_choice(typed, choices), default)

    def secret(self, option: str, question: str, file: str, *, needed: bool) -> tuple[str, str | None]:
        """env:NAME or file:PATH, and where it was typed what is to be put into that file; "" for none."""
        given = self._given[option]
        if given is not None:
            return self._checked(option, str(given), _no_reference), None
        if not self._asks:
            return (_lacking(option, f"env:NAME or file:PATH of: {question}") if needed else ""), None
        while True:
            typed: str = typer.prompt(f"{question}, kept in {file}", hide_input=True, default="", show_default=False)
            if typed.isprintable() and (typed or not needed):
                return (f"file:{file}", typed) if typed else ("", None)
            complain("  it is empty, or has characters that cannot be typed")

    def _checked(self, option: str, value: str, fault: Fault) -> str:
        why = _fault(value.strip(), fault)
        if why is not None:
            fail(f"{_name(option)}: {why}", USAGE)
        return value.strip()


def _name(option: str) -> str:
    return "--" + option.replace("_", "-")


def _lacking(option: str, question: str) -> str:
    return fail(f"{_name(option)} must be given: {question[0].lower()}{question[1:]}", USAGE)


def _fault(typed: str, fault: Fault) -> str | None:
    return fault(typed) if typed.isprintable() else "it has characters that cannot be typed"


def _no_choice(typed: str, choices: Mapping[str, str]) -> str | None:
    return None if typed in choices else f"there is no `{typed}`{instead(typed, choices)}"


def _no_reference(typed: str) -> str | None:
    """A secret itself would stand in the list of processes, and in the shell's history."""
    return None if REFERENCE.fullmatch(typed) else "write env:NAME or file:PATH, never the secret itself"
