"""`radiusd explain --user`: what a sign-in now would do, and what it does indeed (X57)."""

from __future__ import annotations

import asyncio
import time

import pytest

from radiusd.administration.explanation import Explaining, Foreseen
from radiusd.process.building import application_of, behaviour_of, dictionary_of
from radiusd.process.tools import tools_of
from store import users
from store.records import NewUser
from tests.flows.corp import CORP
from tests.servers.running import running, until
from tests.servers.slapd import PEOPLE, slapd

YAML = """
listen: {authentication: [127.0.0.1:0], accounting: [127.0.0.1:0], web: [127.0.0.1:0], internal: []}
public_url: http://127.0.0.1
phone_country: TR
clients:
  nas: {address: 127.0.0.0/8, secret: "correct horse battery", application: vpn, hold: 8s}
  mute: {address: 127.0.0.9, secret: "correct horse battery", application: vpn, challenge: false}
directories:
  local: {type: local}
CORP
mail_servers:
  post: {type: outbox}
profiles:
  code: {method: mail_otp, directories: [local, corp], mail_servers: [post], sends_per_hour: 3}
  boss: {method: approved_otp, directories: [local, corp], mail_servers: [post], methods: [password, code], approvers: [manager]}
  told: {method: approved_otp, type: manager_information, directories: [local], mail_servers: [post]}
policies:
  - {profile: boss, directory: local, attribute: group_name, values: [approved], required: true}
  - {profile: boss, directory: corp, attribute: memberships, values: ["*"], required: true}
  - {profile: told, directory: local, attribute: group_name, values: [told], required: true}
applications:
  vpn: {profiles: [code, boss, told], reply: {Session-Timeout: 60}}
security: {reject_delay: 0s}
"""
LOCAL = (
    YAML.replace("CORP", "")
    .replace(", corp]", "]")
    .replace('  - {profile: boss, directory: corp, attribute: memberships, values: ["*"], required: true}\n', "")
)


LINKS = LOCAL.replace(
    "  told:",
    "  link: {method: mail_auth, directories: [local], mail_servers: [post], links_per_hour: {user: 1}}\n  told:",
)
LINKS = LINKS.replace("[code, boss, told]", "[link]")


async def test_a_link_and_who_waits_for_none(tmp_path):
    """Nothing is sent by asking; what would be refused waits as everybody does (D4)."""
    async with running(tmp_path, LINKS, demo=True) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        await radiusd.user("bob")
        told = await foreseen(radiusd, "ann")
        assert told.outcome == "waiting"
        assert "link: ann@example.com is asked by post" in told.steps
        assert told.steps[-1] == "waits until somebody decides, and then accepted by link, with the right link"
        for name, reason in (("bob", "the user has no mail address"), ("nobody", "no such user")):
            told = await foreseen(radiusd, name)
            assert (told.outcome, told.reason) == ("reject", reason)
            assert told.steps[-1] == f"waits as everybody does, and is refused at the end: {reason}"
        assert not radiusd.server.outbox.entries()
        asked = asyncio.create_task(radiusd.nas(timeout=8).asks(User_Name="ann", Calling_Station_Id="pc"))
        await until(radiusd.server.outbox.entries)
        told = await foreseen(radiusd, "ann", station="phone")
        assert (told.outcome, told.reason) == ("reject", "as many messages as an hour allows were sent")
        asked.cancel()


async def foreseen(radiusd, user: str, client: str = "nas", station: str = "pc") -> Foreseen:
    server = radiusd.server
    settings = server._settings
    tools = tools_of(settings, server.store, server.directories, [b"k" * 32], server._memories.enrolled)
    return await Explaining(
        store=server.store, application=application_of(settings, "vpn", tools, dictionary_of(settings)),
        behaviour=behaviour_of(settings.clients[client]), identities=server._identities, standing=server._standing,
        client=client, station=station, now=time.time(), deadline=asyncio.get_running_loop().time() + 5,
    ).foresee(user)  # fmt: skip


async def asks(radiusd, station, name="ann"):
    return await radiusd.nas(timeout=9.0).asks(User_Name=name, User_Password="tulip", Calling_Station_Id=station)


@pytest.fixture
async def radiusd(tmp_path):
    async with running(tmp_path, LOCAL, demo=True) as radiusd:
        yield radiusd


async def test_a_password_that_must_be_changed(radiusd):
    """After the code; and not where the NAS can not ask twice."""
    await radiusd.user("ann", email="ann@example.com", must_change_password=True)
    told = await foreseen(radiusd, "ann")
    assert (told.outcome, told.reason) == ("challenge", "")
    assert "password: local judges it, but the password must be changed first" in told.steps
    assert "new-password: Your password must be changed. New password:" in told.steps
    told = await foreseen(radiusd, "ann", "mute")
    assert told.reason == "the password must be changed, and the client can not ask for another one"


async def test_where_a_code_would_go(radiusd):
    await radiusd.user("ann", email="ann@example.com")
    told = await foreseen(radiusd, "ann")
    assert (told.outcome, told.reason, told.profile) == ("challenge", "", "code")
    assert "code: a code goes to ann@example.com by post, and is asked for by a Challenge" in told.steps
    assert "reply: Session-Timeout = 60 (`reply`)" in told.steps
    assert told.steps[-1] == "accepted by code, with the right password and code"
    assert (await asks(radiusd, "pc")).code == "Access-Challenge"


async def test_from_where_each_attribute_of_the_reply_comes(radiusd):
    """And what limits a user's hours and places, before anything else is asked."""
    more = {"email": "ann@example.com", "reply": ("Filter-Id=ann",), "framed_ip_address": "192.0.2.7"}
    await radiusd.user("ann", **more, expires_at=time.time() + 30.0)
    told = await foreseen(radiusd, "ann")
    assert [step for step in told.steps if step.startswith("reply: ")] == [
        "reply: Session-Timeout = 60 (`reply`)",
        "reply: Filter-Id = ann (the user's own)",
        "reply: Framed-IP-Address = 192.0.2.7 (the user's own)",
    ]
    await radiusd.change("ann", clients=("mute",))
    told = await foreseen(radiusd, "ann")
    assert (told.outcome, told.reason) == ("reject", "the user may not sign in through client nas (application vpn)")
    assert (await foreseen(radiusd, "ann", client="mute")).reason == ""
    await radiusd.change("ann", reply=("Gone-Attribute=1",))
    assert "no dictionary has an attribute `Gone-Attribute`" in (await foreseen(radiusd, "ann", client="mute")).reason


async def test_who_would_be_asked_and_who_told(radiusd):
    boss = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
    await radiusd.user("ann", groups=("approved",), **boss)
    await radiusd.user("bob", groups=("told",), **boss)
    told = await foreseen(radiusd, "ann")
    assert told.outcome == "challenge"  # what is asked first
    assert "boss: boss@example.com is asked by post" in told.steps
    told = await foreseen(radiusd, "bob")
    assert told.outcome == "accept"
    assert "told: boss@example.com is being told" in told.steps


@pytest.mark.parametrize(
    ("fields", "client", "reason"),
    [
        ({"groups": ("approved",)}, "nas", "the user has no mail address"),
        ({"groups": ("approved",), "email": "a@example.com", "sponsor_email": "A@example.com"}, "nas",
         "nobody can be asked: manager: it is the user, and nobody approves their own sign-in"),
        ({"groups": ("approved",), "email": "a@example.com"}, "nas", "nobody can be asked: manager: the directory names none"),
        ({"email": "a@example.com"}, "mute", "the client can show no (further) Challenge"),
        ({"email": "a@example.com", "enabled": False}, "nas", "the user is disabled"),
        ({"email": "a@example.com", "expires_at": 1.0}, "nas", "the user's account has expired"),
    ],
)  # fmt: skip
async def test_what_would_be_refused_is_not_promised(tmp_path, fields, client, reason):
    yaml = LOCAL.replace("mail_servers: [post], sends", "mail_servers: [post], placement: challenge, sends")
    async with running(tmp_path, yaml, demo=True) as radiusd:
        await radiusd.user("ann", **fields)
        told = await foreseen(radiusd, "ann", client)
        assert told.outcome == "reject"
        assert told.reason.startswith(reason)
        assert told.steps[-1] == f"refused: {told.reason}"


async def test_a_user_without_a_password(radiusd):
    new = NewUser(username="ann", email="ann@example.com")
    await radiusd.server.store.write(lambda connection: users.add(connection, new, time.time()))
    assert (await foreseen(radiusd, "ann"))[1:3] == ("reject", "the user has no password")
    assert (await foreseen(radiusd, "nobody"))[1:3] == ("reject", "no such user")


async def test_as_many_codes_as_an_hour_allows(radiusd):
    await radiusd.user("ann", email="ann@example.com")
    for number in range(2):
        assert (await foreseen(radiusd, "ann")).outcome == "challenge"
        assert (await asks(radiusd, f"pc{number}")).code == "Access-Challenge"
    # A third is kept for stations that the user has signed in from.
    assert (await foreseen(radiusd, "ann"))[1:3] == ("reject", "as many messages as an hour allows were sent")
    assert (await asks(radiusd, "pc")).code == "Access-Reject"


async def test_what_is_under_way_would_be_joined(tmp_path):
    """A code that is out is asked for, not sent anew; who was asked is not asked twice."""
    yaml = LOCAL.replace("methods: [password, code], ", "")
    async with running(tmp_path, yaml, demo=True) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        await asks(radiusd, "pc")
        assert "code: a code is out already, and is asked for by a Challenge" in (await foreseen(radiusd, "ann")).steps
        assert "goes to ann@example.com" in (await foreseen(radiusd, "ann", station="other")).steps[-3]
        await radiusd.user("bob", email="bob@example.com", sponsor_email="boss@example.com", groups=("approved",))
        told = await foreseen(radiusd, "bob")
        assert (told.outcome, told.steps[-1][:50]) == ("waiting", "waits until somebody decides, and then accepted by")
        asked = asyncio.create_task(asks(radiusd, "pc", "bob"))
        await until(lambda: len(radiusd.server.outbox.entries()) == 2)
        assert "boss: somebody was asked already, and has not decided" in (await foreseen(radiusd, "bob")).steps
        asked.cancel()
        await asyncio.wait([asked])


async def test_nothing_is_sent_and_nothing_recorded(radiusd):
    await radiusd.user("ann", email="ann@example.com", sponsor_email="boss@example.com", groups=("approved",))
    await foreseen(radiusd, "ann")
    assert await radiusd.audit() == []
    assert list(radiusd.server.outbox.entries()) == []


async def test_managers_of_a_directory(tmp_path):
    """Who is passed over is told with what is wrong."""
    with slapd() as server:
        server.user("boss", mail="boss@example.org", userAccountControl="514")
        server.user("ann", mail="ann@example.org", manager=f"uid=boss,{PEOPLE}", memberships=[PEOPLE])
        yaml = YAML.replace("CORP", CORP.replace("URL", server.url))
        async with running(
            tmp_path, yaml.replace("approvers: [manager]", "approvers: [manager, it@example.org]"), demo=True
        ) as radiusd:
            told = await foreseen(radiusd, "ann")
            passed_over = f"manager: the account of uid=boss,{PEOPLE} is disabled"
            assert f"boss: it@example.org is asked by post; {passed_over}" in told.steps
            server.stop()
            told = await foreseen(radiusd, "ann")
            assert told.outcome == "reject"
            assert told.reason.startswith("corp is not available")


async def test_which_menu_would_be_shown_and_what_each_choice_would_do(tmp_path):
    text = LOCAL.replace("profiles: [code, boss, told],", "profiles: [code, boss], choose: ask,")
    text = text[: text.index("policies:")] + text[text.index("applications:") :]
    async with running(tmp_path, text, demo=True) as radiusd:
        await radiusd.user("ann", email="ann@example.com", sponsor_email="boss@example.com")
        told = await foreseen(radiusd, "ann")
        assert (told.outcome, told.reason, told.profile) == ("challenge", "", "")
        menu = "How do you want to sign in? 1: code, 2: boss. Type a number, or press Enter for the first."
        assert f"menu: {menu}" in told.steps
        assert "choice 1, code: a code goes to ann@example.com by post, and is asked for by a Challenge" in told.steps
        [second] = [step for step in told.steps if step.startswith("choice 2, boss: code: a code goes to")]
        assert second.endswith("boss: boss@example.com is asked by post")
        assert told.steps[-1] == "accepted by what is chosen, with all that it asks for"
        assert (await asks(radiusd, "pc"))["Reply-Message"] == menu
        mute = await foreseen(radiusd, "ann", client="mute")
        assert (mute.profile, mute.outcome) == ("code", "challenge")
