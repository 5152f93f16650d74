"""radiusd with every feature on, with users in its database or behind LDAP, for comparisons on loopback.

The password of every user is 'password', the secret 'testing123'.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

from freeradius_conf import REPLY, address

YAML = """\
listen: {{authentication: ["127.0.0.1:{port}"], accounting: [], web: [], internal: []}}
database: sqlite:///radiusd.db
key_file: radiusd.key
public_url: http://127.0.0.1:8080
clients:
  bench:
    address: 127.0.0.0/8
    secret: testing123
    application: vpn
    message_authenticator: required
directories:
{directory}
profiles:
  password-only: {{method: password, directories: [{name}]}}
policies:
  - {{profile: password-only, directory: {name}, attribute: {attribute}, values: ["admins", "staff*", "inetOrg*"]}}
applications:
  vpn:
    profiles: [password-only]
    reply_rules:
      - {{directory: {name}, attribute: {attribute}, values: [staff, inetOrgPerson], reply: {{Reply-Message: {reply}}}}}
security: {{password_cache: {cache}}}
blocking: {{enabled: true, failed_attempts: 5, window: 10m, duration: 30m}}
"""

LDAP = """\
  corp:
    type: ldap
    urls: ["ldap://127.0.0.1:{port}"]
    bind_dn: cn=reader,dc=example,dc=org
    bind_password: reader
    base_dn: ou=people,dc=example,dc=org
    user_filter: (uid={{username}})
    unique_id: entryUUID
    nested_groups: none
    attributes: {{groups: objectClass}}
"""


def local(folder: Path, port: int, names: Iterable[str], cache: str = "1h") -> list[str]:
    """The command that runs it, with these users in its database. `cache` is its password_cache."""
    path = write(folder, port, "local", "group_name", "  local: {type: local}", cache)
    add_users(path, names)
    return command(path)


def ldap(folder: Path, port: int, slapd: int) -> list[str]:
    """The command that runs it, before a slapd on this port."""
    return command(write(folder, port, "corp", "objectClass", LDAP.format(port=slapd)))


def write(folder: Path, port: int, name: str, attribute: str, directory: str, cache: str = "1h") -> Path:
    folder.mkdir(parents=True)
    path = folder / "radius.yaml"
    path.write_text(
        YAML.format(port=port, reply=REPLY, name=name, attribute=attribute, directory=directory.rstrip(), cache=cache)
    )
    return path


def command(path: Path) -> list[str]:
    return [sys.executable, "-m", "radiusd", "--config", str(path), "run"]


def add_users(path: Path, names: Iterable[str], mail: str = "", group: str = "staff") -> None:
    """All with one argon2id hash: to make one takes 20 ms; to verify it is what each pays at its first login.

    `mail` is the domain of their addresses, "" for none. Those of another group than the first have no Framed-IP-Address.
    """
    from config import reading
    from config.secret import Secret
    from radiusd.passwords import hashing
    from radiusd.cli.database import opened
    from radiusd.process.kinds import kinds
    from store import users
    from store.records import NewUser

    made = Secret(hashing.make("password"))
    now = time.time()

    def add(connection) -> None:
        for number, name in enumerate(names):
            address_of = f"{name}@{mail}" if mail else ""
            new = NewUser(
                username=name,
                password_hash=made,
                email=address_of,
                groups=(group,),
                framed_ip_address=address(number) if group == "staff" else None,
            )
            users.add(connection, new, now)

    with opened(reading.read(path, kinds())) as store:
        store.write_now(add)


def add_apps(path: Path, key: bytes, period: int) -> None:
    """An authenticator for every user, verified some time ago; each secret is sealed by itself under the key of `key_file`."""
    from base64 import b32encode

    from config import reading
    from radiusd.cli.database import opened
    from radiusd.process import key_file
    from radiusd.process.kinds import kinds
    from store import authenticators, users
    from store.enrolled import Authenticator

    settings, secret, now = reading.read(path, kinds()), b32encode(key), time.time()

    def add(connection) -> None:
        for number, user in enumerate(users.listed(connection, limit=1_000_000)):
            one = f"bench{number:06d}"
            sealed = sealing.seal(secret, authenticators.place_of(one))
            authenticators.add(
                connection,
                Authenticator(
                    id=one, directory="local", unique_id=user.id, user_name=user.username, label="", secret=sealed,
                    algorithm="sha1", digits=6, period=period, status="verified", created_at=now, created_by="bench",
                    verified_at=now,
                ),
            )  # fmt: skip

    key_file.made(settings.key_file)
    keys = key_file.keys(settings.key_file)
    sealing = key_file.sealing(keys)
    with opened(settings) as store:
        key_file.check(store, keys, settings.key_file)
        store.write_now(add)
