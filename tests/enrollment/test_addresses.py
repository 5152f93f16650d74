"""Where a code may go, and why it goes nowhere."""

from __future__ import annotations

import pytest

from radiusd.enrollment.addresses import Destination, mail_of, mobile_of


@pytest.mark.parametrize(
    ("address", "recipient", "hidden"),
    [
        ("alice@example.com", "alice@example.com", "a***e@example.com"),
        ("Alice@EXAMPLE.com", "Alice@example.com", "A***e@example.com"),
        (" alice@example.com ", "alice@example.com", "a***e@example.com"),
        ("ali+mfa@example.com", "ali+mfa@example.com", "a***a@example.com"),
        ("alice@corp.local", "alice@corp.local", "a***e@corp.local"),
        ("alice@mail.test", "alice@mail.test", "a***e@mail.test"),
        ("alice@örnek.example.com", "alice@xn--rnek-4qa.example.com", "a***e@örnek.example.com"),
        ("ışıl@example.com", "ışıl@example.com", "ı***l@example.com"),
    ],
)
def test_an_address(address, recipient, hidden):
    assert mail_of(address) == Destination(recipient, hidden)


@pytest.mark.parametrize("address", ["", "  "])
def test_no_address(address):
    assert mail_of(address) == "the user has no mail address"


@pytest.mark.parametrize(
    "address",
    [
        "alice",
        "alice at example.com",
        "alice@",
        "@example.com",
        "alice@localhost",
        "alice@example.invalid",
        "alice@[192.0.2.1]",
        "Alice <alice@example.com>",
        "alice@example.com,bob@example.com",
        "alice@example.com\r\nBcc: bob@example.com",
        "alice\r\nRCPT TO:<bob@example.com>\r\n@example.com",
        "al ice@example.com",
        f"{'a' * 300}@example.com",
    ],
)
@pytest.mark.row("S124")
def test_what_is_no_address(address):
    """S124, S19: what could end a line never reaches the mail server."""
    assert mail_of(address) == "the user's mail address is not one"


@pytest.mark.parametrize(
    ("number", "country", "recipient"),
    [
        ("05554443322", "TR", "+905554443322"),
        ("5554443322", "TR", "+905554443322"),
        ("0 (555) 444 33 22", "TR", "+905554443322"),
        ("+90 555 444 33 22", "TR", "+905554443322"),
        ("+90 555 444 33 22", "", "+905554443322"),
        ("00905554443322", "TR", "+905554443322"),
        ("+49 1512 3456789", "TR", "+4915123456789"),
    ],
)
def test_a_number(number, country, recipient):
    """D10: read in national form by phone_country."""
    found = mobile_of(number, country, ())
    assert isinstance(found, Destination)
    assert found.recipient == recipient
    assert found.hidden[-2:] == recipient[-2:]
    assert set(found.hidden[3:-2]) == {"*"}


def test_a_range_that_was_given_out_lately_is_not_refused():
    """What the plan of numbers does not know yet is a number all the same."""
    assert mobile_of("+905654443322", "TR", ("TR",)) == Destination("+905654443322", "+90********22")


@pytest.mark.parametrize(
    ("number", "country", "reason"),
    [
        ("", "TR", "the user has no mobile number"),
        (" ", "TR", "the user has no mobile number"),
        ("ann", "TR", "can not be read; write it with its country code"),
        ("05321112233", "", "can not be read; write it with its country code"),
        ("+999123456789", "TR", "can not be read; write it with its country code"),
        ("112", "TR", "too few or too many digits"),
        ("4443322", "TR", "too few or too many digits"),
        ("+90555444332200", "TR", "too few or too many digits"),
        ("5554443322 / 5324443322", "TR", "can not be read"),
    ],
)
def test_no_number(number, country, reason):
    told = mobile_of(number, country, ())
    assert isinstance(told, str)
    assert reason in told
    assert number.strip() == "" or number not in told


def test_sms_goes_to_the_countries_allowed_and_nowhere_else():
    assert isinstance(mobile_of("+905554443322", "TR", ("TR",)), Destination)
    assert isinstance(mobile_of("+4915123456789", "TR", ("TR", "DE")), Destination)
    assert isinstance(mobile_of("+4915123456789", "TR", ()), Destination)
    assert mobile_of("+4915123456789", "TR", ("TR",)) == (
        "the user's mobile number is of DE, and enrollment.countries has TR only"
    )


def test_a_number_of_no_one_country_goes_nowhere_where_countries_are_named():
    """+1 is of many countries, and this one of none of them."""
    assert isinstance(mobile_of("+15551234567", "TR", ()), Destination)
    told = mobile_of("+15551234567", "TR", ("US", "CA"))
    assert told == "the user's mobile number is of an unknown country, and enrollment.countries has US, CA only"
