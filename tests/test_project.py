"""The project itself: what is installed is ours, what is written leads somewhere, what is needed is pinned and shipped."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import config
import dictionaries
import radiusd
import store

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")]
# The name of a heading as it stands in a link's fragment.
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): number for name, number in pairs}


def required() -> list[Requirement]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    texts = setup["options"]["install_requires"] + extras["test"] + extras["docs"]
    return [Requirement(line) for line in texts.splitlines() if line]


@pytest.mark.parametrize("package", [config, dictionaries, radiusd, store])
def test_the_packages_are_ours(package):
    """PyPI has a `config` and a `store` too."""
    assert Path(package.__file__).is_relative_to(ROOT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for link in LINK.findall(document.read_text()):
        if link.startswith("https://"):
            continue
        path, _, fragment = link.partition("#")
        target = (document.parent / path) if path else document
        assert target.exists(), link
        if fragment:
            headings = HEADING.findall(target.read_text())
            assert fragment in [re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings]


def test_links_in_the_documents_are_found():
    """The opposite: a pattern that finds nothing would pass everything."""
    assert "LICENSE" in LINK.findall((ROOT / "README.md").read_text())


@pytest.mark.parametrize("requirement", required(), ids=lambda each: each.name)
def test_every_library_is_pinned_to_a_version_that_fits(requirement):
    number = pinned()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(number)


def test_the_pinned_versions_are_those_that_are_tested():
    pins = pinned()
    told = {each.name: version(each.name) for each in required()}
    assert told == {name: pins[canonicalize_name(name)] for name in told}


def test_constraints_name_no_place():
    """An address in the file would tie everybody to one registry."""
    assert "://" not in (ROOT / "constraints.txt").read_text()


def test_the_changelog_begins_with_what_is_not_released():
    titles = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "[Unreleased]"


def test_the_newest_release_in_the_changelog_is_the_version():
    """X76: and each has its day; what is not released has neither."""
    titles = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d", title) for title in titles[1:]]
    assert None not in released
    assert [each[1] for each in released[:1]] in ([], [radiusd.__version__])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as pip makes it, of a copy, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "*.egg-info", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, folder / "source", ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder]
    subprocess.run([*command, folder / "source"], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as opened:
        yield opened


def test_the_wheel_has_all_that_is_no_code(wheel):
    """Dictionaries, migrations, and what the demo starts with."""
    names = set(wheel.namelist())
    for kind in ("dictionaries/dictionary*", "store/migrations/**/*.py", "store/migrations/*.mako"):
        for path in ROOT.glob(kind):
            assert str(path.relative_to(ROOT)) in names
    assert wheel.read("radiusd/radius.yaml") == (ROOT / "radius.yaml").read_bytes()
    assert any(name.startswith("dictionaries/dictionary") for name in names)
    assert any(name.startswith("store/migrations/versions/") for name in names)


def test_the_wheel_has_nothing_else(wheel):
    """Tests and benchmarks of ours would be importable everywhere."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"config", "dictionaries", "radiusd", "store"}
    assert not [name for name in wheel.namelist() if name.endswith((".db", ".key", ".secret"))]
