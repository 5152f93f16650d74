"""`radiusd client`: what is typed, what is printed, the exit code."""

from __future__ import annotations

import itertools
import json
import re
import time

import pytest
import yaml

from config.models.clients import ClientSettings
from radiusd.nas import advice
from radiusd.nas.products import PRODUCTS
from store import Store, clients
from store.seen import Waits
from tests.servers.daemon import Folder

YAML = """
clients:
  fgt: {address: 192.0.2.1, secret: correct horse battery, application: boss, message_authenticator: optional}
  tik: {address: 192.0.2.2, secret: correct horse battery, application: mail, hold: 20s}
  old: {address: 192.0.2.3, secret: correct horse battery, application: plain, message_authenticator: optional}
  new: {address: 192.0.2.4, secret: correct horse battery, application: plain}
directories: {local: {type: local}}
mail_servers: {out: {type: smtp, host: mail.example.com, from_address: mfa@example.com}}
public_url: https://mfa.example.com
profiles:
  password-only: {method: password, directories: [local]}
  mailed: {method: mail_otp, directories: [local], mail_servers: [out], send_within: 15s}
  approved: {method: approved_otp, directories: [local], mail_servers: [out], default_recipient: boss@example.com}
  informed:
    {method: approved_otp, type: manager_information, directories: [local], mail_servers: [out],
     default_recipient: boss@example.com}
applications:
  boss: {profiles: [approved]}
  mail: {profiles: [password-only, mailed]}
  plain: {profiles: [informed]}
"""
CLIENT = {"address": "192.0.2.9", "secret": "correct horse battery", "application": "plain"}
SIGNED, UNSIGNED = "with_message_authenticator", "without_message_authenticator"
REFUSED = "discarded: no Message-Authenticator"


class Place:
    def __init__(self, path):
        self.folder = Folder(path, {})
        self.folder.yaml.write_text(YAML)
        self.store = Store.open(f"sqlite:///{path}/radiusd.db")

    def saw(self, client, waits=None, **counts):
        def write(connection):
            clients.add_counts(connection, client, counts, time.time())
            clients.learn_waits(connection, client, waits or Waits(), time.time())

        self.store.write_now(write)

    def radiusd(self, *words):
        return self.folder.radiusd("client", *words)

    def listed(self):
        return {row["client"]: row for row in json.loads(self.radiusd("list", "--json").out)}


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.store.close_now()


def test_nothing_was_seen(place):
    done = place.radiusd("list")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split()[:6] == ["CLIENT", "ADDRESS", "APPLICATION", "HOLD", "WAITS", "COPIES"]
    assert [line.split()[0] for line in lines[1:]] == ["fgt", "tik", "old", "new"]
    assert all("nothing seen yet" in line and "none seen yet" in line and "never" in line for line in lines[1:])


def test_habits_of_ports_and_identifiers(place):
    place.saw("fgt", Waits(timeout=5.0, tries=3, at_least=15.0, one_port=True), challenges=4)
    place.saw("old", Waits(timeout=1.0, tries=2, at_most=2.0, one_port=False, challenges_at=1.0))
    fgt, _tik, old, _new = place.radiusd("list").out.splitlines()[1:5]
    assert "5s x 3 or more, at least 15s" in fgt
    assert "the same octets, from one port" in fgt
    assert "none of 4 answered" in fgt
    assert "1s x 2, gives up after 2s" in old
    assert "same Identifier, each from a new port" in old
    assert "shown" in old
    assert [place.listed()[name]["one_port"] for name in ("fgt", "old", "new")] == [True, False, None]


def test_what_each_needs_to_wait(place):
    listed = place.listed()
    assert {name: (row["needs_seconds"], row["needs_because"]) for name, row in listed.items()} == {
        "fgt": (60.0, "profile approved holds the request until somebody decides"),
        "tik": (20.0, "radius.yaml says `hold` of it"),
        "old": (10.0, "a password is looked up"),
        "new": (10.0, "a password is looked up"),
    }
    place.folder.yaml.write_text(YAML.replace(", hold: 20s", ""))
    assert place.listed()["tik"]["needs_seconds"] == 17.0
    assert "profile mailed sends a code" in place.listed()["tik"]["needs_because"]


def test_who_gives_up_too_early_is_told(place):
    place.saw("fgt", Waits(timeout=5.0, tries=2, at_least=5.0, at_most=5.0, hold=5.0, one_port=True))
    place.saw("tik", Waits(at_most=3.3, hold=3.3))
    place.saw("new", Waits(at_most=11.0, hold=11.0))
    told = [line for line in place.radiusd("list").out.splitlines() if ": " in line]
    assert told == [
        "fgt: it gives up after 5s and needs 60s: profile approved holds the request until somebody decides",
        "fgt: what to set: radiusd client advice fgt",
        "tik: it gives up after 3.3s, before `hold: 20s` is over; raise its time-out, or lower hold",
        "tik: what to set: radiusd client advice tik",
    ]


def test_who_shows_no_challenge_and_who_does_not_sign_is_told(place):
    place.saw("fgt", Waits(challenges_at=1.0), challenges=40)
    place.saw("tik", challenges=9)
    place.saw("old", **{REFUSED: 5, SIGNED: 1})
    place.saw("new", challenges=40, **{REFUSED: 5})
    told = [line for line in place.radiusd("list").out.splitlines() if re.match(r"\w+: ", line)]
    assert [line.partition(";")[0] for line in told] == [
        "old: dropped 5 requests (no Message-Authenticator: 5)",
        "new: dropped 5 requests (no Message-Authenticator: 5)",
        "new: none of 40 challenges was answered",
        "new: 5 requests without Message-Authenticator were dropped",
        "new: what to set: radiusd client advice new",
    ]
    place.folder.yaml.write_text(YAML.replace("application: plain}", "application: plain, challenge: false}"))
    assert "challenges was answered" not in place.radiusd("list").out


def test_what_was_dropped_is_shown_by_why(place):
    """X71: docs/audit.md sends whoever finds no row in the audit here."""
    place.saw("fgt", requests=9, **{"discarded: wrong Message-Authenticator": 3, "discarded: overload": 1})
    lines = place.radiusd("list").out.splitlines()
    at = lines[0].index("DROPPED")
    by_name = {line.split()[0]: line[at:].split()[0] for line in lines[1:5]}
    assert by_name == {"fgt": "4", "tik": "0", "old": "0", "new": "0"}
    assert "fgt: dropped 4 requests (wrong Message-Authenticator: 3, overload: 1)" in lines
    assert not any(line.startswith("tik: dropped") for line in lines)


def test_who_may_be_made_to_sign(place):
    """9 of 12 sign: of those that always did, often enough, and need not yet."""
    place.saw("fgt", **{SIGNED: 40})
    place.saw("tik", **{SIGNED: 40})
    place.saw("old", **{SIGNED: 30, UNSIGNED: 1})
    assert {name: row["signs"] for name, row in place.listed().items()} == {
        "fgt": "always", "tik": "always", "old": "sometimes", "new": "unknown",
    }  # fmt: skip
    out = place.radiusd("list").out
    report = out[out.index("2 of 3") :].splitlines()
    assert report[0] == (
        "2 of 3 clients sign every request with Message-Authenticator; require it of this one now, in radius.yaml beside"
        " what they have; then `radiusd reload`:"
    )
    assert yaml.safe_load("\n".join(report[1:])) == {"clients": {"fgt": {"message_authenticator": "required"}}}
    assert "sent in 30 of 31 requests" in out


def test_few_requests_prove_nothing(place):
    place.saw("fgt", **{SIGNED: 9})
    place.saw("new", **{REFUSED: 5})
    out = place.radiusd("list").out
    assert out.endswith("1 of 2 clients sign every request with Message-Authenticator.\n")
    assert "required; never sent" in out


def test_advice(place):
    place.saw("fgt", Waits(timeout=5.0, tries=2, at_most=5.0, hold=5.0, one_port=True), **{SIGNED: 12})
    done = place.radiusd("advice", "fgt", "--nas", "fortigate")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == ("fgt must wait 60s for an answer: profile approved holds the request until somebody decides.")
    assert lines[1] == (
        "Seen of it: 5s x 2, gives up after 5s. Copies: the same octets, from one port. Challenges: none sent yet."
        " Signed: always sent."
    )
    assert lines[3] == (
        "Fortinet FortiGate as it comes: 2 tries 5s apart, gives up after 5s. With this: 4 tries 20s apart, gives up"
        " after 60s."
    )
    assert "        set remoteauthtimeout 60" in lines
    assert "            set timeout 20" in lines
    assert "            set require-message-authenticator enable" in lines
    at = lines.index("radius.yaml, once the NAS is set, beside what the client has; then `radiusd reload`:")
    assert yaml.safe_load("\n".join(lines[at + 1 : lines.index("Mind:")])) == {
        "clients": {"fgt": {"hold": "60s", "message_authenticator": "required"}}
    }


def test_advice_for_what_can_not_do_it_all(place):
    done = place.radiusd("advice", "fgt", "--nas", "openvpn").out
    assert "    wait=60\n" in done
    assert "        challenge: false\n" in done
    assert "- It shows no challenge" in done
    assert "message_authenticator: optional" not in done  # it is already
    assert "message_authenticator: optional" in place.radiusd("advice", "new", "--nas", "openvpn").out
    place.folder.yaml.write_text(YAML.replace("hold: 20s", "hold: 120s"))
    short = place.radiusd("advice", "tik", "--nas", "asa").out
    assert "- It cannot be made to wait 120s. Users are asked again meanwhile" in short
    assert "hold: 60s" in short


def test_advice_lets_in_who_does_not_sign(place):
    """X31: pam_radius of Debian 12, of which three requests were dropped; and where nothing was seen yet."""
    place.saw("new", **{REFUSED: 3})
    for name in ("new", "tik"):
        done = place.radiusd("advice", name, "--nas", "pam_radius").out
        assert "        message_authenticator: optional\n" in done
        assert "radius.yaml is right as it is" not in done
        assert "whoever is between can forge an Access-Accept (Blast-RADIUS, CVE-2024-3596)" in done


@pytest.mark.parametrize("signs", ["unknown", "never", "sometimes", "always"])
def test_required_is_advised_of_nobody_else_than_who_was_seen_to_sign_all(signs):
    for product, written in itertools.product(PRODUCTS, ("required", "optional", "auto")):
        client = ClientSettings.model_validate({**CLIENT, "message_authenticator": written})
        told = advice.to_write(product, client, 60.0, signs).get("message_authenticator", written)
        seen_or_said = signs == "always" or (product.signs == "always" and signs == "unknown" and written == "required")
        assert (told == "required") == seen_or_said


def test_required_is_advised_of_who_signed_enough(place):
    """pam_radius 3.0.0, where 2.0.0 of Debian 12 never does."""
    place.saw("fgt", **{SIGNED: 10})
    done = place.radiusd("advice", "fgt", "--nas", "pam_radius").out
    assert "        message_authenticator: required\n" in done
    assert "Blast-RADIUS" not in done


def test_who_serves_one_at_a_time_need_not_wait_for_a_decision(place):
    done = place.radiusd("advice", "fgt", "--nas", "ocserv").out
    assert "fgt must wait 10s for an answer: a password is looked up." in done
    assert "        one_at_a_time: true\n" in done
    assert "    radius_timeout 3\n" in done


def test_digests_are_told_of(place):
    done = place.radiusd("advice", "new", "--nas", "kamailio").out
    assert "- It speaks Digest, which radiusd refuses; what is above says what to do." in done


def test_eap_is_told_of(place):
    done = place.radiusd("advice", "new", "--nas", "strongswan").out
    assert "2 tries 2s apart" not in done
    assert "4 tries 2s apart, then longer, gives up after 14.2s" in done
    assert "- Its eap-radius plugin speaks EAP alone, which radiusd refuses" in done
    assert "        hold: 10s\n" in done


def test_no_nas_is_set_to_less_than_it_takes(place):
    """login-timeout of FortiOS is 10 at least."""
    place.folder.yaml.write_text(YAML.replace("hold: 20s", "hold: 5s"))
    done = place.radiusd("advice", "tik", "--nas", "fortigate").out
    assert "tik must wait 5s" in done
    assert "set login-timeout 12" in done


def test_a_proxy_between_is_thought_of_where_somebody_is_asked(place):
    """FreeRADIUS cuts response_window to max_request_time, and takes a server that is silent for longer for dead."""
    for words in (("fgt",), ("fgt", "--nas", "fortigate")):
        done = place.radiusd("advice", *words).out
        assert "Is a FreeRADIUS proxy between? It waits 30s at most" in done
        assert "Write `hold: 25s` then" in done
    assert "proxy between" not in place.radiusd("advice", "tik").out  # `hold: 20s`


def test_nothing_is_to_be_written(place):
    place.saw("tik", **{SIGNED: 12})
    assert "radius.yaml is right as it is." in place.radiusd("advice", "tik", "--nas", "fortigate").out


def test_advice_without_a_product(place):
    done = place.radiusd("advice", "new")
    assert done.code == 0
    assert "radiusd client advice new --nas PRODUCT" in done.out
    assert all(product.key in done.out for product in PRODUCTS)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("fgtt",), "radius.yaml has no client `fgtt`; did you mean `fgt`?"),
        (("zzzzzz",), "radius.yaml has no client `zzzzzz`; `radiusd client list` shows them"),
        (("fgt", "--nas", "fortigat"), "nothing is known of `fortigat`; did you mean `fortigate`?"),
        (("fgt", "--nas", "wumpus"), "nothing is known of `wumpus`; there are fortigate, pan-os,"),
    ],
)
def test_unknown_names(place, words, why):
    done = place.radiusd("advice", *words)
    assert (done.code, done.out) == (2, "")
    assert why in done.err


def test_secrets_are_not_shown(place):
    for words in (("list",), ("list", "--json"), ("advice", "fgt", "--nas", "openvpn")):
        done = place.radiusd(*words)
        assert done.code == 0
        assert "correct horse" not in done.out + done.err
