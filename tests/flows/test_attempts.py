"""An attempt is taken before a password is hashed or bound, or a code judged: what comes at once is no way past a limit."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from radiusd.passwords.hash_queue import HashQueue
from store import attempts, blocks
from store.tables import FAILURES
from tests.flows.corp import yaml_of
from tests.flows.mailing import MAILED, Mailing, mailing, yaml
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.running import LOCAL, running, until
from tests.servers.slapd import slapd

__all__ = ["postgres_server"]

GUESSES = [f"guess {number}" for number in range(249)]
TREE = [*GUESSES[:240], "tulip", *GUESSES[240:]]  # the right one late among them
LIMIT = "blocking: {failed_attempts: 5}\n"


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were given to be hashed, in order, with whom they were hashed for."""
    given = []
    verify = HashQueue.verify

    def told(queue, stored, password, **of):
        given.append((of["user"], password))
        return verify(queue, stored, password, **of)

    monkeypatch.setattr(HashQueue, "verify", told)
    return given


def passwords(hashed):
    return [password for _user, password in hashed]


async def at_once(nodes, typed, *, name="ann", station="pc"):
    """The codes of what came back, of passwords that were sent to these servers in turn, without a wait between them."""
    asked = [
        node.nas(timeout=9).asks(User_Name=name, User_Password=password, Calling_Station_Id=station)
        for password, node in zip(typed, nodes * len(typed), strict=False)
    ]
    return [reply.code for reply in await asyncio.gather(*asked)]


async def reasons(*nodes):
    """Of all that was answered, each with its number."""
    return Counter(row.reason for row in await nodes[0].audit() if row.outcome != "blocked")


async def test_of_250_passwords_at_once_five_are_judged(tmp_path, hashed):
    async with mailing(tmp_path, yaml(MAILED % "", more=LIMIT)) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        assert await at_once([radiusd], TREE) == ["Access-Reject"] * 250
        assert len(set(hashed)) == len(hashed) == 5
        assert await reasons(radiusd) == {
            "password wrong": 5,
            "blocked: 5 wrong passwords within 10 minutes from this station": 245,
        }
        [block] = [row for row in await radiusd.audit() if row.outcome == "blocked"]
        assert block.reason == "blocked for 30m: 5 wrong passwords within 10 minutes from this station"
        assert radiusd.sent == []


@pytest.mark.parametrize("number", [80, 250])
async def test_of_passwords_at_once_over_two_nodes_five_are_judged(tmp_path, postgres_server, hashed, number):
    async with nodes(tmp_path, postgres_server, yaml(MAILED % "", more=LIMIT)) as (a, b):
        await a.user("ann", email="ann@example.com")
        sent = TREE[250 - number :]
        assert await at_once([a, b], sent) == ["Access-Reject"] * number
        assert len(hashed) == 5
        assert "tulip" not in passwords(hashed)
        found = await reasons(a)
        assert found.pop("password wrong") == 5
        assert {reason.partition(":")[0] for reason in found} == {"blocked"}
        assert (a.sent, b.sent) == ([], [])
        await until(lambda: len(a.server._lasting.attempts) + len(b.server._lasting.attempts) == 0)
        assert await a.server.store.read(attempts.under_way) == 0


async def test_the_right_password_among_few_at_once_is_accepted(tmp_path, hashed):
    """Three wrong ones and three right ones: none is refused for those beside it."""
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        codes = await at_once([radiusd], ["a", "b", "c", "tulip", "tulip", "tulip"])
        assert codes == ["Access-Reject"] * 3 + ["Access-Accept"] * 3


async def test_many_right_passwords_at_once_are_all_accepted(tmp_path):
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        assert await at_once([radiusd], ["tulip"] * 40) == ["Access-Accept"] * 40


async def test_what_strangers_try_does_not_hold_up_a_remembered_password(tmp_path, hashed):
    """It needs no work, so it takes no attempt: while others are judged it is accepted."""
    async with running(tmp_path, LOCAL + "blocking: {failed_attempts: 1}\n") as radiusd:
        await radiusd.user("ann")
        assert await at_once([radiusd], ["tulip"], station="home") == ["Access-Accept"]
        attempts = radiusd.server._lasting.attempts
        guess = asyncio.create_task(at_once([radiusd], ["guess"], station="home"))
        await until(lambda: len(attempts) == 1)
        assert await at_once([radiusd], ["tulip"], station="home") == ["Access-Accept"]
        await guess
        assert passwords(hashed) == ["tulip", "guess"]


async def test_a_node_that_died_gives_its_attempts_back(tmp_path, postgres_server):
    """Each row has a time after which it counts no longer."""
    async with nodes(tmp_path, postgres_server, LOCAL + "blocking: {failed_attempts: 1}\n") as (a, b):
        await a.user("ann")
        entry = await a.server.directories["local"].find("ann", asyncio.get_running_loop().time() + 5)
        now = asyncio.get_running_loop().time()
        taken = await a.server._lasting.attempts.take(entry, "pc", "password", at=1000.0, deadline=now + 5)
        assert not isinstance(taken, str)
        other = b.server._lasting.attempts
        assert "NAS gives up" in await other.take(entry, "pc", "password", at=1001.0, deadline=now)
        after = await other.take(entry, "pc", "password", at=1011.0, deadline=now + 5)
        assert not isinstance(after, str)


@pytest.fixture(scope="module")
def corp():
    with slapd(tells=True) as server:
        yield server


@pytest.mark.parametrize("two", [False, True], ids=["one node", "two nodes"])
async def test_slapd_is_asked_no_more_than_its_rule_leaves(tmp_path, corp, request, two):
    """`lockout: {threshold: 5}`: three from a station that is not known, at one node or at both."""
    name = f"ann{two}"
    dn = corp.user(name)
    text = yaml_of(corp, lockout="{threshold: 5, window: 30m}") + "blocking: {enabled: false}\n"
    async with AsyncExitStack() as stack:
        if two:
            server = request.getfixturevalue("postgres_server")
            found = await stack.enter_async_context(nodes(tmp_path, server, text))
        else:
            found = [Mailing(await stack.enter_async_context(running(tmp_path, text)))]
        assert await at_once(list(found), TREE, name=name) == ["Access-Reject"] * 250
        assert corp.binds(dn) == 3
        told = await reasons(found[0])
        assert told.pop("password wrong") == 3
        assert {(reason.partition(":")[0], number) for reason, number in told.items()} == {("corp was not asked", 247)}


async def test_of_codes_typed_at_once_in_many_logins_no_more_are_judged_than_may_fail(tmp_path):
    """Each login has its own code, and all of them one limit."""
    more = "blocking: {failed_attempts: {password: 50, code: 4}, scope: user}\n"
    async with mailing(tmp_path, yaml(MAILED % ", sends_per_hour: 20", more=more)) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        challenges = [await radiusd.asks(station=f"pc {number}") for number in range(10)]
        wrong = [f"99{number}99{number}" for number in range(10)]
        replies = await asyncio.gather(
            *(radiusd.answers(each, code) for each, code in zip(challenges, wrong, strict=True))
        )
        told = Counter(row.reason.partition(" (")[0] for row in await radiusd.audit() if row.step == "answer")
        assert told == {"code wrong": 4, "blocked: 4 wrong codes within 10 minutes from anywhere": 6}
        assert Counter(reply.code for reply in replies) == {"Access-Challenge": 4, "Access-Reject": 6}
        # The right one comes too late as well, in a login that was not asked again.
        assert (await radiusd.answers(challenges[9], radiusd.code())).code == "Access-Reject"


async def test_one_wrong_code_in_every_new_login_counts_each_time(tmp_path):
    """X8: the same again counts once for one code; it is another try at the next."""
    more = "blocking: {failed_attempts: {password: 50, code: 4}}\n"
    async with mailing(tmp_path, yaml(MAILED % "", more=more)) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        for number in range(1, 5):
            challenge = await radiusd.asks()
            assert challenge.code == "Access-Challenge"
            wrong = "123456" if radiusd.code() != "123456" else "123457"
            again = await radiusd.answers(challenge, wrong)
            if number < 4:
                await radiusd.answers(again, wrong)
                again = await radiusd.asks()  # the same code is still out
                await radiusd.answers(again, wrong)
                assert f"failures counted: {number} from this station" in (await radiusd.last()).detail
        assert (await radiusd.asks()).code == "Access-Reject"
        assert "blocked: 4 wrong codes" in (await radiusd.last()).reason


async def test_no_key_of_the_disk_tells_what_was_typed_wrong(tmp_path):
    """X9: the digests of one process are of no use to the next, nor to who has database and key_file."""
    kept = []
    for _ in range(2):
        async with running(tmp_path, LOCAL + LIMIT) as radiusd:
            if not kept:
                await radiusd.user("ann")
            for _ in range(2):
                await radiusd.nas().asks(User_Name="ann", User_Password="nearly right", Calling_Station_Id="pc")
            kept.append(await radiusd.server.store.read(lambda c: [row.digest for row in c.execute(FAILURES.select())]))
    assert [len(digests) for digests in kept] == [1, 2]
    assert len(set(kept[1])) == 2


@pytest.mark.parametrize("number", [80, 150])
async def test_a_name_that_nobody_has_takes_the_course_of_one_that_somebody_has(tmp_path, hashed, number):
    """X10: as many hashes, of the same passwords, one at a time; then none."""
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        courses = []
        for name in ("ann", "nobody"):
            codes = await at_once([radiusd], GUESSES[:number], name=name)
            courses.append((codes, len(set(hashed)), len(hashed)))
            hashed.clear()
        assert courses == [(["Access-Reject"] * number, 5, 5)] * 2


async def test_however_many_stations_wait_a_user_s_failures_are_read_once_for_each_that_fails(tmp_path, monkeypatch):
    """X10: what 80 stations read one after the other at each wake-up made a name answer later than one nobody has."""
    read = []
    failures_of = blocks.failures_of

    def told(connection, users, since):
        read.append(users)
        return failures_of(connection, users, since)

    monkeypatch.setattr(blocks, "failures_of", told)
    async with running(tmp_path, LOCAL + "blocking: {failed_attempts: 5, user_limit: 10}\n") as radiusd:
        await radiusd.user("ann")
        asked = [
            radiusd.nas(timeout=9).asks(User_Name="ann", User_Password=guess, Calling_Station_Id=f"pc {guess}")
            for guess in GUESSES[:80]
        ]
        assert {reply.code for reply in await asyncio.gather(*asked)} == {"Access-Reject"}
        assert await reasons(radiusd) == {
            "password wrong": 10,
            "blocked: 10 wrong passwords within 10 minutes from anywhere; stations signed in from before are spared": 70,
        }
        assert len(read) <= 12


async def test_names_that_nobody_has_are_hashed_for_as_users_are(tmp_path, hashed):
    """One at a time for each name, whoever is tried beside it."""
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        for name in ("ann", "nobody", "no one", "NOBODY"):
            await at_once([radiusd], ["guess"], name=name)
        users = [user for user, _password in hashed]
        assert None not in users
        assert len(set(users)) == 3
        assert users[1] == users[3]


async def test_the_same_password_for_a_name_that_nobody_has_counts_once(tmp_path, hashed):
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        for name in ("ann", "nobody"):
            for _ in range(7):
                await at_once([radiusd], ["old one"], name=name)
        assert passwords(hashed) == ["old one"] * 14


async def test_a_name_that_nobody_has_is_blocked_from_anywhere_too(tmp_path, hashed):
    async with running(tmp_path, LOCAL + "blocking: {failed_attempts: 3, user_limit: 6}\n") as radiusd:
        await radiusd.user("ann")
        for name in ("ann", "nobody"):
            for number in range(8):
                await at_once([radiusd], [f"guess {number}"], name=name, station=f"pc {number}")
        assert passwords(hashed) == GUESSES[:6] * 2


async def test_a_new_station_is_looked_up_for_a_name_that_nobody_has_too(tmp_path, monkeypatch):
    """What is read of the database for one is read for the other: how long an answer takes tells nobody apart."""
    looked_up = []
    knows_station = blocks.knows_station

    def spied(connection, directory, unique_id, station):
        looked_up.append(station)
        return knows_station(connection, directory, unique_id, station)

    monkeypatch.setattr(blocks, "knows_station", spied)
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        await radiusd.user("ann")
        await at_once([radiusd], ["first guess"], station="pc 0")
        for name in ("ann", "nobody"):
            looked_up.clear()
            for number in range(3):
                await at_once([radiusd], [f"guess {number}"], name=name, station=f"{name} {number}")
            assert looked_up == [f"{name} {number}" for number in range(3)]


async def test_a_restart_forgets_names_that_nobody_has_and_no_more_are_kept_than_fit(tmp_path, monkeypatch):
    monkeypatch.setattr("radiusd.login.strangers.NAMES_KEPT", 3)
    async with running(tmp_path, LOCAL + LIMIT) as radiusd:
        for number in range(5):
            await at_once([radiusd], ["guess"], name=f"nobody {number}" * 30)
        strangers = radiusd.server._lasting.attempts._strangers
        assert len(strangers) == 3
