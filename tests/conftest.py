"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.rows import pytest_configure  # noqa: F401 - a hook: which rows of docs/features.md were shown
from tests.servers.samba import domain  # noqa: F401 - a fixture: one Samba for all processes of the run

IN_CI = os.environ.get("CI") == "true"

# A busy machine is no fault of the code. In CI the same examples each time: a change fails for what it changes.
settings.register_profile("radiusd", deadline=None, derandomize=IN_CI)
settings.load_profile("radiusd")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: what was not tried was not shown."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("\na test was skipped, which counts as failed here", red=True)
