"""Passwords as they come from a terminal or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from radiusd.administration.faults import Invalid
from radiusd.cli.printing import USAGE, complain, fail, refuse

if TYPE_CHECKING:
    from config.secret import Secret
    from config.settings import Settings


def next_line(which: str = "first", *, may_be_empty: bool = False) -> str:
    """The next line of standard input without its end; ends the command where there is none."""
    octets = sys.stdin.buffer.readline()
    try:
        text = octets.rstrip(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        fail(f"--password-stdin: the {which} line is not UTF-8", USAGE)
    if not octets or not (text or may_be_empty):
        fail(f"--password-stdin: standard input has no {which} line", USAGE)
    return text


def from_terminal(prompt: str, *, twice: bool = False, may_be_empty: bool = False) -> str:
    """A password typed without echo; ends the command where there is no terminal."""
    if not sys.stdin.isatty():
        fail("there is no terminal to ask for a password; use --password-stdin", USAGE)
    default = "" if may_be_empty else None
    typed: str = typer.prompt(prompt, default, hide_input=True, confirmation_prompt=twice, show_default=False)
    return typed


def asked(settings: Settings, words: Sequence[str], *, from_stdin: bool, random: bool) -> tuple[Secret, str]:
    """The hash of a user's new password, and the password itself where it was made here and must be shown.

    `words` are the user's own names and addresses. Ends the command where radius.yaml refuses the password.
    """
    from config.secret import Secret
    from radiusd.administration import new_passwords
    from radiusd.passwords import hashing

    if from_stdin and random:
        fail("--password-stdin and --random cannot both be", USAGE)
    if random:
        text = new_passwords.random(settings)
        return Secret(hashing.make(text)), text
    text = next_line() if from_stdin else from_terminal("Password", twice=True)
    try:
        warned = new_passwords.judged(settings, text, words)
    except Invalid as refused:
        refuse(refused)
    if warned is not None:
        complain(f"radiusd: {warned}")
    return Secret(hashing.make(text)), ""
