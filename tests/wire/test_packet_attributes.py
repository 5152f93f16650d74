"""Attributes by name: what pyrad and radclient make of ours, what we make of theirs, and what is refused."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyrad import dictionary as pyrad
from pyrad.packet import AuthPacket

import dictionaries
from config.faults import SettingsError
from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary
from radiusd.radius.shared_secret import Keys
from radiusd.radius.values import AttributeFault
from tests.wire.octets import attribute, vendor
from tests.wire.octets import packet as made

OURS = Dictionary.shipped()
PYRAD = pyrad.Dictionary(*map(str, dictionaries.files()))

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=60)
words = st.integers(0, 2**32 - 1)


def prefix(drawn):
    return str(ipaddress.IPv6Network(drawn, strict=False))


VALUES = {
    "Filter-Id": texts,
    "Cisco-AVPair": texts,
    "Session-Timeout": words,
    "Service-Type": st.sampled_from(["Framed-User", "Administrative-User", "Authorize-Only", "1", "77"]),
    "ASA-SVC-DTLS": st.sampled_from(["TRUE", "FALSE"]),
    "Framed-IP-Address": st.ip_addresses(v=4),
    "Fortinet-Client-IP-Address": st.ip_addresses(v=4),
    "Framed-IPv6-Address": st.ip_addresses(v=6),
    "Framed-IPv6-Prefix": st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(prefix),
    "Event-Timestamp": words,
    "PKM-SAID": st.integers(0, 65535),
    "MIP6-Feature-Vector": st.integers(0, 2**64 - 1),
    "Framed-Interface-Id": st.lists(st.integers(0, 65535), min_size=4, max_size=4).map(
        lambda each: ":".join(f"{part:x}" for part in each)
    ),
    "Fortinet-WirelessController-Device-MAC": st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":")),
    "Tunnel-Type:3": st.sampled_from(["VLAN", "L2TP"]),
    "Tunnel-Medium-Type": st.sampled_from(["IEEE-802", "IPv4"]),
    "Tunnel-Private-Group-Id:31": st.integers(1, 4094),
    "Tunnel-Assignment-Id": texts,
}
NUMBERS = {"Session-Timeout", "Event-Timestamp", "PKM-SAID", "MIP6-Feature-Vector"}


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_octets_are_what_pyrad_makes(name, data):
    """And `decode` gives a text of which the same octets are made again."""
    value = data.draw(VALUES[name])
    text = str(value)
    theirs = AuthPacket(code=2, id=1, secret=b"s", authenticator=bytes(16), dict=PYRAD)
    theirs[name] = value if name in NUMBERS else int(text) if name == "Service-Type" and text.isdecimal() else text
    encoded = OURS.encode(name, [text])
    assert encoded == theirs._PktEncodeAttributes()
    [(shown, read)] = OURS.decode(made(encoded, sign=None))
    assert shown == name
    assert OURS.encode(shown, [read]) == encoded


@given(st.binary(min_size=1, max_size=253))
@example(b"0x41")
@example(b"65")
def test_octets_come_back(value):
    """Whatever they are: also those that look like hexadecimal digits or like a number, which pyrad would change."""
    octets = attribute(25, value)
    [(name, text)] = OURS.decode(made(octets, sign=None))
    assert name == "Class"
    assert OURS.encode("Class", [text]) == octets


@pytest.mark.parametrize(
    ("value", "octets"),
    [("0x41", b"A"), ("65", b"65"), ("OU=admins;", b"OU=admins;"), ("şef", "şef".encode()), ("0x00ff", b"\0\xff")],
)
def test_octets_are_written_as_text_or_hexadecimal(value, octets):
    assert OURS.encode("Class", [value]) == attribute(25, octets)


def test_several_values_are_several_attributes():
    assert OURS.encode("Class", ["one", "two"]) == attribute(25, b"one") + attribute(25, b"two")
    assert OURS.encode("Cisco-AVPair", ["a=1", "b=2"]) == vendor(9, 1, b"a=1") + vendor(9, 1, b"b=2")
    assert OURS.encode("Class", []) == b""


def test_a_long_reply_message_is_several():
    """R76"""
    octets = OURS.encode("Reply-Message", ["€" * 100])
    assert [text for _name, text in OURS.decode(made(octets, sign=None))] == ["€" * 84, "€" * 16]


@pytest.mark.parametrize(
    ("name", "octets"), [("Attr-191", attribute(191, b"\xff")), ("Vendor-99999-Attr-1", vendor(99999, 1, b"\xff"))]
)
def test_attributes_without_a_name(name, octets):
    assert OURS.decode(made(octets, sign=None)) == [(name, "0xff")]
    assert OURS.encode(name, ["0xff"]) == octets


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("2026-12-31T23:59:59Z", 1798761599),
        ("2027-01-01T02:59:59+03:00", 1798761599),
        ("2026-12-31 23:59:59", 1798761599),
    ],
)
def test_dates(moment, seconds):
    octets = OURS.encode("Event-Timestamp", [moment])
    assert octets == attribute(55, seconds.to_bytes(4, "big"))
    assert OURS.decode(made(octets, sign=None)) == [("Event-Timestamp", "2026-12-31T23:59:59Z")]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        (
            "Framed-IP-Adress",
            "10.0.0.1",
            "no dictionary has an attribute `Framed-IP-Adress`; did you mean `Framed-IP-Address`?",
        ),
        (
            "Colour of the sky",
            "blue",
            "no dictionary has an attribute `Colour of the sky`; a file under `dictionaries:` can",
        ),
        ("Framed-IP-Address", "10.0.0.256", "Framed-IP-Address: `10.0.0.256` is not an IPv4 address"),
        ("Framed-IPv6-Prefix", "2001:db8::1/64", "did you mean `2001:db8::/64`?"),
        ("Framed-IPv6-Prefix", "all of it", "`all of it` is not an IPv6 prefix"),
        ("Service-Type", "Framed", "Service-Type: `Framed` is not among its values; did you mean `Framed-User`?"),
        ("Session-Timeout", "8h", "`8h` is not a number from 0 to 4294967295"),
        ("Session-Timeout", "4294967296", "is not a number from 0 to 4294967295"),
        ("Session-Timeout", "1_000", "is not a number"),
        ("PKM-SAID", "65536", "`65536` is not a number from 0 to 65535"),
        ("Tunnel-Preference", "16777216", "is over 16777215"),
        ("Event-Timestamp", "soon", "is not a time such as"),
        ("Class", "0x4", "is not a text, or hexadecimal digits behind 0x"),
        ("Class", "x" * 254, "254 octets, there is room for 253"),
        ("Cisco-AVPair", "x" * 248, "248 octets, there is room for 247"),
        ("Tunnel-Private-Group-Id:1", "x" * 253, "254 octets, there is room for 253"),
        ("Filter-Id", "", "an empty value cannot be sent"),
        ("Reply-Message", "", "an empty value cannot be sent"),
        ("Filter-Id", "a\0b", "NUL"),
        ("Filter-Id", "a\x1b[2Jb", "a control character in it"),
        ("Cisco-AVPair", "a=b\n", "a control character in it"),
        ("Class", "a\x7f", "a control character in it"),
        ("Reply-Message", "a\x1bb", "a control character in it"),
        ("Tunnel-Type:32", "VLAN", "a tag is a number from 0 to 31"),
        ("Filter-Id:1", "x", "Filter-Id has no tags"),
        ("Tunnel-Password", "x", "encrypted for each packet"),
        ("MS-MPPE-Send-Key", "x", "encrypted for each packet"),
        ("Attr-26", "x", "cannot"),
        ("Attr-0", "x", "no dictionary has"),
        ("Attr-256", "x", "no dictionary has"),
        *(
            (name, "x", "is not the configuration's to set")
            for name in ("State", "Proxy-State", "EAP-Message", "Message-Authenticator", "CHAP-Password", "Attr-24")
        ),
        *(
            (name, value, "is what a NAS sends, so no reply can be given it")
            for name, value in (
                ("Acct-Status-Type", "Start"),
                ("Acct-Session-Id", "x"),
                ("Acct-Link-Count", "1"),
                ("Acct-Input-Gigawords", "1"),
                ("Calling-Station-Id", "x"),
                ("NAS-Port", "1"),
                ("NAS-Identifier", "x"),
                ("Attr-40", "0x00000001"),
            )
        ),
    ],
)
def test_what_cannot_be_in_a_reply(name, value, fault):
    found = OURS.fault(name, [value])
    if name == "Attr-26":
        assert found is not None
    else:
        assert fault in found
    with pytest.raises(AttributeFault):
        OURS.encode(name, [value])


def test_a_reply_message_may_have_lines():
    assert OURS.encode("Reply-Message", ["one\r\n\ttwo"]) == attribute(18, b"one\r\n\ttwo")
    assert OURS.encode("Class", ["0x1b00"]) == attribute(25, b"\x1b\0")


def test_what_can_be_in_a_reply():
    assert OURS.fault("Framed-IP-Address", ["10.0.0.1", "10.0.0.2"]) is None
    assert OURS.fault("Framed-IP-Address", ["10.0.0.1", "x"]) is not None


def test_a_value_that_has_not_its_types_form_is_shown_as_octets():
    """R8"""
    odd = [
        attribute(4, b"abc"),
        attribute(5, b"a"),
        attribute(97, b"\0\xff"),
        attribute(1, b"\xff"),
        attribute(64, b"\1"),
    ]
    assert OURS.decode(made(*odd, sign=None)) == [
        ("NAS-IP-Address", "0x616263"),
        ("NAS-Port", "0x61"),
        ("Framed-IPv6-Prefix", "0x00ff"),
        ("User-Name", "\\xff"),
        ("Tunnel-Type:1", "0x"),
    ]


@pytest.mark.parametrize(
    "octets", [b"\0\0", b"\0\0\0\x09", b"\0\0\0\x09\1\0", b"\0\0\0\x09\1\xff", b"\0\0\0\x09\1\3x\1"]
)
def test_a_vendors_own_form_is_shown_as_octets(octets):
    """R9"""
    assert OURS.decode(made(attribute(26, octets), sign=None)) == [("Vendor-Specific", f"0x{octets.hex()}")]


def test_several_of_a_vendor_in_one_attribute():
    octets = attribute(26, bytes((0, 0, 0, 9)) + attribute(1, b"a=1") + attribute(251, b"b"))
    assert OURS.decode(made(octets, sign=None)) == [("Cisco-AVPair", "a=1"), ("Cisco-Service-Info", "b")]


def test_passwords_are_not_shown():
    """S22"""
    hidden = [attribute(2, bytes(16)), attribute(3, bytes(17)), attribute(69, bytes(19)), vendor(311, 25, bytes(50)),
              vendor(311, 16, bytes(34))]  # fmt: skip
    assert OURS.decode(made(attribute(1, b"ann"), *hidden, sign=None)) == [("User-Name", "ann")]


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=20))
def test_whatever_comes_is_shown(pairs):
    for name, text in OURS.decode(made(*(attribute(*pair) for pair in pairs), sign=None)):
        assert isinstance(name, str)
        assert isinstance(text, str)


def test_an_administrators_file_comes_last(tmp_path):
    """It adds attributes, values, TLVs and further names; ours stay."""
    (tmp_path / "more").write_text("VALUE Acme-Level High 2\n")
    file = tmp_path / "dictionary.acme"
    file.write_text(
        "VENDOR Acme 64000\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Level 1 integer\nATTRIBUTE Acme-Box 2 tlv\n"
        "ATTRIBUTE Acme-Lid 2.1 string\nATTRIBUTE Acme-Net 3 ipv4prefix\nEND-VENDOR Acme\n$INCLUDE more\n"
        "ATTRIBUTE Our-Filter 11 string\n"
    )
    known = Dictionary.shipped([file])
    assert known.number("Acme-Level") == (64000, 1)
    assert known.encode("Acme-Level", ["High"]) == vendor(64000, 1, b"\0\0\0\2")
    lid = vendor(64000, 2, attribute(1, b"red"))
    assert known.encode("Acme-Lid", ["red"]) == lid
    assert known.decode(made(lid, attribute(11, b"x"), sign=None)) == [("Acme-Lid", "red"), ("Filter-Id", "x")]
    assert known.encode("Our-Filter", ["x"]) == attribute(11, b"x")
    assert "name those" in known.fault("Acme-Box", ["red"])
    assert "not supported" in known.fault("Acme-Net", ["10.0.0.0/8"])
    assert OURS.fault("Acme-Level", ["High"]) is not None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ATTRIBUTE Broken x string\n", "dictionary.broken:1:1: "),
        ("\n$INCLUDE nowhere\n", "nowhere"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, text, fault):
    file = tmp_path / "dictionary.broken"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=fault):
        Dictionary.shipped([file])


def test_a_reader_gives_text_of_its_type():
    assert OURS.reader("Fortinet-Client-IP-Address")(bytes((192, 0, 2, 7))) == "192.0.2.7"
    assert OURS.reader("Calling-Station-Id")(b"02-00-5e") == "02-00-5e"
    assert OURS.reader("Tunnel-Client-Endpoint")(b"\x01192.0.2.7") == "192.0.2.7"
    with pytest.raises(AttributeFault):
        OURS.reader("Calling-Station")


SECRET = b"testing123"
READ_BY_RADCLIENT = [
    ("Framed-IP-Address", "10.1.2.3", "10.1.2.3"),
    ("Session-Timeout", "28800", "28800"),
    ("Service-Type", "Administrative-User", "Administrative-User"),
    ("Reply-Message", "Merhaba şule", '"Merhaba şule"'),
    ("Class", "0x0102", "0x0102"),
    ("Framed-IPv6-Prefix", "2001:db8::/32", "2001:db8::/32"),
    ("Framed-IPv6-Address", "2001:db8::1", "2001:db8::1"),
    ("Framed-Interface-Id", "211:22ff:fe33:4455", "211:22ff:fe33:4455"),
    ("Tunnel-Type:1", "VLAN", "VLAN"),
    ("Tunnel-Medium-Type:1", "IEEE-802", "IEEE-802"),
    ("Tunnel-Private-Group-Id:1", "42", '"42"'),
    ("Cisco-AVPair", "shell:priv-lvl=15", '"shell:priv-lvl=15"'),
    ("ASA-Group-Policy", "staff", '"staff"'),
    ("Fortinet-Group-Name", "vpn", '"vpn"'),
    ("PaloAlto-Admin-Role", "superuser", '"superuser"'),
    ("Juniper-Local-User-Name", "ops", '"ops"'),
    ("MS-Primary-DNS-Server", "10.0.0.53", "10.0.0.53"),
    ("Mikrotik-Rate-Limit", "10M/10M", '"10M/10M"'),
    ("Fortinet-WirelessController-Device-MAC", "02:00:5e:10:00:01", "02:00:5e:10:00:01"),
]


@contextmanager
def answering(attributes):
    """A server that accepts the first request with these attributes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(20)

        def answer():
            datagram, address = udp.recvfrom(4096)
            udp.sendto(packet.reply(2, datagram[1], datagram[4:20], attributes, b"", Keys(SECRET)), address)

        thread = threading.Thread(target=answer)
        thread.start()
        yield udp.getsockname()[1]
        thread.join()


def test_radclient_reads_what_we_encode():
    """FreeRADIUS with its own dictionaries, for each type and vendor."""
    octets = b"".join(OURS.encode(name, [value]) for name, value, _read in READ_BY_RADCLIENT)
    with answering(octets) as port:
        done = subprocess.run(
            ["radclient", "-x", f"127.0.0.1:{port}", "auth", SECRET.decode()],
            input="User-Name = ann, User-Password = tulip, Message-Authenticator = 0x00",
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read = [line.strip() for line in done.stdout.partition("Received Access-Accept")[2].splitlines()]
    assert [line for line in read if " = " in line and not line.startswith("Message-Auth")] == [
        f"{name} = {shown}" for name, _value, shown in READ_BY_RADCLIENT
    ]
