"""`method: approved_otp`: asked, answered, asked again; and the manager's information."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from radiusd.approval.desk import Desk
from radiusd.directories.ldap import Ldap
from radiusd.directories.local import Local
from radiusd.directories.local_options import LocalOptions
from radiusd.directories.local_people import entry_of
from radiusd.handlers import Tools
from radiusd.handlers.approved_otp import ApprovedOtp
from radiusd.handlers.approved_otp_options import ApprovedOtpOptions
from radiusd.model.message import Sms
from radiusd.model.turn import Turn
from radiusd.model.verdict import Failed, Passed, Unavailable, Waiting
from radiusd.rules.links import LinkState
from radiusd.rules.sealing import Sealing
from radiusd.rules.sms import parts
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store, approvals, blocks, messages
from store.records import ApprovalRow, LinkRow, LocalUser, MessageRow
from tests.directories.ldap_directories import options as ldap_options
from tests.servers.slapd import PEOPLE, slapd

KEY = b"k" * 32
AT = 1_800_000_000.0  # 2027-01-15 08:00 UTC
HELD = 55.0
FROM = "203.0.113.9"


@pytest.fixture
async def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/radiusd.db")
    store.start(asyncio.get_running_loop())
    yield store
    await store.close()


def person(**fields):
    """A user of the database with a sponsor."""
    given = {
        "id": "7", "username": "ann", "first_name": "Ann", "last_name": "Example", "email": "ann@example.com",
        "sponsor_email": "sam@partner.example", "sponsor_phone": "+905550000003", "created_at": 0.0,
        "updated_at": 0.0, "password_changed_at": None,
    }  # fmt: skip
    return entry_of("local", LocalUser(**given | fields))


class Login:
    """One profile, and what the login engine does with its verdicts: rows are committed, messages are kept."""

    def __init__(self, store, directories=None, *, language="en", zone=UTC, titles=None, **options):
        local = Local("local", LocalOptions(type="local"), store, None, password_cache=timedelta(0))
        texts = Texts({}, language)
        tools = Tools(
            directories={"local": local, **(directories or {})}, store=store, keys=(KEY,), sealing=Sealing([KEY]),
            texts=texts,
            public_url="https://mfa.example.com", phone_country="TR", countries=("TR",), time_zone=zone,
            titles=Titles(texts, **(titles or {})),
        )  # fmt: skip
        given = {"method": "approved_otp", "directories": ("local",), "mail_servers": ("primary", "backup")}
        made = ApprovedOtpOptions(**given | options)
        made._name = "contractors"
        self.method = ApprovedOtp(made, tools)
        self.store = store
        self.desk = Desk(store, [KEY])
        self.messages = []
        self.memory = ""

    def turn(self, at=AT, *, entry=None, deadline=HELD, **fields):
        given = {
            "login": "l1", "entry": entry or person(), "answer": "tulip", "client": "gateway", "application": "vpn",
            "profile": "contractors", "station": "192.0.2.77", "memory": self.memory, "at": at,
            "deadline": asyncio.get_running_loop().time() + deadline, "factor": "contractors", "nas": "gw-1",
            "source": "192.0.2.10",
        }  # fmt: skip
        return Turn(**given | fields)

    async def begins(self, at=AT, **fields):
        turn = self.turn(at, **fields)
        return await self._done(turn, await self.method.begin(turn))

    async def answers(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.answer(turn))

    async def comes_back(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.remind(turn))

    async def refused(self, at, cause="main: refused the recipient (550)", **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.refused(turn, cause))

    async def again(self, at, **fields):
        turn = self.turn(at, answer="", **fields)
        return await self._done(turn, await self.method.again(turn))

    async def _done(self, turn, verdict):
        asked = verdict.asked if isinstance(verdict, Waiting) else getattr(verdict, "told", None)
        if isinstance(verdict, Waiting):
            self.memory = verdict.memory
        if asked is not None:
            self.memory = asked.id
            self.messages += verdict.messages
            await self.store.write(lambda c: self._write(c, turn, asked, verdict.writes))
        return verdict

    @staticmethod
    def _write(connection, turn, asked, writes=()):
        assert all(write(connection) for write in writes)
        links = [LinkRow(link.digest, asked.id, link.recipient, link.language, turn.at) for link in asked.links]
        if approvals.get(connection, asked.id) is not None:
            approvals.add_links(connection, links)
            return
        entry = turn.entry
        row = ApprovalRow(
            asked.id, turn.at, asked.until, asked.kind, turn.login, turn.profile, entry.directory, entry.unique_id,
            entry.username, asked.display_name, turn.application, turn.client, turn.station, turn.nas, turn.source,
            asked.late, turn.at + HELD,
        )  # fmt: skip
        approvals.insert(connection, row, links)

    @property
    def tokens(self):
        """Of the links in the messages, in the order in which they were sent."""
        found = [re.search(r"https://mfa\.example\.com/a/(\S+)", message.content.text) for message in self.messages]
        return [each[1] for each in found]

    async def clicks(self, at, *, approve=True, token=None):
        return await self.desk.decide(token or self.tokens[-1], approve=approve, at=at, source=FROM)


async def test_a_link_knows_whom_it_is_for_and_why(store):
    """The page behind it says so (X75)."""
    sponsored = (await Login(store).begins(entry=person(sponsor_name="Sam Partner"))).asked.links[0]
    assert (sponsored.recipient, sponsored.why, sponsored.name) == ("sam@partner.example", "sponsor", "Sam Partner")
    named = (await Login(store, approvers=("desk@example.com",)).begins()).asked.links[0]
    assert (named.recipient, named.why, named.name) == ("desk@example.com", "named", "")


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


async def test_approver_and_user_read_titles_each_in_their_language(store):
    """D28: the approver's language is that of the server, since nothing is known of them; the user's is Turkish."""
    titles = {"organisation": "Example Ltd", "applications": {"vpn": {"en": "Remote access", "tr": "Uzaktan erişim"}}}
    titles["profiles"] = {"contractors": {"en": "With an approval", "tr": "Onayla"}}
    said = {"en": "Wait: {{ application }}", "tr": "{{ application }} ({{ profile }})..."}
    login = Login(store, titles=titles, waiting_message=said)
    waiting = await login.begins(entry=person(language="tr"))
    assert waiting.prompt == "Uzaktan erişim (Onayla)..."
    (message,) = waiting.messages
    link = f"https://mfa.example.com/a/{login.tokens[0]}"
    lines = message.content.text.splitlines()
    assert "Application: Remote access" in lines
    assert link in lines
    assert lines[-1] == "Example Ltd"
    assert "Example Ltd</p>" in message.content.html


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


async def test_nobody_to_ask_is_refused_with_the_reason(store):
    login = Login(store)
    failed = await login.begins(entry=person(sponsor_email=""))
    assert failed == Failed("nobody can be asked: manager: has no address; there is no default_recipient")
    failed = await login.begins(entry=person(sponsor_email="Ann@Example.com"))
    assert "nobody approves their own sign-in" in failed.reason
    assert login.messages == []


async def test_by_sms(store):
    login = Login(store, delivery="sms", sms_gateways=("gateway",), server="https://mfa.example.com")
    await login.begins()
    (message,) = login.messages
    assert message.carriers == ("gateway",)
    assert isinstance(message.content, Sms)
    assert message.content.recipient == "+905550000003"
    link = f"https://mfa.example.com/a/{login.tokens[0]}"
    assert message.content.text == f"Ann Example asks to sign in: vpn, 192.0.2.77. {link}"


async def test_no_more_time_is_taken_than_the_nas_waits(store):
    login = Login(store)
    assert 2.0 < (await login.begins(deadline=3.0)).messages[0].within <= 3.0
    assert (await login.begins(deadline=-1.0)).messages[0].within == 0.0


async def test_each_reads_their_own_language(store):
    """The user's prompt, and the approver's message: theirs, else the default; radius.yaml's words before ours."""
    turkish = person(language="tr-TR")
    assert (await Login(store).begins(entry=turkish)).prompt == "Yönetici onayı bekleniyor"
    login = Login(store, language="tr")
    assert (await login.begins(entry=person(language="en"))).prompt == "Waiting for manager approval"
    assert login.messages[0].content.subject == "Ann Example oturum açmak istiyor"
    login = Login(store, language="tr", subject={"en": "Only English"}, message={"tr": "{{ minutes }} {{ link }}"})
    await login.begins()
    assert login.messages[0].content.subject == "Ann Example oturum açmak istiyor"
    assert login.messages[0].content.text.startswith("60 https://mfa.example.com/a/")
    one_for_all = Login(store, waiting_message=dict.fromkeys(("en", "tr"), "Wait, {{ user.username }}"))
    assert (await one_for_all.begins(entry=turkish)).prompt == "Wait, ann"


async def test_what_users_are_called_can_not_write_the_message(store):
    login = Login(store)
    await login.begins(entry=person(first_name="Ann\r\nBcc: x@y.example", last_name="http://evil.example/a/1"))
    content = login.messages[0].content
    assert "\n" not in content.subject
    assert "Who: Ann Bcc: x@y.example http:evil.example/a/1 (ann)\n" in content.text
    assert content.text.count("://") == 1
    assert content.html.count("://") == 3  # the button, and the link written out as one
    shown = await login.desk.look(login.tokens[0], AT + 1)
    assert "\n" not in shown.display_name


async def test_no_token_in_anything_that_is_kept_or_logged(store):
    login = Login(store)
    waiting = await login.begins()
    (token,) = login.tokens
    assert len(token) >= 32
    kept = repr((waiting, waiting.asked, login.memory, await store.read(approvals.latest)))
    rows = await store.read(lambda c: c.exec_driver_sql("SELECT * FROM links").all())
    assert token not in kept + repr(rows)


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


NAMES = {"first_name": "Gülşah", "last_name": "Çığlıkçıoğlu-Öğütçü", "sponsor_name": "Işıl Şükriye"}
TITLED = {
    "applications": {"vpn": {"en": "Remote access to the head office", "tr": "Merkez ofise uzaktan erişim (VPN)"}}
}


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("options", [{}, {"type": "manager_information"}])
async def test_our_sms_takes_one_part(store, options, language):
    """X62: names in letters that GSM has, where only that makes it one; the reminder too."""
    by_sms = {"delivery": "sms", "sms_gateways": ("gateway",), "language": language, "titles": TITLED}
    login = Login(store, **options, **by_sms)
    await login.begins(entry=person(**NAMES), station="2001:db8:10:20:30:40:50:60")
    if not options:
        await login.comes_back(AT + 600, entry=person(**NAMES))
    for message, token in zip(login.messages, login.tokens, strict=True):
        assert parts(message.content.text) == 1
        assert "Gülsah Çiglikcioglu-Ögütcü" in message.content.text
        assert message.content.text.endswith(f"https://mfa.example.com/a/{token}")
    assert len(login.messages) == (1 if options else 2)


async def test_a_mail_says_in_turkish_what_there_is_to_judge_by(store):
    """X62: times with their zone, until when, whom it is for and why; in HTML too."""
    await store.write(lambda c: blocks.know_station(c, "local", "7", "192.0.2.77", AT - 86400))
    login = Login(store, language="tr", zone=timezone(timedelta(hours=3)))
    await login.begins(entry=person(**NAMES))
    mail = login.messages[0].content
    told = {
        "Kullanıcı": "Gülşah Çığlıkçıoğlu-Öğütçü (ann)",
        "Uygulama": "vpn",
        "Nereden": "192.0.2.77 – Buradan daha önce oturum açtı, son: 14.01.2027",
        "İstek saati": "15.01.2027 11:00 UTC+3",
        "Son saat": "15.01.2027 12:00 UTC+3",
        "Neden siz": "Işıl Şükriye – Bu kullanıcının sorumlusu sizsiniz",
    }
    for label, value in told.items():
        assert f"\n{label}: {value}\n" in mail.text
        assert re.search(rf">{label}</th><td [^>]*>{re.escape(value)}</td>", mail.html)
    assert re.findall(r'href="([^"]+)"', mail.html) == [f"https://mfa.example.com/a/{login.tokens[0]}"] * 2
    assert "Onayla veya reddet</a>" in mail.html


async def test_html_of_the_administrators(store):
    """A template for each language; where the text is theirs and there is no HTML of theirs, the text is sent alone."""
    html = {"tr": "<p>{{ approver.name }}: {{ user.display_name }} {{ link }}</p>"}
    login = Login(store, language="tr", html=html)
    await login.begins(entry=person(sponsor_name="<Sam>"))
    assert login.messages[0].content.html == (
        f"<p>&lt;Sam&gt;: Ann Example https://mfa.example.com/a/{login.tokens[0]}</p>"
    )
    login = Login(store, message={"en": "Decide: {{ link }}"})
    await login.begins()
    assert login.messages[0].content.html is None
