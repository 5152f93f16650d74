"""Replies over 4096 octets are added up, and told where they are written (X42)."""

from __future__ import annotations

import pytest

from tests.config.test_mistakes import PASSWORDS, said
from tests.config.writing import changed

ROOM = 4096 - 20 - 18
WHOLE = 255  # octets of a Class that is as long as may be
SIZES = "octets of attributes, and an Access-Accept has room for 4058"


def classes(count, letter="a"):
    return "{Class: [" + ", ".join(f"{letter}{number:03}{'x' * 249}" for number in range(count)) + "]}"


def ruled(reply, *rules):
    lines = "".join(
        f"      - {{directory: {directory}, attribute: {attribute}, values: [a], reply: {each}}}\n"
        for directory, attribute, each in rules
    )
    return changed(
        PASSWORDS,
        {
            "  vpn: {profiles: [plain]}\n": f"  vpn:\n    profiles: [plain]\n    reply: {reply}\n    reply_rules:\n{lines}"
        },
    )


def test_the_applications_own(tmp_path):
    told = ("fault", f"9:28: `reply` has {16 * WHOLE + 6} {SIZES}: leave some out")
    assert said(tmp_path, changed(PASSWORDS, {"[plain]}": f"[plain], reply: {classes(16)}}}"})) == [told]
    assert said(tmp_path, changed(PASSWORDS, {"[plain]}": f"[plain], reply: {classes(15)}}}"})) == []


@pytest.mark.parametrize(("count", "is_told"), [(8, True), (7, False)])
def test_with_one_rule(tmp_path, count, is_told):
    """Attributes of the same name replace the application's; others stand beside them."""
    reply = classes(8).replace("Class", "Filter-Id")
    told = said(tmp_path, ruled(reply, ("local", "username", classes(count)), ("corp", "uid", reply)))
    beside = f"with the application's own `reply` these are {16 * WHOLE + 6} {SIZES}: leave some out"
    assert told == ([("fault", f"13:62: {beside}")] if is_told else [])


def test_with_all_rules_of_a_directory(tmp_path):
    """Whether anybody is meant by all of them is not to be told from here: so it is a warning."""
    rules = [("local", "username", classes(8)), ("local", "group_name", classes(8, "b"))]
    told = f"a user of `local` whom all these rules mean would get {16 * WHOLE + 6} {SIZES}, and is refused"
    assert said(tmp_path, ruled("{}", *rules)) == [("warning", f"12:5: {told}")]
    assert said(tmp_path, ruled("{}", rules[0], ("corp", "uid", classes(8, "b")))) == []
