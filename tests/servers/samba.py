"""A real Samba as a domain controller (CORP.EXAMPLE.COM), on a loopback address of its own: ldap:// and ldaps://.

One for all processes of a test run. It locks at five wrong passwords within 30 minutes, `strict` and `strict-too` at
three, `never-locked` never. Who is in the domain, and in which state, `samba_domain` says; a test that changes somebody
adds a user of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import ldap3
import pytest

from tests.servers.slapd import write_certificates

BASE = "DC=corp,DC=example,DC=com"
PEOPLE, GROUPS = f"OU=people,{BASE}", f"OU=groups,{BASE}"
READER, READER_PASSWORD = f"CN=reader,{PEOPLE}", "reads-2024"
ADMINISTRATOR, ADMINISTRATOR_PASSWORD = "EXAMPLE\\Administrator", "Admin-2024"
PASSWORD = "tulip-2024"  # of everybody else
THRESHOLD, STRICT_THRESHOLD = 5, 3
PORT, TLS_PORT = 389, 636  # Samba has no other
LIFE_SECONDS = 2700  # of one that nobody stopped
NORMAL = 512  # userAccountControl


class Samba:
    """The domain as its administrator sees it."""

    def __init__(self, folder: Path, address: str) -> None:
        self.url = f"ldaps://{address}"
        self.plain_url = f"ldap://{address}"
        self.ca_file = folder / "ca.pem"
        self._address = address
        self._administrator: ldap3.Connection | None = None

    def user(self, name: str, password: str = PASSWORD, **attributes: object) -> str:
        """Adds a person and returns the DN."""
        dn = self.dn(name)
        given = {"sAMAccountName": name, "userPrincipalName": f"{name}@corp.example.com", "userAccountControl": NORMAL}
        return self.add(dn, "user", **(given | {"unicodePwd": _quoted(password)} | attributes))

    @staticmethod
    def dn(name: str) -> str:
        """Of a person."""
        return f"CN={name},{PEOPLE}"

    def group(self, name: str, *members: str) -> str:
        """Adds a group and returns the DN."""
        return self.add(f"CN={name},{GROUPS}", "group", sAMAccountName=name, **({"member": members} if members else {}))

    def add(self, dn: str, kind: str, **attributes: object) -> str:
        """Adds an entry and returns the DN."""
        administrator = self.administrator()
        assert administrator.add(dn, kind, attributes), administrator.result
        return dn

    def remove(self, dn: str) -> None:
        administrator = self.administrator()
        assert administrator.delete(dn), administrator.result

    def change(self, dn: str, **values: object) -> None:
        """Replaces values of attributes; an empty list removes one."""
        administrator = self.administrator()
        changes = {name: [(ldap3.MODIFY_REPLACE, value)] for name, value in values.items()}
        assert administrator.modify(dn, changes), administrator.result

    def reset(self, dn: str, password: str) -> None:
        """Another password, as an administrator gives it. The one before is right for an hour more, and never counts."""
        self.change(dn, unicodePwd=_quoted(password))

    def unlock(self, dn: str) -> None:
        self.change(dn, lockoutTime="0")

    def number(self, dn: str, attribute: str) -> int:
        """Of an entry; 0 where it has none."""
        administrator = self.administrator()
        administrator.search(dn, "(objectClass=*)", ldap3.BASE, attributes=[attribute])
        return int((administrator.response[0]["raw_attributes"][attribute] or [b"0"])[0])

    def bind(self, dn: str, password: str) -> str:
        """What Active Directory's `data` says of that password, as another program of theirs tries it; "" if right."""
        desk = self._connection(dn, password)
        try:
            return "" if desk.bind() else re.search(r"data (\w+)", desk.result["message"])[1]
        finally:
            desk.unbind()

    def administrator(self) -> ldap3.Connection:
        """A connection that may do everything."""
        if self._administrator is None:
            self._administrator = self._connection(ADMINISTRATOR, ADMINISTRATOR_PASSWORD)
            assert self._administrator.bind(), self._administrator.result
        return self._administrator

    def leave(self) -> None:
        """Ends the administrator's connection."""
        if self._administrator is not None:
            self._administrator.unbind()
            self._administrator = None

    def _connection(self, name: str, password: str) -> ldap3.Connection:
        tls = ldap3.Tls(validate=ssl.CERT_NONE)  # ldap3's check of the name calls what Python has deprecated
        server = ldap3.Server(self._address, TLS_PORT, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, name, password, auto_referrals=False)


def _quoted(password: str) -> bytes:
    """As unicodePwd takes it. Source: MS-ADTS 3.1.1.3.1.5.1."""
    return f'"{password}"'.encode("utf-16-le")


@contextlib.contextmanager
def samba(folder: Path) -> Iterator[Samba]:
    """The one whose files are in `folder`, made and started by who comes first, and ended by the last."""
    folder.mkdir(exist_ok=True)
    with (folder / "in use").open("w") as use:
        with _turn(folder):
            fcntl.flock(use, fcntl.LOCK_SH)
            if not (folder / "address").exists():
                _provide(folder)
            address = (folder / "address").read_text()
            open_for = _started(folder, address)
        server = Samba(folder, address)
        try:
            yield server
        finally:
            server.leave()
            with _turn(folder):
                os.close(open_for)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    while _runs(folder):
                        time.sleep(0.01)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Nobody else starts or ends it meanwhile."""
    with (folder / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _runs(folder: Path) -> bool:
    """Whether it reads its standard input."""
    try:
        os.close(os.open(folder / "stdin", os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def _provide(folder: Path) -> None:
    address = _free_address()
    write_certificates(folder, names=["dc1.corp.example.com"], addresses=[address])
    (folder / "server.key").chmod(0o600)  # Samba takes no other
    os.mkfifo(folder / "stdin")
    script = Path(__file__).with_name("samba_domain.py")
    # Debian's own, which has Samba's library; not that of the tests.
    command = ["/usr/bin/python3", "-I", script, folder, address]
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout
    (folder / "address").write_text(address)


def _free_address() -> str:
    for _ in range(100):
        address = f"127.{random.randint(64, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((address, PORT))
            return address
    raise AssertionError(f"no loopback address has a port {PORT} that these tests may use")


def _started(folder: Path, address: str) -> int:
    """Descriptor of its standard input: while somebody has that open it runs."""
    with contextlib.suppress(OSError):  # nobody reads it: it does not run
        return os.open(folder / "stdin", os.O_WRONLY | os.O_NONBLOCK)
    reads = os.open(folder / "stdin", os.O_RDONLY | os.O_NONBLOCK)
    writes = os.open(folder / "stdin", os.O_WRONLY)
    os.set_blocking(reads, True)
    # No child of this process, which may end before the others.
    detached = ["sh", "-c", 'exec 3<&0; "$@" <&3 3<&- &', "sh"]
    command = [
        "timeout",
        "-s",
        "KILL",
        str(LIFE_SECONDS),
        "samba",
        "-i",
        "--no-process-group",
        "-s",
        folder / "smb.conf",
    ]
    with (folder / "output").open("ab") as output:
        subprocess.run([*detached, *command], check=True, stdin=reads, stdout=output, stderr=output)
    os.close(reads)
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            for port in (PORT, TLS_PORT):
                socket.create_connection((address, port), 1).close()
            return writes
        assert time.monotonic() < end, (folder / "output").read_text()
        time.sleep(0.02)


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    """Samba, the same for all processes of the run."""
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    with samba(shared / "samba") as server:
        yield server
