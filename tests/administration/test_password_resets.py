"""Who may be sent a link to set another password: nobody whose mailbox alone would let its reader in."""

from __future__ import annotations

import time

import pytest

from config import reading
from radiusd.administration import password_resets
from radiusd.administration.faults import Conflict, Missing
from radiusd.cli.ways_in import ways_in
from radiusd.process.kinds import kinds
from radiusd.process.tools import tools_of
from store import users
from store.records import NewUser

YAML = """
public_url: https://mfa.example.com
phone_country: TR
clients:
  nas: {address: 127.0.0.1, secret: "correct horse battery", application: vpn}
directories: {local: {type: local}}
mail_servers: {post: {type: smtp, host: localhost, from_address: mfa@example.com, encryption: none}}
sms_gateways: {gate: {type: http, url: "https://sms.example.com", json: {to: "{{ recipient }}", text: "{{ message }}"}}}
profiles:
  plain: {method: password, directories: [local]}
  mail: {method: mail_otp, directories: [local], mail_servers: [post]}
  sms: {method: sms_otp, directories: [local], sms_gateways: [gate]}
  sms-or-mail: {method: sms_otp, directories: [local], sms_gateways: [gate], otherwise: mail}
  boss: {method: approved_otp, directories: [local], mail_servers: [post], default_recipient: boss@example.com}
  both: {method: approved_otp, directories: [local], mail_servers: [post], default_recipient: b@example.com, methods: [password, mail]}
  told: {method: approved_otp, type: manager_information, directories: [local], mail_servers: [post], default_recipient: b@example.com}
  link: {method: mail_auth, directories: [local], mail_servers: [post], methods: [password]}
applications:
  vpn: {profiles: [USED], choose: CHOOSE}
security: {passwords: {reset_by_mail: ON}}
"""


async def why_not(folder, used, *, choose="first", on="true", mail="ann@example.com", phone="+905554443322", more=""):
    """Why no link may be sent to Ann; "" where one may."""
    path = folder / "radius.yaml"
    path.write_text(YAML.replace("USED", used).replace("CHOOSE", choose).replace("ON", on) + more)
    settings = reading.read(path, kinds())
    async with ways_in(settings) as ways:
        ann = NewUser(username="ann", email=mail, phone=phone)
        await ways.store.write(lambda connection: users.add(connection, ann, time.time()))
        entry = await ways.entry("ann", "local")
        tools = tools_of(settings, ways.store, ways.directories, [b"k" * 32], ways.enrolled)
        try:
            password_resets.require_allowed(settings, ways.applications.values(), entry, tools.mail)
        except (Conflict, Missing) as refused:
            return str(refused)
    return ""


@pytest.mark.parametrize("used", ["plain", "mail", "told", "link", "sms-or-mail"])
async def test_not_where_the_mailbox_would_be_all(tmp_path, used):
    told = await why_not(tmp_path, used)
    assert told == (
        "ann can be sent no link: who reads ann@example.com would set a password by it, and sign in to vpn by "
        f"{used} with nothing else; set one with `radiusd user password`"
    )


@pytest.mark.parametrize("used", ["sms", "boss", "both"])
async def test_where_something_else_is_proved_too(tmp_path, used):
    assert await why_not(tmp_path, used) == ""


async def test_one_way_of_a_menu_is_enough_to_refuse_it(tmp_path):
    """Whoever has the mailbox would choose that one."""
    assert "by mail with nothing else" in await why_not(tmp_path, "sms, mail", choose="ask")


async def test_the_first_way_alone_counts_where_nobody_chooses(tmp_path):
    assert await why_not(tmp_path, "sms, mail") == ""


@pytest.mark.parametrize(("first", "mailbox_is_all"), [("password", True), ("directory", True), ("invitation", False)])
async def test_not_where_who_has_no_number_adds_one_by_the_mailbox(tmp_path, first, mailbox_is_all):
    """At the first sign-in after it: by a code to that mailbox, or by the password alone."""
    told = await why_not(tmp_path, "sms", phone="", more=f"enrollment: {{first: {first}}}\n")
    assert ("by sms with nothing else" in told) is mailbox_is_all


async def test_where_nobody_adds_a_number_by_themselves(tmp_path):
    assert await why_not(tmp_path, "sms", phone="", more="enrollment: {self_service: false}\n") == ""


async def test_off_by_default(tmp_path):
    assert (await why_not(tmp_path, "sms", on="false")).startswith("to set a password by a link in a mail is off")


async def test_never_without_an_address(tmp_path):
    assert await why_not(tmp_path, "sms", mail="") == "ann has no mail address to send a link to"
