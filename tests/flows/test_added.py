"""A verdict adds a step to a login: nobody is let in without it, whatever happens in between."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from config import reading
from radiusd.handlers import KINDS, STEPS, Tools
from radiusd.handlers.password import Password
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed, Verdict
from radiusd.process.kinds import kinds
from tests.flows.mailing import MAILED, mailing, yaml

STEP = "colour"
ASKED = Asked("Which colour?", "", float("inf"))
PASSWORD_ONLY = "  password-only: {method: password, directories: [local]}\n"
ANN = {"email": "ann@example.com"}


class Colour:
    """A step that is no profile: it asks for a colour."""

    immediate = True
    placement = "challenge"
    code_length = 0
    judges = ""
    judges_at_once = False
    unasked = False

    def __init__(self, _tools: Tools) -> None:
        pass

    def lacks(self, _entry: Entry) -> str:
        return ""

    def recall(self, _turn: Turn) -> Passed | None:
        return None

    async def begin(self, _turn: Turn) -> Verdict:
        return ASKED

    async def answer(self, turn: Turn) -> Verdict:
        return Passed("it is blue") if turn.answer == "blue" else Failed("it is not")

    async def remind(self, _turn: Turn) -> Verdict:
        return ASKED

    async def again(self, _turn: Turn) -> Verdict:
        return ASKED

    async def refused(self, _turn: Turn, _cause: str) -> Verdict:
        return ASKED


@pytest.fixture(autouse=True)
def _adding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every right password adds the colour."""
    begin, recall = Password.begin, Password.recall

    async def adds(self: Password, turn: Turn) -> Verdict:
        verdict = await begin(self, turn)
        return replace(verdict, then=(STEP,)) if isinstance(verdict, Passed) else verdict

    def remembers(self: Password, turn: Turn) -> Passed | None:
        passed = recall(self, turn)
        return None if passed is None else replace(passed, then=(STEP,))

    monkeypatch.setattr(Password, "begin", adds)
    monkeypatch.setattr(Password, "recall", remembers)
    monkeypatch.setitem(STEPS, STEP, Colour)
    monkeypatch.setattr(KINDS, "reserved", KINDS.reserved | {STEP})


@pytest.mark.parametrize(("typed", "code"), [("blue", "Access-Accept"), ("red", "Access-Reject")])
async def test_a_password_alone_lets_nobody_in_any_more(tmp_path, typed, code):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await radiusd.user("ann", **ANN)
        for _ in range(2):  # the second time the password is remembered as right
            challenge = await radiusd.asks()
            assert (challenge.code, challenge["Reply-Message"]) == ("Access-Challenge", "Which colour?")
            assert (await radiusd.answers(challenge, typed)).code == code
        assert await radiusd.story() == ["begin: challenge", f"answer: {code[7:].lower()}"] * 2


async def test_it_comes_after_all_that_the_profile_asks_for(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        assert challenge["Reply-Message"].startswith("Code sent to")
        colour = await radiusd.answers(challenge, radiusd.code())
        assert colour["Reply-Message"] == "Which colour?"
        assert (await radiusd.answers(colour, "blue")).code == "Access-Accept"
        detail = (await radiusd.last()).detail
        assert [word in detail for word in ("password right", "code right", "it is blue")] == [True] * 3


async def test_a_restart_and_a_reload_forget_nothing(tmp_path):
    text = yaml(MAILED % "")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        code = radiusd.code()
    async with mailing(tmp_path, text) as radiusd:
        colour = await radiusd.answers(challenge, code)
        assert colour["Reply-Message"] == "Which colour?"
        await _reload(radiusd, text.replace("mail_otp", "mail_otp, attempts: 2"))
        assert (await radiusd.answers(colour, "blue")).code == "Access-Accept"


async def test_where_nothing_can_judge_it_any_more_nobody_is_let_in(tmp_path, monkeypatch):
    """A reload took the step away while a code was out: the right code is not enough."""
    text = yaml(MAILED % "")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        monkeypatch.delitem(STEPS, STEP)
        await _reload(radiusd, text.replace("mail_otp", "mail_otp, attempts: 2"))
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Reject"
        assert (await radiusd.last()).reason == "the user signs in another way now"


async def test_no_profile_can_be_called_so(tmp_path):
    path = tmp_path / "radius.yaml"
    path.write_text(yaml(PASSWORD_ONLY.replace("password-only", STEP)))
    with pytest.raises(reading.SettingsError, match="`colour` is a step of ours in a sign-in"):
        reading.read(path, kinds(), demo=True)


async def _reload(radiusd, text):
    path = radiusd.radiusd.folder / "radius.yaml"
    path.write_text(text)
    await radiusd.server.reload(reading.read(path, kinds(), demo=True))
