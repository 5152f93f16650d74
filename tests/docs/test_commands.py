"""Every command of README.md and docs/ is run as it is written; CONTRIBUTING.md says how a page is made for that."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from config import reading
from radiusd.process.kinds import kinds
from tests.docs import desk as desks
from tests.docs.pages import FENCE, PAGES, RUN, SHOWN, Page, read
from tests.docs.words import fault
from tests.servers.daemon import Folder, typist
from tests.servers.gateway import gateway
from tests.servers.mailbox import mailbox

WORLD = Path(__file__).with_name("world.yaml")
PASSWORD = "long tulip 9"
USERS = (
    ("demo", "--framed-ip-address", "192.0.2.20"),
    ("ann", "--first-name", "Ann", "--last-name", "Lee", "--email", "ann@example.com", "--phone", "+905554443322"),
    ("bob", "--group", "staff", "--email", "bob@example.com", "--phone", "+905554443323"),
    ("carol", "--group", "contractors", "--email", "carol@example.com", "--sponsor-email", "boss@example.com"),
)
STARTS = {"", "in an empty folder", "in a clone", "with the demo"}
NOT_RUN = {
    ("docs/benchmarks.md", "make bench"): "takes minutes, and installs what it is measured against",
    ("docs/benchmarks.md", "make bench-mfa"): "the same",
}
"""Blocks of a page that are commands and are not run, by their first words; each with why."""

READ = [read(path) for path in PAGES]
TYPED = [page for page in READ if any(block.is_run for block in page.blocks)]


def by_name(page: Page) -> str:
    return page.name


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """Where most pages begin: a folder with radius.yaml, users and a key. The ports in it stand for others."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "vpn-gateway.secret").touch(0o600)
    (folder / "vpn-gateway.secret").write_text("a long secret of this NAS\n")
    (folder / "radius.yaml").write_text(WORLD.read_text().format(smtp=25, sms=80))
    place = Folder(folder, {})
    for user in USERS:
        done = place.radiusd("user", "add", *user, "--password-stdin", input=f"{PASSWORD}\n")
        assert done.code == 0, done.err
    return folder


@pytest.mark.parametrize("page", TYPED, ids=by_name)
async def test_commands(page, world, tmp_path):
    async with mailbox() as box, gateway() as sms:

        def answer(question: str) -> str | None:
            """What somebody types who has read the page so far."""
            if "Password" in question or "Repeat for confirmation" in question:
                shown = re.findall(r"^ *demo +(\S+) +a password$", made.shown, re.MULTILINE)
                return shown[0] if shown else PASSWORD
            if question.endswith("]") or "Enter for none" in question:
                return ""
            codes = [re.findall(r"\b\d{6}\b", text) for text in box.of("bob@example.com")]
            return codes[-1][0] if codes and "Answer" in question else None

        with desks.desk(tmp_path, answer) as made:
            await asyncio.to_thread(begin, page, made, world, box.port, sms.port)
            for block in page.blocks:
                if block.title:
                    made.write(block.title, block.text)
                elif block.is_run and not is_left_out(page, block.text):
                    await asyncio.to_thread(made.types, block)


def begin(page: Page, made: desks.Desk, world: Path, smtp: int, sms: int) -> None:
    """Makes what the page assumes."""
    if page.start in {"in a clone", "with the demo"}:
        desks.clone(made)
    if page.start == "with the demo":
        made.folder /= "radiusd"
        made.radiusd_alone("run", "--demo")
    if page.start:
        return
    shutil.copytree(world, made.folder, dirs_exist_ok=True)
    made.write("radius.yaml", WORLD.read_text().format(smtp=smtp, sms=sms))
    made.is_served = True


def is_left_out(page: Page, text: str) -> bool:
    return any(page.name == name and text.startswith(words) for name, words in NOT_RUN)


def test_blocks_are_found():
    """The opposite: a page in which none is found would pass."""
    names = [page.name for page in TYPED]
    assert {"README.md", "docs/start.md", "docs/delivery.md"} <= set(names)
    [readme] = [page for page in READ if page.name == "README.md"]
    assert "make run" in "".join(block.text for block in readme.blocks if block.is_run)
    assert "radiusd init" in "".join(block.text for block in readme.blocks if block.is_run)


def test_what_is_left_out_is_there():
    for name, words in NOT_RUN:
        [page] = [page for page in READ if page.name == name]
        assert any(block.text.startswith(words) for block in page.blocks), words


@pytest.mark.parametrize("page", READ, ids=by_name)
def test_every_block_says_what_it_is(page):
    assert page.start in STARTS
    for block in page.blocks:
        assert block.language in RUN | SHOWN, f"{page.name}:{block.line}: say what it is: sh is run, console is shown"
    fences = sum(bool(FENCE.match(line)) for line in page.path.read_text().splitlines())
    assert fences % 2 == 0


@pytest.mark.parametrize("page", READ, ids=by_name)
def test_commands_in_the_text_are_commands(page):
    """Those that are only shown, or stand in a sentence, have words and options that radiusd knows."""
    text = page.path.read_text()
    lines = re.findall(r"`([^`\n]+)`", text)
    for block in page.blocks:
        if block.language in {"console", "text"}:
            lines += block.text.splitlines()
    for line in lines:
        typed = re.match(r"(?:\$ |# )?(?:\S*/)?radiusd( .*)?$", line.strip())
        why = fault((typed[1] or "").split()) if typed else None
        assert why is None, f"{page.name}: `{line}`: {why}"


def test_the_world_has_no_fault(world):
    """What pages assume is itself right."""
    settings = reading.read(world / "radius.yaml", kinds(), folder=world)
    told = [each.message for each in settings.warnings]
    assert [each for each in told if not re.search("clear text|has this secret too|how fast a refusal", each)] == []
    assert not settings.closed


def test_a_block_that_fails_fails_the_page(tmp_path):
    """The opposite of them all."""
    page = tmp_path / "page.md"
    page.write_text(
        "Text\n\n    false\n    true\n\n<!-- ends with: 3 -->\n```sh\nexit 3\n```\n\n- list\n\n      no block\n"
    )
    first, second = read(page).blocks
    assert (first.text, first.ends, second.ends) == ("false\ntrue\n", 0, 3)
    with desks.desk(tmp_path, lambda _: None) as made:
        made.types(second)
        with pytest.raises(AssertionError, match="ended with 1"):
            made.types(first)
        with pytest.raises(AssertionError, match="ended with 2"):
            made.types(first._replace(text="radiusd nosuch\n"))
        made.types(first._replace(text="radiusd --version &\nradiusd --version\nwait\n"))


def test_words():
    assert fault(["user", "add", "ann", "--email", "a@example.com"]) is None
    assert fault(["--config", "x", "check"]) is None
    assert "there is no" in fault(["user", "ad"])
    assert "--emial" in fault(["user", "add", "--emial", "x"])
    assert typist() is typist()
