"""One server for each database file or configuration, and what `reload` signals."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from radiusd.process import pidfile
from radiusd.process.pidfile import PidFile, RunningError, State, path_of
from tests.servers.daemon import ROOT

HOLD = """
import sys
from pathlib import Path
from radiusd.process.pidfile import PidFile
held = PidFile(Path(sys.argv[1]))
print(flush=True)
for line in sys.stdin:
    word, *keys = line.split()
    held.reloaded(applied=word == "applied", waiting=keys)
    print(flush=True)
held.close()
"""


@contextmanager
def holding(path):
    """Another process that holds it; what is called with a line has it write that line's reload."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def told(line):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        process.stdout.readline()

    process.stdout.readline()
    try:
        yield process.pid, told
    finally:
        process.communicate()


def test_a_second_server_is_refused_with_the_pid_of_the_first(tmp_path):
    with holding(tmp_path / "radiusd.pid") as (pid, _told), pytest.raises(RunningError) as refused:
        PidFile(tmp_path / "radiusd.pid")
    assert refused.value.pid == pid
    PidFile(tmp_path / "radiusd.pid").close()


def test_who_runs(tmp_path):
    path = tmp_path / "radiusd.pid"
    assert pidfile.running(path) is None
    with holding(path) as (pid, _told):
        assert pidfile.running(path) == State(pid, 0, applied=True)
    assert pidfile.running(path) is None


def test_a_file_that_a_crash_left_behind_is_nobodys(tmp_path):
    path = tmp_path / "radiusd.pid"
    path.write_text("1\n0 applied\n")
    assert pidfile.running(path) is None
    PidFile(path).close()


def test_whose_the_lock_is_says_the_system_and_not_the_file(tmp_path):
    """Else whoever may write the file has any process signalled by root (X45)."""
    path = tmp_path / "radiusd.pid"
    with holding(path) as (pid, _told):
        path.write_text(f"{os.getpid()}\n0 applied\n")
        assert pidfile.running(path) == State(pid, 0, applied=True)
        path.write_text("nonsense")
        assert pidfile.running(path) == State(pid, 0, applied=True)


def test_what_came_of_reloads(tmp_path):
    path = tmp_path / "radiusd.pid"
    with holding(path) as (pid, told):
        told("refused")
        assert pidfile.running(path) == State(pid, 1, applied=False)
        told("applied listen database")
        assert pidfile.running(path) == State(pid, 2, applied=True, waiting=("listen", "database"))


def test_a_link_is_not_followed(tmp_path):
    """Else whoever may write in that folder empties any file of the server's."""
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "radiusd.pid").symlink_to(precious)
    with pytest.raises(OSError):
        PidFile(tmp_path / "radiusd.pid")
    assert precious.read_text() == "kept"


KEY = Path("/etc/radiusd/radiusd.key")
A, B = Path("/etc/radiusd/a.yaml"), Path("/etc/radiusd/b.yaml")


def test_one_server_for_each_file_of_sqlite():
    """Two files in one folder are two databases."""
    assert str(path_of("sqlite:////var/lib/radiusd/radiusd.db", KEY, A)) == "/var/lib/radiusd/radiusd.pid"
    assert str(path_of("sqlite:////var/lib/radiusd/other.db", KEY, A)) == "/var/lib/radiusd/other.pid"
    assert str(path_of("sqlite:////var/lib/radiusd/odd.pid", KEY, A)) == "/var/lib/radiusd/odd.pid.pid"


def test_nodes_of_one_postgresql_share_a_key_and_no_lock():
    """X47: each has its own configuration."""
    database = "postgresql://radiusd@db/radiusd"
    first, second = path_of(database, KEY, A), path_of(database, KEY, B)
    assert first != second
    assert first == path_of("postgresql://radiusd@db2/radiusd", KEY, A)  # another database is for a restart
    assert (first.parent, second.parent) == (KEY.parent, KEY.parent)
