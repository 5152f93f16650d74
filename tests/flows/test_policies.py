"""Who signs in how: an application of an approval, a mailed code and a password, and the policies between them."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.corp import yaml_of
from tests.flows.mailing import APPROVED, MAILED, mailing, ref_of, yaml
from tests.servers.slapd import slapd

PROFILES = APPROVED % "" + MAILED % "" + "  plain: {method: password, directories: [local]}\n"
POLICIES = """
policies:
  - {profile: approved, directory: corp, attribute: department, values: ["External *"]}
  - {profile: approved, directory: local, attribute: group_name, values: [contractors]}
  - {profile: mailed, directory: corp, attribute: title, values: ["/(Senior )?Engineer/"]}
  - {profile: mailed, directory: corp, attribute: memberships, values: ["cn=sales,*"]}
  - {profile: mailed, directory: local, attribute: mobile, values: ["+90*"]}
  - {profile: mailed, directory: local, attribute: email, values: [dora@example.com]}
  - {profile: plain, directory: local, attribute: username, values: [eve, "f*"]}
"""


@pytest.fixture(scope="module")
def corp():
    with slapd() as server:
        sales = server.group("sales")
        boss = server.user("boss", mail="boss@example.net")
        server.user("ann", mail="ann@example.net", departmentNumber="External 7", manager=boss)
        server.user("bob", mail="bob@example.net", title="Senior Engineer")
        server.user("sue", mail="sue@example.net", memberships=[sales])
        server.user("tom", mail="tom@example.net", title="Engineer of sales")
        yield server


def text(corp, policies: str) -> str:
    made = yaml(PROFILES, client="hold: 20s, challenge: 5").replace(
        "directories: [local]", "directories: [corp, local]"
    )
    made = made.replace("directories:\n", "directories:\nCORP", 1)
    return yaml_of(corp, made) + policies.replace("department,", "departmentNumber,")


@pytest.mark.row("S2", "S100", "S122", "S273", "S274", "S276", "S277", "S280", "S282", "S283", "S284", "S285", "S287",
                 "S289", "S290", "S291", "S293")  # fmt: skip
async def test_each_in_the_way_of_the_first_rule_that_matches(corp, tmp_path):
    async with mailing(tmp_path, text(corp, POLICIES)) as radiusd:
        await radiusd.user("carol", email="carol@example.com", sponsor_email="sponsor@example.com",
                           groups=("Contractors",), phone="+905554443322")  # fmt: skip
        await radiusd.user("cem", email="cem@example.com", phone="+905554443322")
        await radiusd.user("dora", email="dora@example.com", phone="+4915112345678")
        await radiusd.user("eve", email="eve@example.com")
        # An approval: somebody is asked, and the request is held.
        for name, recipient in (("ann", "boss@example.net"), ("carol", "sponsor@example.com")):
            asked = asyncio.create_task(radiusd.asks(name, timeout=10))
            count = len(radiusd.sent) + 1
            await radiusd.decides(await radiusd.token(-1, count=count), approve=True)
            assert radiusd.sent[-1].recipient == recipient
            assert (await asked).code == "Access-Accept"
        # A code, to the address of the directory whose rule matched.
        for name, recipient in (
            ("bob", "bob@example.net"), ("sue", "sue@example.net"), ("cem", "cem@example.com"), ("dora", "dora@example.com"),
        ):  # fmt: skip
            challenge = await radiusd.asks(name)
            assert radiusd.sent[-1].recipient == recipient
            assert (await radiusd.answers(challenge, radiusd.code(), name)).code == "Access-Accept"
        # The password alone.
        assert (await radiusd.asks("eve")).code == "Access-Accept"
        # No rule: no way, and the audit says which were tried.
        refused = await radiusd.asks("tom")
        row = await radiusd.explained(ref_of(refused))
        assert (refused.code, row.reason) == ("Access-Reject", "no profile of vpn is open to the user")
        assert "policy 3 (mailed: corp title) did not match" in row.detail


@pytest.mark.row("S18", "S112", "S288")
async def test_without_policies_everybody_has_the_first_profile(corp, tmp_path):
    """An approval is first: of the manager in LDAP, of the sponsor here."""
    async with mailing(tmp_path, text(corp, "")) as radiusd:
        await radiusd.user("carol", sponsor_email="sponsor@example.com")
        for name, recipient in (("ann", "boss@example.net"), ("carol", "sponsor@example.com")):
            asked = asyncio.create_task(radiusd.asks(name, timeout=10))
            await radiusd.decides(await radiusd.token(-1, count=len(radiusd.sent) + 1), approve=True)
            assert (radiusd.sent[-1].recipient, (await asked).code) == (recipient, "Access-Accept")


@pytest.mark.row("S293")
async def test_a_profile_that_no_application_has_does_nothing(corp, tmp_path):
    without = text(corp, "").replace("profiles: [approved, mailed, plain]", "profiles: [plain]")
    async with mailing(tmp_path, without) as radiusd:
        await radiusd.user("carol", email="carol@example.com", sponsor_email="sponsor@example.com")
        assert (await radiusd.asks("carol")).code == "Access-Accept"
        assert radiusd.sent == []
