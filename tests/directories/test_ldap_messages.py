"""Templates say what ldap3 would have said, and nothing that arrives breaks the reader."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.protocol.rfc4511 import LDAPMessage
from pyasn1.codec.ber.decoder import decode

from radiusd.directories import ldap_messages
from radiusd.directories.ldap_messages import BadFilter, Template, Unreadable

FILTERS = [
    "(uid={username})",
    "(&(objectClass=person)(|(uid={username})(mail={username}@example.org)(cn=*{username}*)))",
    "(&(!(uid={username}))(member:1.2.840.113556.1.4.1941:={username})(cn>={username})(a=b))",
]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def asked(search_filter):
    return ldap_messages.search("ou=people,dc=example", search_filter, ["mail", "entryUUID"], size=2, seconds=5)


@pytest.mark.parametrize("search_filter", FILTERS)
@given(name=NAMES)
def test_a_filled_filter_is_the_escaped_one(search_filter, name):
    """RFC 4515 section 3: any octet may be written so."""
    escaped = "".join(f"\\{octet:02x}" for octet in name.encode())
    filled = Template(asked(search_filter), "username")(username=name.encode())
    assert filled == asked(search_filter.replace("{username}", escaped))


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=40), st.integers(1, 70_000))
def test_a_search_for_any_of_many_values(values, size):
    """Octet by octet what ldap3 makes of the same filter."""
    clauses = "".join(f"(objectsid={''.join(f'{chr(92)}{octet:02x}' for octet in value)})" for value in values)
    said = ldap_messages.search("dc=example", f"(|{clauses})", [], size=size, seconds=5)
    assert ldap_messages.search_any(b"dc=example", "objectsid", values, size=size, seconds=5) == said


@given(name=NAMES, password=NAMES)
def test_a_filled_bind_holds_name_and_password(name, password):
    bind = Template(ldap_messages.simple_bind("{dn}", "{password}"), "dn", "password")
    sent, rest = decode(
        ldap_messages.message(77, bind(dn=name.encode(), password=password.encode())), asn1Spec=LDAPMessage()
    )
    request = sent["protocolOp"]["bindRequest"]
    assert not rest
    assert int(sent["messageID"]) == 77
    assert bytes(request["name"]) == name.encode()
    assert bytes(request["authentication"]["simple"]) == password.encode()


def test_a_value_is_not_filled_again():
    bind = Template(ldap_messages.simple_bind("{dn}", "{password}"), "dn", "password")
    assert b"{password}" in bind(dn=b"{password}", password=b"secret")


@pytest.mark.parametrize("number", [1, 127, 128, 255, 256, 32767, 32768, 2**31 - 1])
def test_numbers_of_messages(number):
    sent, _ = decode(ldap_messages.message(number, ldap_messages.start_tls()), asn1Spec=LDAPMessage())
    assert int(sent["messageID"]) == number
    assert bytes(sent["protocolOp"]["extendedReq"]["requestName"]) == b"1.3.6.1.4.1.1466.20037"


@pytest.mark.parametrize("search_filter", ["", "uid=x", "(uid)", "(uid=x", "((uid=x))(", "(!(a=b)(c=d))"])
def test_what_is_no_filter(search_filter):
    with pytest.raises(BadFilter):
        asked(search_filter)


def entry(dn, attributes):
    """A SearchResultEntry as RFC 4511 section 4.5.2 has it."""
    tlv = ldap_messages.tlv
    values = b"".join(
        tlv(0x30, tlv(4, name) + tlv(0x31, b"".join(tlv(4, value) for value in values))) for name, values in attributes
    )
    return ldap_messages.message(2, tlv(0x64, tlv(4, dn) + tlv(0x30, values)))


def test_an_entry_is_read():
    octets = entry(
        "uid=ö".encode(), [(b"Mail", [b"a", b"b" * 300]), (b"cn;lang-tr", [b"c"]), (b"CN", [b"d"]), (b"empty", [])]
    )
    number, found = ldap_messages.read(octets)
    assert number == 2
    assert found.dn == "uid=ö"
    assert found.attributes == {"mail": [b"a", b"b" * 300], "cn": [b"c", b"d"], "empty": []}
    assert ldap_messages.size_of_first(octets) == len(octets)
    assert ldap_messages.size_of_first(octets[:1]) == 0


def test_an_answer_is_read():
    octets = bytes.fromhex("3010020103610b0a0131040004046e6f6f6f")
    assert ldap_messages.read(octets) == (3, ldap_messages.Answer(49, "nooo"))
    assert ldap_messages.Answer(49, "").named == "invalidCredentials"
    assert ldap_messages.Answer(9999, "").named == "9999"


@given(st.binary(max_size=80))
def test_octets_that_are_no_ldap(octets):
    """Whatever they are, they are a message or Unreadable."""
    for whole in (octets, ldap_messages.tlv(0x30, octets), entry(octets, [])[:-2] + octets):
        with contextlib.suppress(Unreadable):
            assert ldap_messages.size_of_first(whole) >= 0
        with contextlib.suppress(Unreadable):
            number, _ = ldap_messages.read(whole)
            assert isinstance(number, int)


@pytest.mark.parametrize("octets", ["3084ffffffff", "3085000000000000", "3080", "160301", "30ff"])
def test_sizes_that_are_not_believed(octets):
    with pytest.raises(Unreadable):
        ldap_messages.size_of_first(bytes.fromhex(octets) + bytes(200))
