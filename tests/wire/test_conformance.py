"""The rules of RADIUS over UDP, each as octets sent to a running server. Silence is shown by a later request being
answered first: the server takes packets of one socket in turn."""

from __future__ import annotations

import os
import struct
from contextlib import asynccontextmanager

import pytest

from radiusd.administration.what_to_do import what_to_do
from tests.servers.running import LOCAL, running
from tests.wire.octets import SECRET, Wire, accounting, attribute, check_reply, hidden, login, packet, vendor, walk

SETTINGS = LOCAL.replace("application: vpn}", "application: vpn, message_authenticator: required}")
OPTIONAL = LOCAL.replace("application: vpn}", "application: vpn, message_authenticator: optional}")
ACCEPT, REJECT = 2, 3


@asynccontextmanager
async def wired(folder, yaml=SETTINGS, **options):
    async with running(folder, yaml) as radiusd:
        await radiusd.user("ann", framed_ip_address="10.1.2.3")
        wire = Wire(radiusd.port, **options)
        wire.radiusd = radiusd
        try:
            yield wire
        finally:
            wire.close()


async def is_silent(wire, datagram):
    """Sends the datagram, then a Status-Server from the same socket: the first answer must be the latter's."""
    probe = packet(code=12, identifier=201, authenticator=os.urandom(16))
    await wire.asks(datagram, 0.05)
    reply = await wire.asks(probe)
    check_reply(reply, probe)


async def gets(wire, datagram, code):
    reply = await wire.asks(datagram)
    assert reply is not None
    assert reply[0] == code
    return check_reply(reply, datagram)


async def test_accept(tmp_path):
    async with wired(tmp_path) as wire:
        attributes = await gets(wire, login(), ACCEPT)
        assert (8, bytes((10, 1, 2, 3))) in attributes


async def test_unknown_client_is_dropped(tmp_path):
    """R1: and nothing but the source address decides who the client is (R2)."""
    yaml = SETTINGS.replace("127.0.0.0/8", "127.0.0.2")
    async with running(tmp_path, yaml) as radiusd:
        await radiusd.user("ann")
        stranger, friend = Wire(radiusd.port), Wire(radiusd.port, source="127.0.0.2")
        datagram = login(b"ann", b"tulip", attribute(4, bytes((127, 0, 0, 2))))
        assert await stranger.asks(datagram, 0.1) is None
        assert (await friend.asks(login(b"ann", b"tulip", attribute(4, bytes((127, 0, 0, 1))))))[0] == ACCEPT
        stranger.close()
        friend.close()


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 11, 13, 40, 43, 52, 255])
async def test_unknown_codes_are_dropped(tmp_path, code):
    """R3, R74, R77"""
    async with wired(tmp_path) as wire:
        await is_silent(wire, login(code=code))


@pytest.mark.parametrize("length", [0, 4, 19, 4097, 6000, 65535])
async def test_wrong_lengths_are_dropped(tmp_path, length):
    """R4, R6"""
    async with wired(tmp_path) as wire:
        await is_silent(wire, login(length=length))


@pytest.mark.parametrize("size", [0, 1, 3, 19])
async def test_stumps_are_dropped(tmp_path, size):
    async with wired(tmp_path) as wire:
        await is_silent(wire, login()[:size])


@pytest.mark.parametrize("padding", [1, 100])
async def test_padding_is_ignored(tmp_path, padding):
    """R5"""
    async with wired(tmp_path) as wire:
        await gets(wire, login() + b"\xff" * padding, ACCEPT)


async def test_largest_packet(tmp_path):
    """R6: 4096 octets are allowed"""
    async with wired(tmp_path) as wire:
        datagram = login()
        room = 4096 - len(datagram)
        fill = [attribute(18, b"x" * 253)] * (room // 255)
        rest = room % 255
        fill.append(attribute(18, b"x" * (rest - 2)))
        await gets(wire, login(b"ann", b"tulip", *fill), ACCEPT)


@pytest.mark.parametrize("broken", [b"\x12\x00", b"\x12\x01", b"\x12\x05ab", b"\x12"])
async def test_broken_attributes_drop_the_packet(tmp_path, broken):
    """R7"""
    async with wired(tmp_path) as wire:
        await is_silent(wire, login(b"ann", b"tulip", broken))


@pytest.mark.parametrize(
    "odd",
    [
        attribute(4, b"abc"),
        attribute(5, b"a"),
        attribute(191, b"x"),
        attribute(200, b"x"),
        attribute(255, b"x"),
        attribute(241, b"\x01"),
        attribute(241, b""),
        attribute(245, b"\x01\x80x"),
        vendor(99999, 1, b"x"),
        attribute(26, b"\x00\x00"),
        attribute(26, b"\x00\x00\x00\x09"),
        attribute(26, b"\x00\x00\x00\x09\x01\x00"),
        attribute(26, b"\x00\x00\x01\x37\x01\xff"),
        attribute(25, b""),
        attribute(31, b""),
        attribute(32, b"\xff\xfe"),
        attribute(31, b"\x1b[31m\r\nnext"),
    ],
)
async def test_odd_but_well_formed_attributes_are_ignored(tmp_path, odd):
    """R8, R9"""
    async with wired(tmp_path) as wire:
        await gets(wire, login(b"ann", b"tulip", odd), ACCEPT)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_place_of_message_authenticator_is_free(tmp_path, place):
    """R10, R59"""
    async with wired(tmp_path) as wire:
        await gets(wire, login(b"ann", b"tulip", attribute(33, b"p"), place=place), ACCEPT)


async def test_nul_is_data(tmp_path):
    """R11"""
    async with wired(tmp_path) as wire:
        await gets(wire, login(b"ann\0"), REJECT)


@pytest.mark.parametrize(
    "extra",
    [
        attribute(1, b"ann"),
        attribute(2, bytes(16)),
        attribute(24, b"s"),
        attribute(3, bytes(17)),
        attribute(70, bytes(16)),
        attribute(79, b"\x02\x01\x00\x08\x01ann"),
    ],
)
async def test_what_may_come_once(tmp_path, extra):
    """R13, R14, R36"""
    async with wired(tmp_path) as wire:
        more = [extra, attribute(24, b"s")] if extra[0] == 24 else [extra]
        reply = await wire.asks(login(b"ann", b"tulip", *more), 1.0)
        assert reply is None or reply[0] == REJECT


async def test_what_cannot_be_judged_is_rejected(tmp_path):
    """R16, R61: CHAP, MS-CHAP, EAP and no password at all are answered"""
    async with wired(tmp_path) as wire:
        name = attribute(1, b"ann")
        for more in (
            attribute(3, bytes(17)),
            attribute(79, b"\x02\x01\x00\x08\x01ann"),
            vendor(311, 1, bytes(50)) + vendor(311, 11, bytes(8)),
            vendor(311, 25, bytes(50)) + vendor(311, 11, bytes(16)),
            attribute(6, struct.pack("!I", 17)),
            b"",
        ):
            await gets(wire, packet(name, more, authenticator=os.urandom(16)), REJECT)


AUTHORIZE_ONLY = attribute(6, struct.pack("!I", 17))
NO_RIGHT_PASSWORD = [
    (AUTHORIZE_ONLY, "Authorize-Only without a State of ours"),
    (AUTHORIZE_ONLY + attribute(24, b"s"), "the State is not one of ours"),
    (attribute(24, b""), "the State is not one of ours"),
    (vendor(311, 11, bytes(8)) + vendor(311, 1, bytes(50)), "MS-CHAP is not accepted over UDP"),
    (vendor(311, 11, bytes(16)) + vendor(311, 25, bytes(50)), "MS-CHAP is not accepted over UDP"),
    (vendor(311, 11, bytes(16)) + vendor(311, 27, bytes(68)), "MS-CHAP is not accepted over UDP"),
    (attribute(3, bytes(17)), "the request has two passwords"),
    (attribute(70, bytes(16)), "the request has two passwords"),
    (attribute(79, b"\x02\x01\x00\x08\x01ann"), "the request has two passwords"),
]


@pytest.mark.parametrize(("beside", "reason"), NO_RIGHT_PASSWORD)
async def test_a_right_password_does_not_make_it_right(tmp_path, beside, reason):
    """R14, R24, R61: nor where the same user has just been accepted, and would be known again"""
    async with wired(tmp_path) as wire:
        await gets(wire, login(), ACCEPT)
        await gets(wire, login(b"ann", b"tulip", beside), REJECT)
        assert (await wire.radiusd.last()).reason.startswith(reason)


async def test_a_user_password_of_no_octets(tmp_path):
    """RFC 2865 section 5.2 has none, radcli sends it for an empty answer: without a State it answers nothing."""
    async with wired(tmp_path) as wire:
        datagram = packet(attribute(1, b"ann"), attribute(2, b""), authenticator=os.urandom(16))
        await gets(wire, datagram, REJECT)
        row = await wire.radiusd.last()
        assert row.reason == "the User-Password has no octets, and no State came with it"
        assert not any("secret" in sentence for sentence in what_to_do(row))


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 129, 130, 144, 240, 253])
async def test_wrong_sizes_of_user_password(tmp_path, size):
    """R17"""
    async with wired(tmp_path) as wire:
        datagram = packet(attribute(1, b"ann"), attribute(2, os.urandom(size)), authenticator=os.urandom(16))
        reply = await wire.asks(datagram, 1.0)
        assert reply is None or reply[0] == REJECT


@pytest.mark.parametrize("password", ["a", "x" * 16, "x" * 17, "x" * 128, "şifre-çok-uzun-€"])
async def test_passwords_of_all_sizes(tmp_path, password):
    """R17: each by its octets, and no other"""
    async with wired(tmp_path) as wire:
        await wire.radiusd.user("bob", password)
        octets = password.encode()
        await gets(wire, login(b"bob", octets), ACCEPT)
        await gets(wire, login(b"bob", octets[:-1] + b"!"), REJECT)


@pytest.mark.parametrize("count", [0, 1, 15])
async def test_proxy_state_comes_back_in_order(tmp_path, count):
    """R19, R21: to Accept and Reject alike"""
    states = [attribute(33, bytes([number]) * (253 if count == 15 else 5)) for number in range(1, count + 1)]
    async with wired(tmp_path) as wire:
        for password, code in ((b"tulip", ACCEPT), (b"rose", REJECT)):
            attributes = await gets(wire, login(b"ann", password, *states), code)
            assert [attribute(33, value) for kind, value in attributes if kind == 33] == states


async def test_too_many_attributes(tmp_path):
    """R25"""
    async with wired(tmp_path) as wire:
        await is_silent(wire, login(b"ann", b"tulip", *[attribute(25, b"")] * 1900))


async def test_wildcard_answers_from_the_address_that_was_asked(tmp_path):
    """R20, R75"""
    yaml = SETTINGS.replace("authentication: [127.0.0.1:0]", 'authentication: [0.0.0.0:0, "[::]:0"]').replace(
        "127.0.0.0/8", '[127.0.0.0/8, "::1"]'
    )
    async with running(tmp_path, yaml) as radiusd:
        await radiusd.user("ann")
        four, six = radiusd.server.ports("authentication")
        for host, port in (("127.0.0.1", four), ("127.0.0.77", four), ("::1", six)):
            wire = Wire(port, host)
            assert (await wire.asks(login()))[0] == ACCEPT
            assert wire.source == host
            wire.close()


async def test_duplicates(tmp_path):
    """R30, R31: the same octets again are the same answer again, and nothing is done twice"""
    async with wired(tmp_path) as wire:
        right, wrong = login(identifier=1), login(b"ann", b"rose", identifier=2)
        for datagram in (right, wrong):
            first = await wire.asks(datagram)
            assert await wire.asks(datagram) == first
            assert await wire.asks(datagram + b"padding") == first
        assert len(await wire.radiusd.audit()) == 2


async def test_each_part_of_the_key_makes_a_new_request(tmp_path):
    """R30, R34"""
    async with wired(tmp_path) as wire:
        authenticator = os.urandom(16)
        await gets(wire, login(authenticator=authenticator, identifier=1), ACCEPT)
        await gets(wire, login(authenticator=authenticator, identifier=2), ACCEPT)
        await gets(wire, login(authenticator=os.urandom(16), identifier=1), ACCEPT)
        other = Wire(wire.radiusd.port)
        assert (await other.asks(login(authenticator=authenticator, identifier=2)))[0] == ACCEPT
        other.close()
        assert len(await wire.radiusd.audit()) == 4


async def test_a_forged_copy_changes_nothing(tmp_path):
    """R35: neither an answer from memory nor the memory's end"""
    async with wired(tmp_path) as wire:
        datagram = login()
        first = await wire.asks(datagram)
        forged = bytearray(datagram)
        forged[25] ^= 1
        await is_silent(wire, bytes(forged))
        assert await wire.asks(datagram) == first


@pytest.mark.parametrize("state", [b"", b"x", b"s" * 24, b"s" * 253])
async def test_unknown_state(tmp_path, state):
    """R36: never an Accept, even with the right password"""
    async with wired(tmp_path) as wire:
        reply = await wire.asks(login(b"ann", b"tulip", attribute(24, state)), 1.0)
        assert reply is None or reply[0] == REJECT


@pytest.mark.parametrize(
    "wrong",
    [
        login(sign=b"another secret"),
        login(b"ann", b"tulip", attribute(80, bytes(16))),
        login(b"ann", b"tulip", attribute(80, bytes(15)), sign=None),
        login(b"ann", b"tulip", attribute(80, bytes(17)), sign=None),
        login(sign=None),
    ],
    ids=["wrong", "twice", "short", "long", "none"],
)
async def test_wrong_or_missing_message_authenticator(tmp_path, wrong):
    """R50, R52"""
    async with wired(tmp_path) as wire:
        await is_silent(wire, wrong)


async def test_optional_message_authenticator(tmp_path):
    """R51: the answer carries one all the same; R15, R53, R56: where a forged request would do harm it is needed"""
    async with wired(tmp_path, OPTIONAL) as wire:
        await gets(wire, login(sign=None), ACCEPT)
        await gets(wire, login(), ACCEPT)
        await is_silent(wire, login(sign=b"another secret"))
        await is_silent(wire, login(b"ann", b"tulip", attribute(33, b"p"), sign=None))
        await is_silent(wire, packet(attribute(1, b"ann"), attribute(79, b"\x02\x01\x00\x08\x01ann"), sign=None))
        await is_silent(wire, packet(attribute(1, b"ann"), sign=None))
        await is_silent(wire, packet(code=12, sign=None))


async def test_message_authenticator_learned(tmp_path):
    """`auto`: required once seen, also after a restart (R55)"""
    yaml = LOCAL.replace("application: vpn}", "application: vpn, message_authenticator: auto}")
    async with wired(tmp_path, yaml) as wire:
        await gets(wire, login(sign=None), ACCEPT)
        await gets(wire, login(), ACCEPT)
        await is_silent(wire, login(sign=None))
    async with running(tmp_path, yaml) as radiusd:
        wire = Wire(radiusd.port)
        await is_silent(wire, login(sign=None))
        wire.close()


async def test_rejects_are_delayed_and_accepts_are_not(tmp_path):
    """R40: the same for every reason. Shown by the order of answers."""
    async with wired(tmp_path, SETTINGS.replace("reject_delay: 0s", "reject_delay: 1s")) as wire:
        for number, datagram in enumerate((login(b"ann", b"rose"), login(b"nobody"), login(b"ann", b""))):
            accept = login(identifier=100 + number)
            assert await wire.asks(datagram, 0.0) is None
            assert (await wire.asks(accept))[0] == ACCEPT
            check_reply(await wire.hears(), datagram)


async def test_status_server(tmp_path):
    """R72: answered by an Access-Accept with Message-Authenticator and no other attribute but Proxy-State"""
    async with wired(tmp_path) as wire:
        attributes = await gets(wire, packet(attribute(33, b"p"), code=12), ACCEPT)
        assert [kind for kind, _ in attributes] == [80, 33]
        await is_silent(wire, packet(code=12, sign=b"another secret"))
    off = SETTINGS.replace("application: vpn,", "application: vpn, status_server: false,")
    async with running(tmp_path, off) as radiusd:
        wire = Wire(radiusd.port)
        assert await wire.asks(packet(code=12), 0.1) is None
        wire.close()


async def test_accounting_is_answered_once_recorded(tmp_path):
    """R70, R71"""
    async with running(tmp_path, SETTINGS) as radiusd:
        wire = Wire(radiusd.accounting_port)
        start = accounting(
            attribute(40, struct.pack("!I", 1)), attribute(44, b"s1"), attribute(1, b"ann"), attribute(33, b"p")
        )
        reply = await wire.asks(start)
        assert reply[0] == 5
        assert check_reply(reply, start)[-1] == (33, b"p")
        assert await wire.asks(start) == reply
        rows = await radiusd.accounting()
        assert [(row.session_id, row.status, row.user_name) for row in rows] == [("s1", "Start", "ann")]
        assert await wire.asks(accounting(attribute(44, b"s2"), secret=b"wrong", identifier=10), 0.1) is None
        assert len(await radiusd.accounting()) == 1
        wire.close()


async def test_several_encodings_of_a_password(tmp_path):
    """password_encoding: the first in which the octets are valid (C11)"""
    async with wired(tmp_path) as wire:
        await wire.radiusd.user("bob", "café")
        await gets(wire, login(b"bob", "café".encode()), ACCEPT)
        await gets(wire, login(b"bob", "café".encode("latin-1")), ACCEPT)
        await gets(wire, login(b"bob", b"caf"), REJECT)


async def test_replies_only_carry_what_is_due(tmp_path):
    """R39, R57: nothing of the request but Proxy-State comes back"""
    async with wired(tmp_path) as wire:
        odd = login(b"odd-name-\xff", b"tulip", attribute(31, b"here-i-am"), attribute(25, b"class"))
        attributes = await gets(wire, odd, REJECT)
        assert {kind for kind, _ in attributes} == {80, 18}


async def test_the_hidden_password_is_what_counts(tmp_path):
    """A wrong secret cannot be told from a wrong password where no Message-Authenticator came"""
    async with wired(tmp_path, OPTIONAL) as wire:
        authenticator = os.urandom(16)
        wrong = hidden(b"tulip", authenticator, b"another secret")
        datagram = packet(attribute(1, b"ann"), attribute(2, wrong), authenticator=authenticator, sign=None)
        reply = await wire.asks(datagram)
        assert reply[0] == REJECT
        assert walk(reply)
        assert SECRET not in reply
