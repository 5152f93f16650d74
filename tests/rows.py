"""Rows of docs/features.md: which test shows which, and that in a run of all of them each test of a row ran.

A test carries them as a marker: `@pytest.mark.row("S51", "S90")`. Which tests do is read from their text, not from what
pytest has collected: so one that is not run, for whatever reason, is missed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

KINDS = {"": {False, True}, "not proof": {False}, "proof": {True}}
"""Of `-m`: whether tests that are proofs belong to a run of everything."""


class Marked(NamedTuple):
    """A test by its pytest id, without parameters, and the rows it shows."""

    test: str
    rows: tuple[str, ...]
    is_proof: bool


def marked(root: Path) -> list[Marked]:
    """The tests below `root`/tests that carry rows, by file and place in it."""
    return [
        each
        for path in sorted((root / "tests").glob("**/test_*.py"))
        if "mark.row" in (text := path.read_text())
        for each in _marked(ast.parse(text).body, str(path.relative_to(root)), (), False)
    ]


def _marked(body: Iterable[ast.stmt], place: str, rows: tuple[str, ...], is_proof: bool) -> Iterator[Marked]:
    """What a file or class has, with the marks of the class and of the whole file."""
    statements = list(body)
    for statement in statements:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            values = statement.value.elts if isinstance(statement.value, ast.List) else [statement.value]
            rows += _rows(values)
            is_proof = is_proof or _is_proof(values)
    for each in statements:
        if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            all_rows, long = rows + _rows(each.decorator_list), is_proof or _is_proof(each.decorator_list)
            if isinstance(each, ast.ClassDef):
                yield from _marked(each.body, f"{place}::{each.name}", all_rows, long)
            elif all_rows and each.name.startswith("test_"):
                yield Marked(f"{place}::{each.name}", all_rows, long)


def _rows(marks: Iterable[ast.expr]) -> tuple[str, ...]:
    return tuple(
        ast.literal_eval(row)
        for mark in marks
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.row"
        for row in mark.args
    )


def _is_proof(marks: Iterable[ast.expr]) -> bool:
    return "pytest.mark.proof" in map(ast.unparse, marks)


class Watch:
    """Looks on in the process that pytest was started as: its workers report to it."""

    def __init__(self, expected: list[Marked]) -> None:
        self._expected = expected
        self._passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid.partition("[")[0])

    def missing(self) -> list[str]:
        """The rows that were not shown, each with its test that did not run to its end and pass."""
        return [f"{' '.join(each.rows)}: {each.test}" for each in self._expected if each.test not in self._passed]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.missing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if missing := self.missing():
            terminalreporter.section("rows whose test did not run and pass", red=True)
            terminalreporter.write_line("\n".join(missing))


def pytest_configure(config: pytest.Config) -> None:
    """Where everything was asked for, rows are watched."""
    if is_of_everything(config) and not hasattr(config, "workerinput"):
        kinds = KINDS[config.option.markexpr]
        watch = Watch([each for each in marked(config.rootpath) if each.is_proof in kinds])
        config.pluginmanager.register(watch, "rows")


def is_of_everything(config: pytest.Config) -> bool:
    """Whether no test was left out by name, keyword or otherwise, but by `-m proof` or `-m "not proof"`."""
    asked = config.option
    narrowed = (asked.keyword, asked.deselect, asked.ignore, asked.ignore_glob, asked.collectonly)
    again = getattr(asked, "lf", False) or getattr(asked, "stepwise", False)
    return config.args == config.getini("testpaths") and asked.markexpr in KINDS and not any(narrowed) and not again
