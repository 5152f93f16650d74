"""Users in groups in groups looked up, beside another commit, in one go: python bench/nested_groups.py [--commit d83d05f]

eleven   20 users at once, each in a group in a group, eleven deep.
many     one user in 900 groups.

Both ask the same Samba (a domain controller on a loopback address of its own, with 2,200 users and 1,000 groups), each by its
own code: how long until the last of the names is looked up, with all groups. The bind that follows is the same for both, and
not counted (in Samba it takes a quarter of a second for somebody in 900 groups). The other commit is asked in both ways that it
has: `search`, its default, which the targets are for, and `in_chain`, which its `init` wrote; its watch is told to wait, since
it takes a server that is slow for one that is dead. They are measured in turn; figures are medians.

Needs git, samba and samba-ad-provision, and root, since Samba has port 389 alone.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from beside import checked_out
from measuring import HERE, circumstances

from tests.servers.samba import PEOPLE, READER, READER_PASSWORD, Samba, samba

ROOT = HERE.parent
AT_ONCE, DEEP, MANY = 20, 11, 900
TARGETS = {"eleven": 10.0, "many": 20.0}
NAMES = {"eleven": [f"deep{number}" for number in range(AT_ONCE)], "many": ["many"]}
# Run by each checkout's own code: a line of JSON in, the seconds of each round out.
PROGRAM = """
import asyncio, json, sys, time
from pathlib import Path
from config.secret import Secret
from radiusd.directories import ldap_server
from radiusd.directories.ldap import Ldap
from radiusd.directories.ldap_options import LdapOptions
from radiusd.model.entry import Entry

asked = json.loads(sys.argv[1])
ldap_server.PATIENCE_SECONDS = 900.0

async def looked_up(corp, name):
    entry = await corp.find(name, asyncio.get_running_loop().time() + 900)
    assert isinstance(entry, Entry), entry
    return len(entry.attributes["memberof"])

async def main():
    secret = Secret(asked["options"].pop("bind_password"))
    ca_file = Path(asked["options"].pop("ca_file"))
    corp = Ldap("corp", LdapOptions(**asked["options"], bind_password=secret, ca_file=ca_file), frozenset({"memberOf"}))
    await corp.start()
    await looked_up(corp, asked["names"][0])
    print(json.dumps("ready"), flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        groups = await asyncio.gather(*(looked_up(corp, name) for name in asked["names"]))
        print(json.dumps([time.perf_counter() - began, min(groups)]), flush=True)
    await corp.close()

asyncio.run(main())
"""


class Peer:
    """A checkout's code, that asks in one way."""

    def __init__(self, name: str, checkout: Path, domain: Samba, what: str, nested: str) -> None:
        self.name = name
        self.seconds: list[float] = []
        self.groups = 0
        options = {
            "type": "ldap", "urls": [domain.url], "ca_file": str(domain.ca_file), "bind_dn": READER,
            "bind_password": READER_PASSWORD, "base_dn": PEOPLE, "group_base_dn": PEOPLE.partition(",")[2],
            "unique_id": "objectGUID", "nested_groups": nested, "timeout": "900s", "lockout": None,
        }  # fmt: skip
        asked = {"options": options, "names": NAMES[what]}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(asked)],
            cwd=checkout, env={"PYTHONPATH": str(checkout)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._told()

    def measure(self) -> None:
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        seconds, self.groups = self._told()
        self.seconds.append(seconds)

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)

    def _told(self):
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} has failed")
        return json.loads(line)


def populate(domain: Samba, users: int, groups: int) -> None:
    """A ladder of groups below which 20 users are, a user in 900 of the others, and those who are only there."""
    below = [domain.user(name) for name in NAMES["eleven"]]
    for number in range(DEEP):
        below = [domain.group(f"ladder{number}", *below)]
    many = [domain.user("many")]
    for number in range(groups):
        domain.group(f"group{number}", *(many if number < MANY else ()))
    for number in range(users):
        name = f"other{number}"
        domain.add(f"CN={name},{PEOPLE}", "user", sAMAccountName=name)


def measured(what: str, domain: Samba, before: Path, asked: argparse.Namespace) -> bool:
    """Whether the target is met."""
    peers = [
        Peer(f"{asked.commit}, search", before, domain, what, "search"),
        Peer(f"{asked.commit}, in_chain", before, domain, what, "in_chain"),
        Peer("this, auto", ROOT, domain, what, "auto"),
    ]
    for number in range(asked.rounds):
        for peer in peers if number % 2 == 0 else peers[::-1]:
            peer.measure()
    for peer in peers:
        peer.stop()
    print(f"\n| {what} | seconds | min-max | groups found |\n|---|---|---|---|")
    for peer in peers:
        of_all = f"{min(peer.seconds):.3f}-{max(peer.seconds):.3f}"
        print(f"| {peer.name} | {statistics.median(peer.seconds):.3f} | {of_all} | {peer.groups} |")
    default, chained, own = (statistics.median(peer.seconds) for peer in peers)
    met = default / own >= TARGETS[what] and len({peer.groups for peer in peers}) == 1
    told = (
        f"{default / own:.1f} times as fast as `search` of {asked.commit}, {chained / own:.1f} times as its `in_chain`"
    )
    print(f"{told}; target {TARGETS[what]:g} times `search`, the same groups: {'met' if met else 'MISSED'}", flush=True)
    return met


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--commit", default="d83d05f")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--users", type=int, default=2200, help="who are only there")
    arguments.add_argument("--groups", type=int, default=1000)
    asked = arguments.parse_args()
    print(f"{circumstances()}\n{asked.rounds} rounds, {asked.users} users, {asked.groups} groups", flush=True)
    with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as name:
        folder = Path(name)
        with checked_out(asked.commit, folder / "before") as before, samba(folder / "samba") as domain:
            populate(domain, asked.users, asked.groups)
            met = [measured(what, domain, before, asked) for what in TARGETS]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
