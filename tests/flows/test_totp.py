"""Signing in with an authenticator app over RADIUS: what the NAS sends, what the user reads, what the server answers."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AsyncExitStack

import pytest

from store import authenticators
from tests.flows.mailing import APPROVED, MAILED, mailing, ref_of, yaml
from tests.flows.totp import APP, Totp, totp
from tests.servers.authenticator_apps import oathtool
from tests.servers.postgres import postgres_server
from tests.servers.running import running

__all__ = ["postgres_server"]

ASKS = "Type the code that your authenticator app shows."
CHALLENGE, ACCEPT, REJECT = "Access-Challenge", "Access-Accept", "Access-Reject"


@pytest.mark.row("S173", "S230")
async def test_a_password_and_the_code_of_the_app(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann", framed_ip_address="10.1.2.3")
        phone = await office.phone()
        challenge = await office.asks()
        assert (challenge.code, challenge["Reply-Message"]) == (CHALLENGE, ASKS)
        accept = await office.answers(challenge, oathtool(phone.address, time.time()))
        assert (accept.code, accept["Framed-IP-Address"]) == (ACCEPT, "10.1.2.3")
        assert office.sent == []
        assert await office.story() == ["admin: admin", "admin: admin", "begin: challenge", "answer: accept"]
        assert "authenticator code right" in (await office.last()).detail
        row = await office.row(phone)
        assert (row.used_station, row.used_client) == ("pc", "nas")


async def test_wrong_codes_end_the_sign_in(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        challenge = await office.asks()
        for _ in range(2):
            challenge = await office.answers(challenge, phone.wrong)
            assert challenge["Reply-Message"] == f"Wrong code. {ASKS}"
        reject = await office.answers(challenge, phone.wrong)
        assert reject.code == REJECT
        row = await office.explained(ref_of(reject))
        assert row.reason == "authenticator code wrong, 3 times"
        assert "failures counted: 1 from this station" in row.detail  # the same wrong code counts once


@pytest.mark.row("S263")
async def test_guessed_codes_block(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        near = {phone.shows(steps) for steps in range(-30, 30)}
        tried = [guess for guess in (f"{number:06}" for number in range(900_000, 900_020)) if guess not in near]
        while len(tried) > 10:
            challenge = await office.asks()
            if challenge.code == REJECT:
                break
            while challenge.code == CHALLENGE:
                challenge = await office.answers(challenge, tried.pop())
            assert challenge.code == REJECT
        assert (await office.asks()).code == REJECT
        assert (await office.last()).reason.startswith("blocked: ")


async def test_a_code_is_used_once(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        shown = phone.shows()
        assert (await office.answers(await office.asks(), shown)).code == ACCEPT
        challenge = await office.answers(await office.asks(), shown)
        assert challenge["Reply-Message"] == f"This code was used already. Wait for the next one. {ASKS}"
        assert (await office.last()).reason == "authenticator code used already (1 of 3)"
        assert (await office.answers(challenge, phone.shows(1))).code == ACCEPT


async def test_a_code_is_used_though_the_sign_in_was_refused(tmp_path):
    """It was right, and the password must be changed where it can not be."""
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann", must_change_password=True)
        phone = await office.phone()
        shown = phone.shows()
        assert (await office.asks(password=f"tulip{shown}")).code == REJECT
        assert (await office.last()).reason.startswith("the password must be changed")
        await office.change("ann", must_change_password=False)
        for _ in range(1000):
            if not (await office.server.directories["local"].find("ann", 1e9)).must_change:
                break
            await asyncio.sleep(0.01)
        assert (await office.asks(password=f"tulip{shown}", station="other")).code == REJECT
        assert (await office.last()).reason == "authenticator code used already"


async def test_a_code_too_late(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone(first_step=-9)
        challenge = await office.answers(await office.asks(), phone.shows(-5))
        assert challenge.code == CHALLENGE
        # Where a step has ended meanwhile, it is of one more.
        assert re.match(r"authenticator code of [56] steps ago \(1 of 3\)", (await office.last()).reason)


async def test_twenty_right_codes_at_once_make_one_accept(tmp_path):
    """20 sign-ins from 20 stations with the same code."""
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        stations = [f"pc{number}" for number in range(20)]
        challenges = await asyncio.gather(*(office.asks(station=each) for each in stations))
        shown = phone.shows()
        replies = await asyncio.gather(
            *(
                office.answers(challenge, shown, station=station)
                for challenge, station in zip(challenges, stations, strict=True)
            )
        )
        assert [reply.code for reply in replies].count(ACCEPT) == 1
        assert [reply.code for reply in replies].count(CHALLENGE) == 19


async def test_twenty_at_two_nodes_make_one_accept(tmp_path, postgres_server):
    """On PostgreSQL, with the same code at both."""
    url = postgres_server.new_database()
    async with AsyncExitStack() as stack:
        found = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            text = yaml(APP % "") + f"database: {url}\n"
            found.append(Totp(await stack.enter_async_context(running(tmp_path / name, text, demo=True))))
        a, b = found
        await a.user("ann")
        phone = await a.phone()
        await b.known(phone, status="verified")
        nodes = [(a, b)[number % 2] for number in range(20)]
        asked = [node.asks(station=f"pc{number}") for number, node in enumerate(nodes)]
        challenges = await asyncio.gather(*asked)
        assert {challenge.code for challenge in challenges} == {CHALLENGE}
        shown = phone.shows()
        replies = await asyncio.gather(
            *(node.answers(challenges[number], shown, station=f"pc{number}") for number, node in enumerate(nodes))
        )
        assert [reply.code for reply in replies].count(ACCEPT) == 1


async def test_behind_the_password_where_no_challenge_can_be_shown(tmp_path):
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann")
        phone = await office.phone()
        assert (await office.asks()).code == REJECT
        assert (await office.last()).reason == "no code was typed behind the password"
        shown = phone.shows()
        assert (await office.asks(password=f"tulip{phone.wrong}")).code == REJECT
        assert (await office.last()).reason == "authenticator code wrong"
        assert (await office.asks(password=f"tulip{shown}", station="laptop")).code == ACCEPT
        reject = await office.asks(password=f"tulip{shown}", station="phone")
        assert reject["Reply-Message"].startswith("Access denied. Ref ")
        assert (await office.last()).reason == "authenticator code used already"
        assert (await office.asks(password=f"wrong{phone.shows(1)}", station="laptop")).code == REJECT
        assert (await office.last()).reason == "password wrong"


async def test_twenty_right_codes_behind_the_password_make_one_accept(tmp_path):
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann")
        phone = await office.phone()
        typed = f"tulip{phone.shows()}"
        replies = await asyncio.gather(*(office.asks(password=typed, station=f"pc{number}") for number in range(20)))
        assert sorted(reply.code for reply in replies) == [ACCEPT] + [REJECT] * 19


async def test_a_recovery_code_in_its_place(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        assert len(phone.recovery_codes) == 10
        assert (await office.answers(await office.asks(), phone.recovery_codes[0])).code == ACCEPT
        assert "recovery code right (9 left)" in (await office.last()).detail
        challenge = await office.answers(await office.asks(), phone.recovery_codes[0])
        assert challenge["Reply-Message"] == f"This recovery code was used already. {ASKS}"


async def test_a_recovery_code_behind_the_password(tmp_path):
    async with totp(tmp_path, client="hold: 20s, challenge: false") as office:
        await office.user("ann")
        phone = await office.phone()
        assert (await office.asks(password=f"tulip{phone.recovery_codes[1]}")).code == ACCEPT
        assert (await office.asks(password=f"tulip{phone.recovery_codes[1]}", station="b")).code == REJECT


@pytest.mark.row("S231")
async def test_who_has_none_gets_the_next_way_or_is_refused(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        assert (await office.asks()).code == REJECT
        assert (await office.last()).reason == "the user has no authenticator app that is verified"
        phone = await office.phone()
        assert (await office.asks()).code == CHALLENGE
        await office.server.store.write(lambda c: authenticators.disable(c, phone.id))
        await office.known(phone, status="disabled")
        assert (await office.asks(station="other")).code == REJECT
        assert (await office.last()).reason == "the user's authenticator app is disabled"


@pytest.mark.row("S173")
async def test_who_has_none_gets_a_code_by_mail_where_that_is_next(tmp_path):
    async with totp(tmp_path, more=MAILED % "") as office:
        await office.user("ann", email="ann@example.com")
        assert "Code sent to" in (await office.asks())["Reply-Message"]
        await office.phone()
        assert (await office.asks(station="other"))["Reply-Message"] == ASKS


async def test_it_is_disabled_between_password_and_code(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        challenge = await office.asks()
        await office.server.store.write(lambda c: authenticators.disable(c, phone.id))
        assert (await office.answers(challenge, phone.shows())).code == REJECT


@pytest.mark.row("S19")
async def test_before_an_approval(tmp_path):
    """D15: a code of an app, and then the manager's click."""
    approved = APPROVED % ", methods: [password, app]"
    text = yaml(APP % "" + approved).replace("profiles: [app, approved]", "profiles: [approved]")
    async with mailing(tmp_path, text) as plain:
        office = Totp(plain.radiusd)
        await office.user("ann", sponsor_email="boss@example.com")
        phone = await office.phone()
        challenge = await office.asks()
        shown = phone.shows()
        waiting = asyncio.create_task(office.answers(challenge, shown, timeout=15))
        assert await office.decides(await office.token(), approve=True)
        assert (await waiting).code == ACCEPT
        challenge = await office.answers(await office.asks(station="other"), shown, station="other")
        assert challenge["Reply-Message"].startswith("This code was used already")


async def test_after_a_restart_a_code_is_used_still(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        shown = phone.shows()
        challenge = await office.asks(station="late")
        assert (await office.answers(await office.asks(), shown)).code == ACCEPT
    async with totp(tmp_path) as office:
        again = await office.answers(challenge, shown, station="late")
        assert again["Reply-Message"].startswith("This code was used already")
        assert (await office.answers(again, phone.shows(1), station="late")).code == ACCEPT


async def test_a_turkish_user_reads_turkish(tmp_path):
    async with totp(tmp_path) as office:
        await office.user("ann", language="tr")
        await office.phone()
        assert (await office.asks())["Reply-Message"] == "Kimlik doğrulama uygulamanızda görünen kodu girin."


async def test_no_secret_and_no_recovery_code_is_in_the_database_or_the_log(tmp_path, capfd):
    async with totp(tmp_path) as office:
        await office.user("ann")
        phone = await office.phone()
        assert (await office.answers(await office.asks(), phone.shows())).code == ACCEPT
        assert (await office.answers(await office.asks(), phone.recovery_codes[0])).code == ACCEPT
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file() and "key" not in file.name)
    kept += "".join(capfd.readouterr()).encode()
    for secret in (phone.parameters.secret, phone.recovery_codes[0], phone.recovery_codes[0].replace("-", "")):
        assert secret.encode() not in kept
