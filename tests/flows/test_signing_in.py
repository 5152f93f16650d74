"""The engine's door for those who come over HTTP: what they send, what they are told, what is recorded."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from radiusd.web import signing_in
from radiusd.web.signing_in import Accepted, Asks, Elsewhere, NotNow, Rejected, SigningIn, Visitor, Waits
from store import Unavailable
from tests.flows.mailing import APPROVED, BY_SMS, MAILED, mailing, yaml
from tests.flows.totp import APP, Totp
from tests.servers.running import until

DESK = Visitor("pages", "vpn", "192.0.2.7", "192.0.2.7")
ANN = {"email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com"}
PAGES = "administration: {application: vpn}\n"


@asynccontextmanager
async def door(folder, profiles, *, more=PAGES, choose="", unwatched=60.0):
    text = yaml(profiles, more=more)
    async with mailing(folder, text.replace("vpn: {profiles", f"vpn: {{{choose}profiles")) as radiusd:
        await radiusd.user("ann", **ANN)
        radiusd.door = radiusd.server.signing_in
        radiusd.door._unwatched = unwatched
        yield radiusd


async def test_a_password_and_a_code_by_mail(tmp_path):
    async with door(tmp_path, MAILED % "") as radiusd:
        asks = await radiusd.door.begin(DESK, "Ann", "tulip")
        assert isinstance(asks, Asks)
        assert (asks.prompt.startswith("Code sent to a***n@example.com"), asks.echo) == (True, False)
        assert radiusd.door.asked(DESK, asks.handle) == asks
        again = await radiusd.door.go_on(DESK, asks.handle, "000000" if radiusd.code() != "000000" else "111111")
        assert isinstance(again, Asks)
        accepted = await radiusd.door.go_on(DESK, again.handle, radiusd.code())
        assert accepted == Accepted("Ann", ("password", "mailed"))
        assert await radiusd.story() == ["begin: challenge", "answer: challenge", "answer: accept"]
        rows = await radiusd.audit()
        assert {(row.client, row.application, row.station, row.source) for row in rows} == {
            ("pages", "vpn", "192.0.2.7", "192.0.2.7")
        }


@pytest.mark.row("S173", "S174")
async def test_a_menu_and_then_what_was_chosen(tmp_path):
    async with door(tmp_path, MAILED % "" + BY_SMS % "", choose="choose: ask, ") as radiusd:
        menu = await radiusd.door.begin(DESK, "ann", "tulip")
        assert (menu.prompt[:33], menu.echo) == ("How do you want to sign in? 1: ma", True)
        asks = await radiusd.door.go_on(DESK, menu.handle, "2")
        assert asks.prompt.startswith("Code sent to +90********22")
        accepted = await radiusd.door.go_on(DESK, asks.handle, radiusd.code())
        assert {"password", "by-sms"} <= set(accepted.proved)


async def test_a_code_of_an_app(tmp_path):
    async with mailing(tmp_path, yaml(APP % "", more=PAGES)) as mails:
        radiusd = Totp(mails.radiusd)
        await radiusd.user("ann", **ANN)
        phone = await radiusd.phone()
        asks = await mails.server.signing_in.begin(DESK, "ann", "tulip")
        accepted = await mails.server.signing_in.go_on(DESK, asks.handle, phone.shows())
        assert accepted == Accepted("ann", ("password", "app"))


async def test_an_approval_is_watched(tmp_path):
    async with door(tmp_path, APPROVED % "") as radiusd:
        waits = await radiusd.door.begin(DESK, "ann", "tulip")
        assert isinstance(waits, Waits)
        assert waits.prompt
        assert radiusd.door.asked(DESK, waits.handle) == waits
        assert await radiusd.door.watch(DESK, waits.handle, 0.01) == waits
        watching = asyncio.create_task(radiusd.door.watch(DESK, waits.handle, 20))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert await watching == Accepted("ann", ("password", "approved"))
        assert await radiusd.door.watch(DESK, waits.handle, 0) is None  # it is told once
        assert (len(radiusd.door), await radiusd.story()) == (
            0, ["begin: waiting", "decision: approved", "decision: accept"]
        )  # fmt: skip


async def test_what_was_decided_meanwhile_is_kept_for_who_looks_again(tmp_path):
    async with door(tmp_path, APPROVED % "") as radiusd:
        waits = await radiusd.door.begin(DESK, "ann", "tulip")
        await radiusd.decides(await radiusd.token(), approve=False)
        await radiusd.tells("decision: reject")
        rejected = await radiusd.door.watch(DESK, waits.handle, 20)
        assert isinstance(rejected, Rejected)
        assert (await radiusd.explained(rejected.ref)).reason == "rejected by boss@example.com"


async def test_who_closes_the_page_waits_no_more(tmp_path):
    async with door(tmp_path, APPROVED % "", unwatched=0.05) as radiusd:
        await radiusd.door.begin(DESK, "ann", "tulip")
        await radiusd.tells("hold: reject")
        assert (len(radiusd.door), len(radiusd.server._holds)) == (0, 0)


async def test_who_leaves_gives_the_place_back(tmp_path):
    async with door(tmp_path, APPROVED % "") as radiusd:
        waits = await radiusd.door.begin(DESK, "ann", "tulip")
        radiusd.door.leave(DESK, waits.handle)
        await radiusd.tells("hold: reject")
        assert await radiusd.door.watch(DESK, waits.handle, 0) is None


async def test_an_accept_that_nobody_saw_is_taken_back(tmp_path):
    """D23: the approval lets in the next sign-in, as where a NAS gave up too soon."""
    async with door(tmp_path, APPROVED % ", late_approval: 5m", unwatched=0.3) as radiusd:
        await radiusd.door.begin(DESK, "ann", "tulip")
        await radiusd.decides(await radiusd.token(), approve=True)
        await radiusd.tells("decision: accept")
        await until(lambda: not len(radiusd.door))
        for _ in range(1000):
            if (await radiusd.story()).count("decision: approved") == 2:  # what was taken back is approved again
                break
            await asyncio.sleep(0.01)
        again = await radiusd.door.begin(DESK, "ann", "tulip")
        assert isinstance(again, Accepted)
        assert len(radiusd.sent) == 1


async def test_the_newer_window_has_the_answer(tmp_path):
    async with door(tmp_path, APPROVED % "") as radiusd:
        first = await radiusd.door.begin(DESK, "ann", "tulip")
        second = await radiusd.door.begin(DESK, "ann", "tulip")
        assert isinstance(await radiusd.door.watch(DESK, first.handle, 20), Elsewhere)
        await radiusd.decides(await radiusd.token(), approve=True)
        assert isinstance(await radiusd.door.watch(DESK, second.handle, 20), Accepted)


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_read_alike(tmp_path, name):
    """ASVS 6.3.8."""
    async with door(tmp_path, MAILED % "") as radiusd:
        rejected = await radiusd.door.begin(DESK, name, "rose")
        assert rejected.text == f"Access denied. Ref {rejected.ref}"


async def test_wrong_passwords_block_the_station_and_no_other(tmp_path):
    async with door(tmp_path, MAILED % "", more=PAGES + "blocking: {failed_attempts: 2}\n") as radiusd:
        for wrong in ("rose", "lily"):
            await radiusd.door.begin(DESK, "ann", wrong)
        assert isinstance(await radiusd.door.begin(DESK, "ann", "tulip"), Rejected)
        assert "block" in (await radiusd.last()).reason
        elsewhere = replace(DESK, source="192.0.2.8", station="192.0.2.8")
        assert isinstance(await radiusd.door.begin(elsewhere, "ann", "tulip"), Asks)


async def test_a_handle_is_good_for_one_client_and_one_step(tmp_path):
    """ASVS 2.3.1, 6.6.2: nobody comes to a step without the ones before it."""
    async with door(tmp_path, MAILED % "") as radiusd:
        asks = await radiusd.door.begin(DESK, "ann", "tulip")
        other = replace(DESK, client="wiki")
        code = radiusd.code()
        assert await radiusd.door.go_on(other, asks.handle, code) is None
        assert radiusd.door.asked(other, asks.handle) is None
        for forged in ("", "x", asks.handle[:-2], f"{asks.handle}A", "a.b"):
            assert await radiusd.door.go_on(DESK, forged, code) is None
            assert await radiusd.door.watch(DESK, forged, 0) is None
        assert isinstance(await radiusd.door.go_on(DESK, asks.handle, code), Accepted)
        assert isinstance(await radiusd.door.go_on(DESK, asks.handle, code), Rejected)  # ASVS 6.5.1
        assert asks.prompt not in asks.handle
        assert repr(signing_in._Handle("ann", "", "state", "prompt", echo=False)) == "_Handle(name='ann')"


async def test_another_node_goes_on_with_what_was_asked(tmp_path):
    """Where a process is begun anew, the handle of what was asked still opens; one that waits is asked for again."""
    async with door(tmp_path, MAILED % "") as radiusd:
        asks = await radiusd.door.begin(DESK, "ann", "tulip")
        other = SigningIn(
            radiusd.server._answering, radiusd.door._sealing, wall=radiusd.door._wall, reject_delay=lambda: 0.0
        )
        assert isinstance(await other.go_on(DESK, asks.handle, radiusd.code()), Accepted)


async def test_two_clicks_with_the_same_code_let_in_once(tmp_path):
    """ASVS 2.3.4."""
    async with door(tmp_path, MAILED % "") as radiusd:
        asks = await radiusd.door.begin(DESK, "ann", "tulip")
        code = radiusd.code()
        answers = await asyncio.gather(*(radiusd.door.go_on(DESK, asks.handle, code) for _ in range(10)))
        assert sum(isinstance(each, Accepted) for each in answers) == 1


async def test_an_empty_password_is_refused(tmp_path):
    async with door(tmp_path, MAILED % "") as radiusd:
        assert isinstance(await radiusd.door.begin(DESK, "ann", ""), Rejected)
        assert isinstance(await radiusd.door.begin(DESK, "", "tulip"), Rejected)


async def test_who_goes_away_while_it_is_judged_leaves_nothing(tmp_path):
    async with door(tmp_path, APPROVED % "") as radiusd:
        asking = asyncio.create_task(radiusd.door.begin(DESK, "ann", "tulip"))
        await asyncio.sleep(0)
        asking.cancel()
        await radiusd.tells("hold: reject")
        assert (len(radiusd.door), len(radiusd.server._holds)) == (0, 0)


async def test_a_database_that_is_gone_lets_nobody_in(tmp_path, monkeypatch):
    """ASVS 16.5.3."""
    async with door(tmp_path, MAILED % "") as radiusd:

        async def gone(*_):
            raise Unavailable("gone")

        monkeypatch.setattr(radiusd.server.store, "write", gone)
        monkeypatch.setattr(radiusd.server.store, "down_since", lambda: 0.0)
        assert isinstance(await radiusd.door.begin(DESK, "ann", "tulip"), Rejected | NotNow)


async def test_a_bug_lets_nobody_in(tmp_path, monkeypatch):
    async with door(tmp_path, MAILED % "") as radiusd:

        def broken(*_):
            raise RuntimeError

        monkeypatch.setattr(type(radiusd.server._engine), "_known_user", broken)
        assert isinstance(await radiusd.door.begin(DESK, "ann", "tulip"), NotNow)
