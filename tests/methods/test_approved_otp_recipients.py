"""Who is asked for an approval, who comes next, and who is reminded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from radiusd.directories.ldap import Ldap
from radiusd.model.verdict import Failed, Passed, Unavailable, Waiting
from store import approvals, messages
from store.records import MessageRow
from tests.directories.ldap_directories import options as ldap_options
from tests.methods.approving import AT, Login, person
from tests.servers.slapd import PEOPLE, slapd


@pytest.mark.row("S21")
async def test_a_link_knows_whom_it_is_for_and_why(store):
    """The page behind it says so (X75)."""
    sponsored = (await Login(store).begins(entry=person(sponsor_name="Sam Partner"))).asked.links[0]
    assert (sponsored.recipient, sponsored.why, sponsored.name) == ("sam@partner.example", "sponsor", "Sam Partner")
    named = (await Login(store, approvers=("desk@example.com",)).begins()).asked.links[0]
    assert (named.recipient, named.why, named.name) == ("desk@example.com", "named", "")


async def test_nobody_to_ask_is_refused_with_the_reason(store):
    login = Login(store)
    failed = await login.begins(entry=person(sponsor_email=""))
    assert failed == Failed("nobody can be asked: manager: has no address; there is no default_recipient")
    failed = await login.begins(entry=person(sponsor_email="Ann@Example.com"))
    assert "nobody approves their own sign-in" in failed.reason
    assert login.messages == []


@pytest.mark.row("S20")
async def test_the_managers_of_a_real_directory(store):
    with slapd() as server:
        server.user("bob", mail="bob@example.org", preferredLanguage="tr")
        server.user("ann", mail="ann@example.org", displayName="Ann", manager=f"uid=bob,{PEOPLE}")
        corp = Ldap("corp", ldap_options(server.url))
        await corp.start()
        try:
            login = Login(store, {"corp": corp})
            ann = await corp.find("ann", asyncio.get_running_loop().time() + 10)
            await login.begins(entry=ann)
            content = login.messages[0].content
            assert (content.recipient, content.subject) == ("bob@example.org", "Ann oturum açmak istiyor")
            assert (await login.desk.look(login.tokens[0], AT + 1)).language == "tr"
            informing = Login(store, {"corp": corp}, type="manager_information")
            server.stop()
            down = await login.begins(entry=ann)
            assert isinstance(down, Unavailable)
            assert down.component == "corp"
            # Who is only informed is no factor (D18).
            passed = await informing.begins(entry=ann)
            assert isinstance(passed, Passed)
            assert passed.detail.startswith("nobody is informed: corp is not available")
            assert passed.messages == ()
        finally:
            await corp.close()


async def test_where_the_recipient_is_refused_the_next_approver_is_asked(store):
    """The same question, by a link of their own; the link that nobody got decides nothing different."""
    login = Login(store, approvers=("manager", "second@example.com"))
    first = await login.begins()
    waiting = await login.refused(AT + 1)
    assert (waiting.approval, waiting.until) == (first.approval, first.until)
    assert waiting.messages[0].content.recipient == "second@example.com"
    failed = await login.refused(AT + 2)
    assert (failed.text, failed.counted) == ("not_delivered", "")
    assert failed.reason == (
        "second@example.com can not be reached: main: refused the recipient (550); nobody can be asked: manager: "
        "sam@partner.example can not be reached; second@example.com: second@example.com can not be reached; there is no "
        "default_recipient"
    )
    assert waiting.otherwise.text == "not_delivered"
    assert (await login.clicks(AT + 3, token=login.tokens[1])).counted
    assert isinstance(await login.refused(AT + 4), Passed)


async def test_the_default_recipient_is_not_asked_since_somebody_is_refused(store):
    """It is for users of whom the look-up found nobody (D16)."""
    login = Login(store, default_recipient="desk@example.com")
    await login.begins()
    assert isinstance(await login.refused(AT + 1), Failed)


async def test_asked_too_often_is_said(store):
    waiting = await Login(store).begins()
    assert waiting.otherwise == Failed(
        "as many messages as an hour allows were sent to sam@partner.example", text="asked_too_often"
    )


async def test_who_comes_back_after_the_wait_has_the_approver_reminded_once(store):
    """One more link to the same question; earlier ones stay good (D25)."""
    login = Login(store)
    first = await login.begins()
    # The request is held still, or the last message is not old enough.
    for at in (AT + 54, AT + 299):
        assert (await login.comes_back(at)).messages == ()
    waiting = await login.comes_back(AT + 300)
    assert (waiting.approval, waiting.until, waiting.prompt) == (first.approval, first.until, first.prompt)
    (message,) = waiting.messages
    assert (message.kind, message.most_per_hour, message.per_recipient) == ("approval", 6, True)
    link = f"https://mfa.example.com/a/{login.tokens[1]}"
    content = message.content
    assert (content.recipient, content.subject) == ("sam@partner.example", "Reminder: Ann Example asks to sign in")
    again = "Ann Example is back, and has been asking since 2027-01-15 08:00 UTC; nobody has decided yet."
    assert content.text.startswith(f"{again}\n\nAnn Example asks to sign in\n")
    assert link in content.text
    assert 0 < content.html.index("<body") < content.html.index(again) < content.html.index("<h1")
    # Where a limit is in its way, they wait on as before.
    assert waiting.otherwise == Waiting(first.approval, first.until, login.memory, first.prompt, undecided="undecided")
    assert (await store.read(lambda c: approvals.get(c, login.memory))).reminded_at == AT + 300
    assert (await login.comes_back(AT + 900)).messages == ()
    assert (await login.clicks(AT + 901, token=login.tokens[0])).counted
    assert isinstance(await login.comes_back(AT + 902), Passed)


async def test_of_two_who_come_back_at_once_one_reminds(store):
    login = Login(store)
    await login.begins()
    turn = login.turn(AT + 400, answer="")
    verdicts = [await login.method.remind(turn) for _ in range(2)]
    assert [await store.write(verdict.writes[0]) for verdict in verdicts] == [True, False]


async def test_the_reminder_is_in_the_approvers_language(store):
    login = Login(store, language="tr")
    await login.begins()
    await login.comes_back(AT + 600)
    content = login.messages[1].content
    assert content.subject == "Hatırlatma: Ann Example oturum açmak istiyor"
    assert content.text.startswith(
        "Ann Example yeniden denedi; 15.01.2027 08:00 UTC tarihinden beri onay bekliyor, henüz karar verilmedi."
    )


@pytest.mark.parametrize("options", [{"methods": ()}, {"remind_after": timedelta(0)}])
async def test_nobody_is_reminded_where_nothing_is_proved_before_or_none_is_wanted(store, options):
    login = Login(store, **options)
    await login.begins()
    assert (await login.comes_back(AT + 1000)).messages == ()


async def test_an_approver_who_got_thirty_messages_within_the_hour_is_not_reminded(store):
    login = Login(store)
    await login.begins()

    def sent(connection, number):
        row = MessageRow(
            f"l{number}", AT + number, f"l{number}", "approval", "contractors", "local", f"{number}",
            "sam@partner.example", AT + 3600,
        )  # fmt: skip
        messages.ROWS.insert(connection, row)

    for number in range(30):
        await store.write(lambda c, number=number: sent(c, number))
    assert (await login.comes_back(AT + 400)).messages == ()
    assert (await login.comes_back(AT + 3600 - 1, memory=login.memory)).messages == ()
    later = Login(store, link_validity=timedelta(hours=2))
    await later.begins(AT + 1)
    assert len((await later.comes_back(AT + 3602)).messages) == 1
