"""Local users on the command line (S199 to S220, S227): what is typed, what is printed, the exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.daemon import COMMAND, daemon
from tests.servers.terminal import terminal


def users(here):
    return {user["username"]: user for user in json.loads(here.radiusd("user", "list", "--json").out)}


def added(here, name="ann", *words, password="long tulip 9"):
    done = here.radiusd("user", "add", name, "--password-stdin", *words, input=password + "\n")
    assert (done.code, done.err) == (0, ""), done
    return done


@pytest.mark.row("S200", "S202", "S203", "S204", "S205", "S206", "S207", "S209", "S210", "S211", "S212", "S213", "S227")
def test_every_field(here):
    done = added(
        here, "Ann", "--first-name", "Ann", "--last-name", "Öz", "--email", "ann@EXAMPLE.com",
        "--phone", "05554443322", "--group", "staff", "--group", "vpn users", "--framed-ip-address", "10.1.2.3",
        "--sponsor-name", "Bo Boss", "--sponsor-email", "bo@example.com", "--sponsor-phone", "+49 30 1234567",
        "--expires", "2099-12-31", "--description", "works from home", "--language", "tr",
    )  # fmt: skip
    assert done.out == "Ann is added\n"
    [user] = users(here).values()
    assert {key: user[key] for key in user if not key.endswith("_at")} == {
        "username": "ann",
        "shown_as": "Ann",
        "first_name": "Ann",
        "last_name": "Öz",
        "email": "ann@example.com",
        "phone": "+905554443322",
        "groups": ["staff", "vpn users"],
        "framed_ip_address": "10.1.2.3",
        "sponsor_name": "Bo Boss",
        "sponsor_email": "bo@example.com",
        "sponsor_phone": "+49301234567",
        "expires": "2099-12-31",
        "description": "works from home",
        "language": "tr",
        "reply": [],
        "hours": [],
        "clients": [],
        "applications": [],
        "must_change_password": False,
        "enabled": True,
        "status": "enabled",
    }
    assert user["expires_at"] == "2099-12-31T21:00:00.000Z"
    assert json.loads(here.radiusd("user", "show", "ann", "--json").out) == user


def test_show(here):
    added(
        here, "ann", "--first-name", "Ann", "--email", "ann@example.com", "--expires", "2099-12-31", "--group", "staff"
    )
    lines = here.radiusd("user", "show", "ANN").out.splitlines()
    shown = dict(line.split("  ", 1) for line in lines)
    assert {key.strip(): value.strip() for key, value in shown.items() if key.strip() not in {"Added", "Changed"}} == {
        "Username": "ann",
        "Name": "Ann",
        "Status": "enabled",
        "Expires": "2099-12-31",
        "Email": "ann@example.com",
        "Groups": "staff",
    }


@pytest.mark.row("S201")
def test_list(here):
    """Username, e-mail, expiration date and status (S201)."""
    added(here, "ann", "--email", "ann@corp.local", "--expires", "2099-12-31")
    added(here, "bob")
    here.radiusd("user", "disable", "bob")
    heading, ann, bob = here.radiusd("user", "list").out.splitlines()
    assert heading.split() == ["USERNAME", "NAME", "EMAIL", "GROUPS", "EXPIRES", "STATUS"]
    assert ann.split() == ["ann", "ann@corp.local", "2099-12-31", "enabled"]
    assert bob.split() == ["bob", "never", "disabled"]


BAD = [
    (("--email", "ann.example.com"), "--email: ann.example.com is no e-mail address"),
    (("--phone", "0555444"), "--phone: 0555444 is no phone number"),
    (("--phone", "+90 555 444 33 22 x12"), "has an extension, which no message reaches"),
    (("--phone", "0212"), "--phone: 0212 is no phone number"),
    (("--framed-ip-address", "10.1.2.300"), "10.1.2.300 is no IPv4 address"),
    (("--framed-ip-address", "224.0.0.1"), "cannot be the address of a user's device"),
    (("--framed-ip-address", "0.0.0.0"), "cannot be the address of a user's device"),
    (("--expires", "12/31/2099"), "12/31/2099 is no date"),
    (("--expires", "2099-02-30"), "2099-02-30 is no date"),
    (("--language", "de"), "--language: de is not among en, tr"),
    (("--description", "two\nlines"), "--description: line breaks"),
    (("--group", "a;b"), "--group: a;b has a semicolon"),
    (("--sponsor-email", "bo@"), "--sponsor-email: bo@ is no e-mail address"),
    (("--sponsor-phone", "phone"), "--sponsor-phone: phone is no phone number"),
    (("--first-name", "x" * 251), "--first-name: 251 characters are too many"),
]


@pytest.mark.parametrize(("words", "sentence"), BAD)
def test_a_bad_value_is_one_sentence(here, words, sentence):
    done = here.radiusd("user", "add", "ann", "--password-stdin", *words, input="long tulip 9\n")
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


def test_all_bad_values_are_told_at_once(here):
    words = [word for each, _sentence in BAD[:2] for word in each]
    done = here.radiusd("user", "add", "ann\N{ZERO WIDTH SPACE}", *words, "--random")
    assert (done.code, len(done.err.splitlines())) == (2, 3)
    assert users(here) == {}


@pytest.mark.parametrize("name", ["", "  ", "an\x07n", "a" * 254])
def test_bad_usernames(here, name):
    done = here.radiusd("user", "add", name, "--random")
    assert (done.code, done.out) == (2, "")
    assert "is no username" in done.err


@pytest.mark.row("S204")
def test_names_are_kept_in_normal_form(here):
    """D21: ann, Ann and ANN are one person."""
    added(here, "Ann")
    done = here.radiusd("user", "add", "ANN", "--random")
    assert done.code == 1
    assert done.err == "radiusd: there is a user ann already; radiusd user edit ann changes it\n"


@pytest.mark.row("S215", "S218")
def test_edit_changes_only_what_is_given(here):
    added(here, "ann", "--email", "ann@example.com", "--group", "staff", "--framed-ip-address", "10.1.2.3")
    before = users(here)["ann"]
    done = here.radiusd("user", "edit", "ann", "--phone", "05554443322", "--group", "guests", "--group", "vpn")
    assert (done.code, done.out) == (0, "ann is changed: phone, groups\n")
    after = users(here)["ann"]
    changed = {key for key in after if after[key] != before[key]}
    assert changed - {"changed_at"} == {"phone", "groups"}
    assert after["groups"] == ["guests", "vpn"]


def test_an_empty_text_clears_a_field(here):
    added(here, "ann", "--email", "ann@example.com", "--group", "staff", "--framed-ip-address", "10.1.2.3",
          "--expires", "2099-12-31")  # fmt: skip
    done = here.radiusd(
        "user", "edit", "ann", "--email", "", "--group", "", "--framed-ip-address", "", "--expires", "never"
    )
    assert done.code == 0
    ann = users(here)["ann"]
    assert (ann["email"], ann["groups"], ann["framed_ip_address"], ann["expires"]) == ("", [], None, None)


def test_edit_without_anything(here):
    added(here)
    done = here.radiusd("user", "edit", "ann")
    assert done.code == 2
    assert "nothing to change" in done.err


def test_an_address_is_one_users(here):
    added(here, "ann", "--framed-ip-address", "10.1.2.3")
    done = here.radiusd("user", "add", "bob", "--random", "--framed-ip-address", "10.1.2.3")
    assert (done.code, done.err) == (2, "radiusd: --framed-ip-address: 10.1.2.3 is ann's already\n")
    assert here.radiusd("user", "edit", "ann", "--framed-ip-address", "10.1.2.3").code == 0
    added(here, "bob", "--framed-ip-address", "10.1.2.4")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("show", "annn"), "annn"),
        (("edit", "annn", "--email", ""), "annn"),
        (("disable", "annn"), "annn"),
        (("remove", "annn", "--yes"), "annn"),
        (("password", "annn", "--random"), "annn"),
    ],
)
def test_an_unknown_user_and_the_nearest_name(here, words, name):
    added(here)
    done = here.radiusd("user", *words)
    assert (done.code, done.err) == (1, f"radiusd: there is no user {name}; did you mean ann?\n")


@pytest.mark.row("S219", "S220")
def test_disable_and_enable(here):
    added(here)
    assert here.radiusd("user", "disable", "ann").out == "ann is disabled\n"
    assert users(here)["ann"]["status"] == "disabled"
    assert here.radiusd("user", "disable", "ann").out == "ann is disabled already\n"
    assert here.radiusd("user", "enable", "ann").out == "ann is enabled\n"
    assert users(here)["ann"]["status"] == "enabled"


@pytest.mark.row("S209", "S217")
def test_an_account_that_has_expired(here):
    """S209, S217: the day itself still counts, and a later date brings the user back."""
    done = here.radiusd("user", "add", "ann", "--random", "--expires", "2020-01-01")
    assert done.code == 0
    assert "has passed" in done.err
    assert users(here)["ann"]["status"] == "expired"
    assert here.radiusd("user", "edit", "ann", "--expires", "2099-01-01T18:00").err == ""
    assert users(here)["ann"]["expires"] == "2099-01-01T18:00:00+03:00"
    assert users(here)["ann"]["status"] == "enabled"


def test_remove_asks(here):
    added(here)
    done = here.radiusd("user", "remove", "ann", input="n\n")
    assert done.code == 1
    assert "ann" in users(here)
    assert here.radiusd("user", "remove", "ann", input="y\n").code == 0
    assert users(here) == {}
    added(here)
    assert here.radiusd("user", "remove", "ann", "--yes").out == "ann is removed\n"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "fewer than 8 characters"),
        ("password1", "common"),
        ("ann12345", "own name"),
        ("x" * 129, "more than 128 octets"),
    ],
)
def test_passwords_that_are_refused(here, password, sentence):
    done = here.radiusd("user", "add", "ann", "--password-stdin", input=password + "\n")
    assert done.code == 2
    assert sentence in done.err
    assert password not in done.err + done.out


@pytest.mark.row("S208")
def test_at_a_terminal_the_password_is_typed_twice_and_never_shown(here):
    command = [*COMMAND, "user", "add", "ann"]
    with terminal(command, here.path, here.env()) as typed:
        typed.answers("Password: ", "long tulip 9")
        typed.answers("Repeat for confirmation: ", "long tulip 8")
        typed.answers("Password: ", "long rose 7")
        typed.answers("Repeat for confirmation: ", "long rose 7")
    assert "do not match" in typed.shown
    assert "tulip" not in typed.shown
    assert "rose" not in typed.shown
    with daemon(here):
        assert here.radiusd("login", "ann", "--password-stdin", input="long rose 7\n").out == "Access-Accept\n"
        assert here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 1


def test_a_password_without_terminal_or_option(here):
    done = here.radiusd("user", "add", "ann")
    assert done.code == 2
    assert "--password-stdin" in done.err


def test_an_empty_standard_input(here):
    done = here.radiusd("user", "add", "ann", "--password-stdin")
    assert done.code == 2
    assert "no first line" in done.err


def test_a_random_password_is_printed_once(here):
    done = here.radiusd("user", "add", "ann", "--random")
    first, second = done.out.splitlines()
    assert first == "ann is added"
    word = second.removeprefix("Password: ")
    assert len(word) >= 16
    again = here.radiusd("user", "password", "ann", "--random").out.splitlines()[1].removeprefix("Password: ")
    assert again != word
    assert word not in here.radiusd("user", "show", "ann", "--json").out


@pytest.mark.row("S41", "S216")
def test_every_change_is_in_the_audit(here):
    """With the operating system's user, and without a password."""
    added(here, password="long tulip 9")
    here.radiusd("user", "edit", "ann", "--email", "ann@example.com")
    here.radiusd("user", "disable", "ann")
    here.radiusd("user", "password", "ann", "--password-stdin", input="longer rose 7\n")
    here.radiusd("user", "remove", "ann", "--yes")
    done = here.radiusd("audit", "--json")
    rows = json.loads(done.out)
    reasons = [row["reason"].partition(" by ") for row in rows]
    assert [what for what, _by, _who in reasons] == [
        "user added",
        "user changed: email",
        "user disabled",
        "password set",
        "user removed",
    ]
    assert all(who for _what, _by, who in reasons)
    assert {(row["outcome"], row["user"], row["directory"]) for row in rows} == {("admin", "ann", "local")}
    assert "tulip" not in done.out
    assert "rose" not in done.out


def test_without_a_directory_for_them(here):
    here.yaml.write_text(here.yaml.read_text().replace("local: {type: local}", "").replace(
        "profiles:\n  password-only: {method: password, directories: [local]}\n", "").replace(
        "vpn: {profiles: [password-only]}", "").replace("applications:", "").replace(", application: vpn", ""))  # fmt: skip
    assert here.radiusd("user", "add", "ann", "--random").code == 2


def names(here, *words):
    done = here.radiusd("user", "list", *words, "--json")
    assert (done.code, done.err) == (0, "")
    return [user["username"] for user in json.loads(done.out)]


def test_the_list_shows_whom_one_looks_for(here):
    """X70: part of a name, address or number in any case, a group, a status; all that is given must fit."""
    added(
        here, "ann", "--last-name", "ÖZGÜR", "--email", "ann@corp.local", "--group", "staff", "--phone", "05554443322"
    )
    added(here, "bob", "--group", "staff", "--expires", "2099-12-31")
    here.radiusd("user", "add", "cid", "--random", "--expires", "2020-01-01")
    here.radiusd("user", "disable", "bob")
    assert names(here, "--search", "özg") == ["ann"]
    assert names(here, "--search", "CORP.local") == ["ann"]
    assert names(here, "--search", "444332") == ["ann"]
    assert names(here, "--group", "staff") == ["ann", "bob"]
    assert names(here, "--group", "staff", "--status", "disabled") == ["bob"]
    assert names(here, "--status", "expired") == ["cid"]
    assert names(here, "--search", "nobody") == []
    assert here.radiusd("user", "list", "--group", "staff", "--count").out == "2\n"
    assert here.radiusd("user", "list", "--count").out == "3\n"
    near = here.radiusd("user", "list", "--group", "stuff")
    assert (near.code, near.err) == (2, "radiusd: there is no group stuff; did you mean staff?\n")
    assert (
        "--status: gone is not among enabled, disabled, expired" in here.radiusd("user", "list", "--status", "gone").err
    )


def test_who_is_renamed_stays_the_same_user(here):
    """X70: the password, a block and the history stay theirs; either name leads to the other in the audit."""
    added(here, "ann", "--email", "ann@example.com")
    added(here, "bob")
    here.radiusd("block", "add", "ann")
    done = here.radiusd("user", "rename", "ann", "Ann.Öz")
    assert (done.code, done.err, done.out) == (0, "", "ann is Ann.Öz now\n")
    assert users(here).keys() == {"ann.öz", "bob"}
    assert here.radiusd("block", "remove", "ann.öz").out == "the block of ann is removed\n"
    with daemon(here):
        new = here.radiusd("login", "ann.öz", "--password-stdin", input="long tulip 9\n")
        old = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
    assert (new.out, "Access-Reject" in old.out) == ("Access-Accept\n", True)
    [to] = [
        row for row in json.loads(here.radiusd("audit", "--user", "ann", "--json").out) if "renamed" in row["reason"]
    ]
    [came] = [
        row
        for row in json.loads(here.radiusd("audit", "--user", "ann.öz", "--json").out)
        if "renamed from" in row["reason"]
    ]
    assert to["reason"].startswith("user renamed to ann.öz by ")
    assert came["reason"].startswith("user renamed from ann by ")
    assert to["unique_id"] == came["unique_id"]
    # What happened by the old name is found by the new one, also where somebody else has the old one by now.
    added(here, "ann")
    found = json.loads(here.radiusd("audit", "--user", "ann.öz", "--json").out)
    assert [row["user"] for row in found] == [*["ann"] * 3, "ann.öz", "ann", "ann.öz"]
    assert {row["unique_id"] for row in found} == {to["unique_id"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ann", "bob"), "there is a user bob already"),
        (("ann", "ann"), "ann is their name already"),
        (("zoe", "yan"), "there is no user zoe"),
        (("ann", " "), "is no username: it is empty"),
    ],
)
def test_a_name_that_cannot_be_given(here, words, sentence):
    added(here, "ann")
    added(here, "bob")
    done = here.radiusd("user", "rename", *words)
    assert (done.code != 0, done.out) == (True, "")
    assert sentence in done.err
    assert users(here).keys() == {"ann", "bob"}


@pytest.mark.row("S207", "S216")
def test_a_password_that_is_to_be_changed(here):
    """By an option of each command that sets one, until another is set without it."""
    added(here, "ann", "--must-change-password")
    assert users(here)["ann"]["must_change_password"] is True
    assert "Password  must be changed at the next sign-in" in here.radiusd("user", "show", "ann").out
    again = here.radiusd("user", "password", "ann", "--password-stdin", input="other tulip 9\n")
    assert (again.out, users(here)["ann"]["must_change_password"]) == ("ann has a new password\n", False)
    forced = here.radiusd("user", "password", "ann", "--password-stdin", "--must-change", input="third tulip 9\n")
    assert forced.out == "ann has a new password, to be changed at the next sign-in\n"
    assert here.radiusd("user", "edit", "ann", "--need-not-change-password").code == 0
    assert users(here)["ann"]["must_change_password"] is False
    here.radiusd("user", "bulk", "passwords", str(here.path / "new.csv"), "--all", "--must-change", "--yes")
    assert users(here)["ann"]["must_change_password"] is True
    reasons = [row["reason"] for row in json.loads(here.radiusd("audit", "--user", "ann", "--json").out)]
    assert [each.partition(" by ")[0] for each in reasons] == [
        "user added",
        "password set",
        "password set, to be changed at the next sign-in",
        "user changed: must_change_password",
        "password set, to be changed at the next sign-in",
    ]


def test_a_column_says_whose_password_is_to_be_changed(here):
    """An empty cell leaves it; a new password without a word of it ends it."""
    file = here.path / "users.csv"

    def imported(text, *words):
        file.write_text(text)
        return here.radiusd("user", "import", *words, str(file))

    head = "username,password,must_change_password\n"
    assert imported(head + "ann,long tulip 9,yes\nbob,long tulip 9,\ncid,long tulip 9,perhaps\n").err == (
        f"{file}:4: must_change_password: perhaps is neither yes nor no\n"
        f"radiusd: {file} has 1 fault; nothing was written\n"
    )
    assert (
        imported(head + "ann,long tulip 9,yes\nbob,long tulip 9,\n").out
        == "2 users added, 0 changed, 0 left as they are\n"
    )
    assert {name: user["must_change_password"] for name, user in users(here).items()} == {"ann": True, "bob": False}
    assert "2 left" in imported(head + "ann,,\nbob,,no\n", "--update").out
    told = imported(head + "ann,long rose 99,\nbob,long rose 99,yes\n", "--update", "--dry-run").out.splitlines()
    assert told[:2] == [
        "line 2: ann changes: password is set, must_change_password yes -> no",
        "line 3: bob changes: must_change_password no -> yes, password is set",
    ]
    here.radiusd("user", "export", str(file))
    assert "must_change_password" in file.read_text().splitlines()[0]
    assert "2 left" in here.radiusd("user", "import", "--update", str(file)).out


LIMITS = (
    "--reply", "Filter-Id=admins", "--reply", "Class = OU=a;b", "--hours", "wk 8:00-18:00", "--hours", "Sa0900-1300",
    "--client", "nas", "--application", "vpn",
)  # fmt: skip


def test_a_users_own_attributes_and_limits(here):
    """Kept in one form, shown, taken away by an empty text."""
    added(here, "ann", *LIMITS)
    [user] = users(here).values()
    assert {name: user[name] for name in ("reply", "hours", "clients", "applications")} == {
        "reply": ["Filter-Id=admins", "Class=OU=a;b"],
        "hours": ["Mo-Fr 08:00-18:00", "Sa 09:00-13:00"],
        "clients": ["nas"],
        "applications": ["vpn"],
    }
    shown = here.radiusd("user", "show", "ann").out
    assert "Hours         Mo-Fr 08:00-18:00; Sa 09:00-13:00\n" in shown
    assert "Reply         Filter-Id=admins, Class=OU=a;b\n" in shown
    done = here.radiusd("user", "edit", "ann", "--reply", "", "--hours", "", "--client", "", "--application", "")
    assert done.out == "ann is changed: reply, hours, clients, applications\n"
    [user] = users(here).values()
    assert [user[name] for name in ("reply", "hours", "clients", "applications")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--reply", "Filter-ID=x"), "--reply: no dictionary has an attribute `Filter-ID`; did you mean `Filter-Id`?"),
        (("--reply", "Session-Timeout=long"), "--reply: Session-Timeout: `long`"),
        (("--reply", "Filter-Id"), "--reply: Filter-Id is no attribute; write it as Filter-Id=admins"),
        (("--reply", "Filter-Id=" + "x" * 254), "there is room for 253"),
        (("--reply", "Framed-IP-Address=192.0.2.1"), "has a field of its own, framed IP address"),
        (("--reply", "Acct-Status-Type=Start"), "--reply: Acct-Status-Type is what a NAS sends, so no reply can be given it"),
        (("--reply", "Filter-Id=a\x1b[2Jb"), "--reply: Filter-Id: a text cannot have a control character in it"),
        (("--reply", "State=x"), "State is not the configuration's to set, so no reply can be given it"),
        (tuple(word for n in range(17) for word in ("--reply", f"Class=n{n}{'x' * 240}")), "has room for 4058"),
        (("--hours", "Mo-Fr 8.00-18.00"), "--hours: 8.00-18.00 is neither days nor hours; write days and hours as Mo-Fr 08:00-18:00"),
        (("--client", "nsa"), "--client: there is no client nsa in radius.yaml; did you mean `nas`?"),
        (("--application", "mail"), "--application: there is no application mail in radius.yaml"),
    ],
)  # fmt: skip
def test_attributes_and_limits_that_cannot_be(here, words, sentence):
    done = here.radiusd("user", "add", "ann", "--random", *words)
    assert (done.code, sentence in done.err) == (2, True), done
    assert users(here) == {}


@pytest.mark.row("S201", "S209", "S214")
def test_whose_account_ends_soon(here):
    """Soonest first; whom an end keeps out already is none of them."""
    day = 86_400

    def ends(days):
        return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"

    for name, days in (("ann", 10), ("bob", 2), ("cid", 20), ("off", 3)):
        added(here, name, "--expires", ends(days))
    here.radiusd("user", "disable", "off")
    here.radiusd("user", "edit", "cid", "--expires", ends(-1))
    added(here, "eve")
    assert names(here, "--expiring", "14d") == ["bob", "ann"]
    assert names(here, "--expiring", f"{5 * day}s") == ["bob"]
    assert here.radiusd("user", "list", "--expiring", "1d", "--count").out == "0\n"
    assert "--expiring: soon is" in here.radiusd("user", "list", "--expiring", "soon").err


@pytest.mark.row("S204")
def test_a_name_is_shown_as_it_was_typed(here):
    """X56: kept and compared in normal form, where ı is i; read as its owner writes it, also out of a file and in again."""
    assert added(here, "Işık").out == "Işık is added\n"
    assert users(here)["işik"]["shown_as"] == "Işık"
    assert here.radiusd("user", "list").out.splitlines()[1].startswith("Işık ")
    assert here.radiusd("user", "show", "IŞIK").out.startswith("Username  Işık\n")
    assert names(here, "--search", "şık") == ["işik"]
    again = here.radiusd("user", "add", "ışık", "--random")
    assert "there is a user işik already" in again.err
    here.radiusd("user", "export", "users.csv")
    assert "\nIşık," in (here.path / "users.csv").read_text()
    here.radiusd("user", "remove", "ışık", "--yes")
    here.radiusd("user", "import", "users.csv")
    assert users(here)["işik"]["shown_as"] == "Işık"
    assert here.radiusd("user", "rename", "IŞIK", "IŞIK").out == "Işık is IŞIK now\n"
    assert here.radiusd("user", "rename", "işik", "Işık Öz").out == "IŞIK is Işık Öz now\n"
    assert here.radiusd("user", "rename", "ışık öz", "ayşe").out == "Işık Öz is ayşe now\n"
    assert [
        row["reason"].partition(" by ")[0] for row in json.loads(here.radiusd("audit", "--user", "işik", "--json").out)
    ][-2:] == ["user shown as IŞIK", "user renamed to işik öz"]
