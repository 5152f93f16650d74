"""Whom a question reaches, how often, and what the user reads: refused addresses, reminders, limits, revoking."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

from radiusd.rules.links import LinkState
from store import approvals, messages
from tests.flows.mailing import APPROVED, CODE, MAILED, TOKEN, mailing, ref_of, yaml
from tests.flows.test_enrolled import enrolled
from tests.flows.test_who_gets_in import reload
from tests.servers.running import until
from tests.servers.smtp import mail_server

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
OUT = "{out: {type: smtp, host: 127.0.0.1, port: %d, encryption: none, from_address: mfa@example.com}}"
HELD = "hold: 20s, challenge: false"
SHORT = "hold: 2s, challenge: false"  # an answer is due after 1.5 s


@asynccontextmanager
async def posting(folder, profiles, client=HELD):
    """A server with a mail server that people's addresses are known at."""
    async with mail_server() as mail:
        text = yaml(profiles, client=client).replace("{out: {type: outbox}}", OUT % mail.port)
        async with mailing(folder, text) as radiusd:
            await radiusd.user("ann", **ANN)
            yield radiusd, mail


async def test_where_an_address_is_refused_the_next_approver_is_asked(tmp_path):
    """X21: 550 to RCPT is the recipient's fault; nothing is down."""
    profile = APPROVED % ", approvers: [manager, second@example.com]"
    async with posting(tmp_path, profile) as (radiusd, mail):
        mail.nobody.add("boss@example.com")
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        await until(lambda: len(mail.mails) == 1)
        assert mail.mails[0].recipients == ["second@example.com"]
        await radiusd.decides(TOKEN.search(mail.mails[0].text)[1], approve=True)
        assert (await asked).code == "Access-Accept"
        rows = await radiusd.audit()
        assert [row.reason for row in rows if row.outcome == "waiting"] == [
            "asking boss@example.com", "asking second@example.com",
        ]  # fmt: skip
        assert len({row.login for row in rows}) == 1
        assert radiusd.server._carriers.down() == {}


async def test_where_nobody_else_can_be_asked_the_user_reads_why(tmp_path):
    async with posting(tmp_path, APPROVED % "") as (radiusd, mail):
        mail.nobody.add("boss@example.com")
        refused = await radiusd.asks(timeout=10)
        assert refused.code == "Access-Reject"
        assert refused["Reply-Message"].startswith("The message for this sign-in was refused at its address or number.")
        row = await radiusd.explained(ref_of(refused))
        assert row.reason.startswith("boss@example.com can not be reached: out: 127.0.0.1:")
        assert "refused the recipient (550)" in row.reason
        # Nothing is left that could be decided.
        assert await radiusd.server.store.read(lambda c: approvals.open_ones(c, time.time())) == []


async def test_a_code_for_an_address_that_is_refused(tmp_path):
    async with posting(tmp_path, MAILED % "") as (radiusd, mail):
        mail.nobody.add("ann@example.com")
        refused = await radiusd.asks(timeout=10)
        assert refused["Reply-Message"].startswith("The message for this sign-in was refused at its address or number.")
        assert "the code for a***n@example.com was refused" in (await radiusd.explained(ref_of(refused))).reason


async def test_who_has_another_address_says_whether_it_may_go_there(tmp_path):
    """X21, D14: nothing goes where the user does not expect it."""
    async with posting(tmp_path, MAILED % "", client="hold: 20s") as (radiusd, mail):
        mail.nobody.add("ann@example.com")
        await enrolled(radiusd, "work@example.org", "mail")
        asked = await radiusd.answers(await radiusd.asks(), "1", timeout=10)
        assert asked["Reply-Message"].startswith(
            "That address or number refused the message. Where should the code go? 1: w***k@example.org (added "
        )
        assert "the code for a***n@example.com was refused" in (await radiusd.last()).reason
        assert mail.mails == []
        challenge = await radiusd.answers(asked, "1", timeout=10)
        assert mail.mails[0].recipients == ["work@example.org"]
        code = CODE.search(mail.mails[0].text)[0]
        assert (await radiusd.answers(challenge, code)).code == "Access-Accept"


async def test_who_comes_back_has_the_approver_reminded_once(tmp_path):
    """D25: one more link to the same question, after the hold before ended undecided."""
    profile = APPROVED % ", remind_after: 1s"
    async with mailing(tmp_path, yaml(profile, client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert [mail.subject for mail in radiusd.sent] == ["ann asks to sign in", "Reminder: ann asks to sign in"]
        (row,) = await radiusd.server.store.read(lambda c: approvals.open_ones(c, time.time()))
        assert row.reminded_at is not None
        # Either link decides, and the next try is let in.
        assert (await radiusd.decides(await radiusd.token(0), approve=True)).counted
        assert (await radiusd.asks(timeout=5)).code == "Access-Accept"


async def test_a_reminder_too_many_is_done_without(tmp_path):
    profile = APPROVED % ", remind_after: 1s, asks_per_hour: 1"
    async with mailing(tmp_path, yaml(profile, client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        again = await radiusd.asks(timeout=5)
        assert "nobody decided" in (await radiusd.explained(ref_of(again))).reason
        assert len(radiusd.sent) == 1
        other = await radiusd.asks(timeout=5, station="another")
        assert other["Reply-Message"].startswith("Approval was asked for too often. Speak to whoever approves")


async def test_where_no_further_code_can_be_sent_the_last_one_is_good(tmp_path):
    """X22: the limit takes nothing away from who has a code."""
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 1, resend_after: 0s")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        kept = await radiusd.answers(challenge, "")
        assert kept.code == "Access-Challenge"
        assert kept["Reply-Message"].startswith("No further code can be sent now. Type the last one: it is still good.")
        assert len(radiusd.sent) == 1
        assert (await radiusd.answers(kept, radiusd.code())).code == "Access-Accept"
        other = await radiusd.asks(station="another")
        assert other["Reply-Message"].startswith("No code can be sent now: too many were sent lately.")


async def test_a_thief_of_the_password_leaves_the_user_a_code(tmp_path):
    """X22: of three an hour one is kept for the stations that the user has signed in from."""
    async with mailing(tmp_path, yaml("  plain: {method: password, directories: [local]}\n")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(station="home")).code == "Access-Accept"
        await reload(radiusd, yaml(MAILED % ", sends_per_hour: 3, resend_after: 0s"))
        thief = await radiusd.asks(station="cafe")
        thief = await radiusd.answers(thief, "", station="cafe")
        assert thief["Reply-Message"].startswith("A fresh code was sent")
        kept = await radiusd.answers(thief, "", station="cafe")
        assert kept["Reply-Message"].startswith("No further code can be sent now. Type the last one")
        other = await radiusd.asks(station="another cafe")
        assert other["Reply-Message"].startswith("No code can be sent now: too many were sent lately.")
        assert len(radiusd.sent) == 2
        home = await radiusd.asks(station="home")
        assert (home.code, len(radiusd.sent)) == ("Access-Challenge", 3)
        # At the limit Enter takes nothing away from her either.
        home = await radiusd.answers(home, "", station="home")
        assert home["Reply-Message"].startswith("No further code can be sent now. Type the last one")
        assert (await radiusd.answers(home, radiusd.code(), station="home")).code == "Access-Accept"


async def test_a_late_approval_that_was_revoked_lets_nobody_in(tmp_path):
    """X19: the next try asks anew."""
    async with mailing(tmp_path, yaml(APPROVED % ", asks_per_hour: 5", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        token = await radiusd.token()
        await radiusd.decides(token, approve=True)
        shown = await radiusd.desk.revoke(token, at=time.time(), source="127.0.0.9")
        assert (shown.counted, shown.state) == (True, LinkState.REVOKED)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        asked = [each for each in radiusd.sent if each.recipient != ANN["email"]]  # she is told to sign in again
        assert len(asked) == 2


async def test_what_came_of_informing_the_manager_is_in_the_audit(tmp_path):
    """X20: told once it was, not before."""
    informed = (
        "  informed: {method: approved_otp, type: manager_information, directories: [local], mail_servers: [out]}\n"
    )
    async with posting(tmp_path, informed) as (radiusd, mail):
        assert (await radiusd.asks()).code == "Access-Accept"
        await until(lambda: len(mail.mails) == 1)
        await radiusd.tells("information: informed")
        (accept,) = [row for row in await radiusd.audit() if row.outcome == "accept"]
        assert "boss@example.com is being told" in accept.detail
        (told,) = [row for row in await radiusd.audit() if row.step == "information"]
        assert (told.outcome, told.reason, told.login) == ("informed", "boss@example.com is informed", accept.login)
        (message,) = await radiusd.server.store.read(lambda c: messages.of_login(c, accept.login, 0.0))
        assert (message.carrier, message.cause) == ("out", "")
