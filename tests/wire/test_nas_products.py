"""What is known of NASes: that it adds up, and that nothing is left to fill in."""

from __future__ import annotations

import math
import re

import pytest

from radiusd.nas.products import BY_KEY, PRODUCTS

WAITS = (5.0, 10.0, 17.0, 30.0, 60.0, 90.0, 120.0)
NAMED = (
    "fortigate", "asa", "ftd", "pan-os", "mikrotik", "openvpn", "strongswan", "pam_radius", "netscaler", "f5", "meraki",
    "juniper", "opnsense", "ocserv", "postgresql", "squid", "proftpd", "apache", "pppd", "kamailio", "freeradius",
    "radsecproxy", "hostapd",
)  # fmt: skip
ALL = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)


def test_all_that_were_promised_are_here():
    assert sorted(BY_KEY) == sorted(NAMED)


@pytest.mark.parametrize(
    ("key", "copies", "gives_up"),
    [
        ("fortigate", (0, 5), 5),
        ("asa", (0, 10, 20), 30),
        ("pan-os", (0, 3, 6), 9),
        ("openvpn", (0, 1), 1),
        ("strongswan", (0, 2, 4.8, 8.72), 14.208),
        ("pam_radius", (0,), 3),
        ("meraki", (0, 5, 10), 15),
        # Measured: what was on the wire.
        ("ocserv", (0, 10, 20, 30), 40),
        ("postgresql", (0,), 3),
        ("squid", tuple(range(10)), 10),
        ("proftpd", (0,), 5),
        ("apache", (0,), 5),
        ("pppd", (0, 10, 20), 30),
        ("kamailio", (0, 10, 20, 30), 40),
        ("freeradius", (0,), 30),
        ("radsecproxy", (0, 5, 10), 15),
        ("hostapd", (0, 3, 9, 21), 45),
    ],
)
def test_what_each_sends_as_it_comes(key, copies, gives_up):
    product = BY_KEY[key]
    sent = product.copies(product.default_timeout_seconds, product.default_tries)
    assert sent == pytest.approx(copies)
    assert product.default_wait_seconds == pytest.approx(gives_up)


@ALL
@pytest.mark.parametrize("wait", WAITS)
def test_what_is_recommended_is_long_enough_or_the_longest(product, wait):
    timeout, tries = product.recommended_timeout_seconds(wait), product.recommended_tries(wait)
    assert timeout == math.ceil(timeout) or timeout == product.longest_timeout_seconds
    assert 0 < timeout <= product.longest_timeout_seconds
    assert product.preferred_tries <= tries <= product.most_tries
    waits = product.recommended_wait(wait)
    assert waits >= wait or waits == product.longest_timeout < wait
    assert waits <= max(wait + 15, product.waits(1, product.preferred_tries), product.default_wait_seconds)


@ALL
def test_as_it_comes_it_is_within_what_can_be_set(product):
    assert product.default_wait_seconds <= product.longest_timeout
    assert product.default_timeout_seconds <= product.longest_timeout_seconds


@ALL
@pytest.mark.parametrize("wait", WAITS)
def test_nothing_is_left_to_fill_in(product, wait):
    steps = product.commands(wait)
    text = "\n".join(line for step in steps for line in (step.where, *step.lines))
    assert not re.search(r"\$\{?(timeout|tries|retries|wait|longer)\b", text)
    assert all(step.where and step.lines for step in steps)
    assert product.source
    assert product.challenge
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    if product.can_be_set and product.key != "opnsense":  # its tries are fixed
        assert {math.ceil(product.recommended_wait(wait)), int(product.recommended_timeout_seconds(wait))} & numbers


@ALL
def test_how_it_signs_is_told(product):
    told = " ".join((*product.cautions, *(step.where for step in product.signing)))
    assert bool(product.signing) == (product.signs == "when set")
    assert ("No setting for Message-Authenticator" in told) == (product.signs == "unknown")


def test_only_openvpn_sends_from_new_ports():
    assert [product.key for product in PRODUCTS if not product.retransmits_same_port] == ["openvpn"]
    assert all(product.same_identifier for product in PRODUCTS)
    others = {product.key: product.speaks for product in PRODUCTS if product.speaks != "PAP"}
    assert others == {"strongswan": "EAP", "kamailio": "Digest"}


@ALL
def test_what_was_seen_has_its_versions(product):
    assert bool(product.seen) == bool(product.measured)
    assert not product.measured or re.search(r"\d\.\d", product.measured)
