"""A small FreeRADIUS 3.2 configuration for a comparison on loopback.

write("users", folder, port, users)                 a users file with Cleartext-Password
write("sqlite", folder, port, users)                rlm_sql on SQLite, SSHA2-256-Password
write("sqlite", folder, port, users, post_auth=True)   the same, and each login recorded in radpostauth
then: freeradius -f -d FOLDER          (-X to see what it does)

The password of user000000 and so on is 'password', the secret 'testing123'.
"""

import hashlib
import sqlite3
from pathlib import Path

STOCK = Path("/etc/freeradius/3.0")  # the packaged configuration, for its queries and its schema
REPLY = "Welcome"

SQL = """\
  sql {
    dialect = "sqlite"
    driver = "rlm_sql_sqlite"
    sqlite {
      filename = "%(folder)s/radius.db"
      busy_timeout = 2000
    }
    acct_table1 = radacct
    acct_table2 = radacct
    postauth_table = radpostauth
    authcheck_table = radcheck
    groupcheck_table = radgroupcheck
    authreply_table = radreply
    groupreply_table = radgroupreply
    usergroup_table = radusergroup
    client_table = nas
    group_attribute = "SQL-Group"
    read_groups = no
    pool {
      start = 5
      min = 3
      max = 32
      spare = 10
      uses = 0
      lifetime = 0
      idle_timeout = 60
    }
    $INCLUDE %(stock)s/mods-config/sql/main/sqlite/queries.conf
  }
"""

CONF = """\
prefix = /usr
libdir = /usr/lib/freeradius
logdir = %(folder)s
run_dir = %(folder)s
name = radiusd
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
log {
  destination = files
  file = %(folder)s/radius.log
  auth = no
}
security {
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = 5
  max_servers = 32
  min_spare_servers = 3
  max_spare_servers = 10
  max_queue_size = 65536
  max_requests_per_server = 0
  auto_limit_acct = no
}
client lo {
  ipaddr = 127.0.0.0/8
  secret = testing123
  require_message_authenticator = yes
}
modules {
  pap {
    normalise = yes
  }
  expr { }
%(modules)s
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = %(port)d
  }
  authorize {
    %(source)s
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
%(post_auth)s
}
"""


def address(number: int) -> str:
    """The Framed-IP-Address of a user."""
    return f"10.1.{number >> 8}.{number & 255}"


def write(kind: str, folder: Path, port: int, users: int, post_auth: bool = False) -> list[str]:
    """The command that runs it."""
    folder.mkdir(parents=True)
    words = {"folder": folder, "stock": STOCK}
    if kind == "users":
        write_users(folder / "users", users)
        modules, source = f"  files {{\n    filename = {folder}/users\n  }}\n", "files"
    else:
        write_database(folder / "radius.db", users)
        modules, source = SQL % words, "sql"
    after = "  post-auth {\n    sql\n  }\n" if post_auth else ""
    (folder / "radiusd.conf").write_text(
        CONF % {**words, "modules": modules, "port": port, "source": source, "post_auth": after}
    )
    return ["freeradius", "-f", "-d", str(folder)]


def write_users(path: Path, users: int) -> None:
    path.write_text(
        "".join(
            f'user{number:06d} Cleartext-Password := "password"\n'
            f'\tReply-Message := "{REPLY}",\n\tFramed-IP-Address := {address(number)}\n'
            for number in range(users)
        )
    )


def write_database(path: Path, users: int) -> None:
    """WAL, and SQLite's own synchronous=FULL: what is recorded is as safe as ours."""
    names = [f"user{number:06d}" for number in range(users)]
    check = [(name, "SSHA2-256-Password", ":=", hashed(number)) for number, name in enumerate(names)]
    reply = [(name, "Reply-Message", ":=", REPLY) for name in names]
    reply += [(name, "Framed-IP-Address", ":=", address(number)) for number, name in enumerate(names)]
    database = sqlite3.connect(path)
    database.executescript((STOCK / "mods-config/sql/main/sqlite/schema.sql").read_text())
    for table, rows in (("radcheck", check), ("radreply", reply)):
        database.executemany(f"insert into {table} (username, attribute, op, value) values (?, ?, ?, ?)", rows)
    database.execute("pragma journal_mode = wal")
    database.commit()
    database.close()


def hashed(number: int) -> str:
    salt = hashlib.md5(b"%d" % number).digest()[:8]
    return (hashlib.sha256(b"password" + salt).digest() + salt).hex()
