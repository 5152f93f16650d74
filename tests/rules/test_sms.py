"""How many parts an SMS takes (3GPP TS 23.038, 23.040), and how a text is chosen that takes one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.alphabets import GSM
from radiusd.rules.sms import MOST_PARTS, cut, folded, in_one_part, parts
from tests.servers.message_centre import Taken


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


def shown(made):
    """What a phone shows of it, part by part; what does not fit into one is refused there."""
    nobody = (0, 0, "")
    coding = 0 if made.is_gsm else 8
    return [Taken(nobody, nobody, 0x40 * made.has_header, "", 0, coding, part, "") for part in made.octets]


GSM_LETTERS = "".join(map(chr, GSM.codes))
TEXTS = st.text(
    st.one_of(
        st.sampled_from(GSM_LETTERS), st.sampled_from("€^{}[]~|ğĞİışŞç"), st.sampled_from("😀🜁ş"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=400,
)  # fmt: skip
CHOICES = st.sampled_from(["auto", "gsm_turkish", "ucs2"])


@given(TEXTS, CHOICES, st.integers(0, 255))
def test_a_phone_reads_what_was_written(text, alphabet, reference):
    """No character is cut at a part's border: each part is read by itself."""
    read = shown(cut(text, alphabet, reference))
    assert "".join(part.text for part in read) == text
    if len(read) > 1:
        numbers = [tuple(part.header[0x00]) for part in read]
        assert numbers == [(reference, len(read), number) for number in range(1, len(read) + 1)]


@given(TEXTS)
def test_auto_takes_the_fewest_parts_of_gsm_and_utf_16(text):
    made = cut(text)
    assert len(made.octets) <= len(cut(text, "ucs2").octets)
    assert made.is_gsm == (GSM.septets(text) is not None)
    assert not any(part.header.keys() & {0x24, 0x25} for part in shown(made))
    assert len(cut(text, "gsm_turkish").octets) <= len(made.octets)


@given(TEXTS)
def test_a_gateway_for_gsm_alone_gets_gsm_alone(text):
    made = cut(text, "gsm")
    assert made.is_gsm
    assert not any(part.header.keys() & {0x24, 0x25} for part in shown(made))
    if GSM.septets(text) is not None:
        assert "".join(part.text for part in shown(made)) == text


@pytest.mark.parametrize(
    ("text", "alphabet", "read"),
    [
        ("Ayşe 😀", "gsm", ["Ayse ?"]),
        ("a" * 152 + "€" + "b", "auto", ["a" * 152 + "€b"]),
        ("a" * 152 + "€" + "b" * 10, "auto", ["a" * 152, "€" + "b" * 10]),
        ("ş" * 66 + "😀" + "b" * 10, "auto", ["ş" * 66, "😀" + "b" * 10]),
        ("ş" * 152, "gsm_turkish", ["ş" * 152]),
        ("Oturum açma kodunuz: 123456 (vpn). 5 dakika geçerlidir.", "gsm_turkish", None),
    ],
)
def test_where_a_text_is_cut(text, alphabet, read):
    assert [part.text for part in shown(cut(text, alphabet))] == (read or [text])


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Kodunuz: 123456", {}),
        ("Kodunuz: 123456 ğ", {0x24: b"\1"}),
        ("ğüşiöçıĞÜŞİÖÇ" * 8, {0x25: b"\1"}),
        ("{è" * 3 + "ş" * 3, {0x24: b"\1"}),  # è is not in the locking table
    ],
)
def test_turkish_shifts_where_they_are_asked_for(text, header):
    (part,) = shown(cut(text, "gsm_turkish"))
    assert (part.header, part.text) == (header, text)


def test_more_parts_than_can_be_numbered():
    assert parts("a" * 153 * MOST_PARTS) == MOST_PARTS
    assert parts("a" * 153 * MOST_PARTS + "a") == MOST_PARTS + 1
