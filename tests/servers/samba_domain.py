"""Makes a domain of Samba, offline: run by Debian's own python3, which has Samba's library.

    /usr/bin/python3 tests/servers/samba_domain.py FOLDER ADDRESS

FOLDER has `server.key`, `server.pem` and `ca.pem` already. What is in the domain, tests/servers/samba.py says.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

REALM, NETBIOS = "CORP.EXAMPLE.COM", "EXAMPLE"
BASE = "DC=corp,DC=example,DC=com"
PASSWORD = "tulip-2024"
THRESHOLD, STRICT_THRESHOLD = 5, 3
WINDOW_SECONDS = 30 * 60
PAST_THE_PASSWORD_MODULE = f"local_oid:{dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:1"
FROM_1601_TO_1970 = 11_644_473_600
NORMAL = 512

CONF = """[global]
    workgroup = {netbios}
    realm = {realm}
    netbios name = DC1
    server role = active directory domain controller
    server services = ldap
    interfaces = {address}/8
    bind interfaces only = yes
    private dir = {folder}/private
    state directory = {folder}/state
    cache directory = {folder}/cache
    lock directory = {folder}/lock
    binddns dir = {folder}/bind-dns
    pid directory = {folder}/run
    ncalrpc dir = {folder}/ncalrpc
    log file = {folder}/log
    max log size = 0
    tls keyfile = {folder}/server.key
    tls certfile = {folder}/server.pem
    tls cafile = {folder}/ca.pem
    ldb:nosync = yes
    prefork children = 2

[netlogon]
    path = {folder}/state/sysvol/netlogon

[sysvol]
    path = {folder}/state/sysvol
"""


def hundreds_of_nanoseconds(seconds: float) -> str:
    """A span as Active Directory has it: negative."""
    return str(-round(seconds * 10_000_000))


def file_time(at: float) -> str:
    """A moment (seconds since the epoch) as Active Directory has it. Source: MS-DTYP 2.3.3."""
    return str(round((at + FROM_1601_TO_1970) * 10_000_000))


def main(folder: Path, address: str) -> None:
    conf = folder / "smb.conf"
    conf.write_text(CONF.format(realm=REALM, netbios=NETBIOS, folder=folder, address=address))
    for name in ("private", "state", "cache", "lock", "bind-dns", "run", "ncalrpc"):
        (folder / name).mkdir()
    settings = LoadParm(filename_for_non_global_lp=str(conf))
    provision(
        logging.getLogger("provision"), system_session(), smbconf=str(conf), lp=settings, realm=REALM, domain=NETBIOS,
        hostname="dc1", hostip=address, adminpass="Admin-2024", serverrole="dc", dns_backend="NONE",
        dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2,
    )  # fmt: skip
    domain = SamDB(url=str(folder / "private/sam.ldb"), session_info=system_session(), lp=settings)
    domain.transaction_start()
    populate(domain)
    domain.transaction_commit()


def change(domain: SamDB, dn: str, *controls: str, **values: str) -> None:
    message = ldb.Message(ldb.Dn(domain, dn))
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    domain.modify(message, list(controls))


def populate(domain: SamDB) -> None:
    change(
        domain, BASE, pwdProperties="0", minPwdLength="0", minPwdAge="0", lockoutThreshold=str(THRESHOLD),
        lockOutObservationWindow=hundreds_of_nanoseconds(WINDOW_SECONDS),
        lockoutDuration=hundreds_of_nanoseconds(WINDOW_SECONDS),
    )  # fmt: skip
    for unit in ("people", "groups"):
        domain.add({"dn": f"OU={unit},{BASE}", "objectClass": "organizationalUnit"})

    def user(name: str, password: str = PASSWORD, **attributes: str | bytes) -> str:
        dn = f"CN={name},OU=people,{BASE}"
        entry = {
            "dn": dn, "objectClass": "user", "sAMAccountName": name,
            "userPrincipalName": f"{name}@{REALM.lower()}", "mail": f"{name}@example.com", **attributes,
        }  # fmt: skip
        if password:
            entry["unicodePwd"] = f'"{password}"'.encode("utf-16-le")
        domain.add({"userAccountControl": str(NORMAL), **entry})
        return dn

    user("reader", "reads-2024")
    user("normal")
    user("disabled", userAccountControl=str(NORMAL | dsdb.UF_ACCOUNTDISABLE))
    user("locked")
    user("account-expired", accountExpires=file_time(time.time() - 86_400))
    user("must-change", pwdLastSet="0")
    long_ago = file_time(time.time() - 60 * 86_400)
    for name in ("password-expired", "password-expired-too"):  # a test may change that of the second
        change(domain, user(name), PAST_THE_PASSWORD_MODULE, pwdLastSet=long_ago)
    user("no-hours", logonHours=bytes(21))
    user("workstation", userWorkstations="PC1")
    user("smartcard", userAccountControl=str(NORMAL | dsdb.UF_SMARTCARD_REQUIRED))
    user("passwordless", "", userAccountControl=str(NORMAL | dsdb.UF_PASSWD_NOTREQD))
    for names, precedence, threshold in ((("strict", "strict-too"), 10, STRICT_THRESHOLD), (("never-locked",), 20, 0)):
        domain.add({
            "dn": f"CN={names[0]},CN=Password Settings Container,CN=System,{BASE}",
            "objectClass": "msDS-PasswordSettings",
            "msDS-PasswordSettingsPrecedence": str(precedence),
            "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
            "msDS-PasswordHistoryLength": "24",
            "msDS-PasswordComplexityEnabled": "FALSE",
            "msDS-MinimumPasswordLength": "0",
            "msDS-MinimumPasswordAge": "0",
            "msDS-MaximumPasswordAge": hundreds_of_nanoseconds(42 * 86_400),
            "msDS-LockoutThreshold": str(threshold),
            "msDS-LockoutObservationWindow": hundreds_of_nanoseconds(WINDOW_SECONDS),
            "msDS-LockoutDuration": hundreds_of_nanoseconds(WINDOW_SECONDS),
            "msDS-PSOAppliesTo": [user(name) for name in names],
        })  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
