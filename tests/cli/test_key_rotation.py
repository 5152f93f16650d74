"""Another key is put first in `key_file`: secrets of authenticator apps are sealed anew, and no key goes that some need."""

from __future__ import annotations

import json
import re
import time

import pytest

from radiusd.administration import authenticators as administration
from radiusd.administration.changes import Administrator
from radiusd.handlers.soft_otp.enrolling import Enrolling, Person
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.process import key_file
from radiusd.process.key_file import sealing
from radiusd.rules import otpauth
from radiusd.rules.sealing import key_of
from radiusd.rules.time_steps import code, step_at
from store import Store, authenticators, users
from store.authenticators import place_of
from store.records import NewUser
from tests.servers.daemon import daemon
from tests.servers.running import hashed

ROOT = Administrator("root", "command line")
SECRET = re.compile(r"into the app: ([A-Z2-7 ]+)")


@pytest.fixture
def office(here):
    """`here` with codes of an app, and ann and bob, who have one each; `secrets` are what they were shown."""
    yaml = here.yaml.read_text()
    yaml = yaml.replace("profiles:\n", "profiles:\n  app: {method: soft_otp, directories: [local]}\n")
    here.yaml.write_text(yaml.replace("profiles: [password-only]", "profiles: [app]"))
    here.secrets = {name: with_an_app(here, name) for name in ("ann", "bob")}
    return here


def with_an_app(here, name):
    """A user who has one that is verified; its secret."""
    path = here.path / "radiusd.key"
    key_file.made(path)
    store = Store.open(f"sqlite:///{here.path}/radiusd.db")
    keys = key_file.keys(path)
    key_file.check(store, keys, path)
    enrolling = Enrolling(SoftOtpOptions(method="soft_otp", directories=("local",)), sealing(keys), [bytes(32)])
    user = store.write_now(lambda c: users.add(c, NewUser(username=name, password_hash=hashed("long tulip 9")), 1.0))
    person = Person("local", user.id, name)
    begun = store.write_now(lambda c: administration.add(c, ROOT, enrolling, person, time.time(), per_user=5))
    parameters = otpauth.read(begun.address.reveal()).parameters
    first = shown(parameters.secret, -1)
    store.write_now(lambda c: administration.confirm(c, ROOT, enrolling, begun.id, first, time.time()))
    store.close_now()
    return parameters.secret


def shown(secret, steps=0):
    parameters = otpauth.checked(secret, "sha1", 6, 30)
    return code(parameters, step_at(time.time(), 30) + steps)


def rows(office):
    store = Store.open(f"sqlite:///{office.path}/radiusd.db")
    found = store.read_now(authenticators.everybodys)
    store.close_now()
    return found


def rotated(office):
    """A new key stands first; the line before, and the one after."""
    path = office.path / "radiusd.key"
    before = path.read_text()
    (office.path / "new.key").unlink(missing_ok=True)
    key_file.made(office.path / "new.key")
    new = (office.path / "new.key").read_text()
    path.write_text(new + before)
    return before, new


def signs_in(office, name, steps=0):
    typed = shown(office.secrets[name], steps)
    return office.radiusd("login", name, "--password-stdin", "--code", typed, input="long tulip 9\n").code


def test_after_a_start_all_are_sealed_under_the_new_key(office):
    path = office.path / "radiusd.key"
    before = [row.secret for row in rows(office)]
    old, new = rotated(office)
    live = office.radiusd("check", "--live").out
    assert "2 of 2 are under older lines: a start of the server seals them anew" in live
    with daemon(office) as running:
        running.wait_for("sealed anew")
        assert signs_in(office, "ann") == 0
        after = rows(office)
        assert {key_of(row.secret) for row in after}.isdisjoint(map(key_of, before))
    path.write_text(new)
    sealed_by = sealing(key_file.keys(path))
    assert [sealed_by.open(row.secret, place_of(row.id)).decode() for row in after] == list(office.secrets.values())
    assert "older lines" not in office.radiusd("check", "--live").out
    with daemon(office):
        assert signs_in(office, "bob") == 0
    assert old != new


def test_a_key_that_is_needed_still_can_not_be_taken_away(office):
    _old, new = rotated(office)
    path = office.path / "radiusd.key"
    # As if the server had been started with both, and then nothing had been sealed anew.
    store = Store.open(f"sqlite:///{office.path}/radiusd.db")
    key_file.check(store, key_file.keys(path), path)
    store.close_now()
    path.write_text(new)
    told = "has lost a key (a line): 2 secrets of authenticator apps are sealed under it; put the line back"
    for words in (("run",), ("check",), ("check", "--live")):
        done = office.radiusd(*words)
        assert done.code != 0
        assert told in done.out + done.err, words


def test_between_rotation_and_restart_commands_seal_as_the_server_does(office):
    """What the running server could not open would let nobody in."""
    with daemon(office):
        rotated(office)
        out = office.radiusd("authenticator", "add", "ann").out
        secret = SECRET.search(out)[1].replace(" ", "")
        number = re.search(r"Authenticator (\w+) counts", out)[1]
        assert office.radiusd("authenticator", "verify", number, "--code", shown(secret, -1)).code == 0
        office.secrets["ann"] = secret
        assert signs_in(office, "ann") == 0


def test_with_a_user_who_is_removed_their_apps_go(office):
    assert office.radiusd("user", "remove", "ann", "--yes").code == 0
    [one] = json.loads(office.radiusd("authenticator", "list", "--json").out)
    assert one["user"] == "bob"
    assert office.radiusd("user", "bulk", "remove", "--all", "--yes").code == 0
    assert json.loads(office.radiusd("authenticator", "list", "--json").out) == []
