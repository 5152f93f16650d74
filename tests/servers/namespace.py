"""A network namespace with a wire to this machine: a client in it has an address, and devices, of its own."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network

ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
WIRES = IPv4Network("198.18.0.0/16")  # for benchmarks (RFC 2544): nobody's network


@dataclass(frozen=True, slots=True)
class Namespace:
    """`here` and `there` are the ends of its wire."""

    name: str
    here: str
    there: str

    def within(self, *command: str) -> list[str]:
        """The command, to be run in it."""
        return ["ip", "netns", "exec", self.name, *command]


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Gone with the block, and all that is in it."""
    name = f"nas{secrets.token_hex(4)}"
    here, there = (str(address) for address in _free_wire().hosts())
    outer, inner = f"{name}-o", f"{name}-i"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name)
        _ip("address", "add", f"{here}/30", "dev", outer)
        _ip("link", "set", outer, "up")
        _ip("-n", name, "address", "add", f"{there}/30", "dev", inner)
        _ip("-n", name, "link", "set", inner, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "route", "add", "default", "via", here)
        yield Namespace(name, here, there)
    finally:
        _ip("netns", "delete", name)  # and its end of the wire, with which this one goes


def _free_wire() -> IPv4Network:
    taken = _ip("-4", "-oneline", "address")
    while True:
        wire = IPv4Network((int(WIRES.network_address) + 4 * random.randrange(2**14), 30))
        if f" {wire[1]}/" not in taken:
            return wire


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True, timeout=30, env=ENVIRONMENT)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
    return done.stdout
