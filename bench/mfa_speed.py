"""Logins a second with two factors, in one go: python bench/mfa_speed.py [--rounds 5] [--seconds 2] [--cache FOLDER]

cached  password, Access-Challenge, code, Access-Accept; 64 logins in flight. radiusd has everything on: duplicates,
        Message-Authenticator required, policy, blocking, limits of sending, reply attributes of rule and user; the state
        of each login, its message and its audit rows are committed with synchronous=FULL before an answer leaves. Users
        have argon2id hashes and signed in once before, so that the password is remembered. Once with a code that is
        mailed, and once with that of an authenticator app (TOTP): the secrets are sealed in the database, and the step
        of time is used up in the Accept's transaction. Beside them FreeRADIUS with rlm_python3, which keeps states in a
        dict and records nothing. Mailed codes are handed to the generator in a datagram, in place of a mail.
hash    the same with `password_cache: 0s`, beside privacyIDEA with TOTP tokens, whose PINs have the same hash (argon2id,
        19 MiB, t=2, p=1): gunicorn with two workers on SQLite, HTTP in place of RADIUS. Needs --cache, a folder outside
        the checkout into which privacyIDEA is installed from PyPI where it is not there yet.

Servers stay up and are measured in turn, A B C A B C, for a second each where passwords are remembered, since a code of an
app is good once; figures are medians, ratios medians of the rounds' own ratios. At the end radiusd's databases must have a
login and an Accept for each that was answered, and a message or a used step.
Needs gcc, freeradius and freeradius-python3.
"""

import argparse
import base64
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
from privacyidea_load import KEY
from privacyidea_load import Load as HttpLoad

OF_PYTHON3, OF_PRIVACYIDEA = 0.4, 5.0
APP_OF_MAILED, APP_OF_PRIVACYIDEA = 1.1, 6.0
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


def cached(folder: Path, load: Load, slices: int, users: int) -> bool:
    """Whether the targets are met and nothing is missing in the databases."""
    codes = free_port()
    everybody = ("-u", "user%06d", "-N", str(users))
    folder.mkdir(parents=True)
    mailed, shown = ("--answer-port", str(codes)), ("--answer-steps", str(mfa_peers.steps(folder / "steps.txt")))
    made = (
        ("radiusd, mailed code", mailed, lambda at, port: mfa_peers.radiusd(at, port, users, codes, "1h")),
        (
            "radiusd, authenticator app",
            shown,
            lambda at, port: mfa_peers.radiusd(at, port, users, codes, "1h", app=True),
        ),
        ("FreeRADIUS, rlm_python3", mailed, lambda at, port: mfa_peers.freeradius(at, port, users, codes)),
    )
    servers = []
    try:
        for number, (name, _answers, make) in enumerate(made):
            port = free_port()
            servers.append(Server(name, make(folder / str(number), port), port, folder / f"{number}.log"))
        options = [(*everybody, *answers) for _name, answers, _make in made]
        for server, of in zip(servers, options, strict=True):
            server.until_ready(load, *of)
            server.count(load(server.port, *of, "-n", str(users), "-c", "4", "-t", "30"))  # argon2id, once each
        for _ in range(slices):
            for server, of in zip(servers, options, strict=True):
                server.measure(load, *of, "-c", "64", "-d", "1")
        print("\n| server | logins/s | min-max | p50 ms | p99 ms | CPU µs/login | MiB |\n|---|---|---|---|---|---|---|")
        for server in servers:
            p99 = statistics.median(run["login_ms"]["p99"] for run in server.runs)
            cpu = statistics.median(run["cpu"] / run["finished"] * 1e6 for run in server.runs)
            line(server.name, server.runs, f"| {p99:.2f} | {cpu:.0f} | {server.resident():.0f} ")
    finally:
        for server in servers:
            server.stop()
    ours, app, python3 = servers
    met = [
        told("mailed codes are", of_rounds(ours.runs, python3.runs), "FreeRADIUS with rlm_python3", OF_PYTHON3),
        told("apps are", of_rounds(app.runs, ours.runs), "our own mailed codes", APP_OF_MAILED),
        is_complete(folder / "0" / "radiusd.db", ours.accepts, "messages where sent_at is not null"),
        is_complete(folder / "1" / "radiusd.db", app.accepts, "audit where detail like '%authenticator code right%'"),
        is_sealed(folder / "1" / "radiusd.db", users),
    ]
    return all(met)


def told(what: str, ratio: float, of: str, target: float) -> bool:
    print(f"{what} {ratio:.2f} times {of}; {verdict(ratio, target)}")
    return ratio >= target


def is_complete(path: Path, accepts: int, second: str) -> bool:
    """Whether each Accept that was answered has its row in the audit, its login and what shows its second factor."""
    database = sqlite3.connect(path)
    rows = {
        each.partition(" ")[0]: database.execute(f"select count(*) from {each}").fetchone()[0]
        for each in ("audit where outcome = 'accept'", "logins", second)
    }
    database.close()
    print(
        f"{accepts:,} Accepts were answered; " + ", ".join(f"{number:,} in {table}" for table, number in rows.items())
    )
    return all(number == accepts for number in rows.values())


def is_sealed(path: Path, users: int) -> bool:
    """Whether nobody who reads the database has a key of an app, and every app's step was used up."""
    database = sqlite3.connect(path)
    rows = database.execute("select secret, step from authenticators").fetchall()
    database.close()
    key = base64.b32encode(KEY).decode().rstrip("=")
    clear, unused = sum(key in secret for secret, _ in rows), sum(step < 0 for _, step in rows)
    print(f"{len(rows):,} apps: {clear} secrets in clear, {unused} of which no step was used up")
    return (len(rows), clear, unused) == (users, 0, 0)


def hashed(folder: Path, load: Load, rounds: int, seconds: float, cache: Path) -> bool:
    """Whether the targets beside privacyIDEA are met."""
    codes = free_port()
    everybody = ("-u", "user%06d", "-N", str(HASH_USERS), "-t", "30")
    folder.mkdir(parents=True)
    mailed, shown = ("--answer-port", str(codes)), ("--answer-steps", str(mfa_peers.steps(folder / "steps.txt")))
    programs = mfa_peers.privacyidea_environment(cache)
    theirs, servers = free_port(socket.SOCK_STREAM), []
    try:
        for number, (name, app) in enumerate((("radiusd, mailed code", False), ("radiusd, authenticator app", True))):
            port = free_port()
            command = mfa_peers.radiusd(folder / str(number), port, HASH_USERS, codes, "0s", app=app)
            servers.append(Server(name, command, port, folder / f"{number}.log"))
        command = mfa_peers.privacyidea(folder / "2", theirs, HASH_USERS, programs)
        servers.append(Server("privacyIDEA, TOTP", command, theirs, folder / "2.log"))
        options = [(*everybody, *mailed), (*everybody, *shown)]
        for server, of in zip(servers, options, strict=False):
            server.until_ready(load, *of)
        web = until_web(servers[2], theirs)
        alone: dict[str, list[dict]] = {server.name: [] for server in servers}
        for _ in range(rounds):
            for server, of in zip(servers, options, strict=False):
                server.measure(load, *of, "-c", str(AT_ONCE), "-d", str(seconds))
            servers[2].runs.append(web.run(max(int(20 * seconds), 20), AT_ONCE))
            for server, of in zip(servers, options, strict=False):
                alone[server.name].append(load(server.port, *of, "-c", "1", "-n", "20"))
            alone[servers[2].name].append(web.run(10, 1))
        print("\n| server | logins/s | min-max | p50 ms |\n|---|---|---|---|")
        for server in servers:
            line(f"{server.name}, {AT_ONCE} in flight", server.runs)
            line(f"{server.name}, alone", alone[server.name])
    finally:
        for server in servers:
            server.stop()
    ours, app, other = (server.runs for server in servers)
    met = [
        told("mailed codes are", of_rounds(ours, other), "privacyIDEA with the same hash", OF_PRIVACYIDEA),
        told("apps are", of_rounds(app, other), "privacyIDEA with the same hash", APP_OF_PRIVACYIDEA),
    ]
    return all(met)


def until_web(server: Server, port: int) -> HttpLoad:
    """privacyIDEA once it answers, each of its workers warm."""
    web = HttpLoad(port, HASH_USERS)
    end = time.monotonic() + 60
    while not web.is_ready():
        if time.monotonic() > end or server.process.poll() is not None:
            server.give_up("does not answer")
        time.sleep(0.5)
    web.run(10, 2)
    return web


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
            met.append(cached(folder / "cached", load, max(1, round(asked.rounds * asked.seconds)), asked.users))
        if "hash" in asked.only:
            if asked.cache is None:
                print("\nprivacyIDEA is left out: --cache FOLDER says where it may be installed")
            else:
                met.append(hashed(folder / "hash", load, asked.rounds, asked.seconds, asked.cache.resolve()))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
