"""A slapd of its own on a loopback port, with users user000000 and so on, password 'password' ({SSHA})."""

import base64
import hashlib
import subprocess
from pathlib import Path

CONF = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
maxsize 268435456
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
directory {folder}/db
index objectClass,uid,mail eq
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"""
TOP = """\
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: cn=reader,dc=example,dc=org
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: {reader}

"""
USER = """\
dn: uid={name},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: {name}
cn: {name}
sn: {name}
mail: {name}@example.org
userPassword: {password}

"""


def ssha(password: bytes) -> str:
    salt = b"saltsalt"
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password + salt).digest() + salt).decode()


def write(folder: Path, port: int, users: int) -> list[str]:
    """The command that runs it."""
    (folder / "db").mkdir(parents=True)
    conf = folder / "slapd.conf"
    conf.write_text(CONF.format(folder=folder))
    entries = "".join(USER.format(name=f"user{number:06d}", password=ssha(b"password")) for number in range(users))
    ldif = folder / "data.ldif"
    ldif.write_text(TOP.format(reader=ssha(b"reader")) + entries)
    subprocess.run(["slapadd", "-q", "-f", conf, "-l", ldif], check=True)
    return ["slapd", "-f", str(conf), "-h", f"ldap://127.0.0.1:{port}", "-d", "0"]
