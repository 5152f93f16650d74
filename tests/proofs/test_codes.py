"""Very many mailed codes, each packet three times, some logins asked for twice: one login, one mail, one Accept (D3)."""

from __future__ import annotations

import asyncio
import re
import sqlite3

import pytest

from tests.flows.corp import yaml_of
from tests.servers.crowd import crowd
from tests.servers.daemon import SECRET, Folder, daemon, free_ports
from tests.servers.mailbox import mailbox
from tests.servers.slapd import slapd

pytestmark = pytest.mark.proof

USERS = 10_000
ASKED_TWICE = 1_000
AT_ONCE = 100
CODE = re.compile(r"\b[0-9]{6}\b")
YAML = f"""
listen: {{authentication: [127.0.0.1:AUTHENTICATION], accounting: [], web: [127.0.0.1:WEB], internal: []}}
public_url: http://127.0.0.1:WEB
time_zone: UTC
clients:
  nas: {{address: 127.0.0.0/8, secret: "{SECRET}", application: vpn, hold: 30s}}
directories:CORP
mail_servers:
  box: {{host: 127.0.0.1, port: SMTP, encryption: none, from_address: mfa@example.org}}
profiles:
  office-mail: {{method: mail_otp, directories: [corp], mail_servers: [box]}}
applications:
  vpn: {{profiles: [office-mail]}}
"""


class People:
    """Everybody who signs in, and what was sent and heard for them."""

    def __init__(self, wire, box):
        self._wire = wire
        self._box = box
        self._few = asyncio.Semaphore(AT_ONCE)
        self.requests = []

    async def signs_in(self, number):
        name = f"user{number:06}"
        identity = {"User_Name": name, "Calling_Station_Id": f"10.7.{number >> 8}.{number & 255}"}
        async with self._few:
            challenge = await self.asks("Access-Challenge", **identity, User_Password="password")
            code = CODE.search(await self._box.first(f"{name}@example.org"))[0]
            if number < ASKED_TWICE:
                # Another port, Identifier and Authenticator while the code is out: another State for the same code.
                joined = await self.asks("Access-Challenge", **identity, User_Password="password")
                assert joined["State"] != challenge["State"]
                challenge = joined
            await self.asks("Access-Accept", **identity, User_Password=code, State=challenge["State"])

    async def asks(self, code, **attributes):
        """Sent twice before the answer, and once more after it."""
        request = self._wire.send(**attributes)
        self._wire.send_again(request)
        reply = await self._wire.answer(request, every=10.0)
        self._wire.send_again(request)
        self.requests.append(request)
        assert reply.code == code, reply
        return reply


def counted(database, statement):
    return database.execute(statement).fetchone()[0]


async def test_one_login_one_mail(tmp_path):
    ports = free_ports()
    with slapd(users=USERS) as corp:
        async with mailbox() as box:
            yaml = yaml_of(corp, YAML).replace("SMTP", str(box.port)).replace("WEB", str(ports["web"]))
            yaml = yaml.replace("AUTHENTICATION", str(ports["authentication"]))
            (tmp_path / "radius.yaml").write_text(yaml)
            with daemon(Folder(tmp_path, ports)), crowd(ports["authentication"], SECRET, ports=100) as wire:
                people = People(wire, box)
                await asyncio.gather(*(people.signs_in(number) for number in range(USERS)))
                await asyncio.sleep(1.0)  # whatever else may come
    assert len(people.requests) == 2 * USERS + ASKED_TWICE
    for request in people.requests:
        assert 1 <= len(request.replies) <= 3
        assert len(set(request.replies)) == 1
    assert box.count == USERS
    assert all(len(box.of(f"user{number:06}@example.org")) == 1 for number in range(USERS))
    database = sqlite3.connect(tmp_path / "radiusd.db")
    try:
        assert counted(database, "select count(distinct login) from audit where login != ''") == USERS
        assert counted(database, "select count(*) from audit where outcome = 'accept'") == USERS
        assert counted(database, "select count(distinct user_name) from audit where outcome = 'accept'") == USERS
        assert counted(database, "select count(*) from messages") == USERS
    finally:
        database.close()
