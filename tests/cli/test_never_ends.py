"""A log that cannot be written ends nobody; a thread or task that must live ends the server, with a reason (X35)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.servers.daemon import COMMAND, START_SECONDS, folder

READY = "radiusd is ready"
# Runs the command with a part of it replaced.
BROKEN = """
import sys
from radiusd.cli.app import run
from store.writing.recorder import Recorder
from {module} import {name} as broken

def bug(*_):
    raise RuntimeError("tulip")

broken.{method} = bug
Recorder.ready = property(lambda self: False, lambda *_: None)  # so that the thread writes all
sys.argv = ["radiusd", "run"]
run()
"""


@pytest.fixture
def here(tmp_path):
    place = folder(tmp_path)
    assert place.radiusd("user", "add", "ann", "--password-stdin", input="long tulip 9\n").code == 0
    return place


def signs_in(place):
    done = place.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
    return done.code == 0


def started(place, command=(*COMMAND, "run"), **streams):
    return subprocess.Popen(command, cwd=place.path, env=place.env(), stdin=subprocess.DEVNULL, **streams)


def wait_until_ready(place, process):
    """Standard output may be closed: it answers once it is ready."""
    end = time.monotonic() + START_SECONDS
    while not signs_in(place):
        assert process.poll() is None, "it ended"
        assert time.monotonic() < end, "it does not answer"


def applied(place):
    """What `radiusd reload` says."""
    return place.radiusd("reload").code == 0


def test_a_log_pipe_that_is_closed_ends_nothing(here):
    """Nor does SIGHUP, of which a line tells."""
    read, write = os.pipe()
    os.close(read)
    with started(here, stdout=write, stderr=write) as process:
        os.close(write)
        try:
            wait_until_ready(here, process)
            assert applied(here)
            process.send_signal(signal.SIGHUP)
            assert signs_in(here)
        finally:
            process.terminate()
            assert process.wait(15) == 0


def test_a_full_disk_under_the_log_ends_nothing(here):
    with Path("/dev/full").open("wb") as full, started(here, stdout=full, stderr=full) as process:
        try:
            wait_until_ready(here, process)
            assert applied(here)
            assert signs_in(here)
        finally:
            process.terminate()
            assert process.wait(15) == 0


def test_without_any_standard_stream(here):
    """The database gets no number that others write to."""
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, "run"]
    with started(here, command) as process:
        try:
            wait_until_ready(here, process)
            names = [str(Path(f"/proc/{process.pid}/fd/{number}").readlink()) for number in (0, 1, 2)]
            assert names == ["/dev/null"] * 3
        finally:
            process.terminate()
            assert process.wait(15) == 0


@pytest.mark.parametrize(
    ("module", "name", "method", "told"),
    [
        ("store.writing.writer", "_Group", "told", "its thread store-writer ended: RuntimeError"),
        ("store.writing.watcher", "Watcher", "_look", "its thread store-watcher ended: RuntimeError"),
        ("radiusd.login.open_logins", "OpenLogins", "sweep", "its task sweep ended: RuntimeError"),
    ],
)
def test_a_part_that_must_live_ends_the_server_with_a_reason(here, module, name, method, told):
    program = BROKEN.format(module=module, name=name, method=method)
    with started(here, [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            if READY in process.stdout.readline().decode():
                signs_in(here)  # or not: something is to be written
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 1
    assert told in err.decode().splitlines()[-1]


def test_a_reload_imports_nothing(here):
    """A server that has no descriptor left could not."""
    program = """
import signal, sys, threading
from radiusd.cli import serving
from radiusd.cli.app import run
before = set()
reloaded = serving.reloaded

async def told(*given, **more):
    before = set(sys.modules)
    fresh = await reloaded(*given, **more)
    print("imported:", sorted(set(sys.modules) - before), flush=True)
    return fresh

serving.reloaded = told
sys.argv = ["radiusd", "run"]
run()
"""
    with started(here, [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert READY in process.stdout.readline().decode()
            assert applied(here)
            assert process.stdout.readline().decode() == "imported: []\n"
        finally:
            process.terminate()
            assert process.wait(15) == 0


def test_idle_connections_take_nothing_from_anybody(here):
    """Under a limit of 128 files, 200 of them leave room for /readyz, a reload and a sign-in; of the log they make a line."""
    command = ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh", *COMMAND, "run"]
    with started(here, command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process, ExitStack() as idle:
        try:
            wait_until_ready(here, process)
            web = ("127.0.0.1", here.ports["web"])
            for number in range(200):
                idle.enter_context(socket.create_connection(web, source_address=(f"127.0.1.{number + 1}", 0)))
            assert httpx.get(f"http://127.0.0.1:{web[1]}/readyz", trust_env=False).json()["ready"]
            assert applied(here)
            assert signs_in(here)
        finally:
            process.terminate()
            _, err = process.communicate(timeout=15)
    assert process.returncode == 0
    told = [json.loads(line)["event"] for line in err.decode().splitlines()]
    assert [event for event in told if "connection" in event] == ["too many connections"]
