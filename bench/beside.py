"""This checkout beside another commit, in one go: python bench/beside.py [--commit d83d05f] [--rounds 9] [--seconds 2]

password  sign-ins with a remembered password, 64 in flight.
code      password, Access-Challenge, code, Access-Accept, as in mfa_speed.py; 64 in flight.

Both have the same interpreter, libraries, users and settings, each its own code and database. They stay up and are measured
in turn, A B A B; ratios are medians of the rounds' own ratios. Beside the rates stand the microseconds that a sign-in takes
of the loop's thread, and of all CPU.
Needs gcc and git; the other commit is checked out into a folder that goes again.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import HERE, Load, Server, circumstances, free_port, loader

ROOT = HERE.parent
TARGETS = {"password": 0.97, "code": 1.15}
PREPARED = """
import json, sys
from pathlib import Path
sys.path.insert(0, str(Path.cwd() / "bench"))
if sys.argv[1] == "code":
    import mfa_peers
    command = mfa_peers.radiusd(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), "1h")
else:
    import radiusd_setup
    names = ["user%06d" % number for number in range(int(sys.argv[4]))]
    command = radiusd_setup.local(Path(sys.argv[2]), int(sys.argv[3]), names)
print(json.dumps([str(part) for part in command]))
"""


def prepared(checkout: Path, what: str, folder: Path, port: int, users: int, codes: int) -> list[str]:
    """The command that runs that checkout's server, by its own scripts."""
    told = run_in(checkout, PREPARED, what, str(folder), str(port), str(users), str(codes))
    return json.loads(told.splitlines()[-1])


def run_in(checkout: Path, program: str, *arguments: str) -> str:
    """What a program prints that runs with the checkout's own code."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """That commit in that folder, until the end."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def measured(what: str, checkouts: dict[str, Path], folder: Path, load: Load, asked: argparse.Namespace) -> bool:
    """Whether the target is met."""
    codes = free_port()
    everybody = ("-u", "user%06d", "-N", str(asked.users)) + (("--answer-port", str(codes)) if what == "code" else ())
    servers = []
    try:
        for name, checkout in checkouts.items():
            port, at = free_port(), folder / name
            command = prepared(checkout, what, at, port, asked.users, codes)
            servers.append(Server(name, command, port, folder / f"{name}.log", checkout))
        for server in servers:
            server.until_ready(load, *everybody)
            server.count(
                load(server.port, *everybody, "-n", str(asked.users), "-c", "4", "-t", "30")
            )  # argon2id, once each
        for number in range(asked.rounds):
            for server in servers if number % 2 == 0 else servers[::-1]:
                server.measure(load, *everybody, "-c", "64", "-d", str(asked.seconds))
    finally:
        for server in servers:
            server.stop()
    print(f"\n| {what} | sign-ins/s | min-max | loop µs | CPU µs | p50 ms |\n|---|---|---|---|---|---|")
    for server in servers:
        rates = [run["logins_per_second"] for run in server.runs]
        loop, cpu = (
            statistics.median(run[key] / run["finished"] * 1e6 for run in server.runs) for key in ("loop", "cpu")
        )
        p50 = statistics.median(run["login_ms"]["p50"] for run in server.runs)
        print(
            f"| {server.name} | {statistics.median(rates):,.0f} | {min(rates):,.0f}-{max(rates):,.0f} |"
            f" {loop:.1f} | {cpu:.1f} | {p50:.2f} |"
        )
    other, own = (server.runs for server in servers)
    pairs = list(zip(own, other, strict=True))
    ratio = statistics.median(mine["logins_per_second"] / theirs["logins_per_second"] for mine, theirs in pairs)
    met = ratio >= TARGETS[what]
    print(f"{ratio:.3f} times {servers[0].name}; target {TARGETS[what]:g}: {'met' if met else 'MISSED'}", flush=True)
    return met


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--commit", default="d83d05f")
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--seconds", type=float, default=2.0, help="of each server in each round")
    arguments.add_argument("--users", type=int, default=1000, help="each costs one argon2id before the first round")
    arguments.add_argument("--only", nargs="+", choices=tuple(TARGETS), default=tuple(TARGETS))
    asked = arguments.parse_args()
    print(f"{circumstances()}\n{asked.rounds} rounds of {asked.seconds:g} s, {asked.users} users", flush=True)
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        with checked_out(asked.commit, folder / "before") as before:
            load = loader(folder)
            checkouts = {asked.commit: before, "this": ROOT}
            met = [
                measured(what, checkouts, folder / what, load, asked)
                for what in asked.only
                if not (folder / what).mkdir()
            ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
