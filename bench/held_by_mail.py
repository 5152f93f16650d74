"""Held requests whose approvals go out through a mail server, this checkout beside another commit, in one go:
python bench/held_by_mail.py [--commit d83d05f] [--held 10000] [--arrive 400] [--clicks 500] [--rate 25]

Each server has a mail server (aiosmtpd, a process of its own, on loopback), in which every approval's mail arrives. One
after the other, with the same interpreter, libraries, users and settings, of each

memory   resident, beyond that of a server whose users have all signed in once, for each request that is held;
clicks   from the POST of the page's button until the Accept arrives, with all of them held;
taken    then, further arrivals a second, with 64 on their way: the next one is sent once the mail of another has arrived.

Needs gcc, git and aiosmtpd (of the tests); the other commit is checked out into a folder that goes again.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from beside import checked_out, run_in
from held_requests import USERS, Nas, click, quantile, until
from measuring import HERE, Load, Server, circumstances, free_port, loader

ROOT = HERE.parent
TIMES_TAKEN, SHARE_OF_MEMORY = 4.0, 0.5
AT_ONCE = 64  # arrivals on their way
YAML = """\
listen: {{authentication: ["127.0.0.1:{port}"], accounting: [], web: ["127.0.0.1:{web}"], internal: []}}
database: sqlite:///radiusd.db
key_file: radiusd.key
public_url: http://127.0.0.1:{web}
time_zone: UTC
clients:
  door: {{address: 127.0.0.1, secret: testing123, application: approved, hold: 300s, max_held: 30000}}
  plain: {{address: 127.0.0.9, secret: testing123, application: plain}}
directories:
  local: {{type: local}}
mail_servers:
  sink: {{type: smtp, host: 127.0.0.1, port: {sink}, encryption: none, from_address: radiusd@example.org}}
profiles:
  password-only: {{method: password, directories: [local]}}
  by-boss:
    method: approved_otp
    directories: [local]
    mail_servers: [sink]
    approvers: [boss@example.org]
    asks_per_hour: 1000000
    message: "{{{{ user.username }}}} {{{{ station }}}} {{{{ link }}}}"
applications:
  approved: {{profiles: [by-boss]}}
  plain: {{profiles: [password-only]}}
security: {{password_cache: 1h}}
"""
USERS_ADDED = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path.cwd() / "bench"))
import radiusd_setup
names = ("user%06d" % number for number in range(int(sys.argv[2])))
radiusd_setup.add_users(Path(sys.argv[1]), names, mail="example.org")
"""


def taken(nas: Nas, numbers: range) -> float:
    """Sends these with AT_ONCE on their way; how many a second were taken, each with its mail in the mail server."""
    began, asked, room, before = time.monotonic(), 0, threading.Condition(), len(nas.links)
    nas.arrived = room
    for number in numbers:
        with room:
            while asked - (len(nas.links) - before) >= AT_ONCE:
                if not room.wait(20):
                    sys.exit(f"{len(nas.links)} mails came and no more; {len(nas.answers)} answers")
        nas.send_one(number)
        asked += 1
    if not until(lambda: len(nas.links) == before + len(numbers)):
        sys.exit(f"only {len(nas.links) - before} of {len(numbers)} mails came; {len(nas.answers)} answers")
    nas.arrived = None
    return len(numbers) / (time.monotonic() - began)


def measured(name: str, checkout: Path, folder: Path, load: Load, asked: argparse.Namespace) -> tuple[float, ...]:
    """Arrivals taken a second, KiB of each held request, and the clicks' p99 in ms."""
    port, web, sink, links = free_port(), free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM), free_port()
    folder.mkdir()
    path = folder / "radius.yaml"
    path.write_text(YAML.format(port=port, web=web, sink=sink))
    run_in(checkout, USERS_ADDED, str(path), str(USERS))
    mails = subprocess.Popen([sys.executable, HERE / "mail_sink.py", str(sink), str(links)])
    server = Server(name, [sys.executable, "-m", "radiusd", "-c", str(path), "run"], port, folder / "log", checkout)
    everybody = ("-u", "user%06d", "-N", str(USERS), "--source", "127.0.0.9")
    nas = None
    try:
        server.until_ready(load, *everybody)
        load(port, *everybody, "-n", str(USERS), "-c", "4", "-t", "30")  # argon2id, once each
        nas = Nas(port, links, asked.burst + asked.held)
        time.sleep(1.0)
        before = server.resident()
        nas.send(asked.arrive, range(asked.held))
        if not until(lambda: len(nas.links) == asked.held):
            sys.exit(f"{name}: only {len(nas.links)} mails came; {len(nas.answers)} answers; try a lower --arrive")
        time.sleep(1.0)
        each = (server.resident() - before) * 1024 / asked.held
        numbers = sorted(nas.links)[:: max(len(nas.links) // asked.clicks, 1)][: asked.clicks]
        clicked = click(web, nas, numbers, asked.rate)
        until(lambda: all(number in nas.answers for number in clicked), 5.0)
        accepted = [(nas.answers[n][0] - at) * 1000 for n, at in clicked.items() if nas.answers.get(n, (0, 0))[1] == 2]
        if len(accepted) != len(clicked) or len(nas.answers) != len(clicked):
            sys.exit(f"{name}: {len(nas.answers)} answers to {len(clicked)} clicks")
        cpu = server.cpu()
        rate = taken(nas, range(asked.held, asked.held + asked.burst))
        cpu = (server.cpu() - cpu) / asked.burst * 1e6
    finally:
        if nas is not None:
            nas.close()
        server.stop()
        mails.terminate()
        mails.wait()
    p50, p99 = quantile(accepted, 0.5), quantile(accepted, 0.99)
    print(f"| {name} | {rate:,.0f} | {cpu:,.0f} | {before:.0f} | {each:.2f} | {p50:.2f} | {p99:.2f} |", flush=True)
    return rate, each, p99


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--commit", default="d83d05f")
    arguments.add_argument("--burst", type=int, default=6000, help="arrivals as fast as they are taken")
    arguments.add_argument("--held", type=int, default=10_000, help="with --burst at most 25,600")
    arguments.add_argument("--arrive", type=float, default=400.0, help="so many of them a second")
    arguments.add_argument("--clicks", type=int, default=500)
    arguments.add_argument("--rate", type=float, default=25.0, help="clicks a second")
    asked = arguments.parse_args()
    sys.setswitchinterval(0.0005)
    print(f"{circumstances()}\n{asked.held:,} held, {asked.arrive:g} a second arriving, {asked.rate:g} clicks a second")
    print(
        "\n| | taken/s | CPU µs each | MiB before | KiB each | click p50 ms | p99 ms |\n|---|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        load = loader(folder)
        with checked_out(asked.commit, folder / "before") as before:
            theirs = measured(asked.commit, before, folder / "other", load, asked)
        own = measured("this", ROOT, folder / "own", load, asked)
    verdicts = (
        ("times as many taken", own[0] / theirs[0], own[0] >= TIMES_TAKEN * theirs[0]),
        ("of the memory", own[1] / theirs[1], own[1] <= SHARE_OF_MEMORY * theirs[1]),
        ("of the time from click to Accept", own[2] / theirs[2], own[2] <= theirs[2]),
    )
    for what, ratio, met in verdicts:
        print(f"{ratio:.2f} {what}: {'met' if met else 'MISSED'}")
    return 0 if all(met for *_, met in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
