"""docs/reasons.md has every reason that the program gives."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import radiusd
from radiusd.administration.what_to_do import what_to_do
from radiusd.enrollment import addresses
from tests.docs.reasons_page import REASONS, row

ROOM = Path(radiusd.__file__).parent
CALLS = {"Wrong", "Failed", "refuse", "refuse_unknown", "refuse_with"}
NEVER_SAID = ("the password method", "a menu sends nothing")  # of steps that a password or a menu does not have


def said_in(file: Path, *, by_return: bool) -> set[str]:
    """The reasons in a file: what refusals are made with, or what functions return."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and called(node) in CALLS:
            found |= set(map(text_of, node.args))
        if by_return and isinstance(node, ast.Return) and node.value is not None:
            found.add(text_of(node.value))
    return {text for text in found if " " in text and not text.startswith(NEVER_SAID)}


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def text_of(node: ast.expr) -> str:
    """A text with `{}` for what differs, "" for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
    return ""


def fits(said: str, documented: str) -> bool:
    """Whether the page's text may be of this reason; `{...}` is what differs, in either."""
    return matches(documented, said) or matches(said, documented)


def matches(template: str, text: str) -> bool:
    pattern = ".*".join(map(re.escape, re.split(r"\{[^}]*\}", template)))
    return re.fullmatch(pattern, text) is not None


def test_every_reason_is_explained():
    """X60"""
    documented = [reason.text for reasons in REASONS.values() for reason in reasons]
    said = {text for file in ROOM.rglob("*.py") for text in said_in(file, by_return=False)}
    said |= said_in(Path(addresses.__file__), by_return=True)
    assert "password wrong" in said
    assert {text for text in said if not any(fits(text, each) for each in documented)} == set()


def test_what_the_account_has_is_for_the_directory_to_mend():
    """X60: none of them falls back on `explain --user`."""
    for reason in REASONS["The password"]:
        assert "shows what would happen now" not in " ".join(what_to_do(row(reason.text))), reason.text
