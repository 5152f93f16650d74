"""`type: manager_information`: who is told, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from radiusd.model.verdict import Passed
from radiusd.rules.links import LinkState
from store import blocks
from tests.methods.approving import AT, Login, person


@pytest.mark.row("S10", "S26")
async def test_the_manager_is_informed_and_nobody_waits(store):
    login = Login(store, type="manager_information")
    passed = await login.begins()
    assert isinstance(passed, Passed)
    assert passed.detail == "sam@partner.example is being told"
    (message,) = passed.messages
    assert (message.kind, message.most_per_hour) == ("information", 0)
    assert message.content.subject == "Ann Example signed in to vpn"
    assert message.content.text.startswith("Ann Example signed in\n\nWho: Ann Example (ann)\nApplication: vpn\n")
    assert "Signed in at: 2027-01-15 08:00 UTC\n" in message.content.text
    assert "Decide" not in message.content.text
    shown = await login.desk.look(login.tokens[0], AT + 1)
    assert (shown.state, shown.can_approve) == (LinkState.INFORMATION, False)
    assert not (await login.clicks(AT + 2)).counted
    # Made again after a restart.
    again = await login.again(AT + 60)
    assert isinstance(again, Passed)
    assert (again.told.id, again.told.kind) == (passed.told.id, "information")
    assert (await login.desk.look(login.tokens[1], AT + 61)).state is LinkState.INFORMATION


async def test_nobody_to_inform_is_no_refusal(store):
    passed = await Login(store, type="manager_information").begins(entry=person(sponsor_email=""))
    assert isinstance(passed, Passed)
    assert passed.detail.startswith("nobody is informed: nobody can be asked: manager: has no address")
    assert (passed.messages, passed.told) == ((), None)


@pytest.mark.row("S12")
async def test_own_words_of_information(store):
    login = Login(store, type="manager_information", message={"en": "{{ user.username }}", "tr": "-"})
    assert (await login.begins()).messages[0].content.text == "ann"


async def test_the_first_sign_in_of_a_day(store):
    """The day is the one of time_zone: there it begins three hours sooner."""
    login = Login(store, type="manager_information", notify="first_of_day", zone=timezone(timedelta(hours=3)))
    midnight = datetime(2027, 1, 15, 21, 0, tzinfo=UTC).timestamp()
    assert (await login.begins(AT)).messages
    later = await login.begins(midnight - 1)
    assert (later.detail, later.messages) == ("the manager was informed today already", ())
    assert (await login.begins(midnight - 1, entry=person(id="8"))).messages
    assert (await login.begins(midnight)).messages
    assert not (await login.begins(midnight + 1)).messages


async def test_new_stations_alone(store):
    login = Login(store, type="manager_information", notify="new_station")
    assert (await login.begins()).messages
    await store.write(lambda c: blocks.know_station(c, "local", "7", "192.0.2.77", AT))
    known = await login.begins(AT + 1)
    assert (known.detail, known.messages) == (
        "the manager is informed of new stations alone, and 192.0.2.77 is known",
        (),
    )
    assert (await login.begins(AT + 1, station="192.0.2.78")).messages
    assert (await login.begins(AT + 1, station="")).messages
