"""`otpauth://` addresses: what we make apps read, and what others make is read."""

from __future__ import annotations

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules.otpauth import Offered, Unreadable, address, checked, new_secret, octets_of, read
from radiusd.rules.time_steps import Parameters

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
USUAL = Parameters(SECRET)
names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30).map(str.strip).filter(bool)


def test_a_new_secret_has_160_bits():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(octets_of(each)) for each in made} == {20}


def test_what_is_usual_is_left_out():
    assert address(USUAL, "Example", "ann") == f"otpauth://totp/Example:ann?secret={SECRET}&issuer=Example"


def test_turkish_letters_are_percent_encoded():
    made = address(USUAL, "Şirket", "ayşe@örnek.com")
    assert made == f"otpauth://totp/%C5%9Eirket:ay%C5%9Fe@%C3%B6rnek.com?secret={SECRET}&issuer=%C5%9Eirket"


@given(names, names, st.sampled_from(["sha1", "sha256", "sha512"]), st.sampled_from([6, 7, 8]), st.integers(10, 120))
def test_what_we_make_is_read_as_it_was_meant(issuer, account, algorithm, digits, period):
    parameters = Parameters(new_secret(), algorithm, digits, period)
    assert read(address(parameters, issuer, account)) == Offered(account, issuer, parameters)


@given(names, names)
def test_pyotp_reads_what_we_make(issuer, account):
    made = pyotp.parse_uri(address(USUAL, issuer, account))
    assert (made.secret, made.issuer, made.digits, made.interval) == (SECRET, issuer, 6, 30)


@pytest.mark.parametrize(
    "secret", ["jbswy3dpehpk3pxp jbswy3dpehpk3pxp", "JBSW-Y3DP-EHPK-3PXP-JBSW-Y3DP-EHPK-3PXP", SECRET + "======"]
)
def test_however_a_secret_is_written(secret):
    assert checked(secret, "SHA1", "6", "30") == USUAL


@pytest.mark.parametrize(("label", "account", "issuer"), [
    ("Example:ann", "ann", "Example"), ("Example%3Aann", "ann", "Example"), ("Example%3A%20ann", "ann", "Example"),
    ("ann", "ann", ""), ("A%3AB:ann", "ann", "A:B"), ("/ann", "ann", ""),
])  # fmt: skip
def test_labels_of_others(label, account, issuer):
    assert read(f"otpauth://totp/{label}?secret={SECRET}") == Offered(account, issuer, USUAL)


def test_the_parameter_says_the_issuer_where_both_do():
    """pyotp refuses the address then; apps show the parameter."""
    assert read(f"otpauth://totp/Old:ann?secret={SECRET}&issuer=New").issuer == "New"


@pytest.mark.parametrize(("text", "why"), [
    ("https://example.com", "does not begin with otpauth://"),
    (f"otpauth://hotp/ann?secret={SECRET}&counter=1", "it is of the kind hotp"),
    ("otpauth://totp/ann", "it has no secret"),
    ("otpauth://totp/ann?secret=JBSWY3DPEHPK3PXP", "its secret has 80 bits"),
    ("otpauth://totp/ann?secret=1890JBSWY3DPEHPK3PXPJBSWY3", "not written in base32"),
    (f"otpauth://totp/ann?secret={SECRET}&digits=10", "its codes have 10 digits"),
    (f"otpauth://totp/ann?secret={SECRET}&period=0", "its time step has 0 seconds"),
    (f"otpauth://totp/ann?secret={SECRET}&period=x", "which is no number"),
    (f"otpauth://totp/ann?secret={SECRET}&algorithm=md5", "none of SHA1, SHA256, SHA512"),
    ("otpauth://totp/ann?secret=" + "A" * 5000, "longer than 4096 characters"),
])  # fmt: skip
def test_what_can_not_be_used_is_told(text, why):
    with pytest.raises(Unreadable, match=why) as told:
        read(text)
    assert SECRET not in str(told.value)


@given(st.text(max_size=200))
def test_nothing_else_comes_of_any_text(text):
    for each in (text, f"otpauth://totp/{text}", f"otpauth://totp/ann?{text}"):
        try:
            assert isinstance(read(each), Offered)
        except Unreadable:
            continue
