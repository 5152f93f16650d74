"""Logins a second with two factors, in one go: python bench/mfa_speed.py [--rounds 5] [--seconds 2] [--cache FOLDER]

cached  password, Access-Challenge, code, Access-Accept; 64 logins in flight. radiusd has everything on: duplicates,
        Message-Authenticator required, policy, blocking, limits of sending, reply attributes of rule and user; the state
        of each login, its message and its audit rows are committed with synchronous=FULL before an answer leaves. Users
        have argon2id hashes and signed in once before, so that the password is remembered. Beside it FreeRADIUS with
        rlm_python3, which keeps states in a dict and records nothing. Both hand each code to the generator in a
        datagram, in place of a mail.
hash    the same with `password_cache: 0s`, beside privacyIDEA, whose PINs have the same hash (argon2id, 19 MiB, t=2,
        p=1): gunicorn with two workers on SQLite, HTTP in place of RADIUS, HOTP in place of a mail. Needs --cache, a
        folder outside the checkout into which privacyIDEA is installed from PyPI where it is not there yet.

Servers stay up and are measured in turn, A B A B; figures are medians, ratios medians of the rounds' own ratios. At the
end radiusd's database must have a login, a message and an Accept for each that was answered.
Needs gcc, freeradius and freeradius-python3.
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
from pathlib import Path

import mfa_peers
from measuring import Load, Server, circumstances, free_port, loader
from privacyidea_load import Load as HttpLoad

OF_PYTHON3, OF_PRIVACYIDEA = 0.4, 5.0
HASH_USERS, AT_ONCE = 200, 4


def verdict(ratio: float, target: float) -> str:
    return f"target {target:g}: {'met' if ratio >= target else 'MISSED'}"


def of_rounds(first: list[dict], second: list[dict]) -> float:
    """The median of the rounds' own ratios."""
    pairs = zip(first, second, strict=True)
    return statistics.median(own["logins_per_second"] / other["logins_per_second"] for own, other in pairs)


def line(name: str, runs: list[dict], more: str = "") -> None:
    rates = [run["logins_per_second"] for run in runs]
    p50 = statistics.median(run["login_ms"]["p50"] for run in runs)
    print(
        f"| {name} | {statistics.median(rates):,.1f} | {min(rates):,.1f}-{max(rates):,.1f} | {p50:.2f} {more}|",
        flush=True,
    )


def cached(folder: Path, load: Load, rounds: int, seconds: float, users: int) -> bool:
    """Whether the target is met and nothing is missing in the database."""
    codes = free_port()
    everybody = ("-u", "user%06d", "-N", str(users), "--answer-port", str(codes))
    servers = []
    try:
        for name, make in (
            ("radiusd", lambda at, port: mfa_peers.radiusd(at, port, users, codes, "1h")),
            ("FreeRADIUS, rlm_python3", lambda at, port: mfa_peers.freeradius(at, port, users, codes)),
        ):
            port = free_port()
            at = folder / str(len(servers))
            servers.append(Server(name, make(at, port), port, folder / f"{len(servers)}.log"))
        for server in servers:
            server.until_ready(load, *everybody)
            server.count(load(server.port, *everybody, "-n", str(users), "-c", "4", "-t", "30"))  # argon2id, once each
        for _ in range(rounds):
            for server in servers:
                server.measure(load, *everybody, "-c", "64", "-d", str(seconds))
        print("\n| server | logins/s | min-max | p50 ms | p99 ms | CPU µs/login | MiB |\n|---|---|---|---|---|---|---|")
        for server in servers:
            p99 = statistics.median(run["login_ms"]["p99"] for run in server.runs)
            cpu = statistics.median(run["cpu"] / run["finished"] * 1e6 for run in server.runs)
            line(server.name, server.runs, f"| {p99:.2f} | {cpu:.0f} | {server.resident():.0f} ")
        ratio = of_rounds(servers[0].runs, servers[1].runs)
        print(f"radiusd is {ratio:.2f} times FreeRADIUS with rlm_python3; {verdict(ratio, OF_PYTHON3)}")
    finally:
        for server in servers:
            server.stop()
    return is_complete(folder / "0" / "radiusd.db", servers[0].accepts) and ratio >= OF_PYTHON3


def is_complete(path: Path, accepts: int) -> bool:
    """Whether each Accept that was answered has its row in the audit, its login and its message."""
    database = sqlite3.connect(path)
    count = lambda statement: database.execute(statement).fetchone()[0]
    rows = {
        "accepts in the audit": count("select count(*) from audit where outcome = 'accept'"),
        "logins": count("select count(*) from logins"),
        "messages": count("select count(*) from messages where sent_at is not null"),
    }
    database.close()
    print(f"{accepts:,} Accepts were answered; " + ", ".join(f"{number:,} {what}" for what, number in rows.items()))
    return all(number == accepts for number in rows.values())


def hashed(folder: Path, load: Load, rounds: int, seconds: float, cache: Path) -> bool:
    """Whether the target beside privacyIDEA is met."""
    codes = free_port()
    everybody = ("-u", "user%06d", "-N", str(HASH_USERS), "--answer-port", str(codes), "-t", "30")
    programs = mfa_peers.privacyidea_environment(cache)
    port, theirs = free_port(), free_port(socket.SOCK_STREAM)
    servers = []
    try:
        command = mfa_peers.radiusd(folder / "0", port, HASH_USERS, codes, "0s")
        servers.append(Server("radiusd", command, port, folder / "0.log"))
        command = mfa_peers.privacyidea(folder / "1", theirs, HASH_USERS, programs)
        servers.append(Server("privacyIDEA", command, theirs, folder / "1.log"))
        ours, other = servers
        ours.until_ready(load, *everybody)
        web = HttpLoad(theirs, HASH_USERS)
        end = time.monotonic() + 60
        while not web.is_ready():
            if time.monotonic() > end or other.process.poll() is not None:
                other.give_up("does not answer")
            time.sleep(0.5)
        web.run(10, 2)  # each worker once
        many = max(int(20 * seconds), 20)
        alone: dict[str, list[dict]] = {"radiusd": [], "privacyIDEA": []}
        for _ in range(rounds):
            ours.measure(load, *everybody, "-c", str(AT_ONCE), "-d", str(seconds))
            other.runs.append(web.run(many, AT_ONCE))
            alone["radiusd"].append(load(port, *everybody, "-c", "1", "-n", "20"))
            alone["privacyIDEA"].append(web.run(10, 1))
        print("\n| server | logins/s | min-max | p50 ms |\n|---|---|---|---|")
        for server in servers:
            line(f"{server.name}, {AT_ONCE} in flight", server.runs)
            line(f"{server.name}, alone", alone[server.name])
        ratio = of_rounds(ours.runs, other.runs)
        print(f"radiusd is {ratio:.2f} times privacyIDEA with the same hash; {verdict(ratio, OF_PRIVACYIDEA)}")
    finally:
        for server in servers:
            server.stop()
    return ratio >= OF_PRIVACYIDEA


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=2.0, help="of each server in each round")
    arguments.add_argument("--users", type=int, default=4000, help="each costs one argon2id before the first round")
    arguments.add_argument("--cache", type=Path, help="folder for privacyIDEA; without it that part is left out")
    arguments.add_argument("--only", nargs="+", choices=("cached", "hash"), default=("cached", "hash"))
    asked = arguments.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("gcc", "freeradius"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install {program}")
    print(f"{circumstances()}\n{asked.rounds} rounds of {asked.seconds:g} s, {asked.users} users", flush=True)
    met = []
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        load = loader(folder)
        if "cached" in asked.only:
            met.append(cached(folder / "cached", load, asked.rounds, asked.seconds, asked.users))
        if "hash" in asked.only:
            if asked.cache is None:
                print("\nprivacyIDEA is left out: --cache FOLDER says where it may be installed")
            else:
                met.append(hashed(folder / "hash", load, asked.rounds, asked.seconds, asked.cache.resolve()))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
