"""Every way to sign in as FreeRADIUS's radclient sends it: what goes out, what is done meanwhile, what comes back.

Menus, destinations, enrolling, authenticator apps, SMPP and new passwords have theirs beside their other transcripts.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import pytest

from tests.flows.mailing import APPROVED, BY_SMS, MAILED, Mailing, mailing, yaml
from tests.servers.proxy import Answer, radclient
from tests.servers.running import SECRET, until

ACCEPT, REJECT, CHALLENGE = "Access-Accept", "Access-Reject", "Access-Challenge"
ANN = {
    "email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com",
    "framed_ip_address": "10.1.2.3",
}  # fmt: skip
PLAIN = "  plain: {method: password, directories: [local]}\n"
LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [out]%s}\n"
SHOWS, SHOWS_NOT, SHORT = "hold: 20s", "hold: 20s, challenge: false", "hold: 2s"
CODE, NO_CODE = "the code", "a wrong code"
APPROVE, REFUSE = "approve", "refuse"


@dataclass(frozen=True)
class Flow:
    """`steps` are what is typed, or pressed by whoever got the link, and the answer with the beginning of its text."""

    profiles: str
    client: str
    steps: tuple[tuple[str, str, str], ...]


DENIED = "Access denied. Ref "
SENT, SENT_SMS = "Code sent to a***n@example.com", "Code sent to +90********22"
WAITING = "Waiting for manager approval. Press Enter"
OPEN = "Open the link in the mail that was sent to you. Press Enter"
FLOWS = {
    "a password": Flow(PLAIN, SHOWS, (("tulip", ACCEPT, ""),)),
    "a wrong password": Flow(PLAIN, SHOWS, (("rose", REJECT, DENIED), ("", REJECT, DENIED))),
    "a code by mail": Flow(MAILED % "", SHOWS, (("tulip", CHALLENGE, SENT), (CODE, ACCEPT, ""))),
    "a wrong code, then the right one": Flow(
        MAILED % "", SHOWS, (("tulip", CHALLENGE, SENT), (NO_CODE, CHALLENGE, "Wrong code."), (CODE, ACCEPT, ""))
    ),
    "too many wrong codes": Flow(
        MAILED % ", attempts: 1", SHOWS, (("tulip", CHALLENGE, SENT), (NO_CODE, REJECT, DENIED))
    ),
    "a code by SMS": Flow(BY_SMS % "", SHOWS, (("tulip", CHALLENGE, SENT_SMS), (CODE, ACCEPT, ""))),
    "a code behind the password": Flow(
        MAILED % "", SHOWS_NOT, (("tulip", REJECT, SENT), ("tulip" + NO_CODE, REJECT, "Wrong code."), ("tulip" + CODE, ACCEPT, ""))
    ),
    "an approval": Flow(APPROVED % "", SHOWS_NOT, (("tulip", "", ""), (APPROVE, ACCEPT, ""))),
    "a refusal": Flow(APPROVED % "", SHOWS_NOT, (("tulip", "", ""), (REFUSE, REJECT, "Your sign-in was not approved."))),
    "an approval after Enter": Flow(
        APPROVED % "", SHORT, (("tulip", CHALLENGE, WAITING), ("", "", ""), (APPROVE, ACCEPT, ""))
    ),
    "an approval that comes late": Flow(
        APPROVED % "", SHORT + ", challenge: false",
        (("tulip", REJECT, "Nobody has decided yet."), (APPROVE, "", ""), ("tulip", ACCEPT, "")),
    ),
    "a code, then an approval": Flow(
        APPROVED % ", methods: [password, mailed]" + MAILED % "", SHOWS,
        (("tulip", CHALLENGE, SENT), (CODE, "", ""), (APPROVE, ACCEPT, "")),
    ),
    "only informing": Flow(APPROVED % ", type: manager_information", SHOWS, (("tulip", ACCEPT, ""),)),
    "a link in the place of a password": Flow(LINK % "", SHOWS, (("", "", ""), (APPROVE, ACCEPT, ""))),
    "a link that was not asked for": Flow(LINK % "", SHOWS, (("", "", ""), (REFUSE, REJECT, DENIED))),
    "a link after Enter": Flow(LINK % "", SHORT, (("", CHALLENGE, OPEN), ("", "", ""), (APPROVE, ACCEPT, ""))),
    "a password, then a link": Flow(
        LINK % ", methods: [password]", SHOWS, (("rose", REJECT, DENIED), ("tulip", "", ""), (APPROVE, ACCEPT, ""))
    ),
    "a link to the manager": Flow(LINK % ", type: manager_approval", SHOWS, (("", "", ""), (APPROVE, ACCEPT, ""))),
}  # fmt: skip


def code_of(radiusd: Mailing, said: str) -> str:
    """What is really typed."""
    code = radiusd.code() if radiusd.sent and re.search(r"\b\d{6}\b", radiusd.sent[-1].text) else ""
    wrong = "000000" if code != "000000" else "111111"
    return said.replace(NO_CODE, wrong).replace(CODE, code)


class Terminal:
    """Somebody at radclient. `state` is that of the last Challenge; `held` the request that is not answered yet."""

    def __init__(self, radiusd: Mailing) -> None:
        self._radiusd = radiusd
        self._state = ""
        self._held: asyncio.Task[Answer] | None = None

    async def types(self, said: str, *, is_held: bool) -> Answer | None:
        attributes = {"User-Name": "ann", "User-Password": code_of(self._radiusd, said), "Calling-Station-Id": "pc"}
        if self._state:
            attributes["State"] = self._state
        self._held = asyncio.create_task(radclient(self._radiusd.radiusd.port, SECRET, attributes))
        if not is_held:
            return await self._answer()
        await until(lambda: len(self._radiusd.server._holds) == 1)
        return None

    async def decides(self, *, approve: bool) -> Answer | None:
        """Whoever got the link presses a button."""
        await self._radiusd.decides(await self._radiusd.token(), approve=approve)
        return await self._answer() if self._held is not None else None

    async def _answer(self) -> Answer:
        assert self._held is not None
        reply, self._held = await self._held, None
        self._state = reply["State"] if reply.code == CHALLENGE else ""
        return reply


@pytest.mark.parametrize("flow", FLOWS)
async def test_with_radclient(tmp_path, flow):
    """An answer "" is none yet: the request is held, or nobody waits for what is pressed."""
    of = FLOWS[flow]
    text = yaml(of.profiles, client=of.client).replace("profiles: [approved, mailed]", "profiles: [approved]")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        terminal = Terminal(radiusd)
        for said, code, begins in of.steps:
            if said in {APPROVE, REFUSE}:
                reply = await terminal.decides(approve=said == APPROVE)
            else:
                reply = await terminal.types(said, is_held=not code)
            assert (reply.code if reply else "") == code
            if reply and begins:
                assert reply["Reply-Message"].startswith(begins)
            if reply and code == ACCEPT:
                assert reply["Framed-IP-Address"] == "10.1.2.3"
