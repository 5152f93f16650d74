"""The shipped dictionaries: numbers, types and values beside FreeRADIUS's own, as Debian's freeradius-common has them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pyrad import dictionary as pyrad

import dictionaries
from radiusd.radius.attributes import Dictionary
from radiusd.radius.definitions import Definitions

THEIRS = Path("/usr/share/freeradius")
FOLDER = Path(dictionaries.__file__).parent
FILES = sorted(path.name for path in FOLDER.glob("dictionary.*"))
# Not in Debian's release: RFC 5580 section 4.8.
NEWER_VALUES = {("Error-Cause", "Location-Info-Required")}
# Debian's release has no file of them; test_dictionaries_radclient.py has their octets.
NOT_THEIRS = {"dictionary.ubiquiti"}
# FreeRADIUS gives them 146 and 147 a second time; H3C's document has 148 and 149.
OTHER_NUMBERS = {"H3C-Acct-IPv6-Input-Gigawords": "148", "H3C-Acct-IPv6-Output-Gigawords": "149"}
# FreeRADIUS's name for what holds the vendors' attributes; undivided, it is octets.
SAME_TYPE = {"vsa": "octets"}


def definitions(*files):
    """By vendor and name: number, type and flags of each attribute; by attribute and name: each value."""
    attributes, values, vendor, vendors = {}, {}, "", {"": 0}
    for file in files:
        for line in file.read_text().splitlines():
            words = line.partition("#")[0].split()
            match words:
                case ["VENDOR", name, number, *_]:
                    vendors[name] = int(number)
                case ["BEGIN-VENDOR", name, *_]:
                    vendor = name
                case ["END-VENDOR", *_]:
                    vendor = ""
                case ["ATTRIBUTE", name, number, kind, *flags]:
                    attributes[name] = (
                        vendors[vendor],
                        number,
                        SAME_TYPE.get(kind, kind.lower()),
                        sorted("".join(flags).split(",")),
                    )
                case ["VALUE", attribute, name, number]:
                    values[attribute, name] = int(number, 0)
    return attributes, values


def theirs():
    others = (name for name in FILES if "cisco" not in name and name not in NOT_THEIRS)
    names = ["dictionary.cisco", "dictionary.cisco.asa", *others]
    return definitions(*(THEIRS / name for name in [*names, "dictionary.rfc3576"]))


OURS = definitions(*(FOLDER / name for name in FILES))
SHARED = set(OURS[0]) - set(definitions(*(FOLDER / name for name in NOT_THEIRS))[0])


def test_every_attribute_is_freeradius_s():
    known, _values = theirs()
    for name, number in OTHER_NUMBERS.items():
        vendor, _theirs, *rest = known[name]
        known[name] = (vendor, number, *rest)
    assert {name: OURS[0][name] for name in SHARED} == {name: known.get(name) for name in SHARED}


def test_every_value_is_freeradius_s():
    _attributes, known = theirs()
    assert OURS[1] == {key: number if key in NEWER_VALUES else known.get(key) for key, number in OURS[1].items()}


def test_nothing_is_left_out():
    """Every number of those files is here, but for types that pyrad does not know; names of old are left out."""
    known, _values = theirs()
    ours = {definition[:2] for definition in OURS[0].values()}
    missing = {
        name
        for name, (vendor, number, kind, _flags) in known.items()
        if (vendor, number) not in ours and kind not in pyrad.UNSUPPORTED_DATATYPES
    }
    # What the Broadband Forum added to RFC 4679, and numbers that RFC 5090 gave up.
    assert {name for name in missing if not name.startswith(("ADSL-Forum-", "Digest-"))} == set()


def test_no_name_stands_twice():
    lines = [line.split()[1] for name in FILES for line in (FOLDER / name).read_text().splitlines() if line[:2] == "AT"]
    assert len(lines) == len(set(lines)) > 600


def test_every_value_belongs_to_an_attribute():
    assert {attribute for attribute, _name in OURS[1]} <= set(OURS[0])


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_included(name):
    assert f"$INCLUDE {name}\n" in (FOLDER / "dictionary").read_text()


def test_pyrad_reads_all_of_it(caplog):
    with caplog.at_level(logging.WARNING, "pyrad"):
        known = pyrad.Dictionary(*map(str, dictionaries.files()))
    assert caplog.text == ""
    assert known.skipped_attributes == set()
    assert set(known.attributes) == set(OURS[0])
    for attribute, name in OURS[1]:
        assert known.attributes[attribute].values.HasForward(name)


def test_vendor_specific_is_known_but_not_to_be_set_undivided():
    known = Dictionary.shipped()
    assert known.number("Vendor-Specific") == (0, 26)
    assert known.fault("Vendor-Specific", ["0x00000009"]) == (
        "Vendor-Specific is not the configuration's to set, so no reply can be given it"
    )
    assert known.fault("Cisco-AVPair", ["shell:priv-lvl=15"]) is None


@pytest.mark.parametrize(
    "vendor", ["aruba", "f5", "citrix", "checkpoint", "sonicwall", "wispr", "huawei", "h3c", "erx"]
)
def test_freeradius_s_files_can_be_added(vendor):
    """As an administrator does under `dictionaries:`."""
    file = THEIRS / f"dictionary.{vendor}"
    names = definitions(file)[0]
    known = Dictionary.shipped([file])
    assert {name for name in names if known.number(name)[0] == names[name][0]} == set(names)


def of_pyrad(known):
    """By name: vendor, type, type within a TLV, kind, flags and values of each attribute that has a number on the wire."""
    return {
        name: (
            known.vendors.GetForward(found.vendor) if found.vendor else 0,
            found.parent.code if found.is_sub_attribute else found.code,
            found.code if found.is_sub_attribute else 0,
            found.type, found.has_tag, found.encrypt != 0,
            {} if found.type == "octets" else dict(found.values.forward),
        )
        for name, found in known.attributes.items()
        if found.code < 256
    }  # fmt: skip


def ours(known):
    return {
        each.name: (each.vendor, each.code, each.inner, each.kind, each.tagged, each.encrypted, dict(each.by_name))
        for each in known.by_name.values()
    }


def test_it_is_read_as_pyrad_reads_it():
    assert ours(Definitions(dictionaries.files(), ())) == of_pyrad(pyrad.Dictionary(*map(str, dictionaries.files())))


def test_freeradius_s_files_are_read_as_pyrad_reads_them():
    """But for a type in capitals, which pyrad refuses, TLVs in blocks, which it takes for none, and values it comes upon early."""
    known, reference = Definitions((), [THEIRS / "dictionary"]), pyrad.Dictionary()
    for line in (THEIRS / "dictionary").read_text().splitlines():
        if line.startswith("$INCLUDE") and line.split()[1] not in {"dictionary.juniper", "dictionary.wimax.wichorus"}:
            reference.ReadDictionary(str(THEIRS / line.split()[1]))
    assert known.faults == known.warnings == []
    read, expected = ours(known), of_pyrad(reference)
    assert set(expected) - set(read) == set()
    assert {name.partition("-")[0] for name in set(read) - set(expected)} == {"Juniper"}
    assert {name: read[name][:6] for name in expected} == {name: each[:6] for name, each in expected.items()}
    assert all(each[6].items() <= read[name][6].items() for name, each in expected.items())


def test_what_is_relied_on_stays_beside_all_of_freeradius_s():
    """Names, numbers, types and values of ours, whatever the files of old names and the vendors' have."""
    alone, beside = Dictionary.shipped(), Definitions(dictionaries.files(), [THEIRS / "dictionary"])
    before, after = ours(Definitions(dictionaries.files(), ())), ours(beside)
    assert {name: each[:6] for name, each in before.items()} == {name: after[name][:6] for name in before}
    assert all(each[6].items() <= after[name][6].items() for name, each in before.items())
    known = Dictionary.shipped([THEIRS / "dictionary"])
    body = b"".join(alone.request_attribute(name, "192.0.2.7") for name in ("NAS-IP-Address", "Calling-Station-Id"))
    request = bytes(2) + (20 + len(body)).to_bytes(2, "big") + bytes(16) + body
    assert known.decode(request) == [("NAS-IP-Address", "192.0.2.7"), ("Calling-Station-Id", "192.0.2.7")]
