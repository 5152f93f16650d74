"""Password sign-ins a second, in one go: python bench/password_speed.py [--rounds 5] [--seconds 2] [--only PART ...]

cached  ours beside its peers: the same users, the same requests (PAP, 7 attributes, Message-Authenticator), 64 in
        flight. radiusd runs as `radiusd run` with everything on: duplicates, Message-Authenticator required, a policy
        by group, blocking, reply attributes of rule and user, and an audit row for each login, committed with
        synchronous=FULL before the answer leaves. Its users have argon2id hashes and signed in once before, so the
        password is remembered, as it is for whoever signs in again within `password_cache`. At the end its audit must
        have exactly as many rows as there were Accepts.
hash    argon2id logins beside the bare hash on all cores: of users whose remembered password is forgotten again, so
        that each pays for a hash, with remembered logins beside them; and first sign-ins, which read the user too.
ldap    sign-ins through slapd beside a bare ldap3 loop that keeps its connections.

Servers stay up and are measured in turn, A B C A B C; figures are medians, ratios medians of the rounds' own ratios.
Needs gcc, freeradius and slapd; the interpreter that runs this runs radiusd and pyrad too.
"""

import argparse
import os
import shutil
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import bare
import freeradius_conf
import radiusd_setup
import slapd_setup
from measuring import HERE, Load, Server, circumstances, free_port, loader

TARGETS = {  # logins a second, ours to theirs, at least
    "pyrad, asyncio": 4.0,
    "FreeRADIUS, users file": 0.7,
    "FreeRADIUS, rlm_sql SQLite": 3.0,
    "FreeRADIUS, rlm_sql SQLite, post-auth": 5.0,
}
OF_BARE_HASH, BESIDE_HASHES_MS, OF_BARE_LDAP = 0.95, 5.0, 0.85
HASH_SECONDS = 5.0
SETTLE_SECONDS = 0.5  # until the disk has done with what the server before wrote
KNOWN_EACH = 500  # users for each core: none of them comes again before the password is forgotten
REMEMBERED = "10s"
LDAP_USERS = 2000


@contextmanager
def running(folder: Path, makers: dict[str, Callable[[Path, int], list[str]]]) -> Iterator[list[Server]]:
    """The servers by name, each in a folder of its own; ended with the block."""
    servers: list[Server] = []
    try:
        for number, (name, make) in enumerate(makers.items()):
            port = free_port()
            command = make(folder / str(number), port)
            servers.append(Server(name, command, port, folder / f"{number}.log"))
        yield servers
    finally:
        for server in servers:
            server.stop()


def verdict(ratio: float, target: float) -> str:
    return f"{target:g}: {'met' if ratio >= target else 'MISSED'}"


def cached(folder: Path, load: Load, rounds: int, seconds: float, users: int) -> bool:
    """Whether every target is met and the audit is complete."""
    conf = freeradius_conf.write
    makers = {
        "radiusd": lambda at, port: radiusd_setup.local(at, port, (f"user{number:06d}" for number in range(users))),
        "pyrad, asyncio": lambda _at, port: [sys.executable, str(HERE / "pyrad_server.py"), str(port), str(users)],
        "FreeRADIUS, users file": lambda at, port: conf("users", at, port, users),
        "FreeRADIUS, rlm_sql SQLite": lambda at, port: conf("sqlite", at, port, users),
        "FreeRADIUS, rlm_sql SQLite, post-auth": lambda at, port: conf("sqlite", at, port, users, post_auth=True),
    }
    everybody = ("-u", "user%06d", "-N", str(users))
    with running(folder, makers) as servers:
        for server in servers:
            server.until_ready(load, *everybody)
            # Every user once: argon2id for ours, the page cache for the others.
            server.count(load(server.port, *everybody, "-n", str(users), "-c", "4", "-t", "30"))
        for _ in range(rounds):
            for server in servers:
                time.sleep(SETTLE_SECONDS)
                server.measure(load, *everybody, "-c", "64", "-d", str(seconds))
        met = table(servers)
    return is_complete(folder / "0" / "radiusd.db", servers[0]) and met


def table(servers: list[Server]) -> bool:
    """Prints the figures. Whether every target is met."""
    print(
        "\n| server | logins/s | min-max | p50 / p99 ms | CPU µs/login | MiB | radiusd is | target |\n|---|---|---|---|---|---|---|---|"
    )
    met = True
    for server in servers:
        runs = server.runs
        rates = [run["logins_per_second"] for run in runs]
        pairs = zip(servers[0].runs, rates, strict=True)
        ratio = statistics.median(own["logins_per_second"] / rate for own, rate in pairs)
        compared = "|"
        if server.name in TARGETS:
            met = met and ratio >= TARGETS[server.name]
            compared = f"{ratio:.2f} times | {verdict(ratio, TARGETS[server.name])}"
        print(
            f"| {server.name} | {statistics.median(rates):,.0f} | {min(rates):,.0f}-{max(rates):,.0f} "
            f"| {statistics.median(run['login_ms']['p50'] for run in runs):.2f} "
            f"/ {statistics.median(run['login_ms']['p99'] for run in runs):.2f} "
            f"| {statistics.median(run['cpu'] / run['finished'] * 1e6 for run in runs):.1f} "
            f"| {server.resident():.0f} | {compared} |"
        )
    return met


def is_complete(path: Path, server: Server) -> bool:
    """Whether the audit has one row for each Accept that was answered, no more and no less."""
    database = sqlite3.connect(path)
    rows = database.execute("select count(*) from audit where outcome = 'accept'").fetchone()[0]
    database.close()
    equal = rows == server.accepts
    print(f"\nAudit: {rows:,} accepts recorded, {server.accepts:,} answered: {'equal' if equal else 'NOT EQUAL'}")
    return equal


def hashes(folder: Path, load: Load, rounds: int) -> bool:
    """Whether the targets of logins with a hash are met."""
    from radiusd.passwords import hashing

    threads = os.cpu_count() or 1
    stored = hashing.make("password")
    each = int(threads * HASH_SECONDS * 150)  # more users than can sign in for the first time in a round
    known = [f"known-{number:06d}" for number in range(KNOWN_EACH * threads)]
    names = [f"turn{turn}-{number:06d}" for turn in range(rounds) for number in range(each)]
    busy = ("-c", str(4 * threads), "-t", "30")
    forgotten = ("-u", "known-%06d", "-N", str(len(known)), *busy)
    remembered = ("-u", "warm", "-r", "200")
    shares: dict[str, list[float]] = {}

    def beside_bare(server: Server, *options: str) -> None:
        """One round: the bare hash, the server, the bare hash."""
        before = bare.rate(bare.hashing(stored), threads, HASH_SECONDS / 2)
        rate = server.measure(load, *options, "-d", str(HASH_SECONDS))["logins_per_second"]
        bar = (before + bare.rate(bare.hashing(stored), threads, HASH_SECONDS / 2)) / 2
        shares.setdefault(server.name, []).append(rate / bar)
        print(f"argon2id, {server.name}: {rate:.1f} logins/s, bare {bar:.1f}", flush=True)

    # One server after the other: each is measured beside the bare hash, and one that is idle would take cores from both.
    beside = []
    with running(
        folder / "known",
        {"each with a hash": lambda at, port: radiusd_setup.local(at, port, ["warm", *known], REMEMBERED)},
    ) as (server,):
        server.until_ready(load, *remembered)
        load(server.port, *forgotten, "-n", str(len(known)))
        for _ in range(rounds):
            beside_bare(server, *forgotten)
            # Once more, with remembered logins at the same time; not for the rate.
            with ThreadPoolExecutor(1) as beside_us:
                others = beside_us.submit(load, server.port, *forgotten, "-d", str(HASH_SECONDS))
                load(server.port, "-u", "warm", "-n", "1", "-t", "30")  # remembered from here on
                beside.append(load(server.port, *remembered, "-d", str(HASH_SECONDS - 0.6))["login_ms"]["p99"])
                others.result()
    with running(folder / "first", {"first sign-ins": lambda at, port: radiusd_setup.local(at, port, names)}) as (
        server,
    ):
        server.until_ready(load, "-u", names[-1])
        for turn in range(rounds):
            beside_bare(server, "-u", f"turn{turn}-%06d", "-N", str(each), *busy)
    share, of_first = (statistics.median(each) for each in shares.values())
    p99 = statistics.median(beside)
    print(f"argon2id: {share:.2f} of the bare hash on {threads} threads; target {verdict(share, OF_BARE_HASH)}")
    print(f"First sign-ins, for which the user is read from the database too: {of_first:.2f}; no target of their own")
    late = "met" if p99 <= BESIDE_HASHES_MS else "MISSED"
    print(f"Remembered logins beside hashes of others: p99 {p99:.2f} ms; target {BESIDE_HASHES_MS:g}: {late}")
    return share >= OF_BARE_HASH and p99 <= BESIDE_HASHES_MS


def directory(folder: Path, load: Load, rounds: int, seconds: float) -> bool:
    """Whether the target of LDAP is met."""
    port = free_port(socket.SOCK_STREAM)
    makers = {
        "slapd": lambda at, _port: slapd_setup.write(at, port, LDAP_USERS),
        "radiusd": lambda at, own: radiusd_setup.ldap(at, own, port),
    }
    everybody = ("-u", "user%06d", "-N", str(LDAP_USERS))
    shares = []
    with running(folder, makers) as (_slapd, server):
        server.until_ready(load, *everybody)
        for _ in range(rounds):
            bar = max(bare.rate(bare.ldap(port, LDAP_USERS), threads, seconds) for threads in (1, 4))
            run = server.measure(load, *everybody, "-c", "16", "-d", str(seconds))
            shares.append(run["logins_per_second"] / bar)
            print(f"LDAP: {run['logins_per_second']:,.0f} logins/s, bare ldap3 {bar:,.0f}")
    share = statistics.median(shares)
    print(f"LDAP: {share:.2f} of a bare ldap3 loop; target {verdict(share, OF_BARE_LDAP)}")
    return share >= OF_BARE_LDAP


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=2.0, help="of each server in each round")
    arguments.add_argument(
        "--users", type=int, default=1000, help="each costs radiusd one argon2id before the first round"
    )
    arguments.add_argument("--only", nargs="+", choices=("cached", "hash", "ldap"), default=("cached", "hash", "ldap"))
    asked = arguments.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("gcc", "freeradius", "slapd"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install {program}")
    print(f"{circumstances()}\n{asked.rounds} rounds of {asked.seconds:g} s, {asked.users} users", flush=True)
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        load = loader(folder)
        parts = {
            "cached": lambda at: cached(at, load, asked.rounds, asked.seconds, asked.users),
            "hash": lambda at: hashes(at, load, asked.rounds),
            "ldap": lambda at: directory(at, load, min(asked.rounds, 3), asked.seconds),
        }
        met = []
        for part in asked.only:
            (folder / part).mkdir()
            met.append(parts[part](folder / part))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
