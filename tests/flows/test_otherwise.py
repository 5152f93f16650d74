"""`otherwise`: no mail server takes the code, and it goes by SMS, where the profile says so; nobody is let in without it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.flows.mailing import CODE, MAILED, mailing, ref_of, yaml
from tests.flows.test_asking import OUT
from tests.flows.test_delivery_outage import MAIL_TROUBLES, SMS
from tests.flows.test_foreseen import foreseen
from tests.servers.gateway import gateway
from tests.servers.smtp import mail_server

BY_SMS = (
    '  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms], prompt: "SMS to {{ destination }}"%s}\n'
)
MAIL_ELSE_SMS = MAILED % ", otherwise: by-sms%s"
ANN = {"email": "ann@example.com", "phone": "+905554443322"}
TRANSIENT = {name: acts for name, acts in MAIL_TROUBLES.items() if name != "refuses the recipient"}


class Post:
    """A server of ours, its mail server and its gateway."""

    def __init__(self, radiusd, mail, sms):
        self.radiusd, self.mail, self.sms = radiusd, mail, sms

    def code(self, number=-1):
        return CODE.search(self.sms.asked[number].json["text"])[0]


@asynccontextmanager
async def posting(folder, profiles=MAIL_ELSE_SMS % "" + BY_SMS % "", client="hold: 8s", more="", **user):
    async with mail_server() as mail, gateway() as sms:
        text = yaml(profiles, client=client, more=more).replace("{out: {type: outbox}}", OUT % mail.port)
        text = text.replace("{sms: {type: outbox}}", SMS % sms.port)
        async with mailing(folder, text) as radiusd:
            await radiusd.user("ann", **ANN | user)
            yield Post(radiusd, mail, sms)


@pytest.mark.parametrize("trouble", TRANSIENT)
async def test_the_code_goes_by_sms(tmp_path, trouble):
    async with posting(tmp_path) as post:
        radiusd = post.radiusd
        post.mail.acts.update(TRANSIENT[trouble])
        challenge = await radiusd.asks(timeout=9.0)
        assert challenge["Reply-Message"] == "SMS to +90********22. No code yet? Press Enter, or type resend."
        assert post.sms.asked[0].json["to"] == "+905554443322"
        assert (await radiusd.answers(challenge, post.code())).code == "Access-Accept"
        told = [row.reason for row in await radiusd.audit()]
        assert told[0] == "a code was made for a***n@example.com"
        assert told[1].startswith("out is not available: out: ")
        assert told[1].endswith("; a code was made for +90********22")
        assert "code right (sent to +90********22)" in (await radiusd.last()).detail
        assert {row.profile for row in await radiusd.audit()} == {"mailed"}


async def test_while_mail_works_nothing_goes_by_sms(tmp_path):
    async with posting(tmp_path) as post:
        challenge = await post.radiusd.asks(timeout=9.0)
        assert challenge["Reply-Message"].startswith("Code sent to a***n@example.com")
        code = CODE.search(post.mail.mails[0].text)[0]
        assert (await post.radiusd.answers(challenge, code)).code == "Access-Accept"
        assert post.sms.asked == []


async def test_where_the_profile_does_not_say_so_nothing_is_replaced(tmp_path):
    """D7"""
    async with posting(tmp_path, MAILED % "" + BY_SMS % "") as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        refused = await post.radiusd.asks(timeout=9.0)
        assert refused["Reply-Message"].startswith("Sign-in is not possible at the moment: out cannot be reached. Ref ")
        assert post.sms.asked == []


async def test_an_address_that_is_refused_is_no_channel_that_is_down(tmp_path):
    async with posting(tmp_path) as post:
        post.mail.nobody.add("ann@example.com")
        refused = await post.radiusd.asks(timeout=9.0)
        assert refused["Reply-Message"].startswith("The message for this sign-in was refused at its address or number.")
        assert post.sms.asked == []


@pytest.mark.parametrize("lacks", ["has no number", "both are down"])
async def test_where_the_other_way_is_none_either(tmp_path, lacks):
    async with posting(tmp_path, **({"phone": ""} if lacks == "has no number" else {})) as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        post.sms.status = 500
        refused = await post.radiusd.asks(timeout=9.0)
        named = "out" if lacks == "has no number" else "sms"
        assert refused["Reply-Message"] == (
            f"Sign-in is not possible at the moment: {named} cannot be reached. Ref {ref_of(refused)}"
        )
        assert len(post.sms.asked) == (lacks == "both are down")
        assert (await post.radiusd.last()).outcome == "reject"


async def test_the_policies_of_the_other_profile_are_not_asked(tmp_path):
    """As with `methods`: whoever may sign in by the first may be sent a code by the second."""
    rule = "policies:\n  - {profile: by-sms, directory: local, attribute: group_name, values: [others]}\n"
    async with posting(tmp_path, more=rule) as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        challenge = await post.radiusd.asks(timeout=9.0)
        assert (await post.radiusd.answers(challenge, post.code())).code == "Access-Accept"


async def test_a_code_that_arrived_all_the_same_is_good(tmp_path):
    """The mail server took it and broke off before it said so: the user has two codes, and either is right, once."""
    async with posting(tmp_path) as post:
        post.mail.acts.update(MAIL_TROUBLES["hangs after the message"])
        challenge = await post.radiusd.asks(timeout=9.0)
        assert challenge["Reply-Message"].startswith("SMS to")
        mailed = CODE.search(post.mail.mails[0].text)[0] if post.mail.mails else post.code()
        replies = await asyncio.gather(
            post.radiusd.answers(challenge, mailed), post.radiusd.answers(challenge, post.code())
        )
        assert sorted(reply.code for reply in replies) == ["Access-Accept", "Access-Reject"]


async def test_a_resend_goes_by_mail_again_once_it_works(tmp_path):
    async with posting(tmp_path, MAIL_ELSE_SMS % ", resend_after: 0s" + BY_SMS % "") as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses the message"])
        challenge = await post.radiusd.asks(timeout=9.0)
        again = await post.radiusd.answers(challenge, "", timeout=9.0)
        assert (len(post.sms.asked), again["Reply-Message"][:6]) == (2, "SMS to")
        post.mail.acts.clear()
        mailed = await post.radiusd.answers(again, "resend", timeout=9.0)
        assert "Code sent to a***n@example.com" in mailed["Reply-Message"]
        code = CODE.search(post.mail.mails[-1].text)[0]
        assert (await post.radiusd.answers(mailed, code)).code == "Access-Accept"


async def test_behind_the_password(tmp_path):
    async with posting(tmp_path, client="hold: 8s, challenge: false") as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        told = await post.radiusd.asks(timeout=9.0)
        assert told["Reply-Message"].startswith(
            "SMS to +90********22. Sign in again with the code behind your password."
        )
        assert (await post.radiusd.asks(password=f"tulip{post.code()}", timeout=9.0)).code == "Access-Accept"


async def test_nothing_goes_otherwise_where_nothing_was_proved(tmp_path):
    """Whoever knows a name alone makes nothing go out by two ways."""
    first = (
        MAIL_ELSE_SMS % ""
        + BY_SMS % ""
        + "  approved: {method: approved_otp, directories: [local], mail_servers: [out], methods: [mailed]}\n"
    )
    rule = "policies:\n  - {profile: approved, directory: local, attribute: username, values: [ann], required: true}\n"
    async with posting(tmp_path, first, more=rule, sponsor_email="boss@example.com") as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        refused = await post.radiusd.asks(timeout=9.0)
        assert refused["Reply-Message"].startswith("Sign-in is not possible at the moment: out cannot be reached.")
        assert post.sms.asked == []


async def test_messages_are_limited_over_both_ways(tmp_path):
    async with posting(tmp_path, MAIL_ELSE_SMS % ", sends_per_hour: 1" + BY_SMS % "") as post:
        post.mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        refused = await post.radiusd.asks(timeout=9.0)
        assert (refused.code, post.sms.asked) == ("Access-Reject", [])
        assert refused["Reply-Message"].startswith("No code can be sent now")


async def test_a_restart_after_it_went_otherwise(tmp_path):
    async with mail_server() as mail, gateway() as sms:
        text = yaml(MAIL_ELSE_SMS % "" + BY_SMS % "", client="hold: 8s").replace(
            "{out: {type: outbox}}", OUT % mail.port
        )
        text = text.replace("{sms: {type: outbox}}", SMS % sms.port)
        mail.acts.update(MAIL_TROUBLES["refuses to talk"])
        async with mailing(tmp_path, text) as radiusd:
            await radiusd.user("ann", **ANN)
            challenge = await radiusd.asks(timeout=9.0)
        async with mailing(tmp_path, text) as radiusd:
            joined = await radiusd.asks(timeout=9.0)
            assert joined["Reply-Message"].startswith("SMS to +90********22.")
            code = CODE.search(sms.asked[0].json["text"])[0]
            assert (await radiusd.answers(challenge, code)).code == "Access-Accept"
            assert len(sms.asked) == 1


async def test_explain_says_so(tmp_path):
    async with posting(tmp_path) as post:
        told = await foreseen(post.radiusd, "ann")
        assert (
            "mailed: a code goes to ann@example.com by out (to +905554443322 by sms, where none of those takes it), and is asked"
            " for by a Challenge"
        ) in told.steps


async def test_mail_stands_in_for_sms(tmp_path):
    """Two may stand in for each other: one step is gone, and no further."""
    both = BY_SMS % ", otherwise: mailed" + MAIL_ELSE_SMS % ""
    async with posting(tmp_path, both) as post:
        post.sms.status = 500
        challenge = await post.radiusd.asks(timeout=9.0)
        assert challenge["Reply-Message"].startswith("Code sent to a***n@example.com")
        code = CODE.search(post.mail.mails[-1].text)[0]
        assert (await post.radiusd.answers(challenge, code)).code == "Access-Accept"
        assert (await post.radiusd.last()).profile == "by-sms"
        post.mail.acts.update(MAIL_TROUBLES["refuses the message"])
        refused = await post.radiusd.asks(station="other", timeout=9.0)
        assert refused["Reply-Message"].startswith("Sign-in is not possible at the moment: out cannot be reached. Ref ")
        assert len(post.sms.asked) == 2
