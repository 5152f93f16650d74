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
    ((), "say for whom: --group NAME, --from FILE or --all"),
    (("--group", "stafff"), "there is no group stafff; did you mean staff?"),
    (("--from", "missing.csv"), "missing.csv can not be read: No such file or directory"),
    (("--from", "names.csv"), "there is no user ane; did you mean ann?"),
]


@pytest.mark.parametrize(("words", "message"), FAULTS)
def test_nobody_is_taken_for_somebody_else(three, words, message):
    (three.path / "names.csv").write_text("ane\nbob\n")
    done = three.radiusd("user", "bulk", "expires", "2090-01-01", *words, "--yes")
    assert done.code == 2
    assert message in done.err
    assert users(three)["bob"]["expires"] is None
