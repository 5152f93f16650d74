"""Configurations that are well formed and that nobody can mean: each brings one message, where it is, and mended none (X67, X68)."""

from __future__ import annotations

import pytest

from config.models.rules import misread
from tests.config.test_mistakes import CODES, PASSWORDS, said
from tests.config.writing import changed
from tests.servers.slapd import write_certificates

NAS = "application: vpn}\nd"  # of PASSWORDS: the end of its one client
LDAP = 'base_dn: "dc=example,dc=com"'
URL = '"ldaps://dc1.example.com"'
SECRET = '"a secret of twenty characters"'
ADDRESS = "address: 192.0.2.1"
CORP = "  - {profile: boss, directory: corp, attribute: memberOf, values: [VALUE]}"
LOCAL = "  - {profile: boss, directory: local, attribute: group_name, values: [VALUE]}"
RULE = '  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}'
CODE = "mail_servers: [post]}\n  t"
BOSS = "default_recipient:"
FIRST = "clients:\n"
STAFF = "policies:\n  - {profile: plain, directory: DIRECTORY, attribute: ATTRIBUTE, values: ['*']}\n"


def nas(what: str) -> dict[str, str]:
    return {NAS: f"application: vpn, {what}}}\nd"}


def ldap(what: str) -> dict[str, str]:
    return {LDAP: f"{LDAP}, {what}"}


def corp(value: str) -> dict[str, str]:
    return {RULE: CORP.replace("VALUE", value)}


def local(value: str) -> dict[str, str]:
    return {RULE: LOCAL.replace("VALUE", value)}


def first(line: str) -> dict[str, str]:
    return {FIRST: f"{line}\n{FIRST}"}


SLASHED = "is taken as it stands; an expression stands between slashes, and must match the whole: write"
CASES = {
    # what it is: (the text, what is written, what is said, what is right in its place)
    # directories
    "a domain for a base DN": (PASSWORDS, {LDAP: "base_dn: example.com"}, "fault 5:64: `base_dn`: `example.com` is not a DN; write dc=example,dc=com", {}),
    "a name for a base DN of groups": (PASSWORDS, ldap("group_base_dn: Groups"), "fault 5:100: `group_base_dn`: `Groups` is not a DN; write for example ou=people,dc=example,dc=com", ldap("group_base_dn: 'ou=Groups,dc=example,dc=com'")),
    "a name for a bind DN": (PASSWORDS, ldap("bind_dn: radius, bind_password: a long password"), "warning 5:94: `radius` is not a DN; write for example cn=radius,dc=example,dc=com, or as Active Directory takes it, NAME@REALM", ldap("bind_dn: radius@example.com, bind_password: a long password")),
    "a realm with its sign": (PASSWORDS, ldap("user_names: {realms: ['@example.com']}"), "fault 5:107: `realms`: `@example.com` has @ in it; write example.com, the realm alone", ldap("user_names: {realms: [example.com]}")),
    "a domain with its sign": (PASSWORDS, ldap(r"user_names: {domains: ['EXAMPLE\']}"), r"fault 5:108: `domains`: `EXAMPLE\` has \ in it; write EXAMPLE, the domain alone", ldap("user_names: {domains: [EXAMPLE]}")),
    "a filter that takes the beginning of a name": (PASSWORDS, ldap("user_filter: '(uid={username}*)'"), "fault 5:98: `user_filter` finds others than who has the name; write (uid={username})", ldap("user_filter: '(uid={username})'")),
    "a filter that takes everybody else": (PASSWORDS, ldap("user_filter: '(&(a=b)(!(uid={username})))'"), "fault 5:98: `user_filter` finds everybody but who has the name: (!(uid={username}))", ldap("user_filter: '(&(a=b)(uid={username}))'")),
    "LDAP at the port of LDAPS": (PASSWORDS, {URL: '"ldaps://dc1.example.com:389"'}, "warning 5:28: port 389 mostly speaks ldap://, and not as it is written here", {URL: '"ldaps://dc1.example.com:636"'}),
    "a name for what never changes": (PASSWORDS, ldap("unique_id: sAMAccountName"), "warning 5:96: sAMAccountName changes when somebody is renamed, and may be another's one day; write `auto`", ldap("unique_id: auto")),
    "addresses and numbers in one attribute": (PASSWORDS, ldap("attributes: {mobile: mail}"), "warning 5:106: an address and a number in one attribute: one of both is wrong", ldap("attributes: {mobile: mobile}")),
    "a directory that takes longer than its NAS waits": (PASSWORDS, {**nas("hold: 15s"), **ldap("timeout: 30s")}, "warning 2:94: `timeout` of directory `corp` is 30s: where it hangs, this NAS gives up before its user is refused; write less than 15s there, or let the NAS wait longer", {**nas("hold: 15s"), **ldap("timeout: 10s")}),
    "a lock at the first wrong password": (PASSWORDS, ldap("lockout: {threshold: 1}"), "warning 5:106: one wrong password here may lock the account, whatever is done; write the directory's own number, or `auto`", ldap("lockout: {threshold: 5}")),
    "a rule of locking out that is no rule": (PASSWORDS, ldap("lockout: domain"), "fault 5:94: `lockout` must be `auto`, `null`, or keys: {threshold: 5, window: 30m}", ldap("lockout: auto")),
    # rules
    "an expression without its slashes": (CODES, corp("'^CN=Staff,.*$'"), f"warning 19:68: `^CN=Staff,.*$` {SLASHED} `/CN=Staff,.*/`", corp("'/CN=Staff,.*/'")),
    "anchors without slashes": (CODES, local("'^staff$'"), f"warning 19:71: `^staff$` {SLASHED} `/staff/`", local("staff")),
    "digits without slashes": (CODES, local("'ext-[0-9]+'"), f"warning 19:71: `ext-[0-9]+` {SLASHED} `/ext-[0-9]+/`", local("'/ext-[0-9]+/'")),
    "a flag behind an expression": (CODES, corp("'/CN=Staff,.*/i'"), "warning 19:68: `/CN=Staff,.*/i` is taken as it stands: an expression has no flags, and case never counts; write `/CN=Staff,.*/`", corp("'/CN=Staff,.*/'")),
    "a space behind a value": (CODES, local("'staff '"), "warning 19:71: a space stands at an end of `staff `, and a value is compared as a whole; write `staff`", local("'staff'")),
    "no value": (CODES, local("''"), "fault 19:71: `values` is empty, and no attribute has such a value; write `*` for any", local("'*'")),
    "a DN for a local group": (CODES, local("'CN=Staff,DC=example'"), "warning 19:71: groups of local users are names alone, so `CN=Staff,DC=example` matches nobody; write `Staff`", local("Staff")),
    "spaces in a DN": (CODES, corp("'CN=Staff, DC=example, DC=com'"), "warning 19:68: directories tell DNs without a space behind a comma, so `CN=Staff, DC=example, DC=com` matches nobody; write `CN=Staff,DC=example,DC=com`", corp("'CN=Staff,DC=example,DC=com'")),
    # clients
    "an encoding that leaves none to the next": (PASSWORDS, nas("password_encoding: [latin-1, utf-8]"), "warning 2:108: latin-1 takes every octet, so what stands behind it is never tried; put it last", nas("password_encoding: [utf-8, latin-1]")),
    "an encoding of two octets": (PASSWORDS, nas("password_encoding: [utf-16]"), "fault 2:108: `password_encoding`: `utf-16` is not how a NAS sends passwords, where ASCII stays as it is; write utf-8, latin-1 or cp1254", nas("password_encoding: [utf-8]")),
    "a NAS that waits ten minutes": (PASSWORDS, nas("hold: 10m"), "warning 2:94: no NAS waits 10m for an answer; write its time-out times its tries, or `auto`", nas("hold: 60s")),
    "a station that is the user": (PASSWORDS, nas("station: [User-Name, Calling-Station-Id]"), "warning 2:98: User-Name does not name the user's device: users, or all of this NAS, would be one station", nas("station: [Calling-Station-Id]")),
    "an address that nobody has": (PASSWORDS, {ADDRESS: "address: 0.0.0.0"}, "warning 2:18: no packet comes from 0.0.0.0; write the address of the NAS", {}),
    "the name of a secret for the secret": (PASSWORDS, {SECRET: '"${VPN_GATEWAY_SECRET}"'}, "warning 2:37: this looks like the name of a secret, and is the secret itself; write env:NAME or file:PATH", {}),
    "a reference with a space before it": (PASSWORDS, {SECRET: '"env: VPN_GATEWAY_SECRET"'}, "fault 2:37: the environment has no ` VPN_GATEWAY_SECRET`; set it, or write file:PATH", {}),
    "a space behind a secret": (PASSWORDS, {SECRET: '"a secret of twenty characters "'}, "warning 2:37: a space stands at an end of this secret: does it on the other side too?", {}),
    "a network that cannot arrive beside one that can (X68)": (PASSWORDS, {ADDRESS: "address: [127.0.0.1, 192.0.2.1]", **first("listen: {authentication: 127.0.0.1:31812}")}, "warning 3:30: no packet from 192.0.2.1/32 can arrive: `listen.authentication` is 127.0.0.1:31812; add 0.0.0.0:31812 there", {ADDRESS: "address: [127.0.0.1, 192.0.2.1]", **first("listen: {authentication: 0.0.0.0:31812}")}),
    # profiles, policies, applications
    "a profile called password": (PASSWORDS, {"  plain: {method": "  password: {method", "[plain]": "[password]"}, "fault 7:3: `password` means the password itself in `methods`, so no profile can be called so", {}),
    "a directory that no policy admits": (PASSWORDS, first(STAFF.replace("DIRECTORY", "corp").replace("ATTRIBUTE", "uid").rstrip()), "warning 9:43: no policy lets users of `local` in to `vpn`; write one for them, or take `local` out", first(STAFF.replace("DIRECTORY", "corp").replace("ATTRIBUTE", "uid") + STAFF.replace("DIRECTORY", "local").replace("ATTRIBUTE", "username").removeprefix("policies:\n").rstrip())),
    "the password alone for whom no policy matches": (CODES, {"[boss, code, text]": "[boss, code, text, plain]"}, "warning 21:38: whom no policy of `boss` matches signs in to `vpn` with the password alone; write a policy for `plain` too: if all are meant, one with `values: ['*']`", {}),
    "an approval without a password": (CODES, {BOSS: f"methods: [code], {BOSS}"}, "warning 16:91: no password is asked: whoever knows a name has messages sent; write `password` first", {BOSS: f"methods: [password, code], {BOSS}"}),
    "a reminder after the link": (CODES, {BOSS: f"remind_after: 2h, {BOSS}"}, "warning 16:96: the link is over by then, after 1h: nobody is ever reminded; write less, or 0s", {BOSS: f"remind_after: 10m, {BOSS}"}),
    "a code that can be guessed": (CODES, {CODE: "attempts: 10, code_length: 4, " + CODE}, "warning 14:66: 10 tries at 4 digits: one login in 1000 guesses the code; write fewer, or a longer `code_length`", {CODE: "attempts: 3, code_length: 4, " + CODE}),
    "two values of what is there once": (PASSWORDS, {"[plain]}": "[plain], reply: {Session-Timeout: [3600, 7200]}}"}, "warning 9:36: an Access-Accept has Session-Timeout once at most (RFC 2865 section 5.44), and here are 2", {"[plain]}": "[plain], reply: {Session-Timeout: 3600, Class: [a, b]}}"}),
    # the server
    "a folder for a key": (PASSWORDS, first("key_file: folder"), "fault 1:11: FOLDER/folder is a folder; write a file's name", {}),
    "one file for key and database": (PASSWORDS, first("key_file: radiusd.db"), "fault 1:11: FOLDER/radiusd.db is the `database`; write another name", {}),
    "certificate and key of two pairs": (PASSWORDS, first("tls: {certificate: server.pem, key: other.key}"), "fault 1:37: the key is not that of FOLDER/server.pem: write the two files of one pair", first("tls: {certificate: server.pem, key: server.key}")),
    "a password in a URL": (PASSWORDS, first("database: postgresql://radiusd:hush-hush@db.example.com/radiusd"), "warning 1:11: a password stands in this URL; write all of it as `env:NAME`, or the password into ~/.pgpass", first("database: postgresql://radiusd@db.example.com/radiusd")),
    "a database in memory": (PASSWORDS, first("database: 'sqlite:///:memory:'"), "warning 1:11: users, audit and all are lost with the process; name a file: sqlite:///radiusd.db", {}),
    "every address and one of them": (PASSWORDS, first("listen: {authentication: [0.0.0.0:1812, 192.0.2.9:1812]}"), "fault 1:41: 192.0.2.9:1812 is taken by 0.0.0.0:1812 of `authentication`", first("listen: {authentication: [0.0.0.0:1812, 192.0.2.9:1912]}")),
    "everybody as a proxy": (PASSWORDS, first("trusted_proxies: [0.0.0.0/0]"), "warning 1:19: 0.0.0.0/0 is everybody: whoever opens a link says by X-Forwarded-For where from; write the proxy's address", first("trusted_proxies: [192.0.2.8]")),
    "a sign-in of five seconds": (PASSWORDS, first("security: {login_timeout: 5s}"), "warning 1:27: nobody types a code within 5s; write 5m or more", first("security: {login_timeout: 5m}")),
    "a refusal after everybody has gone": (PASSWORDS, first("security: {reject_delay: 9s}"), "warning 1:26: until it is learned how long a NAS waits, it may be gone before it is refused; write less than 8s", first("security: {reject_delay: 2s}")),
    "guesses that are never counted together": (PASSWORDS, first("blocking: {window: 10s}"), "warning 1:20: one try in each 10s is never counted together with another; write 10m", first("blocking: {window: 5m}")),
    "a block of a second": (PASSWORDS, first("blocking: {duration: 1s}"), "warning 1:22: a block of 1s keeps nobody from going on to guess; write 30m", first("blocking: {duration: 10m}")),
    "an audit of an hour": (PASSWORDS, first("retention: {audit: 1h}"), "warning 1:20: a reference that is read out tomorrow finds nothing any more; write 30d or more", first("retention: {audit: 30d}")),
    # enrollment
    "invitations without an address for their links": (PASSWORDS, first("enrollment: {first: invitation}"), "warning 1:21: an invitation is a link, and there is no `public_url` for it: nobody could be invited; write it, or another `first`", first("enrollment: {first: password}")),
    "rules for who enrolls where nobody does": (PASSWORDS, first("enrollment: {self_service: false, first: password}"), "warning 1:35: `first` is about users who enroll by themselves, and `self_service: false` lets none; take one of them out", first("enrollment: {self_service: false}")),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, certificates):
    (tmp_path / "folder").mkdir()
    for file in certificates.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    return tmp_path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    (folder / "server.key").rename(folder / "other.key")
    write_certificates(folder)
    return folder


def test_there_are_forty():
    assert len(CASES) >= 40


@pytest.mark.parametrize("what", CASES)
def test_one_message_names_the_place_and_the_mended_file_has_none(folder, what):
    text, wrong, told, right = CASES[what]
    level, _, message = told.partition(" ")
    assert said(folder, changed(text, wrong)) == [(level, message)]
    assert said(folder, changed(text, right)) == []


@pytest.mark.parametrize(
    "value", ["10.1.*", "*VPN*", "CN=VPN.*", r"EXAMPLE\dave", "/home/ann", "/a/", "a|b", "C++", "[x]"]
)
def test_values_that_are_meant_as_they_stand(value):
    assert misread(value) is None
    assert misread(f" {value}") is not None


@pytest.mark.parametrize(
    ("written", "is_told"),
    [
        ("$VPN_SECRET", True),
        ("%VPN_SECRET%", True),
        ("{{ vpn_secret }}", True),
        ("<a secret of the NAS>", True),
        ("ENV:VPN_GATEWAY_SECRET", True),
        ("env=VPN_GATEWAY_SECRET", True),
        ("$ecret of the gateway", False),
        ("filed under secrets, 1", False),
        ("<b>old and secret</b>", False),
    ],
)
def test_what_looks_like_the_name_of_a_secret(folder, written, is_told):
    told = said(folder, changed(PASSWORDS, {SECRET: f"'{written}'"}))
    assert any("looks like the name of a secret" in message for _level, message in told) is is_told
