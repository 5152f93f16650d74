"""A code by mail or SMS: what the NAS sends, what the user reads and types, what the server answers."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import select

from radiusd.login.changes import STATES_KEPT
from store import logins, messages
from store.records import MessageRow
from tests.flows.mailing import BY_SMS, MAILED, mailing, ref_of, state_of, yaml
from tests.servers.running import until

ANN = {"email": "ann@example.com", "phone": "+905554443322", "framed_ip_address": "10.1.2.3"}


@pytest.mark.row("S98", "S99", "S116", "S117", "S118", "S119", "S121", "S210")
async def test_a_code_by_mail(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        assert challenge.code == "Access-Challenge"
        assert challenge["Reply-Message"] == "Code sent to a***n@example.com. No code yet? Press Enter, or type resend."
        assert challenge["Prompt"] == "No-Echo"
        assert [(mail.recipient, mail.subject) for mail in radiusd.sent] == [("ann@example.com", "Your sign-in code")]
        accept = await radiusd.answers(challenge, radiusd.code())
        assert accept.code == "Access-Accept"
        assert accept["Framed-IP-Address"] == "10.1.2.3"
        assert await radiusd.story() == ["begin: challenge", "answer: accept"]
        assert len(await radiusd.logins()) == 1


@pytest.mark.row("S206")
async def test_a_code_by_sms(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        assert challenge["Reply-Message"] == "Code sent to +90********22. No code yet? Press Enter, or type resend."
        sms = radiusd.sent[0]
        assert (sms.kind, sms.recipient) == ("sms", "+905554443322")
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"


async def test_turkish_users_read_turkish(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN, language="tr", first_name="Işıl", last_name="Öğüt")
        challenge = await radiusd.asks()
        assert radiusd.sent[0].subject == "Oturum açma kodunuz"
        assert "Işıl Öğüt" in radiusd.sent[0].text
        wrong = await radiusd.answers(challenge, "000000x")
        assert wrong["Reply-Message"].startswith("Kod yanlış.")


@pytest.mark.row("S116")
async def test_who_begins_anew_is_asked_for_the_same_code_by_a_nas_that_can_show_one_challenge(tmp_path):
    """A request without a State is another conversation of the NAS, whose Challenges are counted anew."""
    async with mailing(tmp_path, yaml(MAILED % "", client="challenge: 1")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks()
        again = await radiusd.asks()
        assert (again.code, again["Reply-Message"]) == ("Access-Challenge", "Code sent to a***n@example.com")
        assert len(radiusd.sent) == 1
        assert (await radiusd.answers(again, radiusd.code())).code == "Access-Accept"
        third = await radiusd.asks()
        assert (await radiusd.answers(third, "12")).code == "Access-Reject"  # none is left to ask again


async def test_nothing_is_sent_before_the_password_is_right(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(password="rose")).code == "Access-Reject"
        assert radiusd.sent == []


async def test_wrong_codes_end_the_login(tmp_path):
    """S5: the right code after too many wrong ones is nothing."""
    async with mailing(tmp_path, yaml(MAILED % ", attempts: 3")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        right = radiusd.code()
        wrong = "000000" if right != "000000" else "111111"
        second = await radiusd.answers(challenge, wrong)
        assert second.code == "Access-Challenge"
        assert second["Reply-Message"].startswith("Wrong code. Code sent to")
        third = await radiusd.answers(second, wrong)
        assert third.code == "Access-Challenge"
        assert (await radiusd.answers(third, wrong)).code == "Access-Reject"
        assert (await radiusd.answers(third, right)).code == "Access-Reject"
        assert "code wrong, 3 times" in [row.reason for row in await radiusd.audit()]


@pytest.mark.row("S263")
async def test_wrong_codes_block(tmp_path):
    more = "blocking: {failed_attempts: {password: 5, code: 2}}\n"
    async with mailing(tmp_path, yaml(MAILED % "", more=more)) as radiusd:
        await radiusd.user("ann", **ANN)
        second = await radiusd.answers(await radiusd.asks(), "12")
        assert second.code == "Access-Challenge"
        blocked = await radiusd.answers(await radiusd.answers(second, "13"), radiusd.code())
        assert blocked.code == "Access-Reject"
        assert "blocked" in (await radiusd.explained(ref_of(blocked))).reason
        assert (await radiusd.asks()).code == "Access-Reject"


@pytest.mark.row("S98")
async def test_a_code_is_used_once(tmp_path):
    """S1: twenty right answers at the same moment, one Accept."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        code = radiusd.code()
        replies = await asyncio.gather(*(radiusd.answers(challenge, code) for _ in range(20)))
        assert sorted(reply.code for reply in replies) == ["Access-Accept"] + ["Access-Reject"] * 19


async def test_the_code_of_one_login_is_nothing_in_another(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        first = await radiusd.asks(station="pc")
        second = await radiusd.asks(station="phone")
        assert (await radiusd.answers(second, radiusd.code(0))).code == "Access-Challenge"
        assert (await radiusd.answers(first, radiusd.code(0))).code == "Access-Accept"


async def test_an_empty_answer_sends_a_fresh_code_not_sooner(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", resend_after: 1s")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        soon = await radiusd.answers(challenge, "")
        assert soon["Reply-Message"].startswith("A fresh code can be sent in 1 second.")
        assert len(radiusd.sent) == 1
        await asyncio.sleep(1.1)
        again = await radiusd.answers(soon, "resend")
        assert len(radiusd.sent) == 2
        old, new = radiusd.code(0), radiusd.code(1)
        if old != new:
            wrong = await radiusd.answers(again, old)
            assert wrong.code == "Access-Challenge"
            again = wrong
        assert (await radiusd.answers(again, new)).code == "Access-Accept"


@pytest.mark.row("S114", "S120", "S172")
async def test_an_old_code_is_nothing(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", validity: 1s, resend_after: 0s")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        await asyncio.sleep(1.1)
        late = await radiusd.answers(challenge, radiusd.code())
        assert late["Reply-Message"].startswith("The code has expired.")
        assert (await radiusd.answers(late, radiusd.code())).code == "Access-Accept"
        assert len(radiusd.sent) == 2


async def test_a_fresh_request_gets_the_same_code(tmp_path):
    """D3: a new port, Identifier and Authenticator; one login, one mail, and either State is good."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        first = await radiusd.asks()
        second = await radiusd.asks()
        assert state_of(first) != state_of(second)
        assert first["Reply-Message"] == second["Reply-Message"]
        assert len(radiusd.sent) == 1
        assert (await radiusd.answers(second, radiusd.code())).code == "Access-Accept"
        assert len(await radiusd.logins()) == 1
        used = await radiusd.answers(first, radiusd.code())
        assert used.code == "Access-Reject"


async def test_a_fresh_request_is_not_told_of_a_wrong_code(tmp_path):
    """Whoever types the password anew has typed no code yet; the tries that are left are the same."""
    async with mailing(tmp_path, yaml(MAILED % ", attempts: 2")) as radiusd:
        await radiusd.user("ann", **ANN)
        first = await radiusd.asks()
        wrong = await radiusd.answers(first, "00000000")
        assert wrong["Reply-Message"] == "Wrong code. " + first["Reply-Message"]
        anew = await radiusd.asks()
        assert anew["Reply-Message"] == first["Reply-Message"]
        assert (await radiusd.answers(anew, "00000000")).code == "Access-Reject"
        assert len(radiusd.sent) == 1


async def test_requests_at_the_same_moment_are_one_login(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        # Not more than States are kept of a login: which of them comes last is chance.
        replies = await asyncio.gather(*(radiusd.asks() for _ in range(STATES_KEPT)))
        assert {reply.code for reply in replies} == {"Access-Challenge"}
        assert len(radiusd.sent) == 1
        assert len(await radiusd.logins()) == 1
        last = replies[-1]
        assert (await radiusd.answers(last, radiusd.code())).code == "Access-Accept"


async def test_a_login_that_ends_before_its_message_is_made_again(tmp_path):
    """After a start: the code had arrived, and is typed before the message that may not have left has its turn."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        server = radiusd.server
        [row] = await server.store.read(
            lambda c: [MessageRow._make(each) for each in c.execute(select(*messages.COLUMNS))]
        )
        login = await server._known.find(row.login)
        login.unsent = True
        async with login.lock:
            answered = asyncio.create_task(radiusd.answers(challenge, radiusd.code()))
            await until(lambda: len(login.lock._waiters or ()) == 1)
            again = asyncio.create_task(server._engine.restarting.send_again([row]))
            await until(lambda: len(login.lock._waiters) == 2)
        assert (await answered).code == "Access-Accept"
        await again
        assert len(radiusd.sent) == 1


async def test_a_message_that_may_not_have_left_is_made_again(tmp_path):
    """The opposite: nobody typed anything; both codes are good."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        server = radiusd.server
        [row] = await server.store.read(
            lambda c: [MessageRow._make(each) for each in c.execute(select(*messages.COLUMNS))]
        )
        (await server._known.find(row.login)).unsent = True
        await server._engine.restarting.send_again([row])
        await until(lambda: len(radiusd.sent) == 2)
        assert (await radiusd.answers(challenge, radiusd.code(0))).code == "Access-Accept"


async def test_a_wrong_password_never_joins(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks()
        assert (await radiusd.asks(password="rose")).code == "Access-Reject"


async def test_a_changed_password_ends_what_was_begun(tmp_path):
    """What was proved with the old one is worth nothing for the new."""
    from tests.servers.running import hashed

    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks()
        await radiusd.change("ann", password_hash=hashed("orchid"))
        fresh = await radiusd.asks(password="orchid")
        assert fresh.code == "Access-Challenge"
        assert len(radiusd.sent) == 2
        assert (await radiusd.answers(fresh, radiusd.code(1))).code == "Access-Accept"


@pytest.mark.row("S141")
async def test_messages_are_limited(tmp_path):
    """D13."""
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 2")) as radiusd:
        await radiusd.user("ann", **ANN)
        for station in ("one", "two"):
            assert (await radiusd.asks(station=station)).code == "Access-Challenge"
        refused = await radiusd.asks(station="three")
        assert refused.code == "Access-Reject"
        assert "an hour allows" in (await radiusd.explained(ref_of(refused))).reason
        assert len(radiusd.sent) == 2


async def test_messages_count_that_were_sent_before_a_restart(tmp_path):
    settings = yaml(MAILED % ", sends_per_hour: 2")
    async with mailing(tmp_path, settings) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(station="one")).code == "Access-Challenge"
    async with mailing(tmp_path, settings) as radiusd:
        assert (await radiusd.asks(station="two")).code == "Access-Challenge"
        assert (await radiusd.asks(station="three")).code == "Access-Reject"
        assert len(radiusd.sent) == 1


async def test_of_messages_that_are_asked_for_at_once_no_more_are_sent_than_may(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 2")) as radiusd:
        await radiusd.user("ann", **ANN)
        replies = await asyncio.gather(*(radiusd.asks(station=f"pc-{number}") for number in range(5)))
        assert sorted(reply.code for reply in replies) == ["Access-Challenge"] * 2 + ["Access-Reject"] * 3
        assert len(radiusd.sent) == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "the user has no mail address"),
        ({"email": "ann at example"}, "the user's mail address is not one"),
    ],
)
@pytest.mark.row("S123", "S124")
async def test_no_address_reads_like_every_refusal(tmp_path, fields, reason):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **fields)
        refused = await radiusd.asks()
        row = await radiusd.explained(ref_of(refused))
        assert refused["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert row.reason == reason


async def test_sms_goes_to_allowed_countries_alone(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "")) as radiusd:
        await radiusd.user("ann", phone="+4915123456789")
        refused = await radiusd.asks()
        assert "enrollment.countries" in (await radiusd.explained(ref_of(refused))).reason
        assert radiusd.sent == []


async def test_a_client_that_shows_no_challenge(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", placement: challenge", client="challenge: false")) as radiusd:
        await radiusd.user("ann", **ANN)
        refused = await radiusd.asks()
        assert radiusd.sent == []
        assert "Challenge" in (await radiusd.explained(ref_of(refused))).reason
        assert radiusd.sent == []


async def test_a_code_behind_the_password(tmp_path):
    """A NAS that can show nothing: the first try sends the code, the second carries both."""
    async with mailing(tmp_path, yaml(MAILED % "", client="challenge: false")) as radiusd:
        await radiusd.user("ann", **ANN)
        first = await radiusd.asks()
        assert first.code == "Access-Reject"
        assert first["Reply-Message"].startswith(
            "Code sent to a***n@example.com. Sign in again with the code behind your password. Ref "
        )
        assert (await radiusd.asks()).code == "Access-Reject"
        assert len(radiusd.sent) == 1
        wrong = "000000" if radiusd.code() != "000000" else "111111"
        assert (await radiusd.asks(password="tulip" + wrong))["Reply-Message"].startswith("Wrong code.")
        assert (await radiusd.asks(password="rose" + radiusd.code())).code == "Access-Reject"
        assert (await radiusd.asks(password="tulip" + radiusd.code())).code == "Access-Accept"
        assert (await radiusd.asks(password="tulip" + radiusd.code())).code == "Access-Reject"


async def test_a_client_that_shows_one_challenge(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "", client="challenge: 1")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.answers(await radiusd.asks(), "1")).code == "Access-Reject"
        again = await radiusd.asks()
        assert (await radiusd.answers(again, radiusd.code())).code == "Access-Accept"


@pytest.mark.parametrize("state", [b"x", b"x" * 24, b"x" * 200])
async def test_a_state_of_somebody_else(tmp_path, state):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        refused = await radiusd.asks(State=state)
        assert refused.code == "Access-Reject"
        assert (await radiusd.explained(ref_of(refused))).reason == "the State is not one of ours"


async def test_a_state_is_its_users(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob", email="bob@example.com")
        challenge = await radiusd.asks()
        assert (await radiusd.answers(challenge, radiusd.code(), name="bob")).code == "Access-Reject"
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"


async def test_disabled_between_password_and_code(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        await radiusd.change("ann", enabled=False)
        refused = await radiusd.answers(challenge, radiusd.code())
        assert (await radiusd.explained(ref_of(refused))).reason == "the user is disabled"


async def test_a_login_ends_in_time(tmp_path):
    more = "security: {reject_delay: 0s, login_timeout: 1s}\n"
    text = yaml(MAILED % "", more="").replace("security: {reject_delay: 0s}\n", more)
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        await asyncio.sleep(1.2)
        refused = await radiusd.answers(challenge, radiusd.code())
        assert "expired" in (await radiusd.explained(ref_of(refused))).reason
        fresh = await radiusd.asks()
        assert fresh.code == "Access-Challenge"
        assert len(radiusd.sent) == 2


async def test_no_code_is_in_the_database(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        rows = await radiusd.server.store.read(lambda c: logins.live(c, time.time(), 0.0))
        told = repr(rows) + repr(await radiusd.audit())
        assert radiusd.code() not in told
        assert state_of(challenge).hex() not in told
        await until(lambda: True)
