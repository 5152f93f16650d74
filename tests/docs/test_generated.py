"""The pages and pictures that are made of the code are as made, and what they are made of is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import radiusd
from config.models.options import Options, keys_of, meaning
from config.settings import Settings
from radiusd.administration.what_to_do import ADVICE, what_to_do
from radiusd.cli.audit import OUTCOMES
from radiusd.process.kinds import kinds
from tests.docs import reasons_page
from tests.docs.generated import DOCS, files

MADE = {name: text for name, text in files() if not name.startswith("nas/")}
PICTURES = [name for name in MADE if name.endswith(".svg")]
REASONS = [reason for reasons in reasons_page.REASONS.values() for reason in reasons]
SOURCE = "".join(path.read_text() for path in Path(radiusd.__file__).parent.rglob("*.py")).replace('"\n', "")


@pytest.mark.parametrize("name", MADE)
def test_it_is_as_made(name):
    """Where it is not: `python -m tests.docs.generated`."""
    assert (DOCS / name).read_text() == MADE[name]


def models(model: type[Options]) -> Iterator[type[Options]]:
    yield model
    for each in model.__subclasses__():
        yield from models(each)


def test_every_key_has_its_meaning_beside_it():
    every = {*(each.options for table in kinds().values() for each in map(table.__getitem__, table)), Settings}
    # Those of the tests, which others of the same process declared, are no page's.
    known = {each for each in every if each.__module__.partition(".")[0] != "tests"}
    keys = [
        (model, key)
        for model in models(Options)
        if model.__module__.partition(".")[0] != "tests"
        for key in keys_of(model)
    ]
    assert {model for model, _ in keys} > known
    assert all(meaning(model, key) for model, key in keys)


def test_a_key_without_a_meaning_is_found():
    """The opposite: one that is new stops the page and the schema."""

    class Fresh(Options):
        key: str

    with pytest.raises(KeyError, match=r"Fresh\.key"):
        meaning(Fresh, "key")


def test_a_key_has_meaning_form_and_default():
    page = MADE["settings.md"]
    assert "| `hold` | How long this NAS waits for an answer" in page
    assert "| duration or `auto` | `auto` |" in page
    assert "| `urls` | The servers" in page
    assert "| one or several: URL of LDAP | needed |" in page


def test_a_command_has_arguments_and_options():
    page = MADE["commands.md"]
    assert "### radiusd approval decide\n" in page
    assert "| `--since TIME` | 1h, 2026-12-31 or 2026-12-31T18:00. |" in page


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.text)
def test_a_reason_is_one_of_ours(reason):
    pieces = [piece.strip(" ,") for piece in re.split(r"\{[^}]*\}|: ", reason.text)]
    assert max(map(len, pieces)) > 6
    assert [piece for piece in pieces if piece not in SOURCE] == []


def test_every_advice_is_for_a_reason_that_is_told():
    """Advice that no reason has in it is never given."""
    given = [what_to_do(reasons_page.row(reason.text)) for reason in REASONS]
    idle = [
        part
        for part, sentences in ADVICE
        if [each.replace("{user}", "USER").replace("{client}", "CLIENT") for each in sentences] not in given
    ]
    assert idle == []


def test_every_outcome_is_told():
    assert set(reasons_page.OUTCOMES) == set(OUTCOMES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_one_and_is_shown(name):
    assert ET.fromstring(MADE[name]).tag == "{http://www.w3.org/2000/svg}svg"
    assert f"({name})" in (DOCS / "concepts.md").read_text()


def test_nothing_else_is_among_the_pictures():
    assert sorted(path.name for path in (DOCS / "pictures").iterdir()) == sorted(Path(name).name for name in PICTURES)
