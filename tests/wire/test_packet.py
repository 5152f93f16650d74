"""Octets of RADIUS: the RFCs' own examples, what is refused, and pyrad as the peer for everything that is made."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pyrad.packet import AccountingResponse, AcctPacket, AuthPacket

from radiusd.radius import packet
from radiusd.radius.packet import MalformedPacket, ReplyTooLong
from radiusd.radius.shared_secret import Keys
from tests.wire.octets import attribute, vendor
from tests.wire.octets import packet as made

SECRET = b"xyzzy5461"  # of the examples of RFC 2865 and RFC 5997
KEYS = Keys(SECRET)

# RFC 2865 section 7.1: nemo logs in to a host with Telnet
NEMO = bytes.fromhex(
    "01000038 0f403f94 73978057 bd83d5cb 98f4227a 01066e65 6d6f0212 0dbe708d 93d413ce"
    "3196e43f 782a0aee 0406c0a8 01100506 00000003"
)
NEMO_ACCEPT = bytes.fromhex("02000026 86fe220e 7624ba2a 1005f6bf 9b55e0b2 06060000 00010f06 00000000 0e06c0a8 0103")
# section 7.2: flopsy uses CHAP
FLOPSY = bytes.fromhex(
    "01010047 2aee86f0 8d0d5596 9ca5978e 0d3367a2 0108666c 6f707379 031316e9 7557c316 185895f2 93ff6344 07727504"
    "06c0a801 10050600 00001406 06000000 02070600 000001"
)
FLOPSY_ACCEPT = bytes.fromhex(
    "02010038 15efbc7d ab26cfa3 dc34d9c0 3c8601a4 06060000 00020706 00000001 0806ffff fffe0a06 00000002 0d060000"
    "00010c06 000005dc"
)
# section 7.3: mopsy is asked for a response
MOPSY = bytes.fromhex(
    "01020039 f3a47a1f 6a6d7671 0b947ab9 3041a039 01076d6f 70737902 12336575 73778289 b570885e 15084825 c50406c0"
    "a8011005 06000000 07"
)
MOPSY_CHALLENGE = bytes.fromhex(
    "0b02004e 36f3c876 4ae8c711 57403c0c 71ff9c45 12304368 616c6c65 6e676520 33323736 39343330 2e202045 6e746572"
    "20726573 706f6e73 65206174 2070726f 6d70742e 180a3332 37363934 3330"
)
# RFC 5997 section 6
STATUS = bytes.fromhex("0cda0026 8a54f468 6fb394c5 2866e302 185d0623 50125a66 5e2e1e84 11f3e243 822097c8 4fa3")
STATUS_ACCEPT = bytes.fromhex("02da0014 ef0d552a 4bf2d693 ec2b6fe8 b5411d66")


@pytest.mark.parametrize(
    ("request_octets", "answer"),
    [(NEMO, NEMO_ACCEPT), (FLOPSY, FLOPSY_ACCEPT), (MOPSY, MOPSY_CHALLENGE), (STATUS, STATUS_ACCEPT)],
)
def test_response_authenticators_of_the_rfcs(request_octets, answer):
    assert KEYS.authenticator(answer[:4], request_octets[4:20], answer[20:]) == answer[4:20]
    assert KEYS.authenticator(answer[:4], bytes(16), answer[20:]) != answer[4:20]


def test_nemo():
    request = packet.read(NEMO)
    assert (request.code, request.identifier, request.user_name) == (1, 0, b"nemo")
    assert KEYS.unhide(request.user_password, NEMO[4:20]) == b"arctangent"
    assert request.first(packet.NAS_IP_ADDRESS) == bytes((192, 168, 1, 16))
    assert [request.chap, request.eap, request.ms_chap, request.unreadable, request.is_bare] == [False] * 5
    assert KEYS.hide(b"arctangent", NEMO[4:20]) == request.user_password


def test_flopsy():
    request = packet.read(FLOPSY)
    assert (request.user_name, request.user_password, request.chap) == (b"flopsy", None, True)
    identifier, digest = request.first(packet.CHAP_PASSWORD)[:1], request.first(packet.CHAP_PASSWORD)[1:]
    assert hashlib.md5(identifier + b"arctangent" + FLOPSY[4:20]).digest() == digest


def test_mopsy():
    request = packet.read(MOPSY)
    assert KEYS.unhide(request.user_password, MOPSY[4:20]) == b"challenge"


def test_status_server_of_the_rfc():
    request = packet.read(STATUS)
    assert (request.code, request.message_authenticator) == (packet.STATUS_SERVER, 22)
    assert packet.genuine(request, STATUS, KEYS)
    assert not packet.genuine(request, STATUS, Keys(b"xyzzy5462"))
    assert not packet.genuine(request, STATUS[:4] + bytes(16) + STATUS[20:], KEYS)


@pytest.mark.parametrize(
    ("key", "text", "digest"),
    [
        (b"\x0b" * 16, b"Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
        (b"Jefe", b"what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
        (b"\xaa" * 80, b"Test Using Larger Than Block-Size Key - Hash Key First", "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"),
    ],
)
def test_hmac_md5(key, text, digest):
    """RFC 2202 section 2; secrets of more than 64 octets too (R60)"""
    assert Keys(key).message_authenticator(text).hex() == digest


secrets = st.binary(min_size=1, max_size=100)
authenticators = st.binary(min_size=16, max_size=16)


@given(secrets, authenticators, st.binary(max_size=128))
def test_hiding_is_undone(secret, authenticator, password):
    keys = Keys(secret)
    hidden = keys.hide(password, authenticator)
    assert len(hidden) % 16 == 0
    assert 16 <= len(hidden) <= 128
    assert keys.unhide(hidden, authenticator) == password.rstrip(b"\0")
    assert hidden == AuthPacket(secret=secret, authenticator=authenticator).PwCrypt(password or bytes(16))


@pytest.mark.parametrize("size", [112, 113, 127, 128])
def test_passwords_up_to_128_octets_are_taken(size):
    """RFC 2865 section 5.2: the longest that a User-Password can hold, and those just below."""
    password = b"x" * size
    hidden = KEYS.hide(password, bytes(range(16)))
    assert KEYS.unhide(hidden, bytes(range(16))) == password
    assert KEYS.unhide(hidden + bytes(16 * (9 - len(hidden) // 16)), bytes(range(16))) is None


def test_a_password_of_more_than_128_octets_cannot_be_hidden():
    with pytest.raises(ValueError, match="128"):
        KEYS.hide(b"x" * 129, bytes(16))


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 33, 127, 129, 144, 253])
def test_sizes_that_no_user_password_has(size):
    """R17"""
    assert KEYS.unhide(bytes(size), bytes(16)) is None


@given(
    authenticators,
    st.lists(st.tuples(st.sampled_from([8, 11, 18, 25, 26, 27]), st.binary(min_size=1, max_size=253)), max_size=10),
)
def test_replies_are_what_pyrad_makes(authenticator, attributes):
    """Octet for octet: Message-Authenticator first, Response Authenticator."""
    attributes.sort(key=lambda pair: pair[0])  # pyrad keeps values of one type together
    asked = AuthPacket(code=1, id=7, secret=SECRET, authenticator=authenticator)
    theirs = asked.CreateReply()
    theirs.code = 11
    theirs.add_message_authenticator()
    for kind, value in attributes:
        theirs[kind] = [*theirs.get(kind, []), value]
    octets = packet.reply(11, 7, authenticator, b"".join(attribute(*pair) for pair in attributes), b"", KEYS)
    assert octets == theirs.ReplyPacket()


@given(authenticators, st.lists(st.binary(min_size=1, max_size=20), max_size=15))
def test_pyrad_takes_replies_with_proxy_states(authenticator, states):
    asked = AuthPacket(code=1, id=7, secret=SECRET, authenticator=authenticator)
    if states:
        asked[33] = states  # it refuses those that it did not send
    proxied = b"".join(attribute(33, state) for state in states)
    octets = packet.reply(2, 7, authenticator, attribute(18, b"hi"), proxied, KEYS)
    answer = asked.CreateReply(packet=octets)
    assert asked.VerifyReply(answer, octets, enforce_ma=True)
    assert octets.endswith(proxied)
    assert not asked.VerifyReply(answer, octets[:-1] + bytes((octets[-1] ^ 1,)), enforce_ma=True)


def test_replies_have_at_most_4096_octets():
    """R21"""
    full = attribute(25, b"x" * 253) * 15 + attribute(25, b"x" * 231)
    assert len(packet.reply(2, 1, bytes(16), full, b"", KEYS)) == 4096
    with pytest.raises(ReplyTooLong):
        packet.reply(2, 1, bytes(16), full + b"\x21\x03x", b"", KEYS)
    with pytest.raises(ReplyTooLong):
        packet.accounting_response(1, bytes(16), attribute(33, b"x" * 253) * 16, KEYS)


def test_accounting_with_pyrad():
    """RFC 2866 sections 3 and 4.2"""
    theirs = AcctPacket(id=3, secret=SECRET)
    theirs[40] = [(1).to_bytes(4, "big")]
    theirs[33] = [b"one", b"two"]
    datagram = theirs.RequestPacket()
    request = packet.read(datagram)
    assert KEYS.accounting_genuine(datagram + b"padding", request.length)
    assert not Keys(b"another").accounting_genuine(datagram, request.length)
    octets = packet.accounting_response(3, datagram[4:20], request.proxy_states, KEYS)
    assert theirs.VerifyReply(theirs.CreateReply(packet=octets), octets)
    assert octets[0] == AccountingResponse
    assert octets[20:] == attribute(33, b"one") + attribute(33, b"two")


values = st.binary(min_size=1, max_size=60)


@given(
    secrets,
    authenticators,
    values,
    st.binary(min_size=1, max_size=128),
    st.lists(st.tuples(st.integers(4, 255), values), max_size=20),
)
def test_requests_of_pyrad_are_read_the_same(secret, authenticator, name, password, more):
    theirs = AuthPacket(code=1, id=9, secret=secret, authenticator=authenticator)
    theirs.add_message_authenticator()
    theirs[1] = [name]
    theirs[2] = [theirs.PwCrypt(password)]
    for kind, value in more:
        if kind not in {26, 80}:
            theirs[kind] = [*theirs.get(kind, []), value]
    theirs[(9, 1)] = [b"shell:priv-lvl=15"]
    datagram = theirs.RequestPacket()
    request, keys = packet.read(datagram), Keys(secret)
    assert packet.genuine(request, datagram, keys)
    assert packet.genuine(request, datagram + b"\xff", keys)
    assert request.user_name == name
    assert keys.unhide(request.user_password, authenticator) == password.rstrip(b"\0")
    for kind in {kind for kind, _value in more} - {26, 33, 80}:
        assert request.first(kind) == theirs[kind][0]
    assert request.proxy_states == b"".join(attribute(33, value) for value in theirs.get(33, []))
    assert request.vendor_first(9, 1) == b"shell:priv-lvl=15"
    assert request.vendor_first(9, 2) is None
    assert request.vendor_first(10, 1) is None


@given(st.binary(min_size=20, max_size=600))
@example(NEMO[:-1])
@example(NEMO + b"\1")
def test_octets_are_a_packet_or_malformed(datagram):
    """And nothing else happens; what was read can be asked for."""
    try:
        request = packet.read(datagram)
    except MalformedPacket as malformed:
        reason = malformed.reason
    else:
        assert 20 <= request.length <= len(datagram)
        assert isinstance(request.unreadable, bool)
        assert isinstance(request.ms_chap, bool)
        return
    assert reason in {"length", "attribute", "Message-Authenticator", "too many attributes"}


@given(st.data())
def test_attributes_drawn_at_random_are_read(data):
    """The opposite: packets of well-formed attributes, of which random octets are hardly ever made."""
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30)), max_size=40))
    assume(all(kind != 80 for kind, _value in pairs))
    request = packet.read(made(*(attribute(*pair) for pair in pairs), sign=None))
    for kind in {kind for kind, _value in pairs} - {26, 33}:
        assert request.first(kind) == next(value for known, value in pairs if known == kind)
    once = [kind for kind, _value in pairs if kind in {1, 2, 3, 24}]
    mixed = len({kind for kind, _value in pairs} & {2, 3, 79}) > 1
    assert request.unreadable == (len(once) > len(set(once)) or mixed)


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (made(length=19), "length"),
        (made(length=39), "length"),
        (made(attribute(18, b"x" * 253) * 16, sign=None), "length"),
        (made(b"\x12\x00"), "attribute"),
        (made(b"\x12\x01"), "attribute"),
        (made(b"\x12"), "attribute"),
        (made(b"\x12", sign=None) + b"\x03xyz", "attribute"),
        (made(b"\x12\x05ab"), "attribute"),
        (made(attribute(80, bytes(16))), "Message-Authenticator"),
        (made(attribute(80, bytes(15)), sign=None), "Message-Authenticator"),
        (made(attribute(80, bytes(17)), sign=None), "Message-Authenticator"),
        (made(*[attribute(25, b"")] * 201, sign=None), "too many attributes"),
    ],
)
def test_malformed(datagram, reason):
    """R4, R6, R7, R25, R50"""
    with pytest.raises(MalformedPacket) as raised:
        packet.read(datagram)
    assert raised.value.reason == reason


def test_what_is_just_not_malformed():
    assert packet.read(made(sign=None)).length == 20
    assert packet.read(made(*[attribute(25, b"")] * 200)).message_authenticator == 22
    assert packet.read(made(attribute(18, b"x" * 253) * 15 + attribute(18, b"x" * 249), sign=None)).length == 4096


@pytest.mark.parametrize(
    ("attributes", "unreadable"),
    [
        ([attribute(2, bytes(16))], False),
        ([attribute(2, bytes(16))] * 2, True),
        ([attribute(1, b"a"), attribute(1, b"a")], True),
        ([attribute(24, b"a"), attribute(24, b"b")], True),
        ([attribute(2, bytes(16)), attribute(3, bytes(17))], True),
        ([attribute(2, bytes(16)), attribute(79, b"x")], True),
        ([attribute(79, b"x"), attribute(79, b"y")], False),
        ([attribute(18, b"x"), attribute(18, b"y"), vendor(9, 1, b"x"), vendor(9, 1, b"y")], False),
    ],
)
def test_what_may_come_once(attributes, unreadable):
    """R13, R14"""
    assert packet.read(made(*attributes)).unreadable == unreadable


@pytest.mark.parametrize(
    ("attributes", "bare"),
    [
        ([], True),
        ([attribute(24, b"s")], True),
        ([vendor(311, 11, b"c")], True),
        ([attribute(2, bytes(16))], False),
        ([attribute(3, bytes(17))], False),
        ([attribute(79, b"x")], False),
        ([vendor(311, 1, bytes(50))], False),
        ([vendor(311, 25, bytes(50))], False),
    ],
)
def test_requests_without_a_credential(attributes, bare):
    """R15"""
    assert packet.read(made(attribute(1, b"ann"), *attributes)).is_bare == bare


def test_an_empty_proxy_state_is_not_sent_back():
    """R12 before R19"""
    request = packet.read(made(attribute(33, b"one"), attribute(33, b""), attribute(33, b"two")))
    assert request.proxy_states == attribute(33, b"one") + attribute(33, b"two")


def test_vendor_attributes_of_an_odd_form_are_passed_over():
    """R9: several in one attribute are found; a broken one hides nothing in the next"""
    several = attribute(26, bytes((0, 0, 0, 9)) + attribute(1, b"one") + attribute(2, b"two"))
    broken = attribute(26, bytes((0, 0, 0, 9, 3, 0)))
    stump = attribute(26, b"\0\0")
    request = packet.read(made(broken, stump, several, vendor(9, 2, b"three")))
    assert (request.vendor_first(9, 1), request.vendor_first(9, 2), request.vendor_first(9, 3)) == (
        b"one",
        b"two",
        None,
    )


def test_authorize_only():
    """R24"""
    assert packet.read(made(attribute(6, b"\0\0\0\x11"))).is_authorize_only
    assert not packet.read(made(attribute(6, b"\0\0\0\x02"))).is_authorize_only
    assert not packet.read(made(attribute(6, b"\x11"))).is_authorize_only


@given(st.text(max_size=900))
@example("€" * 200)
@example("\N{GRINNING FACE}" * 200)
@example("a" * 252 + "€")
def test_long_texts_are_split_between_characters(text):
    """R12, R76"""
    octets, parts = packet.text_attribute(18, text), []
    while octets:
        assert octets[0] == 18
        assert octets[1] > 2
        parts.append(octets[2 : octets[1]].decode())  # each by itself is UTF-8
        octets = octets[octets[1] :]
    assert "".join(parts) == text.replace("\0", "")
    assert len(parts) <= 1 or all(len(part.encode()) > 249 for part in parts[:-1])


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"ann", "ann"), ("şule".encode(), "şule"), (b"caf\xe9", "caf\\xe9"), (b"a\0", "a\0"), (b"", "")],
)
def test_octets_as_text(octets, text):
    assert packet.text(octets) == text


@pytest.mark.parametrize("value", [b"", bytes(254)])
def test_no_attribute_is_empty_or_over_its_size(value):
    """R12"""
    with pytest.raises(ValueError, match="253"):
        packet.attribute(18, value)


def test_keys_show_nothing():
    """S22"""
    keys = Keys(b"a very secret secret " + os.urandom(4))
    assert "secret " not in repr(keys)
    assert not hasattr(keys, "__dict__")
