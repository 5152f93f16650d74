"""docs/features.md has every row, and each of them what shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.features_page import ROOT, SOURCE, Row, headings, page, rows
from tests.rows import Marked, marked

TABLE = rows(SOURCE.read_text())
MARKED = marked(ROOT)


def test_every_row_is_there_once():
    assert [row.name for row in TABLE] == [f"S{number}" for number in range(1, 294)]


def test_every_row_is_shown_or_said_to_come():
    shown = {name for each in MARKED for name in each.rows}
    assert [row.name for row in TABLE if not (row.page or row.later or row.name in shown)] == []


def test_no_marker_names_a_row_that_is_none():
    known = {row.name for row in TABLE}
    assert [each for each in MARKED if not known.issuperset(each.rows)] == []


def test_pages_and_their_headings_are_there():
    assert [row for row in TABLE if row.page and row.page[1] not in headings(row.page[0])] == []


def test_a_row_names_its_tests_its_page_and_what_is_to_come():
    assert rows("## People\n\nS1 | use | For all | page: users.md: One by one\nS2 | goal | More | later: soon\n") == [
        Row("S1", "People", "use", "For all", page=("users.md", "One by one")),
        Row("S2", "People", "goal", "More", later="soon"),
    ]
    text = page()
    assert "| S5 | use | Informing is for records" in text
    assert "[Only informing the manager](second-factors.md#only-informing-the-manager) |" in text


TESTS = """
import pytest

pytestmark = [pytest.mark.row("S1")]

@pytest.mark.row("S2", "S3")
def test_right(): ...

@pytest.mark.parametrize("n", [1, 2])
async def test_by_number(n): ...

@pytest.mark.proof
@pytest.mark.row("S4")
def test_long(): ...

class TestMore:
    @pytest.mark.row("S5")
    def test_within(self): ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A suite of its own, watched as ours is."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(TESTS.replace("async ", ""))
    (tmp_path / "conftest.py").write_text("from tests.rows import pytest_configure  # noqa: F401\n")
    (tmp_path / "setup.cfg").write_text("[tool:pytest]\ntestpaths = tests\nmarkers =\n    row: row\n    proof: long\n")
    return tmp_path


def test_what_carries_a_row_is_read_from_the_text(project):
    (project / "tests" / "test_it.py").write_text(TESTS)
    assert marked(project) == [
        Marked("tests/test_it.py::test_right", ("S1", "S2", "S3"), False),
        Marked("tests/test_it.py::test_by_number", ("S1",), False),
        Marked("tests/test_it.py::test_long", ("S1", "S4"), True),
        Marked("tests/test_it.py::TestMore::test_within", ("S1", "S5"), False),
    ]


def run(project: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=project,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_of_everything_fails_for_a_row_whose_test_did_not_run(project, workers):
    assert run(project, *workers, "-m", "not proof")[0] == 0
    (project / "tests" / "test_it.py").write_text(TESTS.replace("async ", "").replace("class TestMore", "class More"))
    code, shown = run(project, *workers, "-m", "not proof")
    assert code == 1
    assert "rows whose test did not run and pass" in shown
    assert "\nS1 S5: tests/test_it.py::More::test_within\n" in shown
    assert "S4" not in shown


def test_a_row_whose_test_was_skipped_was_not_shown(project):
    (project / "tests" / "test_it.py").write_text(TESTS.replace("async ", "").replace(": ...", ": pytest.skip()", 1))
    code, shown = run(project)
    assert code == 1
    assert "\nS1 S2 S3: tests/test_it.py::test_right\n" in shown


def test_who_asks_for_some_tests_gets_those_alone(project):
    assert run(project, "-k", "right")[0] == 0
    assert run(project, "tests/test_it.py::test_right")[0] == 0
    assert run(project, "-m", "proof")[0] == 0
