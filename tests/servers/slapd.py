"""A real slapd on free loopback ports: ldap:// (which takes StartTLS) and ldaps://, with certificates of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import ldap3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3.utils.dn import escape_rdn

SUFFIX = "dc=example,dc=org"
PEOPLE = f"ou=people,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"
READER, READER_PASSWORD = f"cn=reader,{SUFFIX}", "reads"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{SUFFIX}", "admin"
USER = "radiusdTestUser"  # an auxiliary class: attributes of Active Directory and of posixAccount's world
LIFE_SECONDS = 2700  # of one that nobody stopped
PPOLICY = ("ppolicy",)  # it notes pwdChangedTime

CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.4203.666.1.901 NAME 'msRADIUSFramedIPAddress' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.902 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 1.3.6.1.4.1.4203.666.1.903 NAME 'objectSid' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 1.3.6.1.4.1.4203.666.1.904 NAME 'primaryGroupID' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )
attributetype ( 1.3.6.1.4.1.4203.666.1.905 NAME 'memberUid' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.3.6.1.4.1.4203.666.1.906 NAME 'memberships' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.3.6.1.4.1.4203.666.1.907 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )
attributetype ( 1.3.6.1.4.1.4203.666.1.908 NAME 'accountExpires' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.909 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.2.901 NAME 'radiusdTestUser' SUP top AUXILIARY
  MAY ( msRADIUSFramedIPAddress $ objectGUID $ objectSid $ primaryGroupID $ memberUid $ memberships $ uniqueMember $
    userAccountControl $ accountExpires $ nsAccountLock ) )
modulepath /usr/lib/ldap
moduleload back_mdb
{modules}
pidfile {folder}/slapd.pid
idletimeout {idle}
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
maxsize 268435456
suffix "{suffix}"
rootdn "{admin}"
rootpw {admin_password}
directory {folder}/db
dbnosync
{overlays}
index objectClass,uid,member eq
access to attrs=userPassword {writers} by anonymous auth by * none
access to * by {readers} read by anonymous auth
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_certificates(
    folder: Path, *, names: Sequence[str] = ("localhost",), addresses: Sequence[str] = ("127.0.0.1",)
) -> None:
    """ca.pem, server.pem and server.key: a new authority and what it signed for those names."""
    now = dt.datetime.now(dt.UTC)

    def builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                           "key_agreement", "encipher_only", "decipher_only"), False)  # fmt: skip
    ca = (
        builder("Test CA", "Test CA", authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        .sign(authority, hashes.SHA256())
    )
    alternatives = [*map(x509.DNSName, names), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]
    certificate = (
        builder("slapd", "Test CA", server)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(certificate.public_bytes(pem))
    key = server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key)


class Slapd:
    """Started by `slapd()`. It may be stopped, hung and started again, on the same ports and with the same entries."""

    def __init__(self, folder: Path, *, idle: int = 0, names: Sequence[str] = ("localhost",),
                 addresses: Sequence[str] = ("127.0.0.1",), readers: str = f'dn.exact="{READER}"',
                 tells: bool = False, overlays: Sequence[str] = (), own_passwords: bool = False) -> None:  # fmt: skip
        """`tells`: it writes down what it was asked, for `binds`. `own_passwords`: users may change them."""
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._level = "stats" if tells else "0"
        (folder / "db").mkdir(parents=True)
        write_certificates(folder, names=names, addresses=addresses)
        conf = CONF.format(
            folder=folder, idle=idle, suffix=SUFFIX, admin=ADMIN, admin_password=ADMIN_PASSWORD, readers=readers,
            writers="by self write" if own_passwords else "",
            modules="\n".join(f"moduleload {overlay}" for overlay in overlays),
            overlays="\n".join(f"overlay {overlay}" for overlay in overlays),
        )  # fmt: skip
        (folder / "slapd.conf").write_text(conf)

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def load(self, ldif: str) -> None:
        """Many entries at once, before it is started."""
        (self.folder / "data.ldif").write_text(ldif)
        command = ["slapadd", "-q", "-f", f"{self.folder}/slapd.conf", "-l", f"{self.folder}/data.ldif"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def start(self) -> None:
        """Returns when it takes connections. The first time it looks for other ports where these are taken by now."""
        assert self._process is None
        for _ in range(5):
            if self._started():
                return
            self.port, self.tls_port = free_port(), free_port()
        raise AssertionError("slapd does not start")

    def _started(self) -> bool:
        pid_file = self.folder / "slapd.pid"
        pid_file.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["timeout", "-s", "KILL", str(LIFE_SECONDS), "slapd", "-d", self._level, "-f", f"{self.folder}/slapd.conf",
                 "-h", f"{self.url} {self.tls_url}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 20
        while self._process.poll() is None:
            assert time.monotonic() < end, "slapd does not start"
            with contextlib.suppress(OSError, ValueError):
                int(pid_file.read_text())  # it has its ports by now
                for port in (self.port, self.tls_port):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            time.sleep(0.005)
        self._process = None
        return False

    def binds(self, dn: str) -> int:
        """How many passwords it was asked of that entry, by a server that `tells`."""
        return (self.folder / "log").read_text().count(f' BIND dn="{dn}" method=128')

    def stop(self) -> None:
        """Ends it as a crash would."""
        if self._process is not None:
            with contextlib.suppress(OSError, ValueError):
                self.signal(signal.SIGKILL)
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def hang(self) -> None:
        """From now on it takes connections and answers nothing."""
        self.signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self._pid()}/task")
        while any(_state(task) not in "Tt" for task in tasks.iterdir()):  # its threads stop one by one
            time.sleep(0.001)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid(), number)

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, object] | None = None) -> str:
        """Adds an entry, and returns its DN."""
        self._change(lambda admin: admin.add(dn, list(classes), dict(attributes or {})))
        return dn

    def user(self, uid: str, password: str = "tulip", *, cn: str | None = None, **attributes: object) -> str:
        """Adds a person and returns the DN."""
        name = cn or uid
        required = {"uid": uid, "cn": name, "sn": name, "userPassword": password}
        first = "uid" if cn is None else "cn"
        dn = f"{first}={escape_rdn(name)},{PEOPLE}"
        return self.add(dn, ["inetOrgPerson", USER], required | attributes)

    def policies(self, **policies: Mapping[str, str]) -> None:
        """Adds password policies of ppolicy, with those attributes."""
        self.add(f"ou=policies,{SUFFIX}", ["organizationalUnit"])
        for name, attributes in policies.items():
            given = {"cn": name, "pwdAttribute": "userPassword", "pwdMustChange": "TRUE"} | attributes
            self.add(self.under(name)["pwdPolicySubentry"], ["device", "pwdPolicy"], given)

    @staticmethod
    def under(policy: str) -> dict[str, str]:
        """What puts a user under that policy."""
        return {"pwdPolicySubentry": f"cn={policy},ou=policies,{SUFFIX}"}

    def group(self, cn: str, *members: str, **attributes: object) -> str:
        """Adds a group and returns the DN."""
        named = {"member": list(members) or [ADMIN]} | attributes
        return self.add(f"cn={cn},{GROUPS}", ["groupOfNames", USER], named)

    def change(self, dn: str, **changes: object) -> None:
        """Replaces values of attributes."""
        self._change(
            lambda admin: admin.modify(dn, {name: [(ldap3.MODIFY_REPLACE, value)] for name, value in changes.items()})
        )

    def remove(self, dn: str) -> None:
        self._change(lambda admin: admin.delete(dn))

    def _change(self, change: Callable[[ldap3.Connection], bool]) -> None:
        server = ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE)
        admin = ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, auto_bind=True, auto_referrals=False)
        try:
            assert change(admin), admin.result
        finally:
            admin.unbind()

    def _pid(self) -> int:
        return int((self.folder / "slapd.pid").read_text())


def _state(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def ldif_of(users: int = 0) -> str:
    """The tree without people, and `users` users user000000, ... with the password `password`."""
    entries = [
        f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n",
        f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n",
        f"dn: {GROUPS}\nobjectClass: organizationalUnit\nou: groups\n",
        (
            f"dn: {READER}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: reader\n"
            f"userPassword: {READER_PASSWORD}\n"
        ),
    ]
    if users:
        hashed = subprocess.run(
            ["slappasswd", "-h", "{SSHA}", "-s", "password"], check=True, capture_output=True, text=True
        ).stdout.strip()
        for number in range(users):
            uid = f"user{number:06}"
            entries.append(
                f"dn: uid={uid},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: {uid}\n"
                f"mail: {uid}@example.org\nuserPassword: {hashed}\n"
            )
    return "\n".join(entries)


@contextlib.contextmanager
def slapd(*, users: int = 0, **options: object) -> Iterator[Slapd]:
    """A started slapd, ended at the end."""
    folder = Path(tempfile.mkdtemp(prefix="slapd-"))
    server = Slapd(folder / "it", **options)
    try:
        server.load(ldif_of(users))
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def directory_server() -> Iterator[Slapd]:
    """One for the test alone: it may be stopped and hung."""
    with slapd() as server:
        yield server
