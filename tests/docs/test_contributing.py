"""The pictures of CONTRIBUTING.md: the rooms are those of setup.cfg, and a sign-in and a click go the way that is drawn."""

from __future__ import annotations

import asyncio
import configparser
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType

import httpx

import radiusd
from tests.flows.mailing import APPROVED, MAILED, mailing, yaml

ROOT = Path(radiusd.__file__).parent
PAGE = (ROOT.parent / "CONTRIBUTING.md").read_text()
PICTURES = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
MOST = 10  # files that a click goes through


def layers(contract: str) -> list[list[str]]:
    """The layers of one contract of setup.cfg, without the package before their names."""
    setup = configparser.ConfigParser()
    setup.read(ROOT.parent / "setup.cfg")
    lines = setup[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [[name.rpartition(".")[2] for name in line.split(" | ")] for line in lines if line]


def boxes(picture: str) -> dict[str, list[list[str]]]:
    """The layers in each box of a picture, by its title. A line that begins with a bar goes on with the layer above it."""
    lines = picture.split("\n")
    found = {}
    for number, line in enumerate(lines):
        for title in re.finditer(r"[┌├]─ (\S+) ─+[┐┤]", line):
            cells: list[str] = []
            for below in lines[number + 1 :]:
                if below[title.start()] != "│":
                    break
                cells.append(re.split(r"  ", below[title.start() + 2 : title.end() - 2])[0].strip())
            rows = "\n".join(cells).replace("\n| ", " | ").split("\n")
            found[title[1]] = [row.split(" | ") for row in rows]
    return found


def test_the_rooms_are_those_of_the_contracts():
    rooms, behind = boxes(PICTURES[0]), boxes(PICTURES[1])
    assert rooms["radiusd"] == layers("rooms")
    assert list(rooms) == [name for [name] in layers("packages")]
    assert behind["radiusd.login"] == layers("engine")
    assert behind["radiusd.radius"] == layers("port")
    assert behind["store"] == layers("store")
    assert behind["config"] == layers("config")


def test_every_file_of_the_engine_is_explained():
    table = PAGE[PAGE.index("## The engine, file by file") : PAGE.index("**Tasks.**")]
    told = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(told) == sorted(path.stem for path in (ROOT / "login").glob("[a-z]*.py"))


@contextmanager
def entered() -> Iterator[list[str]]:
    """Which files of radiusd/ are entered in the loop's thread, in their order, each named as the pictures name it."""
    files: list[str] = []

    def called(frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(f"{ROOT}/"):
            files.append(name[len(str(ROOT)) + 1 : -3])

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield files
    finally:
        sys.setprofile(before)


def in_order(drawn: list[str], files: list[str]) -> list[str]:
    """What of the drawing was not entered after all that is drawn before it."""
    left = [name for name, _again in groupby(files)]
    for number, name in enumerate(drawn):
        if name not in left:
            return drawn[number:]
        left = left[left.index(name) + 1 :]
    return []


async def test_a_sign_in_goes_the_way_that_is_drawn(tmp_path):
    """A password and a mailed code: down the left side, and up the right one."""
    picture = PICTURES[2].replace("handlers/METHOD", "handlers/password").split("\n")
    down = [found[0] for line in picture if (found := re.match(r" (\w+/\w+)", line))]
    down = [name.strip() for name in down]
    up = [found[1] for line in reversed(picture) if (found := re.search(r"   (radius/\w+|login/answering)$", line))]
    assert down[0] == up[-1] == "radius/udp"
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        with entered() as files:
            challenge = await radiusd.asks()
    assert challenge.code == "Access-Challenge"
    assert in_order([*down, *up], files) == []


async def test_a_click_goes_the_way_that_is_drawn(tmp_path):
    """Ten files from the web's door to the answer, and no other of the engine but those that are named as asked."""
    way = [line.split()[0] for line in PICTURES[3].splitlines()]
    assert (way[0], way[-1], len(way)) == ("web/approvals", "radius/authentication", MOST)
    beside = PAGE[PAGE.index("Those ten decide.") : PAGE.index("## The engine, file by file")]
    asked = {*re.findall(r"`(\w+/\w+)`", beside), *(f"login/{name}" for name in re.findall(r"`(\w+)`", beside))}
    settings = yaml(APPROVED % "").replace("web: []", "web: [127.0.0.1:0]")
    async with mailing(tmp_path, settings) as radiusd:
        await radiusd.user("ann", **ANN)
        held = asyncio.create_task(radiusd.asks(timeout=10))
        link = f"http://127.0.0.1:{radiusd.server.web_ports[0]}/a/{await radiusd.token()}"
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(link)).status_code == 200  # the first look makes the pages
            with entered() as files:
                clicked = await browser.post(
                    link, data={"decision": "approve"}, headers={"Sec-Fetch-Site": "same-origin"}
                )
                accept = await held
    assert (clicked.status_code, accept.code) == (303, "Access-Accept")
    assert in_order(way, files) == []
    engine = {name for name in files if name.startswith(("login/", "approval/", "handlers/"))}
    assert engine - {*way, *asked} == set()


def test_what_is_not_entered_is_seen():
    """The opposite: one that was left out, and one that came too early."""
    assert in_order(["a/b", "c/d"], ["a/b", "x/y"]) == ["c/d"]
    assert in_order(["a/b", "c/d"], ["c/d", "a/b"]) == ["c/d"]
    assert in_order(["a/b", "c/d"], ["a/b", "x/y", "c/d"]) == []
