"""A password over RADIUS, for users of the database: what the NAS sends, what it gets, what is recorded."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.servers.running import LOCAL, running


@pytest.mark.row("S199", "S210")
async def test_right_password(tmp_path):
    """Accept with the user's own Framed-IP-Address (S210)."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann", framed_ip_address="10.1.2.3")
        reply = await radiusd.nas().asks(User_Name="ann", User_Password="tulip")
        assert reply.code == "Access-Accept"
        assert reply["Framed-IP-Address"] == "10.1.2.3"
        row = await radiusd.last()
        assert (row.outcome, row.user_name, row.client, row.profile) == ("accept", "ann", "nas", "password-only")
        assert "password right" in row.detail


async def test_wrong_password(tmp_path):
    """Reject with a reference that finds the reason (B5)."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        reply = await radiusd.nas().asks(User_Name="ann", User_Password="rose")
        assert reply.code == "Access-Reject"
        row = await radiusd.last()
        assert reply["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert (row.outcome, row.reason) == ("reject", "password wrong")


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("nobody", "tulip", "no such user"),
        ("ann", "", "password"),
        (b"ann\0", "tulip", "no such user"),
        ("off", "tulip", "disabled"),
        ("old", "tulip", "expired"),
    ],
)
@pytest.mark.row("S214")
async def test_one_text_for_every_reason(tmp_path, name, password, reason):
    """The user learns nothing of why (D22); the audit tells."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        await radiusd.user("off", enabled=False)
        await radiusd.user("old", expires_at=time.time() - 1)
        reply = await radiusd.nas().asks(User_Name=name, User_Password=password)
        row = await radiusd.last()
        assert reply.code == "Access-Reject"
        assert reply["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert reason in row.reason


async def test_names_are_one_person_in_every_form(tmp_path):
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        for name in ("Ann", "ANN", "\N{FULLWIDTH LATIN SMALL LETTER A}nn"):
            assert (await radiusd.nas().asks(User_Name=name, User_Password="tulip")).code == "Access-Accept"


async def test_turkish_names_in_capitals(tmp_path):
    """X56: in the capitals of any keyboard, one person each."""
    async with running(tmp_path) as radiusd:
        for name, typed in (("ibrahim", ("İbrahim", "İBRAHİM", "IBRAHIM")), ("işik", ("ışık", "IŞIK", "İŞİK"))):
            await radiusd.user(name)
            for each in typed:
                assert (await radiusd.nas().asks(User_Name=each, User_Password="tulip")).code == "Access-Accept"
                assert (await radiusd.last()).user_name == name


async def test_changes_count_at_once(tmp_path):
    """A remembered password is worth nothing after any change of the user."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        nas = radiusd.nas()
        assert (await nas.asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"
        assert (await nas.asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"
        assert "remembered" in (await radiusd.last()).detail
        await radiusd.change("ann", enabled=False)
        assert (await nas.asks(User_Name="ann", User_Password="tulip")).code == "Access-Reject"
        await radiusd.change("ann", enabled=True, framed_ip_address="10.9.9.9")
        assert (await nas.asks(User_Name="ann", User_Password="tulip"))["Framed-IP-Address"] == "10.9.9.9"


POLICIES = LOCAL.replace(
    "applications:",
    """
policies:
  - {profile: password-only, directory: local, attribute: group_name, values: [staff, "vpn-*"]}
applications:""",
).replace(
    "{profiles: [password-only]}",
    """
    profiles: [password-only]
    reply: {Session-Timeout: 28800, Class: [one, two]}
    reply_rules:
      - {directory: local, attribute: group_name, values: [staff], reply: {Filter-Id: admins}}
""",
)


async def test_policy_and_reply_rules(tmp_path):
    """Only whom a rule matches may use the method (D7), and gets the attributes of every path to an Accept (C16)."""
    async with running(tmp_path, POLICIES) as radiusd:
        await radiusd.user("ann", groups=("Staff",))
        await radiusd.user("bob", groups=("VPN-users",))
        await radiusd.user("eve", groups=("guests",))
        ann = await radiusd.nas().asks(User_Name="ann", User_Password="tulip")
        assert ann.code == "Access-Accept"
        assert (ann["Session-Timeout"], ann["Filter-Id"], ann.all("Class")) == ("28800", "admins", ["one", "two"])
        bob = await radiusd.nas().asks(User_Name="bob", User_Password="tulip")
        assert (bob.code, bob.all("Filter-Id")) == ("Access-Accept", [])
        eve = await radiusd.nas().asks(User_Name="eve", User_Password="tulip")
        assert eve.code == "Access-Reject"
        assert "group_name" in (await radiusd.last()).detail


BLOCKING = LOCAL + "blocking: {failed_attempts: 3, window: 10m, duration: 30m}\n"


@pytest.mark.row("S261", "S262", "S267")
async def test_three_wrong_passwords_block_that_station(tmp_path):
    """S261, S262, S267: and only that user, and only from there."""
    async with running(tmp_path, BLOCKING) as radiusd:
        await radiusd.user("ann")
        await radiusd.user("bob")
        nas = radiusd.nas()
        for wrong in ("a", "b", "c"):
            await nas.asks(User_Name="ann", User_Password=wrong, Calling_Station_Id="192.0.2.7")
        right = await nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.7")
        assert right.code == "Access-Reject"
        assert "blocked" in (await radiusd.last()).reason
        elsewhere = await nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.8")
        assert elsewhere.code == "Access-Accept"
        other = await nas.asks(User_Name="bob", User_Password="tulip", Calling_Station_Id="192.0.2.7")
        assert other.code == "Access-Accept"


async def test_the_same_wrong_password_counts_once(tmp_path):
    """A saved password that a device repeats must not lock its owner out (C22)."""
    async with running(tmp_path, BLOCKING) as radiusd:
        await radiusd.user("ann")
        for _ in range(5):
            await radiusd.nas().asks(User_Name="ann", User_Password="old one", Calling_Station_Id="192.0.2.7")
        right = await radiusd.nas().asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.7")
        assert right.code == "Access-Accept"


@pytest.mark.row("S262")
async def test_a_success_ends_the_count(tmp_path):
    """S262: consecutive ones."""
    async with running(tmp_path, BLOCKING) as radiusd:
        await radiusd.user("ann")
        nas = radiusd.nas()
        for password in ("a", "b", "tulip", "c", "d", "tulip"):
            reply = await nas.asks(User_Name="ann", User_Password=password, Calling_Station_Id="192.0.2.7")
            assert (reply.code == "Access-Accept") == (password == "tulip")


async def test_user_limit_spares_known_stations(tmp_path):
    """user_limit: failures from anywhere block the stations the user never signed in from."""
    async with running(tmp_path, LOCAL + "blocking: {failed_attempts: 3, user_limit: 6}\n") as radiusd:
        await radiusd.user("ann")
        nas = radiusd.nas()
        home = {"User_Name": "ann", "Calling_Station_Id": "home"}
        assert (await nas.asks(User_Password="tulip", **home)).code == "Access-Accept"
        for number in range(6):
            await nas.asks(User_Name="ann", User_Password=f"guess {number}", Calling_Station_Id=f"far {number % 3}")
        far = await nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="far 9")
        assert far.code == "Access-Reject"
        assert (await nas.asks(User_Password="tulip", **home)).code == "Access-Accept"


async def test_a_restart_keeps_blocks(tmp_path):
    async with running(tmp_path, BLOCKING) as radiusd:
        await radiusd.user("ann")
        for wrong in ("a", "b", "c"):
            await radiusd.nas().asks(User_Name="ann", User_Password=wrong)
    async with running(tmp_path, BLOCKING) as radiusd:
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="tulip")).code == "Access-Reject"


async def test_a_bug_that_one_packet_meets_is_not_the_others(tmp_path, capsys, monkeypatch):
    """Both come in one wake-up; the one is dropped and the log tells, the other is answered."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        door = radiusd.server._authentication
        ready = door._ready

        def meets_a_bug(exchange, request):
            if request.user_name == b"bob":
                raise ZeroDivisionError
            return ready(exchange, request)

        monkeypatch.setattr(door, "_ready", meets_a_bug)
        nas = radiusd.nas()
        bob = asyncio.ensure_future(nas.asks(User_Name="bob", User_Password="tulip"))
        ann = asyncio.ensure_future(nas.asks(User_Name="ann", User_Password="tulip"))
        assert (await ann).code == "Access-Accept"
        assert "ZeroDivisionError" in capsys.readouterr().out
        assert not bob.done()
        bob.cancel()
