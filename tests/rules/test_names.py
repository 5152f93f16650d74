"""The normal form of user names (D21)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.names import as_typed, normal_form

LISTED = {"domains": ("EXAMPLE",), "realms": ("example.com", "Ömer.example")}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ann", "ann"),
        ("Ann", "ann"),
        (" ann ", "ann"),
        ("EXAMPLE\\Ann", "ann"),
        ("example\\ann", "ann"),
        ("ann@example.com", "ann"),
        ("ANN@EXAMPLE.COM", "ann"),
        ("ann@ömer.EXAMPLE", "ann"),
        ("ann\uff20example.com", "ann"),  # full width @: NFKC comes first
        ("\uff21nn", "ann"),
        ("GÖKÇE", "gökçe"),
        ("go\u0308kc\u0327e", "gökçe"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("\u03b1\u0345\u0301", "\u03ac\u03b9"),  # marks in the other order are the same text
        ("*", "*"),  # the directory escapes it
        (")(uid=*", ")(uid=*"),
    ],
)
def test_forms_of_one_name(typed, name):
    assert normal_form(typed, **LISTED) == name


@pytest.mark.parametrize(
    "typed",
    [
        "OTHER\\ann",
        "ann@other.com",
        "EXAMPLE\\ann@example.com",
        "EXAMPLE\\OTHER\\ann",
        "ann@other.com@example.com",
        "\\ann",
        "ann@",
        "@example.com",
        "EXAMPLE\\",
    ],
)
def test_names_of_other_domains_are_nobodys(typed):
    assert normal_form(typed, **LISTED) is None


@pytest.mark.parametrize(
    "typed", ["İbrahim Işık", "ibrahim ışık", "İBRAHİM IŞIK", "IBRAHIM IŞIK", "I\u0307brahim Is\u0327ik"]
)
def test_the_four_letters_that_turkish_writes_for_i_are_one(typed):
    """X56: whoever typed capitals on another keyboard is the same person."""
    assert normal_form(typed) == "ibrahim işik"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" Straße ", "Straße"),
        ("EXAMPLE\\İbrahim", "İbrahim"),
        ("ışık@EXAMPLE.com", "ışık"),
        ("ann\uff20example.com", "ann"),
        ("go\u0308kc\u0327e", "gökçe"),
        ("\uff21nn", "\uff21nn"),
        ("OTHER\\ann", None),
        ("ann@other.com", None),
        ("a\u200bnn", None),
        ("", None),
    ],
)
def test_what_a_directory_is_asked_for(typed, name):
    """X56: as it was typed, but for white space, domain and realm."""
    assert as_typed(typed, **LISTED) == name


def test_without_a_list_the_name_stays_whole():
    assert normal_form("Ann@Example.com") == "ann@example.com"
    assert normal_form("EXAMPLE\\Ann") == "example\\ann"


def test_with_realms_alone_no_domain_is_known():
    assert normal_form("EXAMPLE\\ann", realms=("example.com",)) is None
    assert normal_form("ann@example.com", domains=("EXAMPLE",)) is None


@pytest.mark.parametrize(
    "typed", ["", "   ", "\0", "ann\0", "an\nn", "a\u202enn", "a\u200bnn", "ann\x7f", "a\ud800", "a\u2028b"]
)
def test_what_cannot_be_seen_is_no_name(typed):
    assert normal_form(typed) is None


def test_length_is_counted_in_octets_of_the_normal_form():
    assert normal_form("a" * 253) == "a" * 253
    assert normal_form("a" * 254) is None
    assert normal_form("ö" * 126) == "ö" * 126
    assert normal_form("ö" * 127) is None
    assert normal_form("\ufdfa" * 20) is None  # one character, eighteen in NFKC


@given(st.text(max_size=60), st.booleans())
def test_a_name_in_normal_form_stays(typed, listed):
    name = normal_form(typed, **(LISTED if listed else {}))
    if name is not None:
        assert normal_form(name, **(LISTED if listed else {})) == name
        assert unicodedata.is_normalized("NFKC", name)
        assert 0 < len(name.encode()) <= 253


@given(st.text(max_size=60))
def test_case_and_composition_make_no_second_person(typed):
    name = normal_form(typed)
    assert normal_form(unicodedata.normalize("NFD", typed)) == name
    assert normal_form(unicodedata.normalize("NFKC", typed)) == name
