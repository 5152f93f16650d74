"""Who asks, as far as it can be believed, and who asks too often."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.datastructures import Headers

from radiusd.web.guesses import MOST, MOST_SOURCES, Guesses
from radiusd.web.sources import is_loopback, is_ours, source_of

TRUSTED = tuple(map(ip_network, ("10.0.0.0/8", "2001:db8:1::/48")))


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),  # no proxy of ours
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),  # what the client wrote itself
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),  # two proxies
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),  # in two headers
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, <script>"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("2001:db8:1::5", ["2001:db8::7"], "2001:db8::7"),
        ("2001:db8:2::5", ["2001:db8::7"], "2001:db8:2::5"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_proxies_are_believed_where_they_are_ours(peer, forwarded, source):
    assert source_of(peer, forwarded, TRUSTED) == source


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "::1"])
def test_names_of_this_machine(name):
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", "[2001:db8::1]"])
def test_names_of_others(name):
    assert not is_loopback(name)


def test_an_origin_is_compared_with_the_host():
    assert is_ours(Headers({"origin": "https://MFA.example.com", "host": "mfa.example.com"}))
    assert not is_ours(Headers({"origin": "https://mfa.example.com", "host": "mfa.example.com:8443"}))
    assert not is_ours(Headers({"origin": "https://mfa.example.com"}))


def test_guesses_are_counted_for_a_minute():
    guesses = Guesses()
    for _ in range(MOST):
        assert not guesses.too_many("192.0.2.1", 100.0)
        guesses.wrong("192.0.2.1", 100.0)
    assert guesses.too_many("192.0.2.1", 159.0)
    assert not guesses.too_many("192.0.2.2", 159.0)
    assert not guesses.too_many("192.0.2.1", 160.0)
    guesses.wrong("192.0.2.1", 161.0)
    assert not guesses.too_many("192.0.2.1", 161.0)


def test_a_network_of_ipv6_is_one_source():
    guesses = Guesses()
    for number in range(MOST):
        guesses.wrong(f"2001:db8::{number:x}", 100.0)
    assert guesses.too_many("2001:db8::ffff", 100.0)
    assert not guesses.too_many("2001:db8:0:1::1", 100.0)


def test_guesses_take_a_bounded_memory():
    guesses = Guesses()
    for number in range(MOST_SOURCES + 100):
        guesses.wrong(f"host {number}", 100.0)
    assert len(guesses._seen) == MOST_SOURCES
