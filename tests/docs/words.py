"""Whether words are a command of radiusd."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

from radiusd.cli.app import app


def fault(words: Sequence[str]) -> str | None:
    """Why `radiusd WORDS` can not be typed, None where it can; what is no option is not looked at."""
    command = _program()
    options: set[str] = set()
    for word in words:
        here = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        options |= here
        if word.startswith("--"):
            if word.partition("=")[0] not in options | {"--help"}:
                return f"`{command.name}` has no option {word}"
        elif word in getattr(command, "commands", {}):
            command = command.commands[word]
        elif getattr(command, "commands", {}) and word.islower() and word.isalpha() and not takes_value(words, word):
            return f"there is no command {word} in `{command.name}`"
    return None


@cache
def _program() -> Any:
    return typer.main.get_command(app)


def takes_value(words: Sequence[str], word: str) -> bool:
    """Whether it stands behind an option."""
    at = words.index(word)
    return at > 0 and words[at - 1].startswith("-")
