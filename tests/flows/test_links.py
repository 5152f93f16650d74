"""A link by mail in the place of a password: what the NAS sends and gets, what the user and the manager read and press."""

from __future__ import annotations

import asyncio
import re

import pytest

from radiusd.nas.asking import NoReply
from store import users
from tests.flows.corp import CORP
from tests.flows.linked import ANN, BOSS, linked
from tests.servers.running import until
from tests.servers.slapd import slapd

SHORT = "hold: 2s"  # an answer is due after 1.5 s
WAIT = "Open the link in the mail that was sent to you. Press Enter to check again."
CONFIRMED = {"Confirmed", "Confirmed and signed in"}  # the Accept may be quicker than the page
APPROVED = {"Approved", "Approved and signed in"}
DENIED = re.compile(r"Access denied\. Ref [0-9A-Z]{8}")


@pytest.mark.row("S49", "S50", "S52", "S57", "S61", "S71", "S74", "S278")
@pytest.mark.parametrize("password", ["", None, "whatever"], ids=["empty", "none", "ignored"])
async def test_yes_it_is_me(tmp_path, password):
    """No password is looked at: one that comes is ignored. The click lets the held request in at once."""
    async with linked(tmp_path) as at:
        await at.radiusd.change("ann", framed_ip_address="10.1.2.3")
        asked = at.begins(password=password)
        mail = await at.box.first(ANN)
        assert mail.splitlines()[0] == "Confirm that it is you"
        assert "Ann Example (ann)" in mail
        assert not asked.done()
        assert await at.presses() in CONFIRMED
        accept = await asked
        assert accept.code == "Access-Accept"
        assert accept["Framed-IP-Address"] == "10.1.2.3"
        assert await at.story() == ["begin: waiting", "decision: approved", "decision: accept"]
        last = (await at.radiusd.audit())[-1]
        assert "confirmed by ann@example.org" in last.detail


@pytest.mark.row("S52", "S86")
async def test_no_it_is_not_me(tmp_path):
    """It ends the sign-in, with the text of every refusal, and nobody is asked again from there for a while."""
    async with linked(tmp_path) as at:
        asked = at.begins()
        assert await at.presses("reject") == "You said that this was not you"
        refused = await asked
        assert refused.code == "Access-Reject"
        assert DENIED.fullmatch(refused["Reply-Message"])
        assert await at.why(refused) == "denied by ann@example.org"


@pytest.mark.row("S51", "S90")
async def test_a_link_lets_in_once(tmp_path):
    async with linked(tmp_path) as at:
        asked = at.begins()
        assert await at.presses() in CONFIRMED
        assert (await asked).code == "Access-Accept"
        assert await at.presses() == "Confirmed and signed in"
        # The next sign-in needs a link of its own.
        again = at.begins()
        await at.link(number=2)
        assert not again.done()
        assert await at.presses(number=2) in CONFIRMED
        assert (await again).code == "Access-Accept"


@pytest.mark.row("S60", "S69", "S89")
async def test_a_link_is_over(tmp_path):
    async with linked(tmp_path, "link_validity: 2s", SHORT) as at:
        challenge = await at.asks(timeout=5)
        assert (challenge.code, challenge["Reply-Message"]) == ("Access-Challenge", WAIT)
        await asyncio.sleep(0.7)
        assert await at.presses() == "This link has expired"
        over = await at.enters(challenge, timeout=5)
        assert over.code == "Access-Reject"
        assert DENIED.fullmatch(over["Reply-Message"])


@pytest.mark.row("S71")
async def test_opening_the_link_changes_nothing_and_signs_no_browser_in(tmp_path):
    """D12, D19: mail scanners open links, also with HEAD; no cookie is set by the page or by the click."""
    async with linked(tmp_path) as at:
        asked = at.begins()
        link, web = await at.link(), at.browser._web
        for _ in range(3):
            assert (await web.get(link)).status_code == 200
            assert (await web.head(link)).status_code == 200
        assert not asked.done()
        origin = "/".join(link.split("/")[:3])
        pressed = await web.post(link, data={"decision": "approve"}, headers={"Origin": origin})
        assert pressed.status_code == 303
        assert (await asked).code == "Access-Accept"
        shown = await web.get(link)
        assert not web.cookies
        assert "set-cookie" not in {*pressed.headers, *shown.headers}


async def test_a_sign_in_from_another_station_has_a_link_of_its_own(tmp_path):
    """D3, D19: a click confirms the sign-in that it was made for."""
    async with linked(tmp_path) as at:
        first = at.begins(station="203.0.113.1")
        await at.link()
        second = at.begins(station="203.0.113.2")
        assert await at.presses(number=2) in CONFIRMED
        assert (await second).code == "Access-Accept"
        assert not first.done()
        assert await at.browser.presses(re.search(r"http\S+", at.box.of(ANN)[0])[0], "approve") in CONFIRMED
        assert (await first).code == "Access-Accept"


async def test_hold_then_ask(tmp_path):
    """D1: one mail, however often Enter is pressed."""
    async with linked(tmp_path, client=SHORT) as at:
        challenge = await at.asks(timeout=5)
        assert challenge["Reply-Message"] == WAIT
        assert challenge["Prompt"] == "Echo"
        challenge = await at.enters(challenge, timeout=5)
        held = asyncio.create_task(at.enters(challenge, timeout=5))
        await at.holds()
        assert await at.presses() in CONFIRMED
        assert (await held).code == "Access-Accept"
        assert len(at.box.of(ANN)) == 1


@pytest.mark.row("S85")
async def test_a_nas_that_shows_nothing_is_refused_in_time_and_a_click_after_that_lets_nobody_in(tmp_path):
    """`late_approval` is 0s by default."""
    async with linked(tmp_path, client=f"{SHORT}, challenge: false") as at:
        refused = await at.asks(timeout=5)
        assert refused.code == "Access-Reject"
        assert DENIED.fullmatch(refused["Reply-Message"])
        assert await at.presses() == "This sign-in is over"


@pytest.mark.parametrize(("station", "comes_in"), [("203.0.113.9", True), ("", False)])
async def test_late_approval_counts_for_a_station_that_is_known_and_equal(tmp_path, station, comes_in):
    """D2."""
    async with linked(tmp_path, "late_approval: 5m", f"{SHORT}, challenge: false") as at:
        assert (await at.asks(station=station, timeout=5)).code == "Access-Reject"
        if not comes_in:
            assert await at.presses() == "This sign-in is over"
            return
        assert await at.presses() in CONFIRMED
        assert (await at.asks(station="203.0.113.10", timeout=5)).code == "Access-Reject"
        assert (await at.asks(timeout=5)).code == "Access-Accept"


@pytest.mark.row("S64", "S78")
async def test_a_password_first(tmp_path):
    """`methods: [password]`: a wrong one ends it, and nobody is asked; who proved one is told what happened (D26)."""
    async with linked(tmp_path, "methods: [password]", f"{SHORT}, challenge: false") as at:
        wrong = await at.asks(password="rose", timeout=5)
        assert wrong.code == "Access-Reject"
        assert not at.box.of(ANN)
        undecided = await at.asks(password="tulip", timeout=5)
        assert undecided["Reply-Message"].startswith("The link in your mail was not confirmed in time. Sign in again")
        asked = at.begins(password="tulip")
        await at.holds()
        await at.presses("reject")
        assert (await asked)["Reply-Message"].startswith("It was said that this is not you")


@pytest.mark.row("S50", "S54", "S57", "S67", "S72", "S75", "S95")
async def test_manager_mode(tmp_path):
    """The sponsor is asked, and the user reads what is waited for."""
    async with linked(tmp_path, "type: manager_approval", SHORT) as at:
        challenge = await at.asks(timeout=5)
        assert challenge["Reply-Message"] == "Waiting for manager approval. Press Enter to check again."
        held = asyncio.create_task(at.enters(challenge, timeout=5))
        await at.holds()
        assert (await at.box.first(BOSS)).splitlines()[0] == "Ann Example asks to sign in"
        assert await at.presses(to=BOSS) in APPROVED
        assert (await held).code == "Access-Accept"
        assert not at.box.of(ANN)


@pytest.mark.row("S54", "S67")
async def test_a_user_without_a_sponsor_and_one_who_is_their_own(tmp_path):
    """D16: the default recipient where nobody is found; nobody approves their own sign-in."""
    options = "type: manager_approval, default_recipient: security@example.org"
    async with linked(tmp_path, options) as at:
        await at.radiusd.user("bob", email="bob@example.org")
        await at.radiusd.user("carol", email="carol@example.org", sponsor_email="Carol@example.org")
        asked = at.begins("bob")
        assert await at.presses(to="security@example.org") in APPROVED
        assert (await asked).code == "Access-Accept"
        own = at.begins("carol", timeout=2)
        await at.holds()
        row = (await at.radiusd.audit())[-1]
        assert row.reason.startswith(
            "nobody is asked: nobody can be asked: manager: it is the user, and nobody approves"
        )
        with pytest.raises(NoReply):
            await own
        assert at.box.count == 1


@pytest.mark.row("S59", "S62", "S58")
async def test_words_of_ones_own(tmp_path):
    options = 'server: "https://links.example.com", subject: "Hello {{ user.username }}", message: "At {{ link }}!"'
    async with linked(tmp_path, options) as at:
        asked = at.begins(timeout=1)
        assert re.fullmatch(r"At https://links\.example\.com/a/[A-Za-z0-9]{33}!\s*", await at.box.first(ANN))
        assert at.box._mails[ANN][0]["subject"] == "Hello ann"
        assert at.box._mails[ANN][0].get_body(("html",)) is None
        with pytest.raises(NoReply):
            await asked


@pytest.mark.row("S66", "S68", "S81")
async def test_the_address_is_the_users_own(tmp_path):
    """Who has none waits in vain like everybody; the audit says why."""
    async with linked(tmp_path, client="hold: 2s, challenge: false") as at:
        await at.radiusd.user("bob")
        refused = await at.asks("bob", timeout=5)
        assert DENIED.fullmatch(refused["Reply-Message"])
        first = next(row for row in await at.radiusd.audit() if row.outcome == "waiting")
        assert first.reason == "nobody is asked: the user has no mail address"
        assert at.box.count == 0


async def test_in_turkish(tmp_path):
    async with linked(tmp_path) as at:
        await at.radiusd.change("ann", language="tr")
        asked = at.begins()
        assert (await at.box.first(ANN)).splitlines()[0] == "Oturum açan siz misiniz?"
        assert await at.presses() in {"Onaylandı", "Onaylandı, oturum açıldı"}
        assert (await asked).code == "Access-Accept"


async def test_a_mail_server_that_is_back_in_a_moment(tmp_path):
    """Nothing of the mail is seen in the answer (D4): it is tried again while the request is held."""
    async with linked(tmp_path) as at:
        at.box.refuses = 1
        asked = at.begins(timeout=15)
        await until(lambda: at.box.refused == 1)
        assert await at.presses() in CONFIRMED
        assert (await asked).code == "Access-Accept"


async def test_a_password_that_is_changed_meanwhile_ends_nothing(tmp_path):
    """None was proved. A user who is disabled meanwhile is out."""
    async with linked(tmp_path) as at:
        asked = at.begins()
        link = await at.link()
        await at.radiusd.server.store.write(lambda c: users.change(c, "ann", {"enabled": False}, 0.0))
        await until(lambda: at.radiusd.server.directories["local"].down() is None)
        await at.browser.presses(link, "approve")
        refused = await asked
        assert refused.code == "Access-Reject"
        assert await at.why(refused) == "the user is disabled"


@pytest.mark.row("S65", "S67", "S50")
async def test_users_of_ldap(tmp_path):
    """The attribute `mail` is where the link goes, in the language of the entry; the entry's `manager` decides."""
    with slapd() as server:
        lee = server.user("lee", cn="Lee", mail="lee@example.org")
        server.user("eda", cn="Eda Ay", mail="eda@example.org", manager=lee, preferredLanguage="tr")

        def corp(yaml):
            here = yaml.replace("directories: [local]", "directories: [corp, local]")
            return here.replace("  local: {type: local}", f"  local: {{type: local}}{CORP.replace('URL', server.url)}")

        async with linked(tmp_path, change=corp) as at:
            asked = at.begins("EXAMPLE\\Eda")
            assert (await at.box.first("eda@example.org")).splitlines()[0] == "Oturum açan siz misiniz?"
            await at.presses(to="eda@example.org")
            assert (await asked).code == "Access-Accept"
        async with linked(tmp_path, "type: manager_approval", change=corp, again=True) as at:
            asked = at.begins("eda")
            assert "You are this user's manager" in await at.box.first("lee@example.org")
            await at.presses(to="lee@example.org")
            assert (await asked).code == "Access-Accept"


@pytest.mark.row("S87")
async def test_the_database_knows_no_link(tmp_path):
    """33 letters and digits by chance, which are in the mail alone: the database has a keyed digest."""
    async with linked(tmp_path) as at:
        asked = at.begins(timeout=1)
        token = (await at.link()).rpartition("/")[2]
        assert re.fullmatch("[A-Za-z0-9]{33}", token)
        with pytest.raises(NoReply):
            await asked
        again = at.begins(station="203.0.113.10", timeout=1)
        assert (await at.link(number=2)).rpartition("/")[2] != token
        with pytest.raises(NoReply):
            await again
    for file in tmp_path.iterdir():
        assert token.encode() not in file.read_bytes(), file
