"""A user with several addresses or numbers says where the code is to go (D14, S176, S177)."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from radiusd.one_time.choosing import ANSWERS
from store import enrollments
from store.enrollments import New
from tests.flows.mailing import APPROVED, BY_SMS, MAILED, mailing, state_of, yaml
from tests.flows.test_enrolled import changed, enrolled
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.proxy import radclient
from tests.servers.running import until

__all__ = ["postgres_server"]

ANN = {"email": "ann@example.com", "phone": "+905554443322"}
UTC_TIMES = "time_zone: UTC\n"
HOW = "Type a number, or press Enter for the first."
FIRST, SECOND = "Code sent to a***n@example.com", "Code sent to w***k@example.org"
MORE = ". No code yet? Press Enter, or type resend; resend and a number sends it elsewhere."


def today(form="%Y-%m-%d"):
    return datetime.now(UTC).strftime(form)


async def with_two(radiusd, **of):
    await radiusd.user("ann", **ANN, **of)
    return await enrolled(radiusd, "work@example.org", "mail")


@pytest.mark.row("S168", "S176", "S177", "S178")
async def test_the_code_goes_where_the_user_says(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "", more=UTC_TIMES)) as radiusd:
        made = await with_two(radiusd)
        asked = await radiusd.asks()
        assert asked["Reply-Message"] == (
            f"Where should the code go? 1: a***n@example.com, 2: w***k@example.org (added {today()}). {HOW}"
        )
        assert (asked.code, asked["Prompt"], radiusd.sent) == ("Access-Challenge", "Echo", [])
        challenge = await radiusd.answers(asked, "2")
        assert (challenge["Reply-Message"], challenge["Prompt"]) == (SECOND + MORE, "No-Echo")
        assert [each.recipient for each in radiusd.sent] == ["work@example.org"]
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"
        assert await radiusd.story() == ["begin: challenge", "answer: challenge", "answer: accept"]
        row = await radiusd.server.store.read(lambda c: enrollments.get(c, made.id))
        assert (row.last_used_station, row.last_used_client) == ("pc", "nas")
        # The one that was used last stands first.
        await _knows_of_the_use(radiusd, made)
        again = await radiusd.asks(station="other")
        assert f"1: w***k@example.org (used {today()}), 2: a***n@example.com. " in again["Reply-Message"]


async def _knows_of_the_use(radiusd, made):
    rows = radiusd.server._memories.enrolled.addresses._rows
    await until(lambda: any(row.last_used_at for of in rows.values() for row in of if row.id == made.id))


@pytest.mark.parametrize(("typed", "goes"), [("", FIRST), ("1", FIRST), (" 2) ", SECOND), ("2\0", SECOND)])
async def test_what_may_be_typed(tmp_path, typed, goes):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await with_two(radiusd)
        challenge = await radiusd.answers(await radiusd.asks(), typed)
        assert challenge["Reply-Message"].startswith(goes)


async def test_turkish_users_are_asked_in_turkish(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "", more=UTC_TIMES)) as radiusd:
        await radiusd.user("ann", **ANN, language="tr")
        await enrolled(radiusd)
        asked = await radiusd.asks()
        assert asked["Reply-Message"] == (
            f"Kod nereye gönderilsin? 1: +90********22, 2: +90********01 (eklenme: {today('%d.%m.%Y')})."
            " Numarasını yazın; ilki için Enter'a basmanız yeterli."
        )
        challenge = await radiusd.answers(asked, "2")
        assert challenge["Reply-Message"] == (
            'Kod gönderildi: +90********01. Kod gelmediyse Enter\'a basın ya da "yeniden" yazın; başka bir yere gönderilmesi'
            ' için "yeniden" yazıp yanına numarasını ekleyin.'
        )


async def test_what_the_user_calls_it_is_shown(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "", more=UTC_TIMES)) as radiusd:
        await radiusd.user("ann", **ANN)
        ann = await radiusd.server.directories["local"].find("ann", 1e9)
        new = New(
            "local",
            ann.unique_id,
            "ann",
            "mobile",
            "+905550000001",
            "Work\nphone \N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 99,
        )
        await radiusd.server.store.write(lambda c: enrollments.add(c, new, time.time()))
        await until(lambda: radiusd.server._memories.enrolled.addresses.of(ann))
        assert f"2: Workphone {'x' * 14} +90********01 (added" in (await radiusd.asks())["Reply-Message"]


async def test_what_is_no_number_is_asked_again_and_is_no_failure(tmp_path):
    more = "blocking: {failed_attempts: {password: 1, code: 1}}\n"
    async with mailing(tmp_path, yaml(MAILED % "", more=more)) as radiusd:
        await with_two(radiusd)
        asked = await radiusd.asks()
        for typed in ("3", "0", "work", "123456")[: ANSWERS - 1]:
            asked = await radiusd.answers(asked, typed)
            assert asked["Reply-Message"].startswith("That is none of the choices. Where should the code go? 1: a***n@")
        told = await radiusd.answers(asked, "9")
        assert told.code == "Access-Reject"
        assert told["Reply-Message"].startswith("None of the choices was typed. Sign in again. Ref ")
        assert radiusd.sent == []
        assert (await radiusd.asks()).code == "Access-Challenge"  # nobody is blocked by it


@pytest.mark.parametrize(
    ("client", "asks"),
    [("challenge: 1", FIRST), ("challenge: 2", "Where should"), ("challenge: false", f"{FIRST}. Sign in again with")],
)
async def test_where_nobody_can_be_asked_the_one_used_last_is_taken(tmp_path, client, asks):
    async with mailing(tmp_path, yaml(MAILED % "", client=client)) as radiusd:
        await with_two(radiusd)
        asked = await radiusd.asks()
        assert asked["Reply-Message"].startswith(asks)
        if asked["Reply-Message"].startswith("Where"):
            asked = await radiusd.answers(asked, "1")
            assert asked["Reply-Message"] == FIRST
        if asked.code == "Access-Reject":
            assert (await radiusd.asks(password=f"tulip{radiusd.code()}")).code == "Access-Accept"
        else:
            assert (await radiusd.answers(asked, radiusd.code())).code == "Access-Accept"


async def test_where_the_question_would_take_what_another_factor_needs_it_is_not_asked(tmp_path):
    """Two Challenges: one for each code, and none to ask where the first is to go."""
    approved = APPROVED % ", methods: [password, mailed, by-sms]"
    text = yaml(MAILED % "" + BY_SMS % "" + approved, client="hold: 20s, challenge: 2")
    async with mailing(
        tmp_path, text.replace("profiles: [mailed, by-sms, approved]", "profiles: [approved]")
    ) as radiusd:
        await with_two(radiusd, sponsor_email="boss@example.com")
        challenge = await radiusd.asks()
        assert challenge["Reply-Message"] == FIRST
        challenge = await radiusd.answers(challenge, radiusd.code())
        assert challenge["Reply-Message"] == "Code sent to +90********22"
        held = asyncio.create_task(radiusd.answers(challenge, radiusd.code(), timeout=15.0))
        await radiusd.decides(await radiusd.token(-1, 3), approve=True)
        assert (await held).code == "Access-Accept"


async def test_who_begins_anew_is_asked_again(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "", client="challenge: 2")) as radiusd:
        await with_two(radiusd)
        await radiusd.asks()
        challenge = await radiusd.answers(await radiusd.asks(), "2")
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"


async def test_a_resend_may_go_elsewhere(tmp_path):
    """The code that went to the first is good no more."""
    async with mailing(tmp_path, yaml(MAILED % ", resend_after: 0s")) as radiusd:
        await with_two(radiusd)
        challenge = await radiusd.answers(await radiusd.asks(), "1")
        other = await radiusd.answers(challenge, "resend 2")
        assert other["Reply-Message"] == f"A fresh code was sent; earlier ones no longer work. {SECOND}{MORE}"
        assert [each.recipient for each in radiusd.sent] == ["ann@example.com", "work@example.org"]
        back = await radiusd.answers(other, "1")  # no code is as short
        assert back["Reply-Message"].endswith(FIRST + MORE)
        same = await radiusd.answers(back, "")
        assert [each.recipient for each in radiusd.sent[2:]] == ["ann@example.com"] * 2
        if radiusd.code(1) not in {radiusd.code(0), radiusd.code(2), radiusd.code(3)}:
            same = await radiusd.answers(same, radiusd.code(1))
            assert same["Reply-Message"].startswith("This code was replaced.")
        assert (await radiusd.answers(same, radiusd.code(3))).code == "Access-Accept"


async def test_not_sooner_wherever_it_goes(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 9")) as radiusd:
        await with_two(radiusd)
        challenge = await radiusd.answers(await radiusd.asks(), "1")
        soon = await radiusd.answers(challenge, "resend 2")
        assert soon["Reply-Message"].startswith("A fresh code can be sent in ")
        assert f" {FIRST}." in soon["Reply-Message"]
        assert len(radiusd.sent) == 1


async def test_messages_are_limited_over_all_of_them(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 3, resend_after: 0s")) as radiusd:
        await with_two(radiusd)
        challenge = await radiusd.answers(await radiusd.asks(), "1")
        # A third of them is kept for stations that are known.
        told = await radiusd.answers(await radiusd.answers(challenge, "resend 2"), "resend 1")
        assert told["Reply-Message"].startswith(
            "No further code can be sent now. Type the last one: it is still good. Code sent to w***k"
        )
        assert (await radiusd.answers(told, radiusd.code())).code == "Access-Accept"


async def test_a_restart_between_the_question_and_its_answer(tmp_path):
    """A number means what was shown, though another one has been used since."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        made = await with_two(radiusd)
        asked = await radiusd.asks()
        await radiusd.server.store.write(lambda c: enrollments.use(c, made.id, time.time(), "pc", "nas"))
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        challenge = await radiusd.answers(asked, "1")
        assert challenge["Reply-Message"].startswith(FIRST)
        code = radiusd.code()
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        assert (await radiusd.answers(challenge, code)).code == "Access-Accept"


async def test_one_that_was_disabled_meanwhile_is_sent_nothing(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        made = await with_two(radiusd)
        asked = await radiusd.asks()
        await changed(radiusd, enrollments.disable, made.id)
        assert (await radiusd.answers(asked, "2")).code == "Access-Reject"
        assert (await radiusd.last()).reason == "what was chosen can be used no more"
        assert radiusd.sent == []
        assert (await radiusd.asks())["Reply-Message"].startswith(FIRST)  # one is left, and nothing to be asked


async def test_a_fresh_request_joins_the_question(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await with_two(radiusd)
        first, second = await radiusd.asks(), await radiusd.asks()
        assert state_of(first) != state_of(second)
        challenge = await radiusd.answers(first, "2")
        joined = await radiusd.asks()
        assert joined["Reply-Message"] == challenge["Reply-Message"]
        assert len(radiusd.sent) == 1
        assert (await radiusd.answers(joined, radiusd.code())).code == "Access-Accept"
        assert len(await radiusd.logins()) == 1


async def test_asked_by_one_node_answered_at_the_other(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "")) as (a, b):
        made = await with_two(a)
        await until(
            lambda: any(row.id == made.id for of in b.server._memories.enrolled.addresses._rows.values() for row in of)
        )
        asked = await a.asks()
        challenge = await b.answers(asked, "2")
        assert challenge["Reply-Message"].startswith(SECOND)
        replies = await asyncio.gather(a.answers(challenge, b.code()), b.answers(challenge, b.code()))
        assert sorted(reply.code for reply in replies) == ["Access-Accept", "Access-Reject"]


async def test_on_the_wire_with_radclient(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await with_two(radiusd)
        secret, port = "correct horse battery", radiusd.radiusd.port
        ann = {"User_Name": "ann", "Calling_Station_Id": "pc"}
        asked = await radclient(port, secret, {**ann, "User_Password": "tulip"})
        assert asked["Reply-Message"].startswith(
            "Where should the code go? 1: a***n@example.com, 2: w***k@example.org (added"
        )
        code = await radclient(port, secret, {**ann, "User_Password": "2", "State": asked["State"]})
        assert code["Reply-Message"] == SECOND + MORE
        accept = await radclient(port, secret, {**ann, "User_Password": radiusd.code(), "State": code["State"]})
        assert accept.code == "Access-Accept"
