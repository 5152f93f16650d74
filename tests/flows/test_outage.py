"""Directories and the database stop, hang and come back: who signs in meanwhile, what the others are told (D18, D21, D22)."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from radiusd.login import engine
from radiusd.nas.asking import NoReply
from radiusd.radius import authentication
from tests.flows.corp import YAML, yaml_of
from tests.servers.postgres import running_postgres
from tests.servers.running import LOCAL, running, until
from tests.servers.slapd import directory_server  # noqa: F401 - a fixture
from tests.servers.small_disk import small_disk

AT_ONCE = 1e-6  # seconds
OUTAGE = "Sign-in is not possible at the moment: {} cannot be reached. Ref "
SILENT_CLIENT = "  quiet: {address: 127.0.0.9, secret: correct horse battery, application: vpn, on_outage: discard}\n"


def with_quiet(yaml):
    """And a client that wants silence in an outage."""
    return yaml.replace("directories:\n", SILENT_CLIENT + "directories:\n", 1)


@pytest.fixture
def corp(directory_server):  # noqa: F811 - the fixture
    directory_server.user("ann")
    directory_server.user("bob")
    return directory_server


async def asks(radiusd, name, password, **options):
    return await radiusd.nas(**options).asks(User_Name=name, User_Password=password)


async def signs_in(radiusd, name, password="tulip", **options):
    return (await asks(radiusd, name, password, **options)).code == "Access-Accept"


async def is_silent(radiusd, name, password="tulip", **options):
    """No answer to this, while the server lives and answers the same client's Status-Server."""
    with pytest.raises(NoReply):
        await asks(radiusd, name, password, timeout=0.2, **options)
    return (await radiusd.nas(**options).status()).code == "Access-Accept"


async def is_told(radiusd, reply, component):
    """Whether the Reject has the outage's text with a reference that the audit finds."""
    row = await radiusd.last()
    return (reply.code, row.outcome, reply["Reply-Message"]) == (
        "Access-Reject",
        "reject",
        OUTAGE.format(component) + row.ref,
    )


def corp_is_down(radiusd):
    return radiusd.server.directories["corp"].down() is not None


@contextmanager
def stopped(server):
    server.stop()
    yield
    server.start()


@contextmanager
def hung(server):
    server.hang()
    yield
    server.resume()


@pytest.mark.parametrize("trouble", [stopped, hung])
async def test_a_directory_is_away_and_comes_back(corp, tmp_path, trouble):
    """Local users sign in meanwhile; nobody of corp does, and they are told what is the matter."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await radiusd.user("zoe")
        assert await signs_in(radiusd, "ann")
        with trouble(corp):
            # The first do not wait for anybody to notice.
            assert (await radiusd.nas(timeout=1.0).status()).code == "Access-Accept"
            assert await is_told(radiusd, await asks(radiusd, "ann", "tulip", timeout=8.0), "corp")
            await until(lambda: corp_is_down(radiusd))
            assert await signs_in(radiusd, "zoe", timeout=1.0)
            assert (await radiusd.nas(timeout=1.0).status()).code == "Access-Accept"
            assert await is_told(radiusd, await asks(radiusd, "ann", "tulip", timeout=1.0), "corp")
            assert "corp is not available" in (await radiusd.last()).reason
            # One text for every reason, also where it is another one (D22).
            assert await is_told(radiusd, await asks(radiusd, "zoe", "wrong"), "corp")
            assert (await radiusd.last()).reason == "password wrong"
            assert await is_told(radiusd, await asks(radiusd, "nobody", "tulip"), "corp")
        await until(lambda: not corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann")
        wrong = await asks(radiusd, "zoe", "wrong")
        assert wrong["Reply-Message"] == f"Access denied. Ref {(await radiusd.last()).ref}"


async def test_it_hangs_between_name_and_password(corp, tmp_path, monkeypatch):
    """Who is known but was not judged is not let in; the others are served meanwhile."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await radiusd.user("zoe")
        directory = radiusd.server.directories["corp"]
        judge = directory.check

        async def check(*given):
            corp.hang()
            return await judge(*given)

        monkeypatch.setattr(directory, "check", check)
        waiting = asyncio.ensure_future(asks(radiusd, "ann", "tulip", timeout=8.0))
        assert await signs_in(radiusd, "zoe", timeout=8.0)
        assert await is_told(radiusd, await waiting, "corp")
        row = await radiusd.last()
        assert (row.directory, row.profile) == ("corp", "password-only")
        assert row.reason.startswith("corp is not available: ")


async def test_a_watch_that_meets_a_bug_goes_on(corp, tmp_path, monkeypatch):
    """What nobody looks at does not count as up, and is looked at again (X35)."""

    async def bug(_server):
        raise RuntimeError

    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await until(lambda: not corp_is_down(radiusd))
        with monkeypatch.context() as broken:
            broken.setattr("radiusd.directories.ldap_server.Server._look", bug)
            await until(lambda: corp_is_down(radiusd))
        await until(lambda: not corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann")


async def test_it_is_away_at_the_start(corp, tmp_path):
    """The server serves all the same."""
    corp.stop()
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await radiusd.user("zoe")
        await until(lambda: corp_is_down(radiusd))
        assert await signs_in(radiusd, "zoe")
        assert await is_told(radiusd, await asks(radiusd, "ann", "tulip"), "corp")
        corp.start()
        await until(lambda: not corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann")


async def test_a_namesake_is_not_handed_to_the_next_directory(corp, tmp_path):
    """A name last found in corp is corp's while corp is down, also after a restart (D21)."""
    yaml = yaml_of(corp)
    async with running(tmp_path, yaml) as radiusd:
        await radiusd.user("ann", "orchid")
        await radiusd.user("bob", "orchid")  # of both as well, but never asked for
        assert await signs_in(radiusd, "ann", "tulip")
        corp.stop()
        await until(lambda: corp_is_down(radiusd))
        assert await is_told(radiusd, await asks(radiusd, "ann", "orchid"), "corp")
        assert "last found in corp" in (await radiusd.last()).detail
        assert await signs_in(radiusd, "bob", "orchid")
    async with running(tmp_path, yaml) as radiusd:
        await until(lambda: corp_is_down(radiusd))
        assert await is_told(radiusd, await asks(radiusd, "EXAMPLE\\ann", "orchid"), "corp")
        assert await is_told(radiusd, await asks(radiusd, "ann", "orchid"), "corp")
        corp.start()
        await until(lambda: not corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann", "tulip")
        assert not await signs_in(radiusd, "ann", "orchid")


async def test_a_name_that_moved_to_the_local_users(corp, tmp_path):
    """The opposite: last found in local, it is local's in an outage too."""
    async with running(tmp_path, yaml_of(corp)) as radiusd:
        await radiusd.user("ann", "orchid")
        assert await signs_in(radiusd, "ann", "tulip")
        corp.remove("uid=ann,ou=people,dc=example,dc=org")
        assert await signs_in(radiusd, "ann", "orchid")
        corp.stop()
        await until(lambda: corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann", "orchid")


async def test_silence_where_the_client_wants_it(corp, tmp_path, monkeypatch):
    """`on_outage: discard`: after two seconds, for every user of the application alike; before, a Reject."""
    quiet = {"source": "127.0.0.9"}
    monkeypatch.setattr(engine, "DISCARD_AFTER", 3600.0)
    async with running(tmp_path, with_quiet(yaml_of(corp))) as radiusd:
        await radiusd.user("zoe")
        assert await signs_in(radiusd, "zoe", **quiet)
        with stopped(corp):
            await until(lambda: corp_is_down(radiusd))
            assert await is_told(radiusd, await asks(radiusd, "ann", "tulip", **quiet), "corp")
            assert await signs_in(radiusd, "zoe", **quiet)
            monkeypatch.setattr(engine, "DISCARD_AFTER", AT_ONCE)
            before = len(await radiusd.audit())
            for name, password in (("ann", "tulip"), ("zoe", "tulip"), ("zoe", "wrong"), ("nobody", "tulip")):
                assert await is_silent(radiusd, name, password, **quiet)
            assert len(await radiusd.audit()) == before
            # The other client of the same application is answered as before.
            assert await signs_in(radiusd, "zoe")
        await until(lambda: not corp_is_down(radiusd))
        assert await signs_in(radiusd, "ann", **quiet)
        assert await signs_in(radiusd, "zoe", **quiet)


async def test_the_two_seconds(corp, tmp_path):
    """The NAS's own repeat of a request that was dropped is heard once the directory is back."""
    assert engine.DISCARD_AFTER == 2.0
    assert authentication.SILENT_AFTER == 2.0
    async with running(tmp_path, with_quiet(yaml_of(corp))) as radiusd:
        nas = radiusd.nas(source="127.0.0.9", timeout=0.2)
        now = asyncio.get_running_loop().time
        directory = radiusd.server.directories["corp"]
        with stopped(corp):
            await until(lambda: now() - (directory.down_since() or now()) > 2.0)
            with pytest.raises(NoReply):
                await nas.asks(User_Name="ann", User_Password="tulip")
        await until(lambda: not corp_is_down(radiusd))
        assert (await radiusd.nas().exchange(nas.sent, nas._last)).code == "Access-Accept"


async def test_an_application_without_that_directory_notices_nothing(corp, tmp_path):
    two = (
        YAML.replace(
            "applications:", "  plain: {method: password, directories: [local]}\napplications:\n  lan: {profiles: [plain]}"
        )
        .replace("directories:\n", SILENT_CLIENT.replace("vpn", "lan") + "directories:\n", 1)
    )  # fmt: skip
    async with running(tmp_path, yaml_of(corp, two)) as radiusd:
        await radiusd.user("zoe")
        corp.stop()
        await until(lambda: corp_is_down(radiusd))
        assert await signs_in(radiusd, "zoe", source="127.0.0.9")
        wrong = await asks(radiusd, "zoe", "wrong", source="127.0.0.9")
        assert wrong["Reply-Message"].startswith("Access denied. Ref ")


# The database


@contextmanager
def moved_away(folder):
    (folder / "radiusd.db").rename(folder / "away")
    yield
    (folder / "away").rename(folder / "radiusd.db")


@contextmanager
def locked(folder):
    other = sqlite3.connect(folder / "radiusd.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.fixture(scope="module")
def postgres():
    """One that may be stopped: not the others'."""
    with running_postgres() as server:
        yield server


@contextmanager
def frozen(server):
    server.signal_all(signal.SIGSTOP)
    yield
    server.signal_all(signal.SIGCONT)


@contextmanager
def filled(disk):
    disk.fill()
    yield
    disk.free()


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture(params=["moved away", "locked", "disk full", "postgresql stopped", "postgresql frozen"])
def database(request, tmp_path):
    """A line of radius.yaml, and an outage of that database."""
    if request.param.startswith("postgresql"):
        server = request.getfixturevalue("postgres")
        trouble = frozen if request.param == "postgresql frozen" else stopped
        return f"database: {server.new_database()}\n", lambda: trouble(server)
    if request.param == "disk full":
        disk = request.getfixturevalue("disk")
        return f"database: sqlite:///{disk.path}/radiusd.db\n", lambda: filled(disk)
    outage = moved_away if request.param == "moved away" else locked
    return "", lambda: outage(tmp_path)


async def test_nobody_signs_in_without_the_database(database, tmp_path):
    """Not even who is remembered and known. The text names the database; its reference is in the log."""
    line, outage = database
    async with running(tmp_path, LOCAL + line) as radiusd:
        await radiusd.user("zoe")
        await radiusd.user("max")
        for _ in range(2):
            assert await signs_in(radiusd, "zoe")
        with capture_logs() as lines, outage():
            # The first finds it out.
            replies = [await asks(radiusd, "zoe", "tulip", timeout=8.0)]
            for name, password in (("zoe", "tulip"), ("zoe", "wrong"), ("max", "tulip"), ("nobody", "tulip")):
                replies.append(await asks(radiusd, name, password))
            with pytest.raises(NoReply):
                await radiusd.nas(port=radiusd.accounting_port, timeout=0.3).accounts(**SESSION)
        references = {line["ref"]: line["user"] for line in lines if line["event"] == "sign-in refused"}
        for reply, user in zip(replies, ["zoe", "zoe", "zoe", "max", "nobody"], strict=True):
            text = reply["Reply-Message"]
            assert (reply.code, text[:-8]) == ("Access-Reject", OUTAGE.format("database"))
            assert references[text[-8:]] == user
        assert "tulip" not in str(lines)
        await until(lambda: radiusd.server.store.down_since() is None)
        assert await signs_in(radiusd, "zoe")
        assert await signs_in(radiusd, "max")
        assert not await signs_in(radiusd, "max", "wrong")
        recorded = await radiusd.nas(port=radiusd.accounting_port).accounts(**SESSION)
        assert recorded.code == "Accounting-Response"
        assert len(await radiusd.accounting()) == 1


SESSION = {"Acct_Status_Type": "Start", "Acct_Session_Id": "4711", "User_Name": "zoe"}


async def test_silence_without_the_database(tmp_path, monkeypatch):
    """`on_outage: discard` after two seconds; Status-Server too, whatever the client's `on_outage` (RFC 5997)."""
    quiet = {"source": "127.0.0.9"}
    async with running(tmp_path, with_quiet(LOCAL)) as radiusd:
        await radiusd.user("zoe")
        assert await signs_in(radiusd, "zoe", **quiet)
        with moved_away(tmp_path):
            await until(lambda: radiusd.server.store.down_since() is not None)
            monkeypatch.setattr(engine, "DISCARD_AFTER", 3600.0)
            early = await asks(radiusd, "zoe", "tulip", **quiet)
            assert early["Reply-Message"].startswith(OUTAGE.format("database"))
            monkeypatch.setattr(engine, "DISCARD_AFTER", AT_ONCE)
            monkeypatch.setattr(authentication, "SILENT_AFTER", 3600.0)
            assert await is_silent(radiusd, "zoe", **quiet)
            assert await is_silent(radiusd, "nobody", **quiet)
            assert not await signs_in(radiusd, "zoe")
            monkeypatch.setattr(authentication, "SILENT_AFTER", 0.0)
            for client in (quiet, {}):
                with pytest.raises(NoReply):
                    await radiusd.nas(timeout=0.2, **client).status()
            # Its requests get the refusal that it wants all the same.
            assert not await signs_in(radiusd, "zoe")
        await until(lambda: radiusd.server.store.down_since() is None)
        assert await signs_in(radiusd, "zoe", **quiet)
        assert (await radiusd.nas(**quiet).status()).code == "Access-Accept"


async def test_without_the_database_no_directory_lets_anybody_in(corp, tmp_path, monkeypatch):
    """Also where it is the directory alone that judges: what cannot be recorded does not happen."""
    only_corp = YAML.replace("directories: [corp, local]", "directories: [corp]")
    async with running(tmp_path, with_quiet(yaml_of(corp, only_corp))) as radiusd:
        assert await signs_in(radiusd, "ann")
        with moved_away(tmp_path):
            for password in ("tulip", "tulip", "wrong"):
                reply = await asks(radiusd, "ann", password)
                assert (reply.code, reply["Reply-Message"][:-8]) == ("Access-Reject", OUTAGE.format("database"))
            monkeypatch.setattr(engine, "DISCARD_AFTER", AT_ONCE)
            monkeypatch.setattr(authentication, "SILENT_AFTER", 3600.0)
            assert await is_silent(radiusd, "ann", source="127.0.0.9")
        await until(lambda: radiusd.server.store.down_since() is None)
        assert await signs_in(radiusd, "ann")
