"""One server for each database file, and what `reload` signals."""

from __future__ import annotations

import os

import pytest

from radiusd.process import pidfile
from radiusd.process.pidfile import PidFile, RunningError, State, path_of


def test_a_second_server_is_refused_with_the_pid_of_the_first(tmp_path):
    held = PidFile(tmp_path / "radiusd.pid")
    with pytest.raises(RunningError) as refused:
        PidFile(tmp_path / "radiusd.pid")
    assert refused.value.pid == os.getpid()
    held.close()
    PidFile(tmp_path / "radiusd.pid").close()


def test_who_runs(tmp_path):
    path = tmp_path / "radiusd.pid"
    assert pidfile.running(path) is None
    held = PidFile(path)
    assert pidfile.running(path) == State(os.getpid(), 0, applied=True)
    held.close()
    assert pidfile.running(path) is None


def test_a_file_that_a_crash_left_behind_is_nobodys(tmp_path):
    path = tmp_path / "radiusd.pid"
    path.write_text("1\n0 applied\n")
    assert pidfile.running(path) is None
    PidFile(path).close()


def test_a_locked_file_of_nonsense_names_no_process(tmp_path):
    """Signalling process 0 would signal everybody's."""
    path = tmp_path / "radiusd.pid"
    held = PidFile(path)
    path.write_text("nonsense")
    assert pidfile.running(path) == State(0, 0, applied=True)
    held.close()


def test_what_came_of_reloads(tmp_path):
    path = tmp_path / "radiusd.pid"
    held = PidFile(path)
    held.reloaded(applied=False)
    assert pidfile.running(path) == State(os.getpid(), 1, applied=False)
    held.reloaded(applied=True)
    assert pidfile.running(path) == State(os.getpid(), 2, applied=True)
    held.close()


def test_a_link_is_not_followed(tmp_path):
    """Else whoever may write in that folder empties any file of the server's."""
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "radiusd.pid").symlink_to(precious)
    with pytest.raises(OSError):
        PidFile(tmp_path / "radiusd.pid")
    assert precious.read_text() == "kept"


@pytest.mark.parametrize(
    ("database", "path"),
    [
        ("sqlite:////var/lib/radiusd/radiusd.db", "/var/lib/radiusd/radiusd.pid"),
        ("postgresql://radiusd@db/radiusd", "/etc/radiusd/radiusd.pid"),
    ],
)
def test_where_it_is(tmp_path, database, path):
    assert str(path_of(database, tmp_path.__class__("/etc/radiusd/radiusd.key"))) == path
