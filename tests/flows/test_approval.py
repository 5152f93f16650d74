"""Approved OTP: the request is held until a manager decides; what the NAS sends, what it gets, who was asked."""

from __future__ import annotations

import asyncio
import time

import pytest

from radiusd.administration import blocks, many_users, users
from radiusd.administration.changes import Administrator
from radiusd.rules.links import LinkState
from store import approvals
from store.blocks import know_station
from tests.flows.mailing import APPROVED, MAILED, mailing, ref_of, yaml
from tests.servers.running import hashed, until

ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com", "framed_ip_address": "10.1.2.3"}
UNDECIDED = "Nobody has decided yet. Once your sign-in is approved, sign in again: you need not wait any more. Ref "
OTHER_DECIDED = "Another sign-in of yours was decided. Sign in again. Ref "
HELD = "hold: 20s, challenge: false"
SHORT = "hold: 2s, challenge: false"  # an answer is due after 1.5 s
DESK = Administrator("dana", "command line")


@pytest.mark.row("S1", "S6", "S7", "S16", "S22", "S25", "S29", "S31")
async def test_approved(tmp_path):
    """S6, S7, S29, S31."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN, first_name="Ann", last_name="Example")
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        assert radiusd.sent[0].recipient == "boss@example.com"
        assert radiusd.sent[0].subject == "Ann Example asks to sign in"
        assert (await radiusd.desk.look(token, time.time())).state is LinkState.OPEN
        assert not asked.done()
        await radiusd.decides(token, approve=True)
        accept = await asked
        assert accept.code == "Access-Accept"
        assert accept["Framed-IP-Address"] == "10.1.2.3"
        assert await radiusd.story() == ["begin: waiting", "decision: approved", "decision: accept"]
        assert (await radiusd.desk.look(token, time.time())).state is LinkState.USED


@pytest.mark.row("S7", "S25", "S31")
async def test_refused(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        await radiusd.decides(await radiusd.token(), approve=False)
        refused = await asked
        assert refused.code == "Access-Reject"
        assert (await radiusd.explained(ref_of(refused))).reason == "rejected by boss@example.com"
        # S: nobody is asked again for a while.
        quiet = await radiusd.asks()
        assert "nobody is asked again" in (await radiusd.explained(ref_of(quiet))).reason
        assert len(radiusd.questions) == 1


async def test_a_retransmission_is_the_same_request(tmp_path):
    """The same octets three times: one mail, one approval, one Accept."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=1, tries=5))
        token = await radiusd.token()
        await asyncio.sleep(2.2)
        await radiusd.decides(token, approve=True)
        assert (await asked).code == "Access-Accept"
        assert len(radiusd.questions) == 1
        assert (await radiusd.story()).count("decision: accept") == 1


async def test_a_fresh_request_joins_and_is_the_one_accepted(tmp_path):
    """D3: the newest request of that station gets the Accept; the earlier one gets none."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(timeout=3))
        token = await radiusd.token()
        second = asyncio.create_task(radiusd.asks(timeout=10))
        await radiusd.waits(2)
        await radiusd.decides(token, approve=True)
        assert (await second).code == "Access-Accept"
        with pytest.raises(Exception, match="answer"):
            await first
        assert len(radiusd.questions) == 1
        assert len(await radiusd.logins()) == 1


async def test_a_newer_request_of_the_station_ends_the_older_one(tmp_path):
    """D23: it proved the password again, so the NAS has given the older one up; of a station one is held."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = [asyncio.create_task(radiusd.asks(timeout=10)) for _ in range(8)]
        token = await radiusd.token()
        await radiusd.waits(8)
        assert len(radiusd.server._holds) == 1
        await radiusd.decides(token, approve=True)
        replies = await asyncio.gather(*asked, return_exceptions=True)
        assert [reply.code for reply in replies if not isinstance(reply, Exception)] == ["Access-Accept"]


async def test_a_refusal_goes_to_all(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(station="", timeout=10))
        token = await radiusd.token()
        second = asyncio.create_task(radiusd.asks(station="", timeout=10))
        await until(lambda: len(radiusd.server._holds) == 2)
        await radiusd.decides(token, approve=False)
        assert [(await each).code for each in (first, second)] == ["Access-Reject"] * 2


async def test_another_station_is_another_login(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(station="pc", timeout=3))
        await radiusd.token()
        second = asyncio.create_task(radiusd.asks(station="phone", timeout=10))
        await radiusd.decides(await radiusd.token(1, count=2), approve=True)
        assert (await second).code == "Access-Accept"
        with pytest.raises(Exception, match="answer"):
            await first


@pytest.mark.row("S25", "S30")
async def test_hold_then_ask(tmp_path):
    """D1: a NAS that shows a challenge is asked to wait on, and held again on the empty answer."""
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 2s")) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = await radiusd.asks(timeout=5)
        assert asked.code == "Access-Challenge"
        assert asked["Reply-Message"] == "Waiting for manager approval. Press Enter to check again."
        assert asked["Prompt"] == "Echo"
        again = await radiusd.answers(asked, "", timeout=5)
        assert again.code == "Access-Challenge"
        held = asyncio.create_task(radiusd.answers(again, "", timeout=5))
        await until(lambda: len(radiusd.server._holds) == 1)
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await held).code == "Access-Accept"
        assert len(radiusd.questions) == 1


async def test_a_decision_while_the_user_looks_at_the_prompt(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % ", late_approval: 0s", client="hold: 2s")) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = await radiusd.asks(timeout=5)
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.answers(asked, "", timeout=5)).code == "Access-Accept"


async def test_a_nas_that_shows_nothing_is_rejected_before_it_gives_up(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        begun = time.monotonic()
        refused = await radiusd.asks(timeout=5)
        assert refused.code == "Access-Reject"
        assert refused["Reply-Message"].startswith("Nobody has decided yet. ")
        assert time.monotonic() - begun < 2.0


async def test_a_late_approval_lets_the_next_try_in_once(tmp_path):
    """D2, B1: after the password was checked again."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        token = await radiusd.token()
        assert (await radiusd.desk.look(token, time.time())).state is LinkState.GRANT
        await radiusd.decides(token, approve=True)
        assert (await radiusd.asks(password="rose")).code == "Access-Reject"
        assert (await radiusd.asks(station="phone", timeout=5)).code == "Access-Reject"
        assert len(radiusd.questions) == 2
        assert (await radiusd.asks()).code == "Access-Accept"
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert len(radiusd.questions) == 3


async def test_a_late_approval_of_a_changed_password_is_nothing(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks(timeout=5)
        await radiusd.decides(await radiusd.token(), approve=True)
        await radiusd.change("ann", password_hash=hashed("orchid"))
        assert (await radiusd.asks(password="orchid", timeout=5)).code == "Access-Reject"
        assert len(radiusd.questions) == 2


async def test_a_late_approval_ends_in_time(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % ", late_approval: 1s", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks(timeout=5)
        await radiusd.decides(await radiusd.token(), approve=True)
        await asyncio.sleep(1.2)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert len(radiusd.questions) == 2  # somebody is asked anew


async def approved_late(radiusd, station="pc"):
    await radiusd.user("ann", **ANN)
    assert (await radiusd.asks(station=station, timeout=5)).code == "Access-Reject"
    assert (await radiusd.decides(await radiusd.token(), approve=True)).counted


async def ann_is(radiusd, *, enabled):
    await radiusd.server.store.write(lambda c: users.set_enabled(c, DESK, "local", "ann", time.time(), enabled=enabled))


async def block_of_ann(radiusd, station="", decided=""):
    """It was made, and is removed again; meanwhile it is `decided` by that link, and tried."""
    store = radiusd.server.store
    person = ("local", (await store.read(lambda c: users.find(c, "ann"))).unique_id)
    block = await store.write(lambda c: blocks.add(c, DESK, person, "ann", time.time(), seconds=None, station=station))
    await until(lambda: person in radiusd.server._lasting.standing._blocks)
    if decided:
        assert (await radiusd.decides(decided, approve=True)).counted
        assert "blocked" in (await radiusd.explained(ref_of(await radiusd.asks()))).reason
    await store.write(lambda c: blocks.remove(c, DESK, [block], time.time()))
    await until(lambda: person not in radiusd.server._lasting.standing._blocks)


async def ended(radiusd, why):
    """The next try lets nobody in: somebody is asked anew."""
    assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
    assert len(radiusd.questions) == 2
    rows = [row.reason for row in await radiusd.audit() if row.outcome == "revoked"]
    assert rows == [f"revoked by {why}"]


async def test_a_late_approval_ends_when_the_user_is_disabled(tmp_path):
    """D2: enabling them again revives none."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        await ann_is(radiusd, enabled=False)
        assert (await radiusd.explained(ref_of(await radiusd.asks()))).reason == "the user is disabled"
        await ann_is(radiusd, enabled=True)
        await ended(radiusd, "a disabled account")


async def test_a_late_approval_ends_with_an_account_that_had_expired(tmp_path):
    """D2: whoever lets it live longer revives none."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        await radiusd.change("ann", expires_at=time.time() - 1)
        await radiusd.server.store.write(
            lambda c: users.edit(c, DESK, "local", "ann", {"expires_at": None}, time.time())
        )
        await ended(radiusd, "an expired account")


async def test_a_late_approval_ends_when_many_are_disabled_at_once(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        for enabled in (False, True):
            ann = await radiusd.server.store.read(lambda c: users.find(c, "ann"))
            changes = [(ann, {"enabled": enabled})]
            await radiusd.server.store.write(
                lambda c, some=changes: many_users.edit(c, DESK, "local", some, "user changed", time.time())
            )
        await ended(radiusd, "a disabled account")


async def test_a_late_approval_ends_with_a_try_that_is_refused(tmp_path):
    """D2: of who is disabled where no transaction of ours tells, such as in LDAP, the refusal is what ends it."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        await radiusd.change("ann", enabled=False)
        assert (await radiusd.asks(station="phone")).code == "Access-Reject"
        await radiusd.change("ann", enabled=True)
        await ended(radiusd, "a disabled account")


@pytest.mark.parametrize("station", ["", "pc"])
async def test_a_late_approval_ends_when_the_user_is_blocked(tmp_path, station):
    """D2: removing the block again revives none."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        await block_of_ann(radiusd, station)
        await ended(radiusd, "a block")


async def test_a_late_approval_that_is_given_during_a_block_ends_with_a_try_that_is_refused(tmp_path):
    """D2: what the page said would do nothing does nothing."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        await block_of_ann(radiusd, decided=await radiusd.token())
        await ended(radiusd, "a block")


async def test_a_block_of_another_station_ends_no_late_approval(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await approved_late(radiusd)
        await block_of_ann(radiusd, "phone")
        assert (await radiusd.asks()).code == "Access-Accept"


@pytest.mark.parametrize("known", [False, True])
async def test_a_block_of_unknown_stations_ends_late_approvals_of_those_alone(tmp_path, known):
    """D2: wrong passwords from anywhere, and an administrator who lets the user in again."""
    more = "blocking: {failed_attempts: 50, user_limit: 3}\n"
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT, more=more)) as radiusd:
        await radiusd.user("ann", **ANN)
        store = radiusd.server.store
        person = ("local", (await store.read(lambda c: users.find(c, "ann"))).unique_id)
        if known:
            await store.write(lambda c: know_station(c, *person, "pc", time.time()))
        assert (await radiusd.asks(timeout=5)).code == "Access-Reject"
        assert (await radiusd.decides(await radiusd.token(), approve=True)).counted
        for number in range(3):
            await radiusd.asks(password=f"guess {number}", station=f"far {number}")
        (block,) = await store.read(lambda c: blocks.active(c, time.time()))
        assert block.scope == "unknown_stations"
        if known:
            assert (await radiusd.asks()).code == "Access-Accept"
            return
        await store.write(lambda c: blocks.remove(c, DESK, [block], time.time()))
        await until(lambda: person not in radiusd.server._lasting.standing._blocks)
        await ended(radiusd, "a block")


async def test_a_disabled_user_is_not_let_in_by_a_click(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        await radiusd.change("ann", enabled=False)
        await radiusd.decides(token, approve=True)
        refused = await asked
        assert (await radiusd.explained(ref_of(refused))).reason == "the user is disabled"


async def test_with_nothing_to_prove_a_late_approval_is_its_station_s(tmp_path):
    """D2: whoever knows the name could use it otherwise."""
    async with mailing(tmp_path, yaml(APPROVED % ", methods: []", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        waited = await radiusd.asks(password="none", timeout=5)
        assert waited.code == "Access-Reject"
        assert waited["Reply-Message"].startswith(UNDECIDED)
        await radiusd.decides(await radiusd.token(), approve=True)
        for station in ("phone", ""):
            assert (await radiusd.asks(password="none", station=station, timeout=5)).code == "Access-Reject"
        assert (await radiusd.asks(password="none", timeout=5)).code == "Access-Accept"
        assert (await radiusd.asks(password="none", timeout=5)).code == "Access-Reject"


async def test_with_nothing_to_prove_and_no_station_no_late_approval_counts(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % ", methods: []", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        waited = await radiusd.asks(password="none", station="", timeout=5)
        assert waited.code == "Access-Reject"
        assert waited["Reply-Message"].startswith("Nobody decided in time. Sign in again to ask once more. Ref ")
        await until(lambda: len(radiusd.server._holds) == 0)
        assert not (await radiusd.decides(await radiusd.token(), approve=True)).counted
        assert (await radiusd.asks(password="none", station="", timeout=5)).code == "Access-Reject"
        assert len(radiusd.questions) == 2


async def test_with_nothing_to_prove_and_no_station_nobody_joins(tmp_path):
    """D3: each asks for itself, and its own link lets it in."""
    async with mailing(tmp_path, yaml(APPROVED % ", methods: []", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(password="none", station="", timeout=3))
        await radiusd.token()
        second = asyncio.create_task(radiusd.asks(password="none", station="", timeout=10))
        await radiusd.decides(await radiusd.token(1, count=2), approve=True)
        assert (await second).code == "Access-Accept"
        with pytest.raises(Exception, match="answer"):
            await first


async def test_without_a_station_the_second_stands_in_line(tmp_path):
    """D24: no second message; the first request gets the answer, and the other is told so, never left in silence."""
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(station="", timeout=10))
        token = await radiusd.token()
        second = asyncio.create_task(radiusd.asks(station="", timeout=8))
        await until(lambda: len(radiusd.server._holds) == 2)
        await radiusd.decides(token, approve=True)
        assert (await first).code == "Access-Accept"
        told = await second
        assert (told.code, told["Reply-Message"][:-8]) == ("Access-Reject", OTHER_DECIDED)
        assert "another sign-in" in (await radiusd.explained(ref_of(told))).reason
        assert len(radiusd.questions) == 1


async def test_the_one_in_line_takes_over(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=SHORT)) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(station="", timeout=5))
        token = await radiusd.token()
        await asyncio.sleep(0.8)
        second = asyncio.create_task(radiusd.asks(station="", timeout=5))
        assert (await first).code == "Access-Reject"
        await radiusd.decides(token, approve=True)
        assert (await second).code == "Access-Accept"


@pytest.mark.row("S19")
async def test_a_code_first_then_the_manager(tmp_path):
    """D15: `methods: [password, mailed]`."""
    profiles = APPROVED % ", methods: [password, mailed]" + MAILED % ""
    async with mailing(tmp_path, yaml(profiles)) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        assert challenge.code == "Access-Challenge"
        assert [mail.recipient for mail in radiusd.sent] == ["ann@example.com"]
        held = asyncio.create_task(radiusd.answers(challenge, radiusd.code(), timeout=10))
        await radiusd.decides(await radiusd.token(1, count=2), approve=True)
        assert (await held).code == "Access-Accept"
        assert await radiusd.story() == [
            "begin: challenge", "answer: waiting", "decision: approved", "decision: accept",
        ]  # fmt: skip


@pytest.mark.row("S3", "S4", "S25", "S26", "S28")
async def test_information(tmp_path):
    """S3, S4: the manager is told, and nobody waits."""
    async with mailing(tmp_path, yaml(APPROVED % ", type: manager_information")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks()).code == "Access-Accept"
        token = await radiusd.token()
        assert radiusd.sent[0].recipient == "boss@example.com"
        assert (await radiusd.desk.look(token, time.time())).state is LinkState.INFORMATION


async def test_too_many_held(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 20s, max_held: 1")) as radiusd:
        await radiusd.user("ann", **ANN)
        first = asyncio.create_task(radiusd.asks(station="one", timeout=3))
        await radiusd.token()
        refused = await radiusd.asks(station="two")
        assert refused["Reply-Message"].startswith("Too many sign-ins are waiting at the moment.")
        assert len(radiusd.questions) == 1
        first.cancel()


async def test_of_one_user_few_are_held_whatever_they_send(tmp_path):
    """X16: the others of that NAS are held beside them, and answered."""
    async with mailing(tmp_path, yaml(APPROVED % "", client="hold: 20s, max_held: 20")) as radiusd:
        for name in ("ann", "bob"):
            await radiusd.user(
                name, **{**ANN, "sponsor_email": f"boss-of-{name}@example.com", "framed_ip_address": None}
            )
        flood = [asyncio.create_task(radiusd.asks(station="", timeout=10)) for _ in range(40)]
        await until(lambda: sum(each.done() for each in flood) == 36)
        assert {each.result()["Reply-Message"][:-8] for each in flood if each.done()} == {
            "Too many sign-ins are waiting at the moment. Try again in a minute. Ref "
        }
        asked = asyncio.create_task(radiusd.asks("bob", timeout=10))
        await radiusd.decides(await radiusd.token(-1, count=2), approve=True)
        assert (await asked).code == "Access-Accept"
        for each in flood:
            each.cancel()


async def test_nobody_approves_their_own_login(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", email="ann@example.com", sponsor_email="Ann@Example.com")
        refused = await radiusd.asks()
        assert refused.code == "Access-Reject"
        assert radiusd.sent == []


async def test_a_decision_by_another_process_wakes_the_request(tmp_path):
    """As `radiusd approval decide` makes it."""
    from store import Store

    async with mailing(tmp_path, yaml(APPROVED % "", client=HELD)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        await radiusd.token()
        other = Store.open(radiusd.server._settings.database, tmp_path)
        waiting = other.read_now(lambda c: approvals.open_ones(c, time.time()))[0]
        other.write_now(lambda c: approvals.decide(c, waiting.id, "approved", "admin", "", time.time()))
        assert (await asked).code == "Access-Accept"
        other.close_now()
