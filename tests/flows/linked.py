"""A server whose users sign in by a link, everybody's mailbox, and somebody who opens links and presses buttons."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass

from store import audit
from tests.flows.mailing import state_of
from tests.servers.clicks import Browser, link_in
from tests.servers.daemon import free_ports
from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.running import Running, running, until

ANN, BOSS = "ann@example.org", "boss@example.org"
YAML = """
listen: {authentication: [127.0.0.1:0], accounting: [], web: [127.0.0.1:WEB]}
public_url: http://127.0.0.1:WEB
clients:
  gate: {address: 127.0.0.0/8, secret: "correct horse battery", application: vpn, CLIENT}
directories:
  local: {type: local}
mail_servers:
  box: {host: 127.0.0.1, port: SMTP, encryption: none, from_address: mfa@example.org}
profiles:
  link: {method: mail_auth, directories: [local], mail_servers: [box]OPTIONS}
applications:
  vpn: {profiles: [link]}
security: {reject_delay: 0s}
"""


@dataclass
class Linked:
    """Our server, its users' mailboxes, and who clicks."""

    radiusd: Running
    box: Mailbox
    browser: Browser

    async def asks(self, name="ann", password="", *, station="203.0.113.9", **of):
        """A request; `password` None: without any."""
        nas = self.radiusd.nas(**{key: of.pop(key) for key in ("timeout", "tries", "source") if key in of})
        more = {"Calling_Station_Id": station} if station else {}
        if password is not None:
            more["User_Password"] = password
        return await nas.asks(User_Name=name, **more, **of)

    def begins(self, name="ann", password="", **of):
        """The same, while the test goes on."""
        return asyncio.create_task(self.asks(name, password, **{"timeout": 10, **of}))

    async def enters(self, challenge, name="ann", **of):
        """An empty answer to a Challenge, with its State."""
        return await self.asks(name, State=state_of(challenge), **of)

    async def link(self, to=ANN, number=1):
        """The last link of so many that came."""
        await until(lambda: len(self.box.of(to)) >= number)
        return link_in(self.box.of(to)[-1])

    async def presses(self, decision="approve", to=ANN, number=1):
        """The heading of the page after a button of that link's page was pressed."""
        return await self.browser.presses(await self.link(to, number), decision)

    async def story(self):
        """Step and outcome of every row of the audit."""
        return [f"{row.step}: {row.outcome}" for row in await self.radiusd.audit()]

    async def holds(self, number=1):
        await until(lambda: len(self.radiusd.server._holds) == number)

    async def why(self, reply):
        """The reason of a Reject, by its reference."""
        ref = re.search(r"Ref ([0-9A-Z]{8})", reply["Reply-Message"])[1]
        rows = await self.radiusd.server.store.read(lambda connection: audit.find(connection, ref=ref))
        return rows[0].reason


@asynccontextmanager
async def linked(folder, options="", client="hold: 20s", change=lambda yaml: yaml, *, again=False, **of):
    """`options` of the profile, `client`'s keys; ann has a sponsor, boss@example.org. `again`: with the database as it is."""
    web = free_ports()["web"]
    async with mailbox() as box:
        yaml = YAML.replace("OPTIONS", options and f", {options}").replace("CLIENT", client)
        yaml = change(yaml).replace("SMTP", str(box.port)).replace("WEB", str(web))
        async with running(folder, yaml, **of) as radiusd:
            if not again:
                await radiusd.user("ann", email=ANN, sponsor_email=BOSS, first_name="Ann", last_name="Example")
            browser = Browser()
            try:
                yield Linked(radiusd, box, browser)
            finally:
                await browser.close()
