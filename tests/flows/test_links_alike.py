"""Who knows a name can have a link sent, and learns nothing by it (D4): what a NAS gets for names that nobody has, and for users."""

from __future__ import annotations

import asyncio
import re

import pytest

from radiusd.login.unproved import Unproved
from radiusd.model.verdict import Unproved as Most
from radiusd.nas.asking import NoReply
from tests.flows.linked import ANN, BOSS, linked
from tests.flows.mailing import state_of
from tests.servers.running import until

NAMES = ["ann", "nobody"]
SHOWS, SHOWS_NOT = "hold: 2s", "hold: 2s, challenge: false"
REF = re.compile(r"[0-9A-Z]{8}$")


def seen(reply):
    """What a NAS can see of an answer, but for what is by chance."""
    attributes = [
        (name, REF.sub("REF", value))
        for name, value in reply.attributes
        if name not in {"State", "Message-Authenticator"}
    ]
    return reply.code, len(reply.octets), attributes


async def both(of):
    """The same for a user and for a name that nobody has, one beside the other."""
    return await asyncio.gather(*(of(name) for name in NAMES))


@pytest.mark.parametrize(
    "client",
    [SHOWS, SHOWS_NOT, "challenge: 1, hold: 2s", "one_at_a_time: true", "one_at_a_time: true, challenge: false"],
)
@pytest.mark.parametrize("mode", ["user", "manager"])
async def test_they_are_answered_alike(tmp_path, client, mode):
    """The prompt, and the refusal at the end, octet for octet; one is asked, and of the other the audit says why not."""
    async with linked(tmp_path, f"type: {mode}_approval, late_approval: 5m", client) as at:
        await at.radiusd.change("ann", language="tr")
        ann, nobody = await both(lambda name: at.asks(name, timeout=5))
        assert seen(ann) == seen(nobody)
        while ann.code == "Access-Challenge" and "1" in client.split(",")[0]:
            ann = await at.enters(ann, timeout=5)
            nobody = await at.enters(nobody, "nobody", timeout=5)
            assert seen(ann) == seen(nobody)
        await at.box.first(ANN if mode == "user" else BOSS)
        assert at.box.count == 1
        rows = [row for row in await at.radiusd.audit() if row.user_name == "nobody"]
        assert (rows[0].step, rows[0].outcome, rows[0].reason) == ("begin", "waiting", "nobody is asked: no such user")


async def test_enter_is_pressed_until_the_link_is_over(tmp_path):
    async with linked(tmp_path, "link_validity: 4s", SHOWS) as at:
        answers = await both(lambda name: at.asks(name, timeout=5))
        codes = []
        while answers[0].code == "Access-Challenge":
            answers = await asyncio.gather(
                *(at.enters(answer, name, timeout=5) for answer, name in zip(answers, NAMES, strict=True))
            )
            assert seen(answers[0]) == seen(answers[1])
            codes.append(answers[0].code)
        assert codes[-1] == "Access-Reject"
        assert len(codes) > 1


async def test_a_state_that_was_used(tmp_path):
    async with linked(tmp_path, client=SHOWS) as at:
        first = await both(lambda name: at.asks(name, timeout=5))
        await asyncio.gather(*(at.enters(answer, name, timeout=5) for answer, name in zip(first, NAMES, strict=True)))
        again = await asyncio.gather(
            *(at.enters(answer, name, timeout=5) for answer, name in zip(first, NAMES, strict=True))
        )
        assert [await at.why(reply) for reply in again] == ["the State was used"] * 2
        assert seen(again[0]) == seen(again[1])


async def test_a_state_of_another_name(tmp_path):
    async with linked(tmp_path, client=SHOWS) as at:
        ann, nobody = await both(lambda name: at.asks(name, timeout=5))
        of_other = await asyncio.gather(at.enters(ann, "nobody", timeout=5), at.enters(nobody, "ann", timeout=5))
        assert seen(of_other[0]) == seen(of_other[1])
        assert of_other[0].code == "Access-Reject"


async def test_copies_and_newer_requests(tmp_path):
    """A copy is no request; a newer one of the station takes the place of the older one, which is answered no more."""
    async with linked(tmp_path) as at:
        older = [at.begins(name, timeout=1, tries=3) for name in NAMES]
        await at.holds(2)
        newer = [at.begins(name, timeout=3) for name in NAMES]
        lost = await asyncio.gather(*older, return_exceptions=True)
        assert all(isinstance(each, NoReply) for each in lost)
        assert not any(each.done() for each in newer)
        await at.holds(2)
        assert at.box.count == 1
        await asyncio.gather(*newer, return_exceptions=True)


async def test_after_a_restart(tmp_path):
    """What waits at the prompt goes on: of a user the database knows, of a name that nobody has the State tells."""
    async with linked(tmp_path, client=SHOWS) as at:
        before = await both(lambda name: at.asks(name, timeout=5))
    async with linked(tmp_path, client=SHOWS, again=True) as at:
        pressed = [at.enters(answer, name, timeout=5) for answer, name in zip(before, NAMES, strict=True)]
        after = await asyncio.gather(*pressed)
        assert [reply.code for reply in after] == ["Access-Challenge"] * 2
        assert seen(after[0]) == seen(after[1])
        forged = await asyncio.gather(at.enters(after[0], "nobody", timeout=5), at.enters(after[1], "ann", timeout=5))
        assert seen(forged[0]) == seen(forged[1])
        assert forged[0].code == "Access-Reject"


async def test_after_a_restart_the_link_is_over_when_it_was(tmp_path):
    async with linked(tmp_path, "link_validity: 3s", SHOWS) as at:
        before = await both(lambda name: at.asks(name, timeout=5))
    await asyncio.sleep(1.5)
    async with linked(tmp_path, "link_validity: 3s", SHOWS, again=True) as at:
        pressed = [at.enters(answer, name, timeout=5) for answer, name in zip(before, NAMES, strict=True)]
        assert [reply.code for reply in await asyncio.gather(*pressed)] == ["Access-Reject"] * 2


@pytest.mark.parametrize(
    "state", [{"enabled": False}, {"email": ""}, {"expires_at": 1.0}], ids=["disabled", "no address", "expired"]
)
async def test_who_may_not_sign_in_waits_as_well(tmp_path, state):
    async with linked(tmp_path, client=SHOWS) as at:
        await at.radiusd.change("ann", **state)
        ann, nobody = await both(lambda name: at.asks(name, timeout=5))
        assert seen(ann) == seen(nobody)
        assert ann.code == "Access-Challenge"
        assert at.box.count == 0


async def test_after_not_me_the_user_waits_as_anybody(tmp_path):
    async with linked(tmp_path, client=SHOWS) as at:
        first = at.begins(timeout=5)
        await at.holds()
        await at.presses("reject")
        assert (await first).code == "Access-Reject"
        ann, nobody = await both(lambda name: at.asks(name, timeout=5))
        assert seen(ann) == seen(nobody)
        assert at.box.count == 1


async def test_links_of_an_hour(tmp_path):
    """To a user, from a station, by a client; beyond, one waits in vain as a name that nobody has, and is told nothing."""
    async with linked(
        tmp_path, "links_per_hour: {user: 2, station: 3, client: 4}, max_held: {user: 9, station: 9}", SHOWS_NOT
    ) as at:
        for name in ("bob", "carol", "dave"):
            await at.radiusd.user(name, email=f"{name}@example.org")
        await asyncio.gather(*(at.asks(station=f"s{number}", timeout=5) for number in range(3)), return_exceptions=True)
        await until(lambda: len(at.box.of(ANN)) == 2)
        await asyncio.gather(*(at.asks(name, station="s0", timeout=5) for name in ("bob", "carol", "dave")))
        await until(lambda: at.box.count == 4)  # two of ann's, and no more than the client's limit lets out
        replies = await asyncio.gather(
            at.asks("dave", station="s9", timeout=5), at.asks("nobody", station="s9", timeout=5)
        )
        assert seen(replies[0]) == seen(replies[1])
        told = [row.reason for row in await at.radiusd.audit() if row.reason.startswith("nobody is asked: as many")]
        assert set(told) <= {
            f"nobody is asked: as many messages as an hour allows were sent to {name}@example.org"
            for name in ("ann", "bob", "carol", "dave")
        }
        assert len(told) == 3
        assert at.box.count == 4


BUSY = "Too many sign-ins are waiting at the moment. Try again in a minute. Ref REF"


async def test_many_of_one_name_at_once_are_logins_of_their_own(tmp_path):
    """From another station each, in one millisecond."""
    async with linked(tmp_path, "max_held: {user: 20, station: 20}", SHOWS) as at:
        asked = [at.asks("nobody", station=f"s{number}", timeout=5) for number in range(12)]
        challenges = await asyncio.gather(*asked)
        states = {state_of(challenge)[:24] for challenge in challenges}
        assert len(states) == len(at.radiusd.server._of_nobody) == 12
        assert len(at.radiusd.server._holds) == 0


async def test_no_more_are_held_than_may_be(tmp_path):
    """Two of a user, four of a station; of one user from one station the newest, which needs no further place."""
    async with linked(tmp_path) as at:
        for name in NAMES:
            held = [at.begins(name, station=f"s{number}", timeout=3) for number in range(2)]
            await at.holds(2)
            third = await at.asks(name, station="s3", timeout=5)
            assert seen(third)[2] == [("Reply-Message", BUSY)]
            newer = at.begins(name, station="s1", timeout=3)
            await asyncio.gather(*held, return_exceptions=True)
            await at.holds(2)
            await asyncio.gather(newer, return_exceptions=True)
            for login in [*at.radiusd.server._known._by_id.values(), *at.radiusd.server._of_nobody._by_id.values()]:
                for each in login.held:
                    each.gave_up()
            await at.holds(0)
        four = [at.begins(name, timeout=3) for name in ("ann", "w", "x", "y")]
        await at.holds(4)
        assert seen(await at.asks("z", timeout=5))[2] == [("Reply-Message", BUSY)]
        await asyncio.gather(*four, return_exceptions=True)


async def test_a_station_the_user_has_signed_in_from_has_a_budget_of_its_own(tmp_path):
    """Whoever knows the name can neither use up the user's links nor the user's places."""
    options = "links_per_hour: {user: 1, station: 2, client: 9}, max_held: {user: 1, station: 1}"
    async with linked(tmp_path, options) as at:
        for number in (1, 2):  # the second is one more than anybody may have sent to the user
            asked = at.begins(station="home")
            await at.presses(number=number)
            assert (await asked).code == "Access-Accept"
        stranger = at.begins(station="elsewhere", timeout=3)
        await at.holds()
        at_home = at.begins(station="home", timeout=3)
        await at.holds(2)
        await asyncio.gather(stranger, at_home, return_exceptions=True)
        kept_back = [
            row.station for row in await at.radiusd.audit() if row.reason.startswith("nobody is asked: as many")
        ]
        assert kept_back == ["elsewhere", "home"]
        assert len(at.box.of(ANN)) == 2


def test_places_are_counted():
    places, most = Unproved(), Most(user=2, station=2)
    ann, bob, carol = (("local", str(number)) for number in range(3))
    places.take(ann, "pc")
    places.take(ann, "phone")
    assert places.has_room(ann, "pc", most)
    assert not places.has_room(ann, "tablet", most)
    places.take(bob, "pc")
    assert not places.has_room(carol, "pc", most)
    places.give_back(ann, "pc")
    assert places.has_room(carol, "pc", most)
    assert places.has_room(ann, "tablet", most)
    for user, station in ((ann, "phone"), (bob, "pc")):
        places.give_back(user, station)
    assert (places._of_user, places._of_station) == ({}, {})


def test_a_station_without_a_name_is_another_each_time():
    places, most = Unproved(), Most(user=2, station=1)
    for left in (True, False):
        places.take(("local", "1"), "")
        assert places.has_room(("local", "1"), "", most) is left
