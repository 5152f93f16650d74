"""An office to sign in to: our server, everybody's mailbox, and a manager who clicks."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.servers.clicks import Browser, link_in
from tests.servers.daemon import free_ports
from tests.servers.mailbox import Mailbox, mailbox
from tests.servers.openvpn import short_port
from tests.servers.running import Running, running

SECRET = "testing123"  # pam_radius and openvpn-auth-radius read no blanks
BOSS = "boss@example.org"
CODE = re.compile(r"\b[0-9]{6}\b")
YAML = f"""
listen: {{authentication: [127.0.0.1:AUTHENTICATION], accounting: [127.0.0.1:ACCOUNTING], web: [127.0.0.1:WEB]}}
public_url: http://127.0.0.1:WEB
clients:
  gate: {{address: 127.0.0.0/8, secret: {SECRET}, application: vpn, message_authenticator: optional, CLIENT}}
directories:
  local: {{type: local}}
mail_servers:
  box: {{host: 127.0.0.1, port: SMTP, encryption: none, from_address: mfa@example.org}}
profiles:
  password-only: {{method: password, directories: [local]}}
  by-mail: {{method: mail_otp, directories: [local], mail_servers: [box], message: "{{{{ code }}}}"}}
  by-boss:
    method: approved_otp
    directories: [local]
    mail_servers: [box]
    approvers: [{BOSS}]
    message: "{{{{ user.username }}}} from {{{{ station }}}}: {{{{ link }}}}"
applications:
  vpn: {{profiles: [PROFILE]}}
security: {{reject_delay: 0s}}
"""


@dataclass
class Office:
    """Our server, its users' mailboxes, and a manager who clicks."""

    radiusd: Running
    box: Mailbox
    browser: Browser

    async def code(self, recipient="ann@example.org"):
        return CODE.search(await self.box.first(recipient))[0]

    async def boss_presses(self, decision="approve"):
        link = link_in(await self.box.first(BOSS))
        return await self.browser.presses(link, decision)

    async def accepts(self):
        return [row for row in await self.radiusd.audit() if row.outcome == "accept"]


@asynccontextmanager
async def office(folder, profile, client="hold: 10s"):
    """Everybody has the password `tulip`. `client` are keys of it; requests need not be signed unless they say so."""
    ports = {"AUTHENTICATION": short_port(), "ACCOUNTING": short_port(), "WEB": free_ports()["web"]}
    async with mailbox() as box:
        yaml = YAML.replace("message_authenticator: optional, CLIENT", client) if "message_auth" in client else YAML
        yaml = yaml.replace("SMTP", str(box.port)).replace("PROFILE", profile).replace("CLIENT", client)
        for name, port in ports.items():
            yaml = yaml.replace(name, str(port))
        async with running(folder, yaml) as radiusd:
            await radiusd.user("ann", email="ann@example.org", framed_ip_address="10.255.77.7")
            browser = Browser()
            try:
                yield Office(radiusd, box, browser)
            finally:
                await browser.close()


def station_of(row):
    return (row.client, row.nas, row.station, row.user_name)
