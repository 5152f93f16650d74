"""The NAS's side: against pyrad's server, and against answers that are lost, late or forged."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from pyrad import dictionary as pyrad
from pyrad.packet import AccessChallenge, AccessReject
from pyrad.server import RemoteHost
from pyrad.server_async import ServerAsync

import dictionaries
from radiusd.nas.asking import ForgedReply, Nas, NoReply
from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary
from radiusd.radius.shared_secret import Keys
from radiusd.radius.values import AttributeFault
from tests.wire.octets import attribute

SECRET = b"correct horse battery"
KEYS = Keys(SECRET)
OURS = Dictionary.shipped()


def nas(port, **options):
    return Nas(("127.0.0.1", port), **{"secret": SECRET, "timeout": 4.0, "tries": 1, "dictionary": OURS} | options)


class Peer(ServerAsync):
    """Asks ann for a code after her password `tulip`; eve has to prove `tulip` by CHAP."""

    def handle_auth_packet(self, protocol, pkt, addr):
        reply = self.CreateReplyPacket(pkt)
        name = pkt["User-Name"][0]
        if 3 in pkt:
            right = pkt.VerifyChapPasswd("tulip") and name == "eve"
        elif 24 in pkt:
            right = pkt.PwDecrypt(pkt[2][0]) == "123456" and pkt[24] == [b"\x00state"]
        else:
            right = pkt.PwDecrypt(pkt[2][0]) == "tulip"
        if not right:
            reply.code = AccessReject
        elif name == "ann" and 24 not in pkt:
            reply.code = AccessChallenge
            reply["Reply-Message"] = "Code: "
            reply[24] = [b"\x00state"]
        else:
            reply["Framed-IP-Address"] = "10.1.2.3"
            reply["Class"] = [b"one", b"two"]
            reply["Reply-Message"] = pkt["NAS-Identifier"][0] if 32 in pkt else "?"
        protocol.send_response(reply, addr)

    def handle_acct_packet(self, protocol, pkt, addr):
        protocol.send_response(self.CreateReplyPacket(pkt), addr)

    handle_coa_packet = handle_disconnect_packet = handle_acct_packet


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def peer():
    server = Peer(
        auth_port=free_port(),
        acct_port=free_port(),
        hosts={"127.0.0.1": RemoteHost("127.0.0.1", SECRET, "lo")},
        dictionary=pyrad.Dictionary(*map(str, dictionaries.files())),
        loop=asyncio.get_running_loop(),
    )
    await server.initialize_transports(enable_auth=True, enable_acct=True, addresses=["127.0.0.1"])
    yield server
    await server.deinitialize_transports()


async def test_accept_and_reject(peer):
    right = await nas(peer.auth_port).asks(User_Name="bob", User_Password="tulip", NAS_Identifier="gateway")
    assert right.code == "Access-Accept"
    assert (right["Framed-IP-Address"], right["Reply-Message"]) == ("10.1.2.3", "gateway")
    assert right.all("Class") == ["one", "two"]
    assert right.all("Filter-Id") == []
    with pytest.raises(KeyError):
        right["Filter-Id"]
    wrong = await nas(peer.auth_port).asks(User_Name="bob", User_Password="rose")
    assert wrong.code == "Access-Reject"


async def test_challenge(peer):
    """The State goes back as it came (RFC 2865 section 5.24)."""
    gateway = nas(peer.auth_port)
    challenge = await gateway.asks(User_Name="ann", User_Password="tulip")
    assert (challenge.code, challenge["Reply-Message"]) == ("Access-Challenge", "Code: ")
    right = await gateway.asks(User_Name="ann", User_Password="123456", State=challenge["State"])
    assert right.code == "Access-Accept"
    other = await gateway.asks(User_Name="ann", User_Password="123456", State=b"other")
    assert other.code == "Access-Reject"


async def test_chap(peer):
    gateway = nas(peer.auth_port)
    assert (await gateway.asks(User_Name="eve", chap="tulip")).code == "Access-Accept"
    assert (await gateway.asks(User_Name="eve", chap="tulip", CHAP_Challenge=b"c" * 20)).code == "Access-Accept"
    assert (await gateway.asks(User_Name="eve", chap="rose")).code == "Access-Reject"


async def test_without_message_authenticator(peer):
    gateway = nas(peer.auth_port, message_authenticator=False)
    assert (await gateway.asks(User_Name="bob", User_Password="tulip")).code == "Access-Accept"
    assert packet.read(gateway.sent).message_authenticator == 0


async def test_accounting(peer):
    gateway = nas(peer.acct_port)
    assert (await gateway.accounts(Acct_Status_Type="Start", Acct_Session_Id="1")).code == "Accounting-Response"
    assert KEYS.accounting_genuine(gateway.sent, len(gateway.sent))


@asynccontextmanager
async def answering(answer):
    """A server that sends what `answer(datagram, count)` returns: nothing, a datagram or several."""
    received = []

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            received.append((data, addr[1]))
            for octets in answer(data, len(received)) or ():
                self.transport.sendto(octets, addr)

    transport, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(Protocol, ("127.0.0.1", 0))
    transport.received = received
    transport.port = transport.get_extra_info("sockname")[1]
    try:
        yield transport
    finally:
        transport.close()


def accept(datagram, keys=KEYS, attributes=b"", code=2):
    return packet.reply(code, datagram[1], datagram[4:20], attributes, b"", keys)


async def test_retransmissions_are_the_same_octets_from_the_same_port():
    async with answering(lambda datagram, count: [accept(datagram)] if count == 3 else None) as server:
        reply = await nas(server.port, timeout=0.05, tries=3).asks(User_Name="ann", User_Password="tulip")
        assert reply.code == "Access-Accept"
        assert len(server.received) == 3
        assert len(set(server.received)) == 1


async def test_again():
    """What a server must take for a duplicate, and what not."""
    async with answering(lambda datagram, _count: [accept(datagram)]) as server:
        gateway = nas(server.port)
        first = await gateway.asks(User_Name="ann", User_Password="tulip")
        assert await gateway.again() == first
        await gateway.asks(User_Name="ann", User_Password="tulip")
        one, same, other = server.received
        assert one == same
        assert one[0][4:20] != other[0][4:20]


async def test_silence_is_no_reply():
    async with answering(lambda _datagram, _count: None) as server:
        with pytest.raises(NoReply, match=r"did not answer within 0\.1 s"):
            await nas(server.port, timeout=0.05, tries=2).asks(User_Name="ann", User_Password="tulip")
        assert len(server.received) == 2


async def test_nobody_listens():
    with pytest.raises(NoReply, match="refused"):
        await nas(free_port()).asks(User_Name="ann", User_Password="tulip")


def flipped(octets, at):
    return octets[:at] + bytes((octets[at] ^ 1,)) + octets[at + 1 :]


def resigned(datagram, octets):
    """With a Response Authenticator that is right for whatever the octets are."""
    return octets[:4] + KEYS.authenticator(octets[:4], datagram[4:20], octets[20:]) + octets[20:]


def unsigned(datagram, attributes=b""):
    return resigned(datagram, bytes((2, datagram[1], 0, 20 + len(attributes))) + bytes(16) + attributes)


def signed_behind(datagram):
    """All is right but the place of Message-Authenticator."""
    head, before = bytes((2, datagram[1], 0, 42)), attribute(25, b"xy")
    digest = KEYS.message_authenticator(head + datagram[4:20] + before + attribute(80, bytes(16)))
    return resigned(datagram, head + bytes(16) + before + attribute(80, digest))


FORGED = [
    (signed_behind, "does not begin"),
    (lambda datagram: accept(datagram, Keys(b"another secret")), "secrets differ"),
    (lambda datagram: flipped(accept(datagram), 1), "another request"),
    (lambda datagram: flipped(accept(datagram), 10), "authenticator is wrong"),
    (lambda datagram: resigned(datagram, flipped(accept(datagram), 30)), "Message-Authenticator is wrong"),
    (unsigned, "does not begin"),
    (lambda datagram: unsigned(datagram, attribute(18, b"hello")), "does not begin"),
    (lambda _datagram: b"hello", "no RADIUS packet"),
    (lambda datagram: unsigned(datagram, b"\x12\x00"), "no RADIUS packet"),
    (lambda datagram: accept(datagram)[:-1], "no RADIUS packet"),
]


@pytest.mark.parametrize(("forge", "why"), FORGED)
async def test_forged_answers(forge, why):
    """R20, R51: never taken for an answer, and said where nothing better comes"""
    async with answering(lambda datagram, _count: [forge(datagram)]) as server:
        with pytest.raises(ForgedReply, match=why):
            await nas(server.port, timeout=0.1).asks(User_Name="ann", User_Password="tulip")


async def test_a_forged_answer_does_not_hide_the_right_one():
    """RFC 2865 section 3: it is passed over."""
    forge = FORGED[1][0]
    async with answering(lambda datagram, _count: [forge(datagram), accept(datagram) + b"padding"]) as server:
        assert (await nas(server.port).asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"


async def test_status_server():
    async with answering(lambda datagram, _count: [accept(datagram)]) as server:
        gateway = nas(server.port)
        assert (await gateway.status()).code == "Access-Accept"
        request = packet.read(gateway.sent)
        assert request.code == packet.STATUS_SERVER
        assert packet.genuine(request, gateway.sent, KEYS)


async def test_octets_as_they_are():
    async with answering(lambda datagram, _count: [datagram[::-1]] if datagram != b"quiet" else None) as server:
        gateway = nas(server.port, timeout=0.1)
        assert await gateway.sends(b"abc") == b"cba"
        assert await gateway.sends(b"quiet") is None


async def test_identifier_authenticator_and_port_are_free():
    async with answering(lambda datagram, _count: [accept(datagram)]) as server:
        port = free_port()
        gateway = nas(server.port, source=("127.0.0.1", port))
        await gateway.asks(User_Name="ann", identifier=0, authenticator=b"a" * 16)
        [(datagram, source)] = server.received
        assert (datagram[1], datagram[4:20], source) == (0, b"a" * 16, port)


async def test_what_is_sent():
    """Text, numbers, octets and lists; the password hidden."""
    async with answering(lambda datagram, _count: [accept(datagram)]) as server:
        gateway = nas(server.port)
        await gateway.asks(User_Name="şule", User_Password="tulip", NAS_Port=7, Proxy_State=[b"one", b"0x41"],
                           Cisco_AVPair="a=1")  # fmt: skip
        request = packet.read(gateway.sent)
        assert request.user_name == "şule".encode()
        assert KEYS.unhide(request.user_password, gateway.sent[4:20]) == b"tulip"
        assert b"tulip" not in gateway.sent
        assert request.first(5) == (7).to_bytes(4, "big")
        assert request.proxy_states == attribute(33, b"one") + attribute(33, b"0x41")
        assert request.vendor_first(9, 1) == b"a=1"


async def test_unknown_attributes_are_not_sent():
    with pytest.raises(AttributeFault, match="did you mean `Calling-Station-Id`"):
        await nas(free_port()).asks(Calling_Station_ID="192.0.2.7")


async def test_ipv6():
    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            self.transport.sendto(accept(data), addr)

    transport, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(Echo, ("::1", 0))
    gateway = Nas(("::1", transport.get_extra_info("sockname")[1]), SECRET, tries=1, dictionary=OURS)
    assert (await gateway.asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"
    transport.close()
