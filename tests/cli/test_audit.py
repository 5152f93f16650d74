"""`radiusd audit`, `block` and `client` without a server: what is typed, what is printed, the exit code."""

from __future__ import annotations

import csv
import getpass
import json
import re
import subprocess
import unicodedata

import pytest

from tests.servers.daemon import COMMAND, daemon


@pytest.fixture
def with_ann(here):
    assert here.radiusd("user", "add", "ann", "--random").code == 0
    return here


def test_audit_of_nothing(here):
    done = here.radiusd("audit")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == ["ROW", "TIME", "OUTCOME", "USER", "CLIENT", "FROM", "PROFILE", "REF", "REASON"]
    assert here.radiusd("audit", "--json").out == "[]\n"


def test_filters(with_ann):
    with_ann.radiusd("user", "add", "bob", "--random")

    def users(*words):
        done = with_ann.radiusd("audit", "--json", *words)
        assert done.code == 0, done.err
        return [row["user"] for row in json.loads(done.out)]

    assert users() == ["ann", "bob"]
    assert users("--user", "Ann") == ["ann"]
    assert users("--limit", "1") == ["bob"]
    assert users("--outcome", "admin") == ["ann", "bob"]
    assert users("--outcome", "accept") == []
    assert users("--client", "nas") == []
    assert users("--since", "1h") == ["ann", "bob"]
    assert users("--until", "1h") == []
    assert users("--since", "2099-01-01") == []
    assert users("--since", "2020-01-01T12:00", "--until", "2099-01-01") == ["ann", "bob"]


def test_names_as_they_are_typed(here):
    """X56: whoever asks the help desk says their name as they type it."""
    for name in ("İbrahim", "ışık"):
        assert here.radiusd("user", "add", name, "--random").code == 0
    for typed, kept in (("İBRAHİM", "ibrahim"), ("IBRAHIM", "ibrahim"), (" ibrahim ", "ibrahim"), ("IŞIK", "işik")):
        done = here.radiusd("audit", "--json", "--user", typed)
        assert [row["user"] for row in json.loads(done.out)] == [kept], typed
    taken = here.radiusd("user", "add", "IŞIK", "--random")
    assert taken.code == 1
    assert "there is a user işik already" in taken.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--since", "yesterday"), "--since: yesterday is no time"),
        (("--until", "25:00"), "--until: 25:00 is no time"),
        (("--outcome", "maybe"), "--outcome: maybe is not among"),
        (("--limit", "0"), "'--limit'"),
    ],
)
def test_bad_filters(here, words, sentence):
    done = here.radiusd("audit", *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


def test_as_csv(with_ann):
    """X71: all rows, oldest first; what others typed is no formula for a spreadsheet."""
    with daemon(with_ann):
        with_ann.radiusd("login", "=cmd|' /C calc'!A0", "--password-stdin", input="wrong\n")
        with_ann.radiusd("login", "ann", "--password-stdin", input="wrong\n")
    with_ann.radiusd("user", "disable", "ann")
    done = with_ann.radiusd("audit", "--csv")
    assert (done.code, done.err) == (0, "")
    rows = list(csv.DictReader(done.out.splitlines()))
    assert [(row["outcome"], row["user"]) for row in rows[:3]] == [
        ("admin", "ann"),
        ("reject", "'=cmd|' /C calc'!A0"),
        ("reject", "ann"),
    ]
    assert rows[2]["steps"].startswith("profile password-only; password wrong; failures counted: 1 ")
    assert rows[0]["at"].endswith("Z")
    newest = list(csv.DictReader(with_ann.radiusd("audit", "--csv", "--limit", "2").out.splitlines()))
    assert newest == rows[-2:]
    assert list(csv.DictReader(with_ann.radiusd("audit", "--csv", "--outcome", "reject").out.splitlines())) == rows[1:3]
    assert with_ann.radiusd("audit", "--csv", "--json").code == 2


def test_an_accept_is_explained_as_a_reject_is(with_ann):
    """X71: by its row in the audit, since whoever got in was shown no reference."""
    with_ann.radiusd("user", "password", "ann", "--password-stdin", input="long tulip 9\n")
    with daemon(with_ann):
        assert with_ann.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").out == "Access-Accept\n"
    heading, line = with_ann.radiusd("audit", "--outcome", "accept").out.splitlines()
    assert heading.split()[0] == "ROW"
    done = with_ann.radiusd("explain", "--row", line.split()[0])
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^Outcome +accepted$", done.out, re.MULTILINE)
    assert "Step by step:\n  1. profile password-only\n  2. password right\n" in done.out
    assert "What to do" not in done.out
    [row] = json.loads(with_ann.radiusd("explain", "--row", line.split()[0], "--json").out)
    assert (row["outcome"], row["user"]) == ("accept", "ann")
    missing = with_ann.radiusd("explain", "--row", "999")
    assert (missing.code, missing.err) == (1, "radiusd: the audit has no row 999; radiusd audit shows the last ones\n")
    assert with_ann.radiusd("explain", "7K3QX9MB", "--row", "1").code == 2


def test_follow(with_ann):
    """What happens later is printed as it happens, one object a line."""
    process = subprocess.Popen(
        [*COMMAND, "audit", "--follow", "--json"],
        cwd=with_ann.path,
        env=with_ann.env(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert json.loads(process.stdout.readline())["reason"].startswith("user added by ")
        with_ann.radiusd("user", "disable", "ann")
        assert json.loads(process.stdout.readline())["reason"].startswith("user disabled by ")
    finally:
        process.terminate()
        process.wait(15)
        process.stdout.close()


def test_control_characters_of_others_do_not_reach_the_terminal(with_ann):
    with_ann.radiusd("block", "add", "ann", "--station", "\x1b[31mred")
    out = with_ann.radiusd("block", "list").out + with_ann.radiusd("audit").out
    assert "\x1b" not in out
    assert "\\x1b[31mred" in out


UNSEEN = "a\u202eb\u2066c\u200bd\U000e0041\x85\x1b[2Je"


def test_nor_does_what_turns_a_line_around_or_is_not_seen(with_ann):
    """X46: `ann` with a mark of right-to-left reads as somebody else. Typed by whoever signs in, told everywhere."""
    with daemon(with_ann):
        refused = with_ann.radiusd("login", UNSEEN, "--password-stdin", "--station", UNSEEN, input="wrong\n")
    ref = re.search(r"Ref (\w{8})", refused.out)[1]
    for words in (("audit",), ("audit", "--csv"), ("audit", "--json"), ("explain", ref)):
        told = with_ann.radiusd(*words)
        assert told.code == 0
        assert not [each for each in told.out + told.err if unicodedata.category(each) in {"Cf", "Cc"} and each != "\n"]
        assert "a\\u202eb\\u2066c" in told.out


def blocks(here):
    return json.loads(here.radiusd("block", "list", "--json").out)


@pytest.mark.row("S258", "S259")
def test_a_block_and_what_remains_of_it(with_ann):
    """S259: block information and remaining time."""
    done = with_ann.radiusd("block", "add", "ann", "--for", "30m", "--reason", "lost laptop")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"ann is blocked until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d: block \d+\n", done.out)
    [block] = blocks(with_ann)
    assert (block["user"], block["directory"], block["scope"], block["reason"]) == (
        "ann",
        "local",
        "user",
        "lost laptop",
    )
    assert 1700 < block["remaining_seconds"] <= 1800
    assert block["created_by"]
    assert "lost laptop" in with_ann.radiusd("block", "list").out


def test_a_permanent_block_of_one_station(with_ann):
    done = with_ann.radiusd("block", "add", "ann", "--station", "192.0.2.7", "--for", "permanent")
    assert re.fullmatch(r"ann is blocked from 192.0.2.7 until it is removed: block \d+\n", done.out)
    [block] = blocks(with_ann)
    assert (block["scope"], block["station"], block["until"], block["remaining_seconds"]) == (
        "station",
        "192.0.2.7",
        None,
        None,
    )
    assert "permanent" in with_ann.radiusd("block", "list").out


@pytest.mark.row("S265", "S270")
def test_an_administrators_block_does_not_end_by_itself(with_ann):
    """X70: `blocking.duration` is for blocks that failures lead to."""
    with_ann.yaml.write_text(with_ann.yaml.read_text() + "blocking: {duration: 2h}\n")
    assert "ann is blocked until it is removed" in with_ann.radiusd("block", "add", "ann").out
    [block] = blocks(with_ann)
    assert (block["until"], block["remaining_seconds"]) == (None, None)


@pytest.mark.row("S260", "S271")
def test_removing_a_block(with_ann):
    with_ann.radiusd("block", "add", "ann")
    [block] = blocks(with_ann)
    assert with_ann.radiusd("block", "remove", str(block["id"] + 1)).code == 1
    assert with_ann.radiusd("block", "remove", str(block["id"])).out == "the block of ann is removed\n"
    assert blocks(with_ann) == []
    rows = json.loads(with_ann.radiusd("audit", "--json").out)
    assert [row["reason"].partition(" by ")[0] for row in rows[1:]] == [
        "blocked until somebody removes it",
        "block removed",
    ]


@pytest.mark.parametrize(("variable", "tool"), [("SUDO_USER", "sudo"), ("DOAS_USER", "doas")])
def test_the_audit_has_who_is_behind_the_system_s_user(with_ann, variable, tool):
    """X70: whose login it is, not that somebody used the command line."""
    with_ann.radiusd("user", "disable", "ann", environment={variable: "olga"})
    [row] = [row for row in json.loads(with_ann.radiusd("audit", "--json").out) if "disabled" in row["reason"]]
    assert row["reason"] == f"user disabled by {getpass.getuser()} ({tool} by olga)"


def test_blocks_are_removed_by_name(with_ann):
    """X70: all of a user's, whatever their spelling; and who has none is told so."""
    with_ann.radiusd("block", "add", "ann")
    with_ann.radiusd("block", "add", "ann", "--station", "192.0.2.7")
    done = with_ann.radiusd("block", "remove", "Ann")
    assert (done.code, done.out) == (
        0,
        "the block of ann is removed\nthe block of ann from 192.0.2.7 is removed\n",
    )
    assert blocks(with_ann) == []
    again = with_ann.radiusd("block", "remove", "ann")
    assert (again.code, again.err) == (1, "radiusd: ann is not blocked; radiusd block list shows all\n")


def test_a_number_that_is_a_block_and_a_blocked_user_is_not_guessed(with_ann):
    with_ann.radiusd("block", "add", "ann")
    [of_ann] = blocks(with_ann)
    number = str(of_ann["id"])
    with_ann.radiusd("user", "add", number, "--password-stdin", input="long tulip 9\n")
    with_ann.radiusd("block", "add", number)
    either = with_ann.radiusd("block", "remove", number)
    assert (either.code, either.out) == (1, "")
    assert f"{number} is the number of a block of ann, and the name of a user who is blocked too" in either.err
    assert with_ann.radiusd("block", "remove", number, "--name").out == f"the block of {number} is removed\n"
    assert [block["user"] for block in blocks(with_ann)] == ["ann"]
    assert with_ann.radiusd("block", "remove", number).out == "the block of ann is removed\n"


def test_a_block_that_failures_led_to_is_in_the_audit(with_ann):
    """X70: as one that an administrator made is."""
    with_ann.yaml.write_text(with_ann.yaml.read_text() + "blocking: {failed_attempts: 2}\n")
    with daemon(with_ann):
        for wrong in ("tulip", "rose"):
            with_ann.radiusd("login", "ann", "--password-stdin", input=f"{wrong}\n")
    [row] = json.loads(with_ann.radiusd("audit", "--outcome", "blocked", "--json").out)
    assert (row["user"], row["directory"]) == ("ann", "local")
    assert re.fullmatch(r"blocked for 30m: 2 wrong passwords .* from this station", row["reason"])


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("nobody",), 1, "nobody of the name nobody is known"),
        (("ann", "--for", "30"), 2, "--for: 30 is no duration"),
        (("ann", "--for", "0m"), 2, "--for: 0m is no duration"),
        (("ann", "--reason", "two\nlines"), 2, "line breaks"),
    ],
)
def test_bad_blocks(with_ann, words, code, sentence):
    done = with_ann.radiusd("block", "add", *words)
    assert (done.code, done.out) == (code, "")
    assert sentence in done.err
    assert blocks(with_ann) == []


def test_clients(here):
    done = here.radiusd("client", "list", "--json")
    assert done.code == 0
    [client] = json.loads(done.out)
    assert (client["client"], client["address"], client["application"]) == ("nas", ["127.0.0.0/8"], "vpn")
    assert (client["message_authenticator"], client["last_seen"]) == ("required", None)
    assert "never" in here.radiusd("client", "list").out


def test_a_pipe_that_closes_is_no_error(with_ann):
    command = " ".join([*COMMAND, "user", "list"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"],
        cwd=with_ann.path,
        env=with_ann.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
