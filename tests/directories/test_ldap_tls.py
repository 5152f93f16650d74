"""TLS from the first octet and by StartTLS: certificate and name are checked, and clear text is no way out."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.directories import Down, Right
from tests.directories.ldap_directories import ldap
from tests.servers.slapd import slapd, write_certificates


@pytest.fixture(scope="module")
def server():
    with slapd() as server:
        server.user("ann", mail="ann@example.org")
        yield server


@pytest.fixture
def other_ca(tmp_path):
    write_certificates(tmp_path)
    return tmp_path / "ca.pem"


def way(server, start_tls, host="127.0.0.1"):
    url = server.url if start_tls else server.tls_url
    return url.replace("127.0.0.1", host), {"start_tls": start_tls}


both = pytest.mark.parametrize("start_tls", [False, True], ids=["ldaps", "StartTLS"])


@both
async def test_encrypted(server, start_tls):
    url, options = way(server, start_tls)
    async with ldap(url, ca_file=server.ca_file, **options) as corp:
        ann = await corp.entry("ann")
        assert ann.mail == "ann@example.org"
        assert await asyncio.gather(*(corp.check(ann, "tulip") for _ in range(10))) == [Right()] * 10
        assert await corp.check(ann, "wrong") != Right()
        (only,) = corp.directory._servers
        for connection in only._connections():
            assert connection._transport.get_extra_info("cipher")


@both
async def test_another_authority(server, other_ca, start_tls):
    url, options = way(server, start_tls)
    async with ldap(url, ca_file=other_ca, **options) as corp:
        down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "certificate refused" in down.cause


@both
async def test_the_systems_authorities_do_not_know_it(server, start_tls):
    url, options = way(server, start_tls)
    async with ldap(url, **options) as corp:
        down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "certificate refused" in down.cause


@both
async def test_another_name(server, start_tls):
    """The certificate is for localhost and 127.0.0.1."""
    url, options = way(server, start_tls, "127.0.0.2")
    async with ldap(url.replace("127.0.0.2", "localhost"), ca_file=server.ca_file, **options) as corp:
        assert await corp.entry("ann")
    with slapd(names=["dc1.example.org"], addresses=["127.0.0.9"]) as misnamed:
        url, options = way(misnamed, start_tls)
        async with ldap(url, ca_file=misnamed.ca_file, **options) as corp:
            down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "certificate refused" in down.cause
    assert "mismatch" in down.cause or "match" in down.cause


@both
async def test_no_authorities_to_read(server, tmp_path, start_tls):
    url, options = way(server, start_tls)
    async with ldap(url, ca_file=tmp_path / "missing.pem", **options) as corp:
        down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "missing.pem" in down.cause


async def test_a_server_without_tls_gets_no_password():
    """StartTLS is refused in clear text, as a man in the middle would: nothing is asked in clear text then."""
    heard = []

    async def refuses(reader, writer):
        heard.append(await reader.read(1000))
        refusal = bytes.fromhex("300c02010178070a0102040004 00".replace(" ", ""))
        writer.write(refusal)
        heard.append(await reader.read(1000))
        writer.close()

    middle = await asyncio.start_server(refuses, "127.0.0.1", 0)
    async with middle:
        port = middle.sockets[0].getsockname()[1]
        async with ldap(f"ldap://127.0.0.1:{port}", start_tls=True) as corp:
            down = await corp.find("ann")
    assert isinstance(down, Down)
    assert "StartTLS is refused: protocolError" in down.cause
    assert b"1.3.6.1.4.1.1466.20037" in heard[0]
    assert not heard[1]


async def test_octets_put_in_before_tls_are_not_believed():
    async def injects(reader, writer):
        await reader.read(1000)
        accepted = bytes.fromhex("300c02010178070a010004000400")
        writer.write(accepted + bytes.fromhex("300c0201"))
        await reader.read(1000)
        writer.close()

    middle = await asyncio.start_server(injects, "127.0.0.1", 0)
    async with middle:
        port = middle.sockets[0].getsockname()[1]
        async with ldap(f"ldap://127.0.0.1:{port}", start_tls=True) as corp:
            assert isinstance(await corp.find("ann"), Down)
