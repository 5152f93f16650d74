"""Committed audit rows per second, written by store.Store beside an event loop that works for each of them.

    python bench/store_bench.py [--database URL] [--seconds S] [--runs N] [--ways WAY ...]

For each row the loop does what a sign-in costs it (two system calls on a UDP socket and a few MD5 rounds); the next
sign-in begins when the row is committed, with a fixed number in flight. `busy` keeps the loop at 100 % besides: it
never sleeps, so the writer has to fight for the interpreter. Runs are interleaved; medians are printed.

without         no database: what the loop alone does
executemany     one statement per row, compiled once
rows            one statement for up to 256 rows, by the store's thread
recorder        the same by the store's process, as it is on SQLite
steps           store.write: a function for each row, with its own INSERT
logins          instead of a row: a login that is opened, with a message and an audit row, and taken one step further
limited         the same, where the message is limited
also            the same as logins; the second step has a function of its own
writes          the same, which says whether it was in time
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import platform
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from msgspec.structs import replace

from store import Store, audit, logins
from store.databases.sqlite import Sqlite
from store.logins import Advance, Limit, Opening
from store.records import LoginRow, MessageRow

NAMES = [f"user{number:06d}" for number in range(1000)]
LOGINS = ("logins", "limited", "also", "writes")
TRAIL = '{"trail": ["password-only: first profile of password", "password right, remembered"]}'


def row() -> tuple:
    return (
        time.time(),
        None,
        "",
        "vpn-gateway",
        "vpn",
        random.choice(NAMES),
        "local",
        "0123456789abcdef0123456789abcdef",
        "192.0.2.1",
        "vpn",
        "192.0.2.10",
        "password-only",
        "begin",
        "accept",
        "",
        TRAIL,
    )


def login(number: int) -> LoginRow:
    name, now = random.choice(NAMES), time.time()
    return LoginRow(
        f"{number:024x}", now, now + 900, "local", name, name, name, "gw", "vpn", "office-mail", "pc", "nas", "127.0.0.1",
        f"{name} {number}", 1, "office-mail", "[]", "{}", "0a0b0c0d", "ab", "{}", "open", None,
    )  # fmt: skip


def in_time(connection) -> bool:
    return True


def executemany(driver, rows, values):
    driver.executemany(next(rows.chunks(values[:1]))[0], values)


class Load:
    """One run. `how` and `in_flight` as above."""

    def __init__(self, store, how: str, in_flight: int, busy: bool) -> None:
        self.store, self.how, self.in_flight, self.busy = store, how, in_flight, busy
        self.loop = asyncio.get_running_loop()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.address = self.socket.getsockname()
        self.md5 = hashlib.md5(b"x" * 64)
        self.count = self.failed = self.begun = 0
        self.tasks = set()

    def work(self) -> None:
        for _ in range(4):
            copied = self.md5.copy()
            copied.update(b"y" * 100)
            copied.digest()

    def done(self, committed: bool) -> None:
        self.count += 1
        self.failed += not committed
        if self.socket.fileno() < 0:
            return  # the run is over; what was begun comes to its end
        self.socket.sendto(b"z" * 60, self.address)

    async def step(self) -> None:
        values = row()
        await self.store.write(lambda connection: audit.insert(connection, values))
        self.done(True)

    def login(self) -> None:
        self.begun += 1
        first = login(self.begun)
        user = first.directory, first.unique_id
        message = MessageRow(first.id, first.at, first.id, "code", "p", *user, "ann@example.com", first.until)
        limits = (Limit(*user, "code", "", 1 << 30, first.at),) if self.how == "limited" else ()
        opening = self.store.write_jointly(logins.OPEN, Opening(first, (row(),), (message,), limits))
        opening.follow(lambda: self.further(first))

    def further(self, first: LoginRow) -> None:
        if self.socket.fileno() < 0:
            return
        second = replace(first, joins=None, step=2, status="accepted")
        also = in_time if self.how == "also" else None
        more = {"writes": (in_time,)} if self.how == "writes" else {}
        step = self.store.write_jointly(logins.ADVANCE, Advance(second, (row(),), (), (), also, **more))
        step.follow(lambda: self.done(step.result() is logins.Written.DONE))

    def readable(self) -> None:
        for _ in range(64):
            try:
                self.socket.recvfrom(4096)
            except BlockingIOError:
                return
            self.work()
            if self.how == "without":
                self.done(True)
            elif self.how in LOGINS:
                self.login()
            elif self.how == "steps":
                task = self.loop.create_task(self.step())
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            else:
                self.store.append(audit.ROWS, row(), self.done)

    def spin(self) -> None:
        if self.busy:
            self.work()
            self.loop.call_soon(self.spin)

    async def run(self, seconds: float) -> dict[str, float]:
        self.loop.add_reader(self.socket, self.readable)
        self.spin()
        for _ in range(self.in_flight):
            self.socket.sendto(b"z", self.address)
        await asyncio.sleep(0.2)
        count, wall, cpu, writer = self.count, time.perf_counter(), time.process_time(), writer_cpu()
        await asyncio.sleep(seconds)
        count, wall = self.count - count, time.perf_counter() - wall
        cpu, writer = time.process_time() - cpu, writer_cpu() - writer
        self.busy = False
        self.loop.remove_reader(self.socket)
        await asyncio.sleep(0.05)
        self.socket.close()
        if self.failed:
            raise SystemExit(f"{self.failed} rows were refused")
        count = count or 1
        return {
            "rows/s": count / wall,
            "CPU us": 1e6 * cpu / count,
            "writer us": 1e6 * writer / count,
            "ms each": 1e3 * self.in_flight * wall / count,
        }


def writer_cpu() -> float:
    for thread in threading.enumerate():
        if thread.name == "store-writer":
            return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    return 0.0


async def one(url: str, how: str, in_flight: int, busy: bool, seconds: float) -> dict[str, float]:
    insert, is_one_statement = Sqlite.insert, Sqlite.is_one_statement
    if how == "executemany":
        Sqlite.insert = staticmethod(executemany)
        Sqlite.is_one_statement = staticmethod(lambda values: False)
    store = None
    try:
        if how != "without":
            store = Store.open(url)
            if how not in ("recorder", *LOGINS):
                store._router.recorder = None
            store.start(asyncio.get_running_loop())
            while store._router.recorder is not None and not store._router.recorder.ready:
                await asyncio.sleep(0.01)
        return await Load(store, how, in_flight, busy).run(seconds)
    finally:
        if store is not None:
            await store.close()
        Sqlite.insert, Sqlite.is_one_statement = staticmethod(insert), staticmethod(is_one_statement)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="default: a new SQLite file")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--in-flight", type=int, nargs="*", default=[64, 256])
    parser.add_argument("--ways", nargs="*", help="only these; default: all")
    options = parser.parse_args()
    sys.setswitchinterval(0.0005)
    ways = options.ways or ["without", "executemany", "rows", "recorder", "steps", *LOGINS]
    if options.database:
        ways = [way for way in ways if way not in ("executemany", "recorder")]
    print(
        f"{sys.executable} {platform.python_version()} ({' '.join(platform.python_build())}); "
        f"{options.database or 'SQLite, WAL, synchronous=FULL'}; load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':12} {'in flight':>9} {'busy':>5} {'rows/s':>9} {'CPU us':>7} {'writer us':>9} {'ms each':>8}")
    for in_flight in options.in_flight:
        for busy in (False, True):
            found = {way: [] for way in ways}
            for _ in range(options.runs):
                for way in ways:
                    with tempfile.TemporaryDirectory() as folder:
                        url = options.database or f"sqlite:///{Path(folder).absolute()}/bench.db"
                        found[way].append(asyncio.run(one(url, way, in_flight, busy, options.seconds)))
            for way, runs in found.items():
                middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
                print(
                    f"{way:12} {in_flight:9} {'yes' if busy else '':>5} {middle['rows/s']:9.0f} {middle['CPU us']:7.2f}"
                    f" {middle['writer us']:9.2f} {middle['ms each']:8.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
