"""The form of an address that is sent to, and the form that is compared (D16)."""

from __future__ import annotations

import pytest

from radiusd.rules.mail_addresses import compared, mailbox


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("ann@example.com", "ann@example.com"),
        (" ann@Example.COM ", "ann@example.com"),
        ("Ann.O'Neil+x@example.com", "Ann.O'Neil+x@example.com"),
        ("idn@bücher.example", "idn@xn--bcher-kva.example"),
        ("idn@BÜCHER.example", "idn@xn--bcher-kva.example"),
        ("idn@bu\u0308cher.example", "idn@xn--bcher-kva.example"),
        ("idn@XN--BCHER-KVA.example", "idn@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@şirket.com.tr", "ann@xn--irket-idb.com.tr"),
        ("ayşe@example.com", "ayşe@example.com"),
        ("ann@mail_host", "ann@mail_host"),
    ],
)
def test_it_is_sent_to_as_the_dns_has_it(written, sent):
    assert mailbox(written) == sent


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("idn@bücher.example", "idn@xn--bcher-kva.example"),
        ("idn@bücher.example", "IDN@Xn--BCHER-kva.EXAMPLE."),
        ("idn+boss@bücher.example", "idn@xn--bcher-kva.example"),
        ("AYŞE@example.com", "ayşe@example.com"),
        ("ann@\uff45xample.com", "ann@example.com"),
        ("ann@example.com", "\uff21nn@example.com"),
    ],
)
def test_two_of_one_mailbox_are_equal(one, other):
    assert compared(one) == compared(other)


def test_two_mailboxes_are_not_equal():
    written = [
        "ann@straße.example",
        "ann@strasse.example",
        "ann@bücher.example",
        "ann@bucher.example",
        "a.nn@bucher.example",
    ]
    assert len(set(map(compared, written))) == len(written)
