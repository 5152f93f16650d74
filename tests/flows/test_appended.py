"""A code that nobody is sent, typed behind the password: both come with one request, and no sign-in need be open."""

from __future__ import annotations

from typing import Literal

import pytest

from config.kinds import Kind
from config.models.methods import CodeOptions
from radiusd.handlers import KINDS, Tools
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.rules.codes import split_appended
from tests.flows.mailing import mailing, yaml

PROFILE = "  device: {method: device, directories: [local]%s}\n"
ASKED = Asked("Type the code of your device", "", float("inf"))


class DeviceOptions(CodeOptions):
    """As an authenticator has it."""

    method: Literal["device"]


class Device:
    """It shows 135790 for ever."""

    immediate = True
    code_length = 6
    judges = "code"
    judges_at_once = True
    unasked = True

    def __init__(self, options: DeviceOptions, _tools: Tools) -> None:
        self.placement = options.placement

    def lacks(self, _entry: Entry) -> str:
        return ""

    def behind(self, _entry: Entry, password: str) -> tuple[str, str] | None:
        return split_appended(password, self.code_length)

    def recall(self, _turn: Turn) -> Passed | None:
        return None

    async def begin(self, _turn: Turn) -> Verdict:
        return ASKED

    async def answer(self, turn: Turn) -> Verdict:
        if not turn.answer:
            return ASKED
        return Passed("code right") if turn.answer == "135790" else Failed("code wrong", "code")

    async def remind(self, _turn: Turn) -> Verdict:
        return ASKED

    async def again(self, _turn: Turn) -> Verdict:
        return ASKED

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        return ASKED


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS._kinds, "device", Kind("device", DeviceOptions, Device))


APPENDED, NO_CHALLENGE = (PROFILE % ", placement: appended", "hold: 20s"), (PROFILE % "", "challenge: false")


@pytest.mark.parametrize(("profile", "client"), [APPENDED, NO_CHALLENGE], ids=["appended", "auto"])
async def test_password_and_code_come_together(tmp_path, profile, client):
    async with mailing(tmp_path, yaml(profile, client=client)) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.asks(password="tulip135790")).code == "Access-Accept"
        assert await radiusd.story() == ["begin: accept"]
        assert (await radiusd.asks(password="tulip135791")).code == "Access-Reject"
        assert (await radiusd.last()).reason == "code wrong"
        assert (await radiusd.asks(password="rose135790")).code == "Access-Reject"
        assert (await radiusd.last()).reason == "password wrong"


async def test_who_types_the_password_alone_is_told(tmp_path):
    async with mailing(tmp_path, yaml(NO_CHALLENGE[0], client=NO_CHALLENGE[1])) as radiusd:
        await radiusd.user("ann")
        told = await radiusd.asks()
        assert told.code == "Access-Reject"
        assert told["Reply-Message"].startswith(
            "Type the code of your device. Sign in again with the code behind your password."
        )
        assert (await radiusd.asks(password="tulip135790")).code == "Access-Accept"


async def test_a_nas_that_shows_challenges_asks_for_it(tmp_path):
    async with mailing(tmp_path, yaml(PROFILE % "")) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.asks(password="tulip135790")).code == "Access-Reject"
        challenge = await radiusd.asks()
        assert (await radiusd.answers(challenge, "135790")).code == "Access-Accept"


async def test_wrong_codes_are_limited(tmp_path):
    more = "blocking: {failed_attempts: {password: 5, code: 2}}\n"
    async with mailing(tmp_path, yaml(NO_CHALLENGE[0], client=NO_CHALLENGE[1], more=more)) as radiusd:
        await radiusd.user("ann")
        for code in ("111111", "222222", "135790"):
            assert (await radiusd.asks(password=f"tulip{code}")).code == "Access-Reject"
        assert "blocked" in (await radiusd.last()).reason
