"""`radiusd user bulk`: new passwords and another expiration date for many users at once (S225, S226)."""

from __future__ import annotations

import csv
import json

import pytest

from tests.servers.daemon import daemon

USERS = """username,password,email,groups,expires
ann,long tulip 9,ann@example.com,staff,2098-12-31
bob,long tulip 9,bob@example.com,staff;vpn,never
cid,,cid@example.com,guests,never
"""


def users(here):
    return {user["username"]: user for user in json.loads(here.radiusd("user", "list", "--json").out)}


@pytest.fixture
def three(here):
    (here.path / "users.csv").write_text(USERS)
    assert here.radiusd("user", "import", "users.csv").code == 0
    return here


@pytest.mark.row("S225")
def test_new_passwords_are_in_a_file_of_their_owner_alone(three):
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--group", "staff", "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out == "2 users have new passwords, written to new.csv\n"
    file = three.path / "new.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    rows = {row["username"]: row for row in csv.DictReader(file.read_text().splitlines())}
    assert rows.keys() == {"ann", "bob"}
    assert rows["ann"]["email"] == "ann@example.com"
    words = {row["password"] for row in rows.values()}
    assert len(words) == 2
    with daemon(three):
        old = three.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        new = three.radiusd("login", "ann", "--password-stdin", input=rows["ann"]["password"] + "\n")
    assert ("Access-Reject" in old.out, new.out) == (True, "Access-Accept\n")
    audited = three.radiusd("audit", "--json").out
    assert not any(word in audited for word in words)


def test_only_who_has_none(three):
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--without-password", "--yes")
    assert done.out == "1 user has a new password, written to new.csv\n"
    assert [row["username"] for row in csv.DictReader((three.path / "new.csv").read_text().splitlines())] == ["cid"]


def test_an_old_file_of_passwords_is_not_overwritten(three):
    (three.path / "new.csv").write_text("in use")
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--all", "--yes")
    assert done.code == 2
    assert "new.csv is there already, and may hold passwords that are in use; name another file" in done.err
    assert (three.path / "new.csv").read_text() == "in use"


def test_passwords_go_to_no_terminal_and_to_no_file_of_that_name(three):
    """X72: `-` is standard output elsewhere; here it would be a file called so, or passwords on a screen."""
    done = three.radiusd("user", "bulk", "passwords", "-", "--all", "--yes")
    assert (done.code, done.out) == (2, "")
    assert "passwords are written to a file that only its owner may read; name one" in done.err
    assert not (three.path / "-").exists()


def test_a_dry_run_names_them(three):
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--all", "--dry-run")
    assert done.out == "ann\nbob\ncid\n3 users would get a new password each\n"
    assert not (three.path / "new.csv").exists()


def test_whoever_does_not_confirm_changes_nothing(three):
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--all", input="n\n")
    assert done.code == 1
    assert "Give 3 users new passwords? The old ones end at once." in done.out
    assert "nothing was changed" in done.err
    assert not (three.path / "new.csv").exists()


@pytest.mark.row("S226")
def test_another_expiration_date(three):
    done = three.radiusd("user", "bulk", "expires", "2098-12-31", "--group", "staff", "--dry-run")
    assert done.out == "bob never -> 2098-12-31\n1 user would be changed, 1 had that date already\n"
    done = three.radiusd("user", "bulk", "expires", "2098-12-31", "--group", "staff", "--yes")
    assert done.out == "1 user changed, 1 had that date already\n"
    assert [users(three)[name]["expires"] is None for name in ("ann", "bob", "cid")] == [False, False, True]
    assert users(three)["ann"]["expires"] == users(three)["bob"]["expires"]
    done = three.radiusd("user", "bulk", "expires", "never", "--all", "--yes")
    assert done.out == "2 users changed, 1 had that date already\n"


def test_a_date_that_has_passed_is_told(three):
    done = three.radiusd("user", "bulk", "expires", "2020-01-01", "--all", input="n\n")
    assert "That day has passed: they can not sign in then." in done.out


@pytest.mark.parametrize("text", ["ann\ncid\n", "email,username\nx,ann\ny,cid\n"])
def test_users_named_in_a_file(three, text):
    (three.path / "names.csv").write_text(text)
    done = three.radiusd("user", "bulk", "expires", "2090-01-01", "--from", "names.csv", "--yes")
    assert done.out == "2 users changed, 0 had that date already\n"
    assert users(three)["bob"]["expires"] is None


FAULTS = [
    ((), "say for whom: --group NAME, --from FILE, --not-in FILE or --all"),
    (("--group", "staff", "--all"), "--group and --all choose differently: give one of them. Nothing was changed"),
    (("--group", "staff", "--from", "names.csv"), "--group and --from choose differently"),
    (("--from", "names.csv", "--all"), "--from and --all choose differently"),
    (("--from", "empty.csv"), "empty.csv names nobody"),
    (("--not-in", "others.csv"), "the list has none of these users: every one of them would be missing"),
    (("--group", "stafff"), "there is no group stafff; did you mean staff?"),
    (("--from", "missing.csv"), "missing.csv can not be read: No such file or directory"),
    (("--from", "names.csv"), "there is no user ane; did you mean ann?"),
]


@pytest.mark.parametrize(("words", "message"), FAULTS)
def test_nobody_is_taken_for_somebody_else(three, words, message):
    (three.path / "names.csv").write_text("ane\nbob\n")
    (three.path / "empty.csv").write_text("username,email\n")
    (three.path / "others.csv").write_text("username\nzoe\nyan\n")
    done = three.radiusd("user", "bulk", "expires", "2090-01-01", *words, "--yes")
    assert done.code == 2
    assert message in done.err
    assert users(three)["bob"]["expires"] is None


def test_who_names_a_group_never_resets_everybody(three):
    """X69: a selection beside --all was no selection."""
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--group", "guests", "--all", "--yes")
    assert (done.code, done.out) == (2, "")
    assert "--group and --all choose differently" in done.err
    assert not (three.path / "new.csv").exists()
    only = three.radiusd("user", "bulk", "passwords", "new.csv", "--group", "guests", "--yes")
    assert only.out == "1 user has a new password, written to new.csv\n"


def test_without_password_leaves_fewer_of_a_group(three):
    done = three.radiusd("user", "bulk", "passwords", "new.csv", "--group", "staff", "--without-password", "--yes")
    assert (done.code, done.err) == (1, "radiusd: there is no such user; nothing was changed\n")


def test_disabled_enabled_and_removed_at_once(three):
    """X70: each in one transaction, with a row in the audit for each user."""
    done = three.radiusd("user", "bulk", "disable", "--group", "staff", input="y\n")
    assert done.out.endswith("2 users disabled\n")
    assert {name: user["enabled"] for name, user in users(three).items()} == {"ann": False, "bob": False, "cid": True}
    again = three.radiusd("user", "bulk", "disable", "--all", "--yes")
    assert again.out == "1 user disabled, 2 stay as they are\n"
    (three.path / "back.csv").write_text("ann\n")
    assert three.radiusd("user", "bulk", "enable", "--from", "back.csv", "--yes").out == "1 user enabled\n"
    assert three.radiusd("user", "bulk", "remove", "--group", "staff", "--dry-run").out == (
        "ann\nbob\n2 users would be removed\n"
    )
    no = three.radiusd("user", "bulk", "remove", "--group", "staff", input="n\n")
    assert (no.code, users(three).keys()) == (1, {"ann", "bob", "cid"})
    assert three.radiusd("user", "bulk", "remove", "--group", "staff", "--yes").out == "2 users removed\n"
    assert users(three).keys() == {"cid"}
    rows = json.loads(three.radiusd("audit", "--json").out)
    told = [(row["user"], row["reason"].partition(" by ")[0]) for row in rows]
    assert told[3:] == [
        ("ann", "user disabled"),
        ("bob", "user disabled"),
        ("cid", "user disabled"),
        ("ann", "user enabled"),
        ("ann", "user removed"),
        ("bob", "user removed"),
    ]


def test_groups_are_joined_and_left_at_once(three):
    assert three.radiusd("user", "bulk", "join", "vpn", "--all", "--yes").out == (
        "2 users put into vpn, 1 stay as they are\n"
    )
    assert {name: set(user["groups"]) for name, user in users(three).items()} == {
        "ann": {"staff", "vpn"},
        "bob": {"staff", "vpn"},
        "cid": {"guests", "vpn"},
    }
    assert three.radiusd("user", "bulk", "leave", "staff", "--group", "staff", "--yes").out == (
        "2 users taken out of staff\n"
    )
    assert {name: set(user["groups"]) for name, user in users(three).items()} == {
        "ann": {"vpn"},
        "bob": {"vpn"},
        "cid": {"guests", "vpn"},
    }
    assert three.radiusd("user", "bulk", "join", "a;b", "--all", "--yes").code == 2


def test_who_is_in_the_file_no_more(three):
    """X70: new names in it are nobody's yet, and say nothing."""
    (three.path / "hr.csv").write_text("login;mail\nbob;b@example.com\nnew;n@example.com\n")
    listed = three.radiusd("user", "list", "--not-in", "hr.csv", "--json")
    assert [user["username"] for user in json.loads(listed.out)] == ["ann", "cid"]
    named = three.radiusd("user", "bulk", "disable", "--not-in", "hr.csv", "--group", "staff", "--dry-run")
    assert named.out == "ann\n1 user would be disabled\n"
    assert three.radiusd("user", "bulk", "disable", "--not-in", "hr.csv", "--yes").out == "2 users disabled\n"
    assert {name: user["enabled"] for name, user in users(three).items()} == {"ann": False, "bob": True, "cid": False}
