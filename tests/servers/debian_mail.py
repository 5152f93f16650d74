"""Postfix, Exim and OpenSMTPD as Debian installs them, each in a root of its own: their packages exclude each other.

Each has a network of its own too, so what speaks to it is a program that runs beside it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECIPIENT = "ann@mail.example.com"
CODE = re.compile(r"\b[0-9]{6}\b")


def beside(package: str, folder: Path, program: Sequence[str | Path], seconds: float = 180.0) -> str:
    """What the program prints that runs in `folder`'s place beside the server; its first argument is the server's root."""
    unshare = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child")
    script = ("bash", HERE / "debian_mail.sh", package, folder)
    done = subprocess.run(
        [*unshare, *script, sys.executable, *program, folder / "root"], cwd=ROOT, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def delivered(root: Path) -> list[str]:
    """The codes in ann's mailbox, in order of their number."""
    boxes = [root / "var/mail/ann", *(root / "home/ann/Maildir/new").glob("*")]
    mails = [box.read_text("utf-8", "replace") for box in boxes if box.is_file()]
    return sorted(code for mail in mails for code in re.findall(r"(?m)^Your code is ([0-9]{6})$", mail))
