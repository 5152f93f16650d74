"""Who lacks what their policy asks for: whole directories in pages, managers too (S46, S134)."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from radiusd.administration.needs import Looking, Need
from radiusd.cli.enrollment_missing import _asking
from radiusd.directories import Down
from radiusd.process.building import application_of, dictionary_of
from radiusd.process.tools import tools_of
from tests.directories.ldap_directories import ldap
from tests.flows.corp import yaml_of
from tests.servers.daemon import folder
from tests.servers.running import running
from tests.servers.slapd import PEOPLE, slapd

YAML = """
listen: {authentication: [127.0.0.1:0], accounting: [127.0.0.1:0], web: [127.0.0.1:0], internal: []}
public_url: http://127.0.0.1
phone_country: TR
clients:
  nas: {address: 127.0.0.0/8, secret: "correct horse battery", application: vpn}
directories:
  local: {type: local}
CORP
mail_servers: {out: {type: outbox}}
sms_gateways: {sms: {type: outbox}}
profiles:
  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms]}
  mailed: {method: mail_otp, directories: [local, corp], mail_servers: [out]}
  boss: {method: approved_otp, directories: [local, corp], mail_servers: [out], default_recipient: desk@example.com}
policies:
  - {profile: boss, directory: corp, attribute: memberships, values: ["cn=outside,*"], required: true}
  - {profile: boss, directory: local, attribute: group_name, values: [outside], required: true}
applications:
  vpn: {profiles: [by-sms, mailed, boss]}
"""


@pytest.fixture(scope="module")
def corp():
    with slapd(users=23) as server:
        nobody = server.user("nomail")
        boss = server.user("boss", mail="boss@example.org")
        outside = server.group("outside")
        server.user("led", manager=boss, memberships=[outside])
        server.user("unled", manager=nobody, memberships=[outside])
        yield server


async def test_all_of_a_directory_come_in_pages(corp):
    async with ldap(corp.url) as asking:
        pages = [page async for page in asking.directory.everyone(10)]
        names = [entry.username for page in pages for entry in page]
        assert [len(page) for page in pages][:2] == [10, 10]
        assert len(names) == len(set(names)) == 27
        assert {"nomail", "boss", "user000000", "user000022"} <= set(names)
        ann = await asking.entry("user000007")
        assert ann in [entry for page in pages for entry in page]


async def test_a_directory_that_is_down_says_so():
    async with ldap("ldap://127.0.0.1:9") as asking:
        [only] = [page async for page in asking.directory.everyone(10)]
        assert isinstance(only, Down)


async def looked(server, most=0, names=("local", "corp")):
    settings = server._settings
    tools = tools_of(settings, server.store, server.directories, [b"k" * 32], server._memories.enrolled)
    look = Looking(
        server.directories, [application_of(settings, "vpn", tools, dictionary_of(settings))], _asking(settings)
    )
    clock = asyncio.get_running_loop().time() + 60
    found = {each.entry.username: list(each.needs) async for each in look.everyone(names, time.time(), clock, most)}
    return found, look.seen


@pytest.mark.row("S46", "S134")
async def test_who_lacks_what(tmp_path, corp):
    async with running(tmp_path, yaml_of(corp, YAML), demo=True) as radiusd:
        await radiusd.user("ann", email="ann@example.com", phone="+905554443322")
        await radiusd.user("bob", email="bob@example.com")
        await radiusd.user("carol")
        await radiusd.user("dan", groups=("outside",), sponsor_name="Sam", sponsor_phone="+905550000001")
        await radiusd.user("gone", enabled=False)
        found, seen = await looked(radiusd.server)
        assert seen == 4 + 27
        lacks = "the user has no mobile number"
        assert found.pop("bob") == [Need("vpn", "by-sms", lacks, instead="mailed")]
        assert found.pop("carol") == [
            Need("vpn", "by-sms", lacks),
            Need("vpn", "mailed", "the user has no mail address"),
        ]
        assert found.pop("dan") == [Need("vpn", "boss", "manager: Sam has no address", asked="desk@example.com")]
        assert found.pop("nomail") == [Need("vpn", "mailed", "the user has no mail address")]
        assert found.pop("unled") == [
            Need("vpn", "boss", f"manager: uid=nomail,{PEOPLE} has no address", asked="desk@example.com")
        ]
        assert found == {}
        assert (await looked(radiusd.server, most=2, names=("local",)))[1] == 2


@pytest.mark.row("S46")
async def test_who_may_choose_an_approval_lacks_an_approver(tmp_path, corp):
    text = YAML.replace("vpn: {profiles: [by-sms, mailed, boss]}", "vpn: {profiles: [mailed, boss], choose: ask}")
    text = text[: text.index("policies:")] + text[text.index("applications:") :]
    async with running(tmp_path, yaml_of(corp, text), demo=True) as radiusd:
        await radiusd.user("ann", email="ann@example.com", sponsor_name="Sam", sponsor_phone="+905550000001")
        found, _seen = await looked(radiusd.server, names=("local",))
        [need] = found.pop("ann")
        assert (need.profile, need.asked) == ("boss", "desk@example.com")


@pytest.mark.row("S134")
def test_as_a_command_and_by_check(tmp_path):
    here = folder(tmp_path)
    yaml = here.yaml.read_text().replace(
        "profiles:\n", "mail_servers: {post: {host: 127.0.0.1, port: 9, encryption: none, from_address: a@example.com}}\n"
        "profiles:\n  mailed: {method: mail_otp, directories: [local], mail_servers: [post]}\n",
    )  # fmt: skip
    here.yaml.write_text(yaml.replace("profiles: [password-only]", "profiles: [mailed]"))
    here.radiusd("user", "add", "ann", "--email", "ann@example.com", "--password-stdin", input="long tulip 9\n")
    here.radiusd("user", "add", "bob", "--password-stdin", input="long tulip 9\n")
    done = here.radiusd("enrollment", "missing")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1:] == [
        "bob   local      vpn          mailed   the user has no mail address  is refused",
        "1 of 2 users lack something",
    ]
    [bob] = json.loads(here.radiusd("enrollment", "missing", "--json").out)
    assert (bob["user"], bob["profile"], bob["lacks"], bob["instead"]) == (
        "bob",
        "mailed",
        "the user has no mail address",
        "",
    )
    live = here.radiusd("check", "--live").out
    assert (
        "directory local, what its users have: 1 of 2 users can not sign in: bob can not sign in to vpn by mailed"
        in live
    )
    here.radiusd("enrollment", "add", "bob", "bob@example.com", "--no-tell")
    assert json.loads(here.radiusd("enrollment", "missing", "--json").out) == []
    assert "directory local, what its users have: ok" in here.radiusd("check", "--live").out
