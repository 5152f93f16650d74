"""What a local user may do beside what their profile asks: transcripts over RADIUS, for users of the database."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from radiusd.rules.hours import DAYS
from tests.flows.mailing import mailing, state_of
from tests.flows.test_who_gets_in import code_of
from tests.servers.running import running


async def signs_in(radiusd, password="tulip", name="ann"):
    return (await radiusd.nas().asks(User_Name=name, User_Password=password)).code


@pytest.mark.row("S207", "S216")
async def test_a_password_that_must_be_changed_lets_nobody_in(tmp_path):
    """Neither right nor remembered; a wrong one counts as ever, a right one does not."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        assert await signs_in(radiusd) == "Access-Accept"
        await radiusd.change("ann", must_change_password=True)
        asked = ("Access-Challenge", "a new password is asked for")
        for password, told in (("tulip", asked), ("rose", ("Access-Reject", "password wrong"))) * 2:
            assert (await signs_in(radiusd, password), (await radiusd.last()).reason) == told
        assert [row.detail.count("failures counted: 2") for row in await radiusd.audit()][-1] == 0
        await radiusd.change("ann", must_change_password=False)
        assert await signs_in(radiusd) == "Access-Accept"


YAML = """
listen: {authentication: [127.0.0.1:0], accounting: [], web: [127.0.0.1:0], internal: []}
public_url: http://127.0.0.1
time_zone: UTC
clients:
  office: {address: 127.0.0.1, secret: "correct horse battery", application: vpn}
  branch: {address: 127.0.0.2, secret: "correct horse battery", application: vpn}
  wifi: {address: 127.0.0.3, secret: "correct horse battery", application: air}
  mute: {address: 127.0.0.4, secret: "correct horse battery", application: air, challenge: false}
directories:
  local: {type: local}
mail_servers:
  post: {type: outbox}
profiles:
  password-only: {method: password, directories: [local]}
  code: {method: mail_otp, directories: [local], mail_servers: [post]}
  mailed: {method: mail_otp, directories: [local], mail_servers: [post]}
  boss: {method: approved_otp, directories: [local], mail_servers: [post], approvers: [sponsor]}
policies:
  - {profile: boss, directory: local, attribute: group_name, values: [approved], required: true}
  - {profile: code, directory: local, attribute: group_name, values: [coded], required: true}
applications:
  vpn:
    profiles: [boss, code, password-only]
    reply: {Session-Timeout: 86400, Filter-Id: everybody, Class: one}
    reply_rules:
      - {directory: local, attribute: group_name, values: [staff], reply: {Filter-Id: staff}}
  air: {profiles: [password-only, mailed], choose: ask}
security: {reject_delay: 0s}
"""
HOSTS = {"office": "127.0.0.1", "branch": "127.0.0.2", "wifi": "127.0.0.3", "mute": "127.0.0.4"}


@pytest.fixture
async def radiusd(tmp_path):
    async with mailing(tmp_path, YAML) as radiusd:
        yield radiusd


async def asks(radiusd, name="ann", client="office"):
    return await radiusd.asks(name, source=HOSTS[client])


def weekday(hours: float) -> str:
    """The day and time so many hours from now, as hours are written."""
    at = datetime.now(UTC) + timedelta(hours=hours)
    return f"{DAYS[at.weekday()]} {at:%H:%M}"


def span(begins: float, ends: float) -> str:
    """Hours that begin and end so many hours from now."""
    first, last = weekday(begins), weekday(ends)
    return f"{first}-{last.split()[1]}"


@pytest.mark.row("S210")
async def test_a_users_own_attributes_win(radiusd):
    """Over those of the application and of its rules, as a Framed-IP-Address does; one more is added."""
    await radiusd.user("ann", groups=("staff",))
    await radiusd.user(
        "bob", groups=("staff",), reply=("Filter-Id=bob", "Class=a;b", "Class=c", "Cisco-AVPair=shell:priv-lvl=15")
    )
    ann, bob = await asks(radiusd), await asks(radiusd, "bob")
    assert (ann.all("Filter-Id"), ann.all("Class"), ann["Session-Timeout"]) == (["staff"], ["one"], "86400")
    assert (bob.all("Filter-Id"), bob.all("Class"), bob["Session-Timeout"]) == (["bob"], ["a;b", "c"], "86400")
    assert bob["Cisco-AVPair"] == "shell:priv-lvl=15"
    await radiusd.change("bob", reply=())
    assert (await asks(radiusd, "bob")).all("Filter-Id") == ["staff"]


async def test_the_same_after_a_code_and_for_the_same_request_again(radiusd):
    await radiusd.user(
        "ann", groups=("coded",), email="ann@example.com", reply=("Filter-Id=ann",), hours=(span(-1, 5),)
    )
    asked = await asks(radiusd)
    accepted = await radiusd.answers(asked, radiusd.code())
    assert (accepted.code, accepted["Filter-Id"]) == ("Access-Accept", "ann")
    assert 4 * 3600 < int(accepted["Session-Timeout"]) <= 5 * 3600


async def test_an_attribute_that_no_dictionary_has_any_more(radiusd):
    """It may have been what limits the user: they are refused, and the audit says why."""
    await radiusd.user("ann", reply=("Old-Thing=1",))
    assert (await asks(radiusd)).code == "Access-Reject"
    assert (
        "the user's own reply attributes: no dictionary has an attribute `Old-Thing`" in (await radiusd.last()).reason
    )
    await radiusd.user("bob", reply=tuple(f"Class=n{number}{'x' * 240}" for number in range(17)))
    assert (await asks(radiusd, "bob")).code == "Access-Reject"
    assert "there is room for 4058" in (await radiusd.last()).reason


async def test_hours(radiusd):
    """Out of them the text of every refusal (D22), remembered passwords or not; in them a session ends with them."""
    await radiusd.user("ann")
    assert (await asks(radiusd))["Session-Timeout"] == "86400"
    for hours in ((span(-2, 1),), (span(-2, -1), span(-1, 1))):
        await radiusd.change("ann", hours=hours)
        for _ in range(2):
            accepted = await asks(radiusd)
            assert accepted.code == "Access-Accept"
            assert 3480 <= int(accepted["Session-Timeout"]) <= 3660
    await radiusd.change("ann", hours=(span(1, 2),))
    refused = await asks(radiusd)
    row = await radiusd.last()
    assert (refused.code, refused["Reply-Message"]) == ("Access-Reject", f"Access denied. Ref {row.ref}")
    assert row.reason == "the user may not sign in at this hour"
    await radiusd.change("ann", hours=("Mo-Su 00:00-24:00",))
    assert (await asks(radiusd))["Session-Timeout"] == "86400"
    await radiusd.change("ann", hours=())
    assert (await asks(radiusd))["Session-Timeout"] == "86400"


async def test_the_same_request_again_once_the_hours_are_over(tmp_path, monkeypatch):
    """An accepted sign-in that a NAS repeats word for word is not repeated out of hours."""
    ahead, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    async with mailing(tmp_path, YAML) as radiusd:
        await radiusd.user("ann", hours=(span(-1, 1),))
        first, second = [await asks(radiusd, client="office") for _ in range(2)]
        assert (first.code, second.code) == ("Access-Accept", "Access-Accept")
        ahead[0] = 1800.0
        assert 1680 <= int((await asks(radiusd))["Session-Timeout"]) <= 1860
        ahead[0] = 7200.0
        assert (await asks(radiusd)).code == "Access-Reject"
        assert (await radiusd.last()).reason == "the user may not sign in at this hour"


async def test_a_session_gets_a_timeout_where_nothing_else_gives_one(radiusd):
    """The shorter of both, where the user has one of their own."""
    await radiusd.user("ann", hours=(span(-1, 1),))
    assert 3480 <= int((await asks(radiusd, client="wifi"))["Session-Timeout"]) <= 3660
    await radiusd.change("ann", reply=("Session-Timeout=600",))
    assert (await asks(radiusd, client="wifi"))["Session-Timeout"] == "600"


async def test_hours_that_end_while_a_code_is_out(radiusd):
    await radiusd.user("ann", groups=("coded",), email="ann@example.com", hours=(span(-1, 1),))
    asked = await asks(radiusd)
    await radiusd.change("ann", hours=(span(-1, -0.5),))
    assert (await radiusd.answers(asked, radiusd.code())).code == "Access-Reject"
    assert (await radiusd.last()).reason == "the user may not sign in at this hour"


async def test_clients_and_applications(radiusd):
    await radiusd.user("ann", clients=("branch",))
    await radiusd.user("bob", applications=("air",), clients=("branch",))
    found = {name: {client: (await asks(radiusd, name, client)).code for client in HOSTS} for name in ("ann", "bob")}
    no, yes = "Access-Reject", "Access-Accept"
    assert found == {
        "ann": {"office": no, "branch": yes, "wifi": no, "mute": no},
        "bob": {"office": no, "branch": yes, "wifi": yes, "mute": yes},
    }
    reasons = [row.reason for row in await radiusd.audit() if row.outcome == "reject"]
    assert reasons == [
        "the user may not sign in through client office (application vpn)",
        "the user may not sign in through client wifi (application air)",
        "the user may not sign in through client mute (application air)",
        "the user may not sign in through client office (application vpn)",
    ]


async def test_limits_hold_whichever_way_is_chosen(radiusd):
    """Of a menu, and of the one way that a NAS gets which shows none."""
    await radiusd.user("ann", email="ann@example.com", hours=(span(1, 2),))
    for client in ("wifi", "mute"):
        assert (await asks(radiusd, client=client)).code == "Access-Reject"
        assert (await radiusd.last()).reason == "the user may not sign in at this hour"
    await radiusd.change("ann", hours=(span(-1, 1),))
    menu = await asks(radiusd, client="wifi")
    assert (menu.code, radiusd.sent) == ("Access-Challenge", [])
    accepted = await radiusd.answers(menu, "1", source=HOSTS["wifi"])
    assert 3480 <= int(accepted["Session-Timeout"]) <= 3660
    menu = await asks(radiusd, client="wifi")
    await radiusd.change("ann", hours=(span(-1, -0.5),))
    assert (await radiusd.answers(menu, "1", source=HOSTS["wifi"])).code == "Access-Reject"
    assert (await radiusd.last()).reason == "the user may not sign in at this hour"


@pytest.mark.row("S204")
async def test_a_message_has_the_name_as_it_was_typed(radiusd):
    """X56: the user signs in by any spelling, and reads their own."""
    await radiusd.user("işik", shown_name="Işık", groups=("coded",), email="i@example.com")
    asked = await asks(radiusd, "IŞIK")
    assert (asked.code, (await radiusd.last()).user_name) == ("Access-Challenge", "işik")
    assert "Who: Işık\n" in radiusd.sent[0].text
    assert (await radiusd.answers(asked, radiusd.code(), "ışık")).code == "Access-Accept"


async def test_an_accept_is_not_given_again_out_of_hours(radiusd):
    """To the same octets, from another port; in the hours it is."""
    await radiusd.user("ann", groups=("coded",), email="ann@example.com", hours=(span(-1, 1),))
    nas, asked = radiusd.nas(source=HOSTS["office"]), await asks(radiusd)
    answer = {"User_Name": "ann", "User_Password": radiusd.code(), "State": state_of(asked), "Calling_Station_Id": "pc"}
    assert (await nas.asks(**answer)).code == "Access-Accept"
    again = radiusd.nas(source=HOSTS["office"])
    assert code_of(await again.sends(nas.sent)) == "Access-Accept"
    await radiusd.change("ann", hours=(span(-1, -0.5),))
    assert code_of(await radiusd.nas(source=HOSTS["office"]).sends(nas.sent)) != "Access-Accept"


@pytest.mark.parametrize("ends", [False, True])
async def test_an_approval_out_of_hours_lets_nobody_in(radiusd, ends):
    """Nor through a client that was taken away meanwhile; in the hours it does, and the session ends with them."""
    await radiusd.user("ann", groups=("approved",), sponsor_email="bo@example.com", hours=(span(-1, 1),))
    asking = asyncio.create_task(radiusd.asks(source=HOSTS["office"], timeout=9.0))
    token = await radiusd.token()
    await radiusd.waits(1)
    if ends:
        await radiusd.change("ann", hours=(span(-1, -0.5),))
    await radiusd.decides(token, approve=True)
    reply = await asking
    assert reply.code == ("Access-Reject" if ends else "Access-Accept")
    if ends:
        assert (await radiusd.last()).reason == "the user may not sign in at this hour"
    else:
        assert 3480 <= int(reply["Session-Timeout"]) <= 3660


@pytest.mark.row("S214")
async def test_a_session_ends_with_the_account(radiusd):
    """One that begins on its last day, also where the same is asked again and again; and the hours where they end first."""
    now = time.time()
    await radiusd.user("ann", expires_at=now + 90_000.0)
    assert (await asks(radiusd))["Session-Timeout"] == "86400"
    await radiusd.change("ann", expires_at=now + 7200.0)
    for _ in range(2):
        assert 7000 <= int((await asks(radiusd))["Session-Timeout"]) <= 7200
    assert 7000 <= int((await radiusd.asks("ann", source=HOSTS["mute"]))["Session-Timeout"]) <= 7200
    await radiusd.change("ann", hours=(span(-1, 1),))
    assert 3480 <= int((await asks(radiusd))["Session-Timeout"]) <= 3660
    await radiusd.change("ann", hours=(span(-1, 5),))
    assert 7000 <= int((await asks(radiusd))["Session-Timeout"]) <= 7200
    await radiusd.change("ann", expires_at=now + 5.0, hours=())
    assert (await asks(radiusd))["Session-Timeout"] == "60"
