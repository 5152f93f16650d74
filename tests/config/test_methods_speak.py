"""A method speaks for itself: who adds one edits nothing in config/, and `check` knows it all the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal, get_args

import pytest
from pydantic import Field

import config.checks
from config.kinds import Kind, Kinds
from config.models.methods import CodeOptions, LinkOptions
from config.models.options import Idle, ProfileOptions
from config.models.values import Many, Span
from config.reading import read
from radiusd.process.kinds import kinds
from tests.config.writing import ENVIRONMENT, SMALL, changed

CHECKS = sorted(Path(config.checks.__file__).parent.glob("*.py"))
METHODS = kinds()["profiles"]


def words(path: Path) -> Iterator[str]:
    """The words in the texts of a module, but for those that only explain it."""
    tree = ast.parse(path.read_text())
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
            yield from re.findall(r"\w+", node.value)


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_no_check_knows_a_method_by_its_name(path):
    """Nor by what its `type:` may be. `password` is a factor's name and a kind of failures as well."""
    types = {
        word
        for name in METHODS
        if (field := METHODS[name].options.model_fields.get("type")) is not None
        for word in get_args(field.annotation)
    }
    assert "manager_information" in types
    assert ({*METHODS} - {"password"} | types) & {*words(path)} == set()


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_no_check_looks_whether_an_entry_happens_to_have_a_key(path):
    called = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = [(getattr(node.func, "id", ""), len(node.args)) for node in called]
    assert [each for each in names if each[0] == "hasattr" or each == ("getattr", 3)] == []


class PalmOptions(CodeOptions):
    """Of a method that nobody has built: the veins of a hand, which a camera must send within a time."""

    method: Literal["palm"]
    cameras: Many[str] = Field(("door",), description="Which look.")
    shutter: Span = Field(timedelta(seconds=3), description="How long they look.")

    @property
    def must_leave_within(self) -> timedelta | None:
        return self.shutter

    @property
    def needs_of_a_user(self) -> str:
        return "mobile"

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {"sms_gateways": self.cameras}

    def idle(self) -> Iterator[Idle]:
        yield Idle("shutter", "palms hold still")


class CrowdOptions(LinkOptions):
    """Of another one: many people are asked."""

    needs_nothing: ClassVar[bool] = True

    method: Literal["crowd"]
    subject: Mapping[str, str] = Field(default_factory=dict)
    message: Mapping[str, str] = Field(default_factory=dict)
    link_validity: Span = timedelta(minutes=5)
    late_approval: Span = timedelta(minutes=5)


@pytest.fixture(scope="module")
def tables() -> Mapping[str, Kinds]:
    """Those of radiusd and two more methods, as a file of handlers/ adds one."""
    methods = Kinds("method")
    for name in METHODS:
        methods.add(METHODS[name])
    methods.add(Kind("palm", PalmOptions, object()))
    methods.add(Kind("crowd", CrowdOptions, object()))
    return {**kinds(), "profiles": methods}


GATE = "public_url: https://mfa.example.com\nsms_gateways: {door: {type: http, url: 'https://door.example.com', json: {to: '{{ recipient }}', text: '{{ message }}'}}}\n"  # fmt: skip
HAND = GATE + changed(
    SMALL,
    {
        "plain: {method: password": "hand: {method: palm",
        "[plain]": "[hand]",
        'base_dn: "dc=example,dc=com"': 'base_dn: "dc=example,dc=com", attributes: {mobile: null}',
        "application: vpn}": "application: vpn, hold: 3s}",
        "directories: [local, corp]}": "directories: [local, corp], placement: challenge, shutter: 4s}",
    },
)


def said(folder, text, tables):
    (folder / "radius.yaml").touch(0o600)
    (folder / "radius.yaml").write_text("phone_country: TR\n" + text)
    settings = read(folder / "radius.yaml", tables, environ=ENVIRONMENT)
    return [warning.message for warning in settings.warnings]


def test_what_a_method_says_of_itself_is_checked(tmp_path, tables):
    told = said(tmp_path, HAND, tables)
    assert (
        "`hold` is too short for profile `hand`, whose message must leave within 4s: let the NAS wait, and write `hold: 6s`"
        in told
    )
    assert "profile `hand` needs the number of a user of `corp`; write the attribute that holds it" in told
    assert "`shutter` has no effect: palms hold still; remove it" in told
    assert not any("is used nowhere" in each for each in told)


def test_its_challenges_are_known(tmp_path, tables):
    told = said(tmp_path, changed(HAND, {"hold: 3s": "hold: 60s, challenge: false"}), tables)
    assert any(
        each.startswith("profile `hand` has `placement: challenge`, and this client shows none") for each in told
    )


def test_it_may_be_a_factor_and_another_one_may_ask(tmp_path, tables):
    crowd = "  many: {method: crowd, methods: [password, hand], directories: [local, corp], mail_servers: [post], default_recipient: a@b.c}\n"
    post = "mail_servers: {post: {host: mail.example.com, from_address: a@example.com}}\n"
    text = post + changed(HAND, {"profiles:\n": f"profiles:\n{crowd}", "[hand]}": "[many, hand]}"})
    told = said(tmp_path, text, tables)
    assert any("`many` is open to everybody, so nobody gets `hand` behind it" in each for each in told)
    told = said(tmp_path, changed(text, {"hold: 3s": "hold: 5s, challenge: false"}), tables)
    assert any("too short for somebody to decide for profile `many`" in each for each in told)


def test_what_says_nothing_is_taken_for_a_method_that_asks_nobody(tmp_path, tables):
    class Quiet(ProfileOptions):
        method: Literal["quiet"]

    tables["profiles"].add(Kind("quiet", Quiet, object()))
    assert said(tmp_path, changed(SMALL, {"method: password": "method: quiet"}), tables) == []
