"""2,000 users of another product move in with the hashes they have, sign in, and move on into an empty database."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import random
import sqlite3
from dataclasses import fields

from passlib.handlers.sha2_crypt import sha512_crypt

from radiusd.administration.users import everyone
from store import Store
from store.records import NewUser
from tests.servers.daemon import daemon, folder

COUNT = 2000
GROUPS = ("staff", "vpn", "guests", "Ünlü çalışanlar")
SHA512 = sha512_crypt.using(rounds=1000)  # crypt's least: it is not about how long it takes


def ssha(password, dice):
    salt = dice.randbytes(8)
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + salt).digest() + salt).decode()


def person(number, dice):
    """One line of the other product's file, and the password that the user knows."""
    password = f"long tulip {number}"
    hashed = ssha(password, dice) if number % 2 else SHA512.hash(password)
    return password, {
        "Login": f"user{number:04}",
        "Password": hashed,
        "Mail": f"user{number:04}@example.com",
        "First Name": dice.choice(("Ann", "Özgür", "Bo")),
        "User Groups": ";".join(dice.sample(GROUPS, dice.randint(0, 3))),
        "Static IP": f"10.9.{number // 250}.{number % 250 + 1}",
        "Expiry Date": dice.choice(("never", "2099-12-31", "2098-02-28")),
        "Active": dice.choice(("true", "true", "false")),
    }


def moved(place):
    """All that is known of each user but the password and when things were done."""
    store = Store.open("sqlite:///radiusd.db", place.path)
    try:
        listed = store.read_now(everyone)
    finally:
        store.close_now()
    return [
        [getattr(user, field.name) for field in fields(NewUser) if field.name != "password_hash"] for user in listed
    ]


def test_move_in_sign_in_move_on(tmp_path):
    dice = random.Random(7)
    people = [person(number, dice) for number in range(COUNT)]
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    here, another = folder(tmp_path / "old"), folder(tmp_path / "new")
    with (here.path / "theirs.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, people[0][1].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(line for _password, line in people)

    done = here.radiusd("user", "import", "theirs.csv")
    assert (done.code, done.err, done.out) == (0, "", f"{COUNT} users added, 0 changed, 0 left as they are\n")

    with daemon(here):
        for password, line in people[:12]:
            asked = here.radiusd("login", line["Login"], "--password-stdin", input=password + "\n")
            accepted = f"Access-Accept\n  Framed-IP-Address = {line['Static IP']}\n"
            assert (asked.out == accepted) is (line["Active"] == "true"), (line, asked)
            wrong = here.radiusd("login", line["Login"], "--password-stdin", input="long rose\n")
            assert wrong.out.startswith("Access-Reject")
    with sqlite3.connect(here.path / "radiusd.db") as database:
        hashes = dict(database.execute("SELECT username, password_hash FROM users"))
    database.close()
    for number, (_password, line) in enumerate(people):
        replaced = number < 12 and line["Active"] == "true"
        assert hashes[line["Login"]].startswith("$argon2id$" if replaced else line["Password"])

    assert here.radiusd("user", "export", "all.csv").code == 0
    text = (here.path / "all.csv").read_text()
    assert not any(part in text for part in ("{SSHA}", "$6$", "$argon2", "tulip"))
    done = another.radiusd("user", "import", str(here.path / "all.csv"))
    assert done.out == f"{COUNT} users added, 0 changed, 0 left as they are\n"
    assert moved(another) == moved(here)
    assert len(moved(another)) == COUNT
    assert {user["status"] for user in json.loads(another.radiusd("user", "list", "--json").out)} == {
        "enabled",
        "disabled",
    }
