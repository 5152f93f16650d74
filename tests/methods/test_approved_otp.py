"""`method: approved_otp`: asked, answered, asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from radiusd.model.verdict import Failed, Passed, Waiting
from radiusd.rules.links import LinkState
from store import approvals
from tests.methods.approving import AT, FROM, HELD, Login, person


@pytest.mark.row("S12", "S15", "S16", "S30", "S47")
async def test_approved_while_the_request_is_held(store):
    login = Login(store)
    waiting = await login.begins()
    assert isinstance(waiting, Waiting)
    assert (waiting.prompt, waiting.until) == ("Waiting for manager approval", AT + 3600)
    (message,) = waiting.messages
    assert (message.kind, message.profile, message.carriers) == ("approval", "contractors", ("primary", "backup"))
    assert (message.most_per_hour, message.per_recipient, message.within) == (6, True, 10.0)
    content = message.content
    assert (content.recipient, content.subject) == ("sam@partner.example", "Ann Example asks to sign in")
    assert content.text.splitlines() == [
        "Ann Example asks to sign in",
        "",
        "Who: Ann Example (ann)",
        "Application: vpn",
        "From: 192.0.2.77 – First time from here",
        "Asked at: 2027-01-15 08:00 UTC",
        "Decide by: 2027-01-15 09:00 UTC",
        "Why you: sam@partner.example – You are this user's sponsor",
        "",
        "Approve or reject:",
        f"https://mfa.example.com/a/{login.tokens[0]}",
        "",
        "If you do not expect this, reject it. Nothing is decided by opening the page.",
    ]
    assert isinstance(await login.answers(AT + 5), Waiting)
    shown = await login.clicks(AT + 10)
    assert (shown.state, shown.display_name) == (LinkState.APPROVED, "Ann Example")
    passed = await login.answers(AT + 10.1)
    assert passed.detail == "approved by sam@partner.example"


async def test_refused(store):
    login = Login(store)
    await login.begins()
    await login.clicks(AT + 10, approve=False)
    assert await login.answers(AT + 10.1) == Failed("rejected by sam@partner.example", text="not_approved")


async def test_a_late_approval_counts_for_the_next_try(store):
    """The NAS gave up after 55 s; who asks again within five minutes of the click is let in (D2)."""
    for ago, verdict in ((299.0, Passed), (301.0, Failed)):
        login = Login(store)
        await login.begins()
        shown = await login.clicks(AT + 600)
        assert (shown.counted, shown.counts_until) == (True, AT + 900)
        assert isinstance(await login.answers(AT + 600 + ago), verdict)


async def test_a_late_approval_of_0s_never_counts(store):
    login = Login(store, late_approval=timedelta(0))
    await login.begins()
    shown = await login.clicks(AT + HELD)
    assert (shown.state, shown.counted) == (LinkState.NOT_WAITING, False)
    assert isinstance(await login.answers(AT + HELD + 1), Waiting)


async def test_an_approval_of_the_last_moment_is_still_found(store):
    login = Login(store, late_approval=timedelta(0))
    await login.begins()
    assert (await login.clicks(AT + HELD - 0.01)).counted
    assert isinstance(await login.answers(AT + HELD + 0.5), Passed)
    assert isinstance(await login.answers(AT + HELD + 60), Failed)


async def test_an_approval_lets_in_once(store):
    login = Login(store)
    await login.begins()
    await login.clicks(AT + 10)
    (used,) = (await login.answers(AT + 11)).writes
    assert await store.write(used)
    assert not await store.write(used)
    failed = await login.answers(AT + 12)
    assert failed == Failed("the approval by sam@partner.example has let somebody in already")
    assert (await login.desk.look(login.tokens[0], AT + 13)).state is LinkState.USED


@pytest.mark.row("S13", "S47")
async def test_nobody_decided(store):
    login = Login(store)
    await login.begins()
    assert isinstance(await login.answers(AT + 3599), Waiting)
    assert await login.answers(AT + 3600) == Failed("nobody decided in time", text="undecided_ask_anew")
    assert (await login.clicks(AT + 3600)).state is LinkState.EXPIRED


async def test_withdrawn_or_gone(store):
    login = Login(store)
    await login.begins()
    await store.write(lambda c: approvals.withdraw(c, login.memory, AT + 1))
    assert isinstance(await login.answers(AT + 2), Failed)
    for memory in ("", "unknown"):
        assert isinstance(await login.answers(AT + 2, memory=memory), Failed)
        assert isinstance(await login.again(AT + 2, memory=memory), Failed)


async def test_asked_again_the_earlier_link_stays_good(store):
    """After a restart nobody knows whether the mail left: another link to the same question."""
    login = Login(store)
    first = await login.begins()
    again = await login.again(AT + 60)
    assert (again.approval, again.until) == (first.approval, first.until)
    one, other = login.tokens
    assert one != other
    assert (await login.desk.look(one, AT + 61)).state is (await login.desk.look(other, AT + 61)).state
    assert (await login.clicks(AT + 62, token=one)).counted
    assert (await login.desk.look(other, AT + 63)).state is LinkState.APPROVED
    assert isinstance(await login.answers(AT + 63), Passed)
    # Decided meanwhile: nobody is asked any more.
    assert isinstance(await login.again(AT + 64), Passed)
    assert len(login.messages) == 2


async def test_quiet_after_a_refusal(store):
    """Nobody is asked again for that user from that station; from another they are (after_refusal, D13)."""
    login = Login(store)
    await login.begins()
    await login.clicks(AT + 10, approve=False)
    assert await login.begins(AT + 60) == Failed(
        "rejected by sam@partner.example a while ago; nobody is asked again for 14 minutes 10 seconds",
        text="not_approved",
    )
    assert isinstance(await login.begins(AT + 909), Failed)
    assert isinstance(await login.begins(AT + 60, station="192.0.2.78"), Waiting)
    assert isinstance(await login.begins(AT + 60, entry=person(id="8")), Waiting)
    assert isinstance(await login.begins(AT + 911), Waiting)
    assert isinstance(await Login(store, after_refusal=timedelta(0)).begins(AT + 60), Waiting)


async def test_quiet_at_the_client_where_the_nas_names_no_station(store):
    login = Login(store)
    await login.begins(station="")
    assert "From: gateway – Where it comes from is not known\n" in login.messages[0].content.text
    await login.clicks(AT + 10, approve=False)
    assert isinstance(await login.begins(AT + 60, station=""), Failed)
    assert isinstance(await login.begins(AT + 60, station="", client="other"), Waiting)


async def test_no_more_time_is_taken_than_the_nas_waits(store):
    login = Login(store)
    assert 2.0 < (await login.begins(deadline=3.0)).messages[0].within <= 3.0
    assert (await login.begins(deadline=-1.0)).messages[0].within == 0.0


async def test_no_token_in_anything_that_is_kept_or_logged(store):
    login = Login(store)
    waiting = await login.begins()
    (token,) = login.tokens
    assert len(token) >= 32
    kept = repr((waiting, waiting.asked, login.memory, await store.read(approvals.latest)))
    rows = await store.read(lambda c: c.exec_driver_sql("SELECT * FROM links").all())
    assert token not in kept + repr(rows)


async def test_a_revoked_approval_lets_nobody_in(store):
    login = Login(store)
    await login.begins()
    await login.clicks(AT + 600)
    await login.desk.revoke(login.tokens[0], at=AT + 610, source=FROM)
    assert await login.answers(AT + 620) == Failed(
        "approved by sam@partner.example, and revoked by sam@partner.example", text="not_approved"
    )


async def test_an_approval_that_did_not_arrive_counts_for_the_next_try(store):
    """From when that was learned, once more (D23)."""
    login = Login(store)
    await login.begins()
    await login.clicks(AT + 10)
    (used,) = (await login.answers(AT + 11)).writes
    assert await store.write(used)
    assert await store.write(lambda c: approvals.take_back(c, login.memory, AT + 11, AT + 12))
    shown = await login.desk.look(login.tokens[0], AT + 20)
    assert (shown.state, shown.taken_back, shown.counts_until) == (LinkState.APPROVED, True, AT + 312)
    assert isinstance(await login.answers(AT + 313), Failed)
    (used,) = (await login.answers(AT + 100)).writes
    assert await store.write(used)
    assert isinstance(await login.answers(AT + 101), Failed)
