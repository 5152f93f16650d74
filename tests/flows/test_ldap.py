"""A password over RADIUS, for users of a directory: a real slapd behind a running server."""

from __future__ import annotations

import pytest

from tests.flows.corp import YAML, yaml_of
from tests.servers.running import running
from tests.servers.slapd import GROUPS, PEOPLE, slapd


@pytest.fixture(scope="module")
def corp():
    """One for the module, which only adds to it."""
    with slapd() as server:
        sales = server.group("sales-emea")
        staff = server.group("staff")
        server.user("ann", msRADIUSFramedIPAddress="10.1.2.3", memberships=[sales, staff])
        server.user("bob", "rose", memberships=[staff], preferredLanguage="tr")
        server.user("eve", "rose")
        yield server


@pytest.mark.row("S210")
async def test_the_directory_s_own_password(corp, tmp_path):
    """Accept with the Framed-IP-Address of the directory (S210); a wrong password is a Reject with its reason."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        right = await radiusd.nas().asks(User_Name="ann", User_Password="tulip")
        assert (right.code, right["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")
        row = await radiusd.last()
        assert (row.outcome, row.directory, row.user_name) == ("accept", "corp", "ann")
        wrong = await radiusd.nas().asks(User_Name="ann", User_Password="rose")
        row = await radiusd.last()
        assert (wrong.code, wrong.all("Framed-IP-Address")) == ("Access-Reject", [])
        assert wrong["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert (row.outcome, row.reason) == ("reject", "password wrong")


async def test_the_password_is_asked_anew_each_time(corp, tmp_path):
    """The directory alone knows when it changed."""
    dn = corp.user("cat")
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        assert (await radiusd.nas().asks(User_Name="cat", User_Password="tulip")).code == "Access-Accept"
        corp.change(dn, userPassword="rose")
        assert (await radiusd.nas().asks(User_Name="cat", User_Password="tulip")).code == "Access-Reject"
        assert (await radiusd.nas().asks(User_Name="cat", User_Password="rose")).code == "Access-Accept"


async def test_what_changes_in_the_directory_counts_at_once(corp, tmp_path):
    dn = corp.user("dan", msRADIUSFramedIPAddress="10.1.2.4")
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        ask = {"User_Name": "dan", "User_Password": "tulip"}
        assert (await radiusd.nas().asks(**ask))["Framed-IP-Address"] == "10.1.2.4"
        corp.change(dn, msRADIUSFramedIPAddress="10.1.2.5")
        assert (await radiusd.nas().asks(**ask))["Framed-IP-Address"] == "10.1.2.5"
        corp.remove(dn)
        assert (await radiusd.nas().asks(**ask)).code == "Access-Reject"
        assert (await radiusd.last()).reason == "no such user"


@pytest.mark.parametrize("name", ["ann", "ANN", "EXAMPLE\\ann", "example\\Ann", "ann@example.com", "Ann@EXAMPLE.com"])
async def test_one_person_in_every_form_of_the_name(corp, tmp_path, name):
    """D21, C20"""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        assert (await radiusd.nas().asks(User_Name=name, User_Password="tulip")).code == "Access-Accept"
        plain = await radiusd.last()
        await radiusd.nas().asks(User_Name="ann", User_Password="tulip")
        assert plain.unique_id == (await radiusd.last()).unique_id


@pytest.mark.parametrize(
    "name", ["OTHER\\ann", "ann@other.com", "EXAMPLE\\", "@example.com", "EXAMPLE\\ann@example.com"]
)
async def test_other_forms_are_nobody_s(corp, tmp_path, name):
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        assert (await radiusd.nas().asks(User_Name=name, User_Password="tulip")).code == "Access-Reject"
        assert (await radiusd.last()).reason == "no such user"


@pytest.mark.parametrize(
    "name",
    ["*", "a*", "an?", "ann)(uid=*", "ann)(|(uid=*))", "*)(objectClass=*", "ann\\2a", f"uid=ann,{PEOPLE}", b"ann\0", b"\xff*"],
)  # fmt: skip
async def test_a_name_is_never_part_of_a_filter(corp, tmp_path, name):
    """RFC 4515 section 3. Its opposite: a name that has these characters in truth finds its owner."""
    async with running(tmp_path, yaml_of(corp, user_names="{}")) as radiusd:
        assert (await radiusd.nas().asks(User_Name=name, User_Password="tulip")).code == "Access-Reject"
        assert (await radiusd.last()).reason == "no such user"


@pytest.mark.parametrize("name", ["g*(u)", "h\\i", "j,k=l+m", "n o", 'p"<q>;r#'])
async def test_names_with_special_characters(corp, tmp_path, name):
    """RFC 4515 and 4514 escaping, there and back."""
    corp.user(name)
    async with running(tmp_path, yaml_of(corp, user_names="{}")) as radiusd:
        assert (await radiusd.nas().asks(User_Name=name, User_Password="tulip")).code == "Access-Accept"
        assert (await radiusd.nas().asks(User_Name=name, User_Password="rose")).code == "Access-Reject"


async def test_an_empty_password_is_refused(corp, tmp_path):
    """A bind without a password succeeds as nobody (RFC 4513 section 5.1.2), so it is never made; nothing is counted."""
    async with running(tmp_path, yaml_of(corp) + BLOCKING) as radiusd:
        for _ in range(4):
            assert (await radiusd.nas().asks(User_Name="ann", User_Password="")).code == "Access-Reject"
            assert (await radiusd.last()).reason == "the password is empty"
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"


POLICY = YAML.replace(
    "applications:",
    """
policies:
  - {profile: password-only, directory: corp, attribute: memberships, values: ["cn=SALES-*,ou=groups,dc=example,dc=org"]}
applications:""",
).replace(
    "{profiles: [password-only]}",
    """
    profiles: [password-only]
    reply: {Session-Timeout: 28800, Class: everybody}
    reply_rules:
      - {directory: corp, attribute: memberships, values: ["cn=staff,*"], reply: {Filter-Id: [one, two]}}
      - {directory: corp, attribute: mail, values: ["/.*@example\\\\.net/"], reply: {Class: mailed}}
      - {directory: corp, attribute: mail, values: ["*@example.com"], reply: {Class: other}}
""",
)


@pytest.mark.row("S280", "S284", "S287")
async def test_policy_and_reply_rules_on_attributes_of_the_directory(corp, tmp_path):
    """Only members of a group that is meant may sign in (D7), with every attribute that is due to them (C16)."""
    corp.user("fay", mail="fay@example.net", memberships=[f"cn=sales-emea,{GROUPS}", f"cn=staff,{GROUPS}"])
    corp.user("gus", memberships=[f"cn=sales-emea,{GROUPS}"])
    async with running(tmp_path, yaml_of(corp, POLICY)) as radiusd:
        fay = await radiusd.nas().asks(User_Name="fay", User_Password="tulip")
        assert fay.code == "Access-Accept"
        assert (fay["Session-Timeout"], fay.all("Filter-Id"), fay.all("Class")) == ("28800", ["one", "two"], ["mailed"])
        gus = await radiusd.nas().asks(User_Name="gus", User_Password="tulip")
        assert (gus.code, gus.all("Filter-Id"), gus.all("Class")) == ("Access-Accept", [], ["everybody"])
        bob = await radiusd.nas().asks(User_Name="bob", User_Password="rose")
        row = await radiusd.last()
        assert (bob.code, bob.all("Filter-Id")) == ("Access-Reject", [])
        assert bob["Reply-Message"] == f"Access denied. Ref {row.ref}"
        assert "memberships) did not match" in row.detail


async def test_directories_in_turn(corp, tmp_path):
    """D21: the first that has the name decides, and a wrong password ends there."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await radiusd.user("ann", "orchid")
        await radiusd.user("zoe", "orchid", framed_ip_address="10.9.9.9")
        of_corp = await radiusd.nas().asks(User_Name="ann", User_Password="tulip")
        assert (of_corp.code, of_corp["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")
        assert (await radiusd.last()).directory == "corp"
        of_local = await radiusd.nas().asks(User_Name="ann", User_Password="orchid")
        row = await radiusd.last()
        assert (of_local.code, row.directory, row.reason) == ("Access-Reject", "corp", "password wrong")
        zoe = await radiusd.nas().asks(User_Name="zoe", User_Password="orchid")
        assert (zoe.code, zoe["Framed-IP-Address"]) == ("Access-Accept", "10.9.9.9")
        assert (await radiusd.last()).directory == "local"
        assert (await radiusd.nas().asks(User_Name="nobody", User_Password="orchid")).code == "Access-Reject"


async def test_a_profile_for_the_one_directory_is_not_for_the_other(corp, tmp_path):
    """Who is corp's in an application of local users alone is nobody."""
    only_local = YAML.replace("directories: [corp, local]", "directories: [local]")
    async with running(tmp_path, yaml_of(corp, only_local)) as radiusd:
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="tulip")).code == "Access-Reject"
        await radiusd.user("ann", "orchid")
        # Asked for a moment ago, and not taken for unknown any more.
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="orchid")).code == "Access-Accept"


BLOCKING = "blocking: {failed_attempts: 3, window: 10m, duration: 30m}\n"


@pytest.mark.row("S261", "S267")
async def test_wrong_passwords_block_the_station(corp, tmp_path):
    """S261, S267: that user from there, in every form of the name; nobody else, and from nowhere else."""
    async with running(tmp_path, yaml_of(corp) + BLOCKING) as radiusd:
        nas = radiusd.nas()
        for name, wrong in (("ann", "a"), ("EXAMPLE\\ann", "b"), ("ann@example.com", "c")):
            await nas.asks(User_Name=name, User_Password=wrong, Calling_Station_Id="192.0.2.7")
        right = await nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.7")
        assert right.code == "Access-Reject"
        assert "blocked" in (await radiusd.last()).reason
        elsewhere = await nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="192.0.2.8")
        assert elsewhere.code == "Access-Accept"
        other = await nas.asks(User_Name="bob", User_Password="rose", Calling_Station_Id="192.0.2.7")
        assert other.code == "Access-Accept"


async def test_the_local_namesake_is_not_blocked(corp, tmp_path):
    """Counted and blocked is a person of a directory, not a name (D21)."""
    two = YAML.replace(
        "applications:", "  local-only: {method: password, directories: [local]}\napplications:\n  lan: {profiles: [local-only]}"
    ).replace(
        "directories:\n", '  ap: {address: 127.0.0.9, secret: "correct horse battery", application: lan}\ndirectories:\n', 1
    )  # fmt: skip
    async with running(tmp_path, yaml_of(corp, two) + BLOCKING) as radiusd:
        await radiusd.user("eve", "orchid")
        for wrong in ("a", "b", "c"):
            await radiusd.nas().asks(User_Name="eve", User_Password=wrong, Calling_Station_Id="192.0.2.7")
        blocked = await radiusd.nas().asks(User_Name="eve", User_Password="rose", Calling_Station_Id="192.0.2.7")
        assert blocked.code == "Access-Reject"
        lan = radiusd.nas(source="127.0.0.9")
        local = await lan.asks(User_Name="eve", User_Password="orchid", Calling_Station_Id="192.0.2.7")
        assert local.code == "Access-Accept"
