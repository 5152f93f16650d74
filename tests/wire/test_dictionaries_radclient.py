"""The shipped dictionaries on the wire: radclient, with the dictionaries of Debian, sends and reads the same octets."""

from __future__ import annotations

import re
import socket
import subprocess

import pytest

from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary, walk
from radiusd.radius.shared_secret import Keys
from tests.wire.octets import SECRET
from tests.wire.test_dictionaries import FOLDER, NOT_THEIRS, OTHER_NUMBERS, definitions, theirs

VENDORS = sorted(
    path.name.removeprefix("dictionary.")
    for path in FOLDER.glob("dictionary.*")
    if "BEGIN-VENDOR" in path.read_text() and path.name not in NOT_THEIRS
)
VALUES = {
    "string": "gold",
    "octets": "0x0102ff",
    "integer": "70000",
    "short": "700",
    "byte": "7",
    "signed": "7",
    "integer64": "10000000000",
    "ipaddr": "192.0.2.7",
    "ipv6addr": "2001:db8::7",
    "ipv6prefix": "2001:db8::/32",
    "ether": "02:00:00:00:00:01",
    "ifid": "0:0:0:1",
    "date": "1800000000",
}
SHOWN = {"Jan 15 2027 08:00:00 UTC": VALUES["date"]}
PRINTED = re.compile(r"^\t(\S+) = (.*)$", re.MULTILINE)
IN_ONE_PACKET = 150
KNOWN = Dictionary.shipped()


def examples(vendor):
    """Each attribute of the file with a value of its type (octets may have a fixed size), and each name of a value."""
    attributes, values = definitions(FOLDER / f"dictionary.{vendor}")
    found = [
        (name, VALUES.get(kind) or f"0x{'5a' * int(kind[7:-1])}")
        for name, (number, _code, kind, flags) in attributes.items()
        if number and kind != "tlv" and not any("encrypt" in flag for flag in flags) and name not in OTHER_NUMBERS
    ]
    return found + [(attribute, value) for attribute, value in values if attribute in attributes]


def parts(attributes):
    """Vendor, types and value of every Vendor-Specific; what is in TLVs one by one, however they were put together."""
    for kind, value in walk(attributes):
        if kind == packet.VENDOR_SPECIFIC:
            vendor = int.from_bytes(value[:4], "big")
            for code, inner in walk(value[4:]):
                tlv = KNOWN._by_number.get((vendor, code, 0))
                if tlv is not None and tlv.kind == "tlv":
                    yield from ((vendor, code, each, part) for each, part in walk(inner))
                else:
                    yield vendor, code, 0, inner


def exchange(lines, answer=b""):
    """The request that radclient makes of the lines, and what it prints of an Access-Accept with those attributes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        command = ["radclient", "-x", "-r", "1", "-t", "10", f"127.0.0.1:{server.getsockname()[1]}", "auth", SECRET]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as radclient:
            radclient.stdin.write("\n".join(["User-Name = ann", *lines]) + "\n")
            radclient.stdin.close()
            asked, address = server.recvfrom(4096)
            server.sendto(packet.reply(packet.ACCESS_ACCEPT, asked[1], asked[4:20], answer, b"", Keys(SECRET)), address)
            printed = radclient.stdout.read()
    return asked, printed.partition("Received Access-Accept")[2]


@pytest.mark.parametrize("vendor", VENDORS)
def test_radclient_sends_and_reads_the_same_octets(vendor):
    known, values = theirs()
    every = examples(vendor)
    assert every
    for at in range(0, len(every), IN_ONE_PACKET):
        some = every[at : at + IN_ONE_PACKET]
        ours = [KNOWN.request_attribute(name, value) for name, value in some]
        asked, printed = exchange([f"{name} = {value}" for name, value in some], b"".join(ours))
        assert sorted(parts(asked[20:])) == sorted(parts(b"".join(ours)))
        read = [(name, value) for name, value in PRINTED.findall(printed) if name != "Message-Authenticator"]
        assert len(read) == len(some)
        for (name, _value), octets, (their_name, text) in zip(some, ours, read, strict=True):
            assert known[their_name][:2] == known[name][:2]
            bare = text.strip('"')
            shown = SHOWN.get(bare) or str(values.get((their_name, bare), bare))
            assert KNOWN.request_attribute(name, shown) == octets


def test_what_differs_is_seen():
    """The opposite: another value, and another attribute."""
    ours = KNOWN.request_attribute("Aruba-User-Role", "gold")
    for line in ("Aruba-User-Role = silver", "Aruba-Admin-Role = gold"):
        asked, printed = exchange([line], ours)
        assert list(parts(asked[20:])) != list(parts(ours))
        assert ("Aruba-User-Role", '"gold"') in PRINTED.findall(printed)


@pytest.mark.parametrize(
    ("name", "value", "octets"),
    [
        # Ubiquiti community, RADIUS Dictionary: vendor 41112, types 1 to 4, numbers of 64 bits
        ("UBNT-Data-Rate-DL", "10000000", "1a10 0000a098 010a 0000000000989680"),
        ("UBNT-Data-Rate-DL-Burst", "1", "1a10 0000a098 020a 0000000000000001"),
        ("UBNT-Data-Rate-UL", "5000000000", "1a10 0000a098 030a 000000012a05f200"),
        ("UBNT-Data-Rate-UL-Burst", "0", "1a10 0000a098 040a 0000000000000000"),
        # H3C, Comware security guide, proprietary RADIUS subattributes: vendor 25506, types 148 and 149
        ("H3C-Acct-IPv6-Input-Gigawords", "2", "1a0c 000063a2 9406 00000002"),
        ("H3C-Acct-IPv6-Output-Gigawords", "3", "1a0c 000063a2 9506 00000003"),
        # VMware: what no file has
        ("Vendor-6876-Attr-1", "x", "1a09 00001adc 0103 78"),
    ],
)
def test_octets_of_what_radclient_does_not_know(name, value, octets):
    made = KNOWN.encode(name, [value])
    assert made == bytes.fromhex(octets)
    assert KNOWN.decode(packet.reply(packet.ACCESS_ACCEPT, 1, bytes(16), made, b"", Keys(SECRET)))[1:] in (
        [(name, value)],
        [(name, f"0x{value.encode().hex()}")],
    )


@pytest.mark.parametrize("name", ["UBNT-Station-Keyid", "Aruba-MPSK-Passphrase"])
def test_what_is_encrypted_is_neither_given_nor_shown(name):
    vendor, code = KNOWN.number(name)
    assert KNOWN.fault(name, ["x"]) == f"{name} is encrypted for each packet, so no reply can be given it"
    made = KNOWN.encode(f"Vendor-{vendor}-Attr-{code}", ["0x80ff0102"])
    assert KNOWN.decode(packet.reply(packet.ACCESS_ACCEPT, 1, bytes(16), made, b"", Keys(SECRET)))[1:] == []
