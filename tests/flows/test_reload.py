"""Other settings while the server serves: they count from the next packet on, and nothing that stayed is lost."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import AsyncMock

import pytest

from config import reading
from radiusd.directories.ldap import Ldap
from radiusd.nas.asking import NoReply
from radiusd.passwords import hashing
from radiusd.process import server
from radiusd.process.kinds import kinds
from tests.flows.corp import YAML, yaml_of
from tests.servers.running import LOCAL, running
from tests.servers.slapd import slapd

TULIP = {"User_Name": "ann", "User_Password": "tulip"}


async def reload(radiusd, yaml):
    """As `radiusd reload` does it."""
    path = radiusd.folder / "radius.yaml"
    path.write_text(yaml)
    await radiusd.server.reload(reading.read(path, kinds()))


async def is_remembered(radiusd):
    """Whether ann's password was not hashed again."""
    assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
    return "remembered" in (await radiusd.last()).detail


async def test_a_changed_secret(tmp_path):
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        await reload(radiusd, LOCAL.replace("correct horse battery", "another horse battery"))
        assert (await radiusd.nas(secret=b"another horse battery").asks(**TULIP)).code == "Access-Accept"
        with pytest.raises(NoReply):
            await radiusd.nas(timeout=0.2).asks(**TULIP)
        with pytest.raises(NoReply):
            await radiusd.nas(timeout=0.2, port=radiusd.accounting_port).accounts(Acct_Status_Type="Start")
        again = radiusd.nas(secret=b"another horse battery", port=radiusd.accounting_port)
        assert (await again.accounts(Acct_Status_Type="Start", Acct_Session_Id="1")).code == "Accounting-Response"


async def test_a_new_client_and_one_that_is_gone(tmp_path):
    other = LOCAL.replace("nas: {address: 127.0.0.0/8", "ap: {address: 127.0.0.9")
    async with running(tmp_path, LOCAL.replace("127.0.0.0/8", "127.0.0.1")) as radiusd:
        await radiusd.user("ann")
        with pytest.raises(NoReply):
            await radiusd.nas(source="127.0.0.9", timeout=0.2).asks(**TULIP)
        await reload(radiusd, other)
        assert (await radiusd.nas(source="127.0.0.9").asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.last()).client == "ap"
        with pytest.raises(NoReply):
            await radiusd.nas(timeout=0.2).asks(**TULIP)


POLICY = LOCAL.replace(
    "applications:",
    """
policies:
  - {profile: password-only, directory: local, attribute: group_name, values: [staff]}
applications:""",
)
REPLY = LOCAL.replace("{profiles: [password-only]}", "{profiles: [password-only], reply: {Class: CLASS}}")


async def test_changed_policies(tmp_path):
    """Also for whose password is remembered, and whose plan is kept."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        await is_remembered(radiusd)
        assert await is_remembered(radiusd)
        await reload(radiusd, POLICY)
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        assert "group_name" in (await radiusd.last()).detail
        await reload(radiusd, LOCAL)
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"


async def test_changed_reply_attributes(tmp_path):
    async with running(tmp_path, REPLY.replace("CLASS", "old")) as radiusd:
        await radiusd.user("ann")
        for _ in range(2):
            assert (await radiusd.nas().asks(**TULIP)).all("Class") == ["old"]
        await reload(radiusd, REPLY.replace("CLASS", "[new, newer]"))
        assert (await radiusd.nas().asks(**TULIP)).all("Class") == ["new", "newer"]
        await reload(radiusd, LOCAL)
        assert (await radiusd.nas().asks(**TULIP)).all("Class") == []


async def test_changed_texts(tmp_path):
    async with running(tmp_path) as radiusd:
        await reload(radiusd, LOCAL + "texts: {refused: {en: Go away.}}\n")
        reply = await radiusd.nas().asks(**TULIP)
        assert reply["Reply-Message"] == f"Go away. Ref {(await radiusd.last()).ref}"


async def test_the_local_users_memory_stays(tmp_path):
    """Nobody's password is hashed again because a client's hold changed."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        assert not await is_remembered(radiusd)
        await reload(radiusd, LOCAL.replace("application: vpn}", "application: vpn, hold: 30s}"))
        assert await is_remembered(radiusd)
        await reload(radiusd, LOCAL.replace("security: {", "security: {password_cache: 1h, "))
        assert not await is_remembered(radiusd)


async def test_blocking_on_and_off(tmp_path):
    """Off, wrong passwords block nobody, and a block that they led to does not hold; on again, both."""
    limits = "blocking: {failed_attempts: 2}\n"
    off = "blocking: {enabled: false}\n"
    async with running(tmp_path, LOCAL + limits) as radiusd:
        await radiusd.user("ann")

        async def guesses(*passwords):
            for password in passwords:
                await radiusd.nas().asks(User_Name="ann", User_Password=password)

        await guesses("a", "b")
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        await reload(radiusd, LOCAL + off)
        await guesses("c", "d", "e")
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        await reload(radiusd, LOCAL + limits)
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        assert "blocked" in (await radiusd.last()).reason


async def test_a_request_under_way_ends_as_it_began(tmp_path, monkeypatch):
    """With the secret, the policy and the reply attributes of its beginning."""
    gate, real = threading.Event(), hashing.verify
    monkeypatch.setattr(hashing, "verify", lambda *given: gate.wait(10) and real(*given))
    async with running(tmp_path, REPLY.replace("CLASS", "old")) as radiusd:
        await radiusd.user("ann")
        asking = asyncio.ensure_future(radiusd.nas(timeout=8.0).asks(**TULIP))
        while not radiusd.server._answering.waiting():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await reload(radiusd, POLICY.replace("correct horse battery", "another horse battery"))
        gate.set()
        reply = await asking
        assert (reply.code, reply.all("Class")) == ("Access-Accept", ["old"])
        assert (await radiusd.nas(secret=b"another horse battery").asks(**TULIP)).code == "Access-Reject"


@pytest.mark.parametrize("part", ["dictionary_of", "limits_of", "engine_of", "clients_of"])
async def test_what_fails_changes_nothing(tmp_path, monkeypatch, part):
    """X40: whatever is raised, and wherever, the configuration in use stays whole, and the next one is taken."""
    other = LOCAL.replace("correct horse battery", "another horse battery")
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        assert not await is_remembered(radiusd)

        def broken(*_given):
            raise AttributeError("a bug of ours")

        with monkeypatch.context() as patched:
            patched.setattr(server, part, broken)
            with pytest.raises(AttributeError):
                await reload(radiusd, other.replace("security: {", "security: {password_cache: 1h, "))
        assert await is_remembered(radiusd)
        await reload(radiusd, other)
        assert (await radiusd.nas(secret=b"another horse battery").asks(**TULIP)).code == "Access-Accept"


async def test_a_directory_that_does_not_start_changes_nothing(corp, tmp_path, monkeypatch):
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        with monkeypatch.context() as patched:
            patched.setattr(Ldap, "start", AsyncMock(side_effect=RuntimeError("a bug of ours")))
            with pytest.raises(RuntimeError):
                await reload(radiusd, yaml_of(corp))
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.last()).directory == "local"
        await reload(radiusd, yaml_of(corp))
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.last()).directory == "corp"


@pytest.fixture(scope="module")
def corp():
    with slapd() as server:
        server.user("ann", mail="ann@example.net", msRADIUSFramedIPAddress="10.1.2.3")
        server.user("bob", mail="bob@example.net")
        yield server


async def test_changed_options_of_a_directory(corp, tmp_path):
    """Who is found and by what, from the next packet on."""
    by_mail = yaml_of(corp, user_filter='"(&(objectClass=person)(mail={username}))"', user_names="{}")
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        mailed = {"User_Name": "ann@example.net", "User_Password": "tulip"}
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.nas().asks(**mailed)).code == "Access-Reject"
        before = radiusd.server.directories["corp"]
        await reload(radiusd, by_mail)
        assert radiusd.server.directories["corp"] is not before
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        assert (await radiusd.nas().asks(**mailed)).code == "Access-Accept"
        await reload(radiusd, by_mail + "blocking: {failed_attempts: 9}\n")
        assert radiusd.server.directories["corp"] is not before
        assert (await radiusd.nas().asks(**mailed)).code == "Access-Accept"


async def test_a_policy_may_ask_for_attributes_that_were_not_read_before(corp, tmp_path):
    policy = YAML.replace(
        "applications:",
        "policies:\n  - {profile: password-only, directory: corp, attribute: mail, values: ['ann@*']}\napplications:",
    )
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await reload(radiusd, yaml_of(corp, policy))
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.nas().asks(User_Name="bob", User_Password="tulip")).code == "Access-Reject"


async def test_a_directory_that_comes_and_goes(corp, tmp_path):
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann", "orchid")
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        await reload(radiusd, yaml_of(corp))
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="orchid")).code == "Access-Reject"
        await reload(radiusd, LOCAL)
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Reject"
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="orchid")).code == "Access-Accept"


async def test_a_directory_that_goes_while_it_is_asked(corp, tmp_path):
    """Its last questions are answered before it is closed."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        assert (await radiusd.nas().asks(**TULIP)).code == "Access-Accept"
        corp.hang()
        asking = asyncio.ensure_future(radiusd.nas(timeout=8.0).asks(**TULIP))
        while not radiusd.server._answering.waiting():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await reload(radiusd, LOCAL)
        corp.resume()
        assert (await asking).code == "Access-Accept"
