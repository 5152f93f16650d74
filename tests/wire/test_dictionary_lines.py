"""Lines of dictionaries as people write them: what is read, and what is refused at its FILE:LINE.

What FreeRADIUS 3.2 takes is taken; what would be passed over in silence is not.
"""

from __future__ import annotations

import os

import pytest

from config.faults import SettingsError
from radiusd.radius import packet
from radiusd.radius.attributes import Dictionary


def packet_of(octets):
    """A packet with these attributes."""
    return bytes(2) + (20 + len(octets)).to_bytes(2, "big") + bytes(16) + octets


LAB = "VENDOR Lab 99991\nBEGIN-VENDOR Lab\n"


@pytest.fixture
def read(tmp_path):
    """A dictionary of the lines, beside ours; `more` are files that they may include."""

    def reading(lines, **more):
        for name, text in more.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "dictionary.lab").write_text(lines)
        return Dictionary.shipped([tmp_path / "dictionary.lab"])

    return reading


@pytest.fixture
def refused(tmp_path, read):
    """What is told of lines that are not read, without the folder."""

    def told(lines, **more):
        with pytest.raises(SettingsError) as error:
            read(lines, **more)
        return [str(fault).removeprefix(f"{tmp_path}/") for fault in error.value.faults]

    return told


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            "vendor Lab 99991\nbegin-vendor LAB\nattribute Lab-Role 1 String\nend-vendor lab\n", id="any case"
        ),
        pytest.param(LAB + "ATTRIBUTE\tLab-Role\t0x01\tstring\t# a comment\nEND-VENDOR Lab", id="0x01"),
        pytest.param(LAB + "ATTRIBUTE Lab-Role 1 string\n", id="a block that the end of the file closes"),
        pytest.param("VENDOR Lab 99991 format=1,1\nATTRIBUTE Lab-Role 1 string Lab\n", id="a vendor behind the type"),
        pytest.param(LAB + "ATTRIBUTE Lab-Role 1 string[16]\n", id="a length"),
        pytest.param(LAB + "ATTRIBUTE Lab-Role 1 text\n", id="a type of RFC 8044"),
        pytest.param("PROTOCOL RADIUS 1\nBEGIN-PROTOCOL RADIUS\n" + LAB + "ATTRIBUTE Lab-Role 1 string", id="protocol"),
        pytest.param("$INCLUDE more\n$INCLUDE- nowhere\n", id="a file that is included"),
        pytest.param(LAB + "ATTRIBUTE Lab-Role 1 octets\nATTRIBUTE Lab-Role 1 string\n", id="the last type holds"),
        pytest.param(LAB + "ATTRIBUTE Lab-Old-Role 1 octets\nATTRIBUTE Lab-Role 1 string\n", id="the last name holds"),
    ],
)
def test_it_is_read(read, lines):
    known = read(lines, more=LAB + "ATTRIBUTE Lab-Role 1 string\n")
    octets = known.encode("Lab-Role", ["admin"])
    assert octets == packet.attribute(26, (99991).to_bytes(4, "big") + b"\x01\x07admin")
    assert known.decode(packet_of(octets)) == [("Lab-Role", "admin")]
    assert known.warnings == ()


def test_values_may_come_before_their_attribute_and_in_any_case(read):
    known = read(LAB + "VALUE lab-level High 0x02\nATTRIBUTE Lab-Level 1 uint32\nVALUE Lab-Level Low 1\n")
    assert known.encode("Lab-Level", ["High"])[-4:] == b"\0\0\0\2"


def test_tlvs_have_their_parts_in_a_block_or_by_number(read):
    known = read(
        LAB + "ATTRIBUTE Lab-Box 2 tlv\nBEGIN-TLV Lab-Box\nATTRIBUTE Lab-Lid 1 string\nEND-TLV Lab-Box\n"
        "ATTRIBUTE Lab-Key 2.2 string\nATTRIBUTE Lab-Top 3 string\n"
    )
    assert known.encode("Lab-Lid", ["red"])[6:] == b"\x02\x07\x01\x05red"
    assert known.encode("Lab-Key", ["red"])[6:] == b"\x02\x07\x02\x05red"
    assert known.encode("Lab-Top", ["red"])[6:] == b"\x03\x05red"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("ATTRIBUTE Lab-X 1 ipv4prefix", "is of a type that is not supported"),
        ("ATTRIBUTE Lab-X 1 byte array", "has several values in one"),
        ("ATTRIBUTE Lab-B 1 tlv\nATTRIBUTE Lab-C 1.1 tlv\nATTRIBUTE Lab-X 1.1.1 string", "TLV within a TLV"),
        ("END-VENDOR Lab\nVENDOR Wide 99992 format=2,1\nBEGIN-VENDOR Wide\nATTRIBUTE Lab-X 300 string", "another form"),
        ("END-VENDOR Lab\nATTRIBUTE Lab-X 241.1 string", "another form"),
        (
            "END-VENDOR Lab\nBEGIN-VENDOR Lab format=Extended-Vendor-Specific-5\nATTRIBUTE Lab-X 1 string",
            "another form",
        ),
        ("END-VENDOR Lab\nATTRIBUTE Lab-X 1000 string", "is FreeRADIUS's own"),
        ("FLAGS internal\nATTRIBUTE Lab-X 1 string", "is FreeRADIUS's own"),
    ],
)
def test_what_has_no_form_here_is_read_and_cannot_be_sent(read, lines, why):
    known = read(LAB + lines + "\nVALUE Lab-X On 1\n")
    assert why in known.fault("Lab-X", ["1"])
    octets = known.request_attribute("Vendor-99991-Attr-9", b"x")
    assert known.decode(packet_of(octets)) == [("Vendor-99991-Attr-9", "0x78")]


WRONG = {
    "ATTRIBUT Lab-Role 1 string": "`ATTRIBUT` begins no line of a dictionary; did you mean `ATTRIBUTE`?",
    "ATTRIBUTE Lab-Role 1 strnig": "there is no type `strnig`; did you mean `string`?",
    "ATTRIBUTE Lab-Role one string": "`one` is no number of an attribute; write for example 5, 0x05 or 5.1",
    "ATTRIBUTE Lab-Role .1 string": "`.1` is no number of an attribute; write for example 5, 0x05 or 5.1",
    "ATTRIBUTE Lab-Role 300 string": "300 is over 255, the last number of an attribute",
    "ATTRIBUTE Lab-Role 5.1 string": "there is no TLV 5 above that this could be in",
    "ATTRIBUTE Lab-Role 1": "ATTRIBUTE needs a name, a number and a type; flags may follow",
    "ATTRIBUTE Lab-Role 1 string encrypt=9": "`encrypt=9`: there are encrypt=1, encrypt=2 and encrypt=3",
    "ATTRIBUTE Lab-Role 1 string has_tags": "`has_tags` is no flag of an attribute, and no vendor above; did you mean `has_tag`?",
    "VALUE Lab-Level High 1": "no dictionary has an attribute `Lab-Level`",
    "VALUE Servce-Type Lab 99": "no dictionary has an attribute `Servce-Type`; did you mean `Service-Type`?",
    "VALUE Service-Type Lab many": "`many` is no number",
    "VALUE Service-Type Login-User 7": "`Login-User` of Service-Type is 1 already",
    "VALUE Filter-Id Lab 1": "Filter-Id is of type string: its values are no numbers that could have names",
    "VALUE Service-Type Lab 4294967296": "Service-Type: `4294967296` is not a number from 0 to 4294967295 or the name of one of its values",
    "VENDOR Lab 5": "the vendor `Lab` has the number 99991 already",
    "VENDOR Wide 99992 format=3,1": "`format=3,1` is no format of a vendor's attributes; write for example `format=1,1`",
    "BEGIN-VENDOR Lap": "there is no vendor `Lap` above; did you mean `Lab`?",
    "END-VENDOR Cisco": "`Cisco` is not begun; `Lab` is",
    "END-TLV Lab-Box": "`Lab-Box` is not begun",
    "BEGIN-TLV Lab-Box": "there is no TLV `Lab-Box` above",
    "$INCLUDE nowhere": "FOLDER/nowhere: No such file or directory",
    "$INCLUDE dictionary.lab": "FOLDER/dictionary.lab includes itself",
    "PROTOCOL DHCPv4 2": "this is of another protocol than RADIUS",
    # FreeRADIUS 4.
    "STRUCT Lab-Part Lab-Box 1": "`STRUCT` is of FreeRADIUS 4, and is not read here; take the file of FreeRADIUS 3.2",
    "ENUM Lab-Level uint32": "`ENUM` is of FreeRADIUS 4, and is not read here; take the file of FreeRADIUS 3.2",
    "ALIAS Lab-Role Vendor-Specific.Lab.Role": "`ALIAS` is of FreeRADIUS 4, and is not read here; take the file of FreeRADIUS 3.2",
    "ATTRIBUTE Lab-Role 1 string ref=Class": "`ref=class` is no flag of an attribute, and no vendor above",
    "ATTRIBUTE Lab-Rol\u00e9 1 string": "`Lab-Rol\\xe9` is no name: it has other than letters, digits and signs of ASCII",
    "FLAGS flat": "only `FLAGS internal` and `FLAGS !internal` are known",
}  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_it_is_refused_at_its_line(refused, tmp_path, line):
    told = refused(LAB + line + "\n")
    assert [fault.replace(str(tmp_path), "FOLDER").partition("; there is")[0] for fault in told] == [
        f"dictionary.lab:3:1: {WRONG[line]}"
    ]


def test_all_faults_are_told_at_once_and_those_of_an_included_file_at_its_own_line(refused):
    told = refused("BEGIN-VENDOR Nobody\n$INCLUDE more\nVALUE Nothing Lab 1\n", more="\nATTRIBUTE Lab 1 strnig\n")
    assert [fault.partition(": ")[0] for fault in told] == ["dictionary.lab:1:1", "more:2:1", "dictionary.lab:3:1"]


def test_a_fifo_that_is_included_is_not_waited_for(refused, tmp_path):
    """X46: `check` and a server would wait for whoever writes into it."""
    os.mkfifo(tmp_path / "fifo")
    told = refused("$INCLUDE fifo\n$INCLUDE- fifo\n$INCLUDE /dev/zero\nVALUE Nothing Lab 1\n")
    assert told == [
        f"dictionary.lab:1:1: {tmp_path}/fifo: it is no file",
        f"dictionary.lab:2:1: {tmp_path}/fifo: it is no file",
        "dictionary.lab:3:1: /dev/zero: it is no file",
        "dictionary.lab:4:1: no dictionary has an attribute `Nothing`",
    ]


def test_a_file_that_is_no_dictionary_is_not_read_to_its_end(refused):
    told = refused("Buy milk.\nCall the plumber.\n" + "x\ny\n" * 500)
    assert told[0] == "dictionary.lab:1:1: `Buy` begins no line of a dictionary"
    assert told[-1] == "dictionary.lab:10:1: there are more faults; is this a dictionary at all?"
    assert len(told) == 11


def test_octets_that_are_no_text_are_told_in_plain_letters(refused):
    assert refused("\x1b[31mATTRIBUTE Lab 1 string\n") == [
        "dictionary.lab:1:1: `\\x1b[31mATTRIBUTE` begins no line of a dictionary; did you mean `ATTRIBUTE`?"
    ]


@pytest.mark.parametrize("name", ["Calling-Station-Id", "CALLING-STATION-ID"])
def test_a_vendors_attribute_never_replaces_the_standard_one(read, tmp_path, name):
    known = read(LAB + f"ATTRIBUTE {name} 5 integer\nVALUE {name} Lab 1\nATTRIBUTE Lab-Role 1 string\n")
    assert known.number("Calling-Station-Id") == (0, 31)
    assert known.number("Lab-Role") == (99991, 1)
    assert [str(each).removeprefix(f"{tmp_path}/") for each in known.warnings] == [
        f"dictionary.lab:3:1: {name} stays the standard's, `Attr-31`; write `Vendor-99991-Attr-5` for this one"
    ]
    request = known.request_attribute("Calling-Station-Id", "192.0.2.7")
    assert known.decode(packet_of(request)) == [("Calling-Station-Id", "192.0.2.7")]


def test_what_is_shipped_keeps_its_name_and_type_and_gets_further_ones(read, tmp_path):
    """As FreeRADIUS has names of old: Client-Id is NAS-IP-Address."""
    known = read("ATTRIBUTE Client-Id 4 ipaddr\nATTRIBUTE Filter-Id 11 octets\nVALUE Service-Type Old-Login 1\n")
    octets = known.request_attribute("Client-Id", "192.0.2.7")
    assert octets == known.request_attribute("NAS-IP-Address", "192.0.2.7")
    assert known.encode("Service-Type", ["Old-Login"]) == known.encode("Service-Type", ["Login-User"])
    octets += known.encode("Service-Type", ["Old-Login"])
    assert known.decode(packet_of(octets)) == [("NAS-IP-Address", "192.0.2.7"), ("Service-Type", "Login-User")]
    assert [str(each).removeprefix(f"{tmp_path}/") for each in known.warnings] == [
        "dictionary.lab:2:1: Filter-Id stays of type string"
    ]


def test_one_name_with_two_numbers_is_refused(refused, tmp_path):
    (told,) = refused(LAB + "ATTRIBUTE Lab-Role 1 string\nATTRIBUTE Lab-Role 2 string\n")
    place = tmp_path / "dictionary.lab"
    assert told == f"dictionary.lab:4:1: Lab-Role is `Vendor-99991-Attr-1` already ({place}:3)"
