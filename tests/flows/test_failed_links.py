"""Whoever answers for a user is told of sign-ins that failed (S63): of what, how often, and never so that anybody waits for it."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.linked import ANN, BOSS, linked
from tests.servers.running import until

TOLD = "notify_manager_of_failures: true"
PASSWORD = f"{TOLD}, methods: [password]"
SHORT = "hold: 2s, challenge: false"


def facts(mail):
    return dict(line.split(": ", 1) for line in mail.splitlines() if ": " in line)


@pytest.mark.row("S63")
async def test_a_wrong_password(tmp_path):
    async with linked(tmp_path, PASSWORD, SHORT) as at:
        assert (await at.asks(password="rose", timeout=5)).code == "Access-Reject"
        mail = await at.box.first(BOSS)
        assert mail.splitlines()[0] == "A sign-in of Ann Example failed"
        told = facts(mail)
        assert told["What happened"] == "Wrong password"
        assert told["Who"] == "Ann Example (ann)"
        assert told["From"] == "203.0.113.9 – First time from here"
        assert told["Why you"] == "boss@example.org – You are this user's sponsor"
        assert "UTC" in told["At"]
        assert "http" not in mail
        assert at.box._mails[BOSS][0].get_body(("html",)) is not None
        await until(lambda: at.radiusd.server._carriers.sent)
        row = (await at.radiusd.audit())[-1]
        assert (row.step, row.outcome) == ("failure", "informing")
        assert row.reason == "boss@example.org is told of a failed sign-in"
        assert row.user_name == "ann"


@pytest.mark.row("S63")
async def test_no_it_is_not_me(tmp_path):
    async with linked(tmp_path, TOLD) as at:
        asked = at.begins()
        await at.presses("reject")
        assert (await asked).code == "Access-Reject"
        assert facts(await at.box.first(BOSS))["What happened"] == "The user said that it was somebody else"


@pytest.mark.row("S63")
async def test_nobody_confirmed_it(tmp_path):
    async with linked(tmp_path, TOLD, SHORT) as at:
        await at.radiusd.change("ann", sponsor_email="")
        await at.asks(timeout=5)
        rows = await at.radiusd.audit()
        await until(lambda: len(at.box.of(ANN)) == 1)
        while rows[-1].step != "failure":
            await asyncio.sleep(0.02)
            rows = await at.radiusd.audit()
        assert rows[-1].outcome == "uninformed"
        assert rows[-1].reason.startswith(
            "nobody is told of a failed sign-in: nobody can be asked: manager: the directory"
        )
        await at.radiusd.change("ann", sponsor_email=BOSS)
        await at.asks(station="203.0.113.10", timeout=5)
        assert facts(await at.box.first(BOSS))["What happened"] == "The link was not confirmed in time"


@pytest.mark.row("S63")
async def test_so_many_an_hour(tmp_path):
    """Beyond, nobody is looked up and nothing is written; also after a restart."""
    options = f"{PASSWORD}, failures_per_hour: 2"
    async with linked(tmp_path, options, SHORT, lambda yaml: yaml + "blocking: {enabled: false}\n") as at:
        for number in range(4):
            await at.asks(password=f"rose{number}", timeout=5)
        await until(lambda: len(at.box.of(BOSS)) == 2)
    async with linked(tmp_path, options, SHORT, lambda yaml: yaml + "blocking: {enabled: false}\n", again=True) as at:
        await at.asks(password="lily", timeout=5)
        await at.asks(password="tulip", timeout=5)
        await at.box.first(ANN)
        assert not at.box.of(BOSS)
        assert [row.step for row in await at.radiusd.audit()].count("failure") == 2


@pytest.mark.row("S63")
async def test_nobody_is_told_of_names_that_nobody_has_nor_of_their_own_decision(tmp_path):
    async with linked(tmp_path, f"type: manager_approval, {TOLD}", SHORT) as at:
        await at.asks("nobody", timeout=5)
        asked = at.begins()
        await at.presses("reject", to=BOSS)
        assert (await asked).code == "Access-Reject"
        await asyncio.sleep(0.3)
        assert at.box.count == 1
        assert "failure: informing" not in await at.story()


@pytest.mark.row("S63")
async def test_the_refusal_does_not_wait_for_it(tmp_path):
    """A mail server that takes the mail and says nothing keeps nobody from being answered."""
    async with linked(tmp_path, PASSWORD, SHORT) as at:
        at.box.takes.clear()
        assert (await at.asks(password="rose", timeout=5)).code == "Access-Reject"
        await until(lambda: at.box.count == 1)
        at.box.takes.set()


async def test_in_turkish(tmp_path):
    async with linked(tmp_path, PASSWORD, SHORT, lambda yaml: yaml + "language: tr\n") as at:
        await at.asks(password="rose", timeout=5)
        told = facts(await at.box.first(BOSS))
        assert told["Ne oldu"] == "Parola yanlış girildi"
