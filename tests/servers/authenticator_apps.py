"""Authenticator apps as users have them: oathtool, KeePassXC, and a camera (zbarimg) that reads QR codes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from radiusd.rules import otpauth

MODULE = 6  # pixels of a module in a picture
MARGIN = 4


def run(*command: str, typed: str = "") -> str:
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, (command[0], done.stderr)
    return done.stdout


def oathtool(address: str, at: float) -> str:
    """The code that oathtool shows for an address at that time."""
    told = otpauth.read(address).parameters
    return run(
        "oathtool", f"--totp={told.algorithm}", "--base32", f"--digits={told.digits}", f"--time-step-size={told.period}s",
        f"--now=@{int(at)}", told.secret,
    ).strip()  # fmt: skip


class KeePassXC:
    """A database of it, with one entry whose attribute `otp` is the address: as its window puts it there."""

    def __init__(self, folder: Path, address: str) -> None:
        self._database = folder / "phone.kdbx"
        secret = parse_qs(urlsplit(address).query)["secret"][0]
        xml = folder / "phone.xml"
        xml.write_text(
            f"""<?xml version="1.0" encoding="UTF-8"?><KeePassFile><Meta><DatabaseName>phone</DatabaseName></Meta><Root>
<Group><UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name><Entry><UUID>AAAAAAAAAAAAAAAAAAAAAg==</UUID>
<String><Key>Title</Key><Value>vpn</Value></String><String><Key>otp</Key><Value>{address.replace("&", "&amp;")}</Value></String>
</Entry></Group></Root></KeePassFile>"""
        )
        assert secret
        run("keepassxc-cli", "import", "-p", str(xml), str(self._database), typed="phone\nphone\n")

    def shows(self) -> str:
        return run("keepassxc-cli", "show", "--totp", "-q", str(self._database), "vpn", typed="phone\n").strip()


def camera(blocks: str, folder: Path) -> str:
    """What a phone reads of a terminal's half blocks: a block is a light module, and each line has two rows of them."""
    rows: list[str] = []
    for line in blocks.splitlines():
        upper = {"█": "1", "▀": "1", "▄": "0", " ": "0", "\xa0": "0"}
        lower = {"█": "1", "▀": "0", "▄": "1", " ": "0", "\xa0": "0"}
        rows += ["".join(upper[each] for each in line), "".join(lower[each] for each in line)]
    return picture(rows, folder)


def picture(rows: list[str], folder: Path) -> str:
    """What is read of modules, `1` for a light one."""
    width = max(map(len, rows))
    rows = [row.ljust(width, "1") for row in rows]
    file = folder / "qr.pgm"
    lines = [" ".join("255" if each == "1" else "0" for each in row for _ in range(MODULE)) for row in rows]
    body = "\n".join(line for line in lines for _ in range(MODULE))
    file.write_text(f"P2\n{width * MODULE} {len(rows) * MODULE}\n255\n{body}\n")
    return run("zbarimg", "-q", "--raw", "-Sbinary", str(file)).rstrip("\n")
