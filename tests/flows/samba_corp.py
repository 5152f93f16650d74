"""A configuration with the directory `corp`, the Samba of tests/servers, and what is signed in there."""

from __future__ import annotations

from tests.flows.corp import YAML
from tests.servers.samba import BASE, READER, READER_PASSWORD

CORP = """
  corp:
    type: ldap
    urls: [URL]
    ca_file: CA
    bind_dn: "READER"
    bind_password: READS
    base_dn: "BASE"
    user_names: {domains: [EXAMPLE], realms: [corp.example.com]}
    lockout: LOCKOUT
"""


def filled(corp, domain, lockout="auto"):
    corp = corp.replace("URL", domain.url).replace("CA", str(domain.ca_file)).replace("READER", READER)
    return corp.replace("READS", READER_PASSWORD).replace("BASE", BASE).replace("LOCKOUT", lockout)


def yaml_of(domain, *, lockout="auto", blocking="{enabled: false}", text=YAML):
    return text.replace("CORP", filled(CORP, domain, lockout)) + f"blocking: {blocking}\n"


async def tries(radiusd, name, *passwords, station="far"):
    """The reason for each password, as the audit has it."""
    reasons = []
    for password in passwords:
        await radiusd.nas().asks(User_Name=name, User_Password=password, Calling_Station_Id=station)
        reasons.append((await radiusd.last()).reason)
    return reasons


async def signs_in(radiusd, name, password, station="far"):
    reply = await radiusd.nas().asks(User_Name=name, User_Password=password, Calling_Station_Id=station)
    return reply.code == "Access-Accept"
