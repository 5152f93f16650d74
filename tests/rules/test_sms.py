"""How many parts an SMS takes (3GPP TS 23.038, 23.040), and how a text is chosen that takes one."""

from __future__ import annotations

import pytest

from radiusd.rules.sms import folded, in_one_part, parts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),  # a euro takes two places
        ("Ç" + "ö" * 159, 1),
        ("ç" + "a" * 69, 1),
        ("ç" + "a" * 70, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("a" * 69 + "😀", 2),  # two places of UTF-16
        ("a" * 68 + "😀", 1),
        ("`", 1),
        ("`" + "a" * 70, 2),  # is not in the alphabet
    ],
)
def test_parts_of_a_text(text, number):
    assert parts(text) == number


def test_names_are_folded_as_people_type_them():
    assert folded("Ayşe Yıldız, İĞDIR, çağrı") == "Ayse Yildiz, IGDIR, cagri"
    assert folded("Ç Ö ü é à ß") == "Ç Ö ü é à ß"
    assert folded("Łukasz Nowák – „x“") == "Łukasz Nowak – „x“"


LINK = "https://mfa.example.com/a/" + "x" * 33
TEMPLATES = (
    "{{ user.name }} onay bekliyor: {{ application }}. {{ link }}",
    "{{ user.name }} onay bekliyor. {{ link }}",
)


@pytest.mark.parametrize(
    ("name", "at", "text"),
    [
        ("Ann", "vpn", f"Ann onay bekliyor: vpn. {LINK}"),
        ("Ayşe Yıldız", "Uzaktan erişim", f"Ayse Yildiz onay bekliyor: Uzaktan erisim. {LINK}"),
        ("Ayşe Yıldız", "x" * 90, f"Ayse Yildiz onay bekliyor. {LINK}"),
        ("Ж" * 90, "vpn", f"{'Ж' * 90} onay bekliyor. {LINK}"),
    ],
)
def test_the_longest_that_takes_one_part(name, at, text):
    assert in_one_part(TEMPLATES, {"user": {"name": name}, "application": at, "link": LINK}) == text


def test_what_fits_as_it_is_is_not_folded():
    assert in_one_part(("{{ application }}", "b"), {"application": "Ayşe"}) == "Ayşe"


def test_what_we_say_ourselves_is_not_folded():
    assert in_one_part(("{{ next_step }}", "{{ code }}"), {"next_step": "ş" * 80, "code": "123456"}) == "123456"
