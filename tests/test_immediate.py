"""What a method, a directory or a carrier may assume: a task, unless it declares itself `immediate`.

A step of a login runs outside of any task until it waits for something. What has time-outs of its own needs a task, and
works without one only where something else has waited before it: for the first sign-in, whose password is hashed, and
not for the second.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager

import pytest

from radiusd.delivery import MAIL_KINDS, SMS_KINDS
from radiusd.directories import KINDS as TYPES
from radiusd.handlers import KINDS as METHODS
from radiusd.login.cases import Step
from radiusd.model.access import Accept, AccessRequest, Challenge, Hold, Offered
from radiusd.process.kinds import kinds
from radiusd.running.eager import Eager
from tests.flows.corp import CORP
from tests.flows.mailing import APPROVED, BY_SMS, CODE, MAILED, mailing, yaml
from tests.flows.totp import APP, Totp
from tests.servers.gateway import gateway
from tests.servers.message_centre import centre
from tests.servers.running import until
from tests.servers.slapd import slapd
from tests.servers.smtp import mail_server
from tests.servers.timed import declared

ANN = {"email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com"}
PLAIN = "  plain: {method: password, directories: [local]}\n"
LINKED = "  linked: {method: mail_auth, directories: [local], mail_servers: [out]}\n"
SMTP = "{out: {type: smtp, host: 127.0.0.1, port: %d, encryption: none, from_address: mfa@example.com}}"
HTTP = '{sms: {type: http, url: "http://127.0.0.1:%d/", json: {to: "{{ recipient }}", text: "{{ message }}"}}}'

SMPP = "{sms: {type: smpp, host: 127.0.0.1, port: %d, system_id: radius, password: hush-1!, source_address: A}}"


# Each kind, both ways


@asynccontextmanager
async def server_of(folder, kind):
    """A server on which a sign-in needs that kind, ann with her addresses, and what the kind has been given to send."""
    profiles = {"password": PLAIN, "approved_otp": APPROVED % "", "sms_otp": BY_SMS % "", "http": BY_SMS % ""}
    profiles |= {"smpp": BY_SMS % "", "soft_otp": APP % "", "mail_auth": LINKED}
    text = yaml(profiles.get(kind, BY_SMS % "" if kind == "sms outbox" else MAILED % ""))
    async with mail_server() as mail, gateway() as sms, centre() as place:
        sent = None
        if kind == "smtp":
            text = text.replace("{out: {type: outbox}}", SMTP % mail.port)
            sent = lambda: [each.text for each in mail.mails]  # noqa: E731
        if kind == "http":
            text = text.replace("{sms: {type: outbox}}", HTTP % sms.port)
            sent = lambda: [each.json["text"] for each in sms.asked]  # noqa: E731
        if kind == "smpp":
            text = text.replace("{sms: {type: outbox}}", SMPP % place.port)
            sent = lambda: place.texts  # noqa: E731
        if kind in {"ldap", "local"}:
            text = yaml(PLAIN)
        with slapd() as corp:
            if kind == "ldap":
                corp.user("ann", mail="ann@example.com")
                text = text.replace("[local]", "[corp]")
                text = text.replace("  local: {type: local}", CORP.replace("URL", corp.url).strip("\n"))
            async with mailing(folder, text) as radiusd:
                if kind != "ldap":
                    await radiusd.user("ann", **ANN)
                if kind == "soft_otp":
                    phone = await Totp(radiusd.radiusd).phone()
                    sent = Codes(phone)
                yield radiusd, sent or (lambda: [each.text for each in radiusd.sent])


class Codes:
    """What an app shows for one sign-in after the other, as if it was sent."""

    def __init__(self, phone):
        self._phone = phone
        self._asked = 0

    def __call__(self):
        self._asked += 1
        return [self._phone.shows(steps) for steps in range((self._asked + 1) // 2)]


class Told:
    """Who wants to know what came of a step."""

    def __init__(self):
        self.step = asyncio.get_running_loop().create_future()

    def done(self, result):
        self.step.set_result(result)

    def failed(self, bug):
        self.step.set_exception(bug)


async def outside_a_task(coroutine):
    steps, told = Eager(8), Told()
    steps.run(coroutine, told)
    steps.go_on()
    return await asyncio.wait_for(told.step, 10)


async def inside_a_task(coroutine):
    return await asyncio.wait_for(asyncio.create_task(coroutine), 10)


def asked(station, password="tulip", state=None):
    now, loop = time.time(), asyncio.get_running_loop()
    return AccessRequest(
        "nas", "vpn", "ann", password, Offered.PAP, state, station, "nas", "127.0.0.1", now, loop.time() + 10.0,
        octets=os.urandom(20),
    )  # fmt: skip


SIGNED_IN = {  # every kind that is active, by its table, with what comes of a right password
    "methods": {
        "password": Accept,
        "mail_otp": Challenge,
        "sms_otp": Challenge,
        "soft_otp": Challenge,
        "approved_otp": Hold,
        "mail_auth": Hold,
    },
    "directories": {"local": Accept, "ldap": Accept},
    "mail carriers": {"smtp": Challenge, "outbox": Challenge},
    "sms carriers": {"http": Challenge, "smpp": Challenge, "outbox": Challenge},
}
TABLES = {"methods": METHODS, "directories": TYPES, "mail carriers": MAIL_KINDS, "sms carriers": SMS_KINDS}
EACH = [
    (f"sms {kind}" if (table, kind) == ("sms carriers", "outbox") else kind, outcome)
    for table, found in SIGNED_IN.items()
    for kind, outcome in found.items()
]


@pytest.mark.parametrize("table", TABLES)
def test_no_kind_is_left_out(table):
    kinds()
    ours = {
        name
        for name in TABLES[table]
        if TABLES[table][name].active and "tests" not in TABLES[table][name].make.__module__
    }
    assert SIGNED_IN[table].keys() == ours


@pytest.mark.parametrize("way", [outside_a_task, inside_a_task])
@pytest.mark.parametrize(("kind", "outcome"), EACH)
async def test_a_kind_works_outside_of_a_task_and_inside_one(tmp_path, kind, outcome, way):
    """Twice each: what is remembered by then is not waited for."""
    async with server_of(tmp_path, kind) as (radiusd, sent):
        engine = radiusd.server._answering.engine
        for number, station in enumerate(("pc", "phone"), 1):
            step: Step = await way(engine.step(asked(station)))
            assert type(step.outcome) is outcome, step
            if outcome is Challenge:
                assert len(sent()) == number
                code = CODE.search(sent()[-1])[0]
                step = await way(engine.step(asked(station, code, step.outcome.state)))
                assert type(step.outcome) is Accept, step
            if outcome is Hold:
                held = Told()
                step.outcome.held.wait(held)
                await radiusd.decides(await radiusd.token(count=number), approve=True)
                assert type((await asyncio.wait_for(held.step, 10)).outcome) is Accept


# Kinds of others, which want a task


@pytest.fixture(autouse=True)
def _declared():
    with declared():
        yield


TIMED_CODES = (MAILED % "%s").replace("mail_otp", "timed-codes")
TIMED_APPROVAL = (APPROVED % "%s").replace("approved_otp", "timed-approval")
OF_TIMED = "  local: {type: local}", "  local: {type: timed}"


async def signs_in_by_code(radiusd, station):
    challenge = await radiusd.asks(station=station)
    assert challenge.code == "Access-Challenge"
    assert (await radiusd.answers(challenge, radiusd.code(), station=station)).code == "Access-Accept"


async def test_a_method_is_given_a_task(tmp_path):
    async with mailing(tmp_path, yaml(TIMED_CODES % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        await signs_in_by_code(radiusd, "pc")
        await signs_in_by_code(radiusd, "phone")  # by a password that is remembered


async def test_a_method_is_given_a_task_by_whoever_comes_back(tmp_path):
    """Joining asks it what it asked last; an empty answer is judged by nobody, a wrong one by it."""
    async with mailing(tmp_path, yaml(TIMED_CODES % ", resend_after: 0s")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks()
        joined = await radiusd.asks()
        assert joined["Reply-Message"].startswith("Code sent to a***n@example.com")
        fresh = await radiusd.answers(joined, "")
        assert fresh["Reply-Message"].startswith("A fresh code was sent")
        wrong = await radiusd.answers(fresh, "000000" if radiusd.code() != "000000" else "111111")
        assert wrong["Reply-Message"].startswith("Wrong code.")
        assert (await radiusd.answers(wrong, radiusd.code())).code == "Access-Accept"


async def test_a_method_is_given_a_task_to_say_who_else_is_asked(tmp_path):
    """Its recipient was refused by a carrier that needed none."""
    text = yaml(TIMED_CODES % "").replace("{out: {type: outbox}}", "{out: {type: refusing}}")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        for station in ("pc", "phone"):
            refused = await radiusd.asks(station=station)
            assert refused["Reply-Message"].startswith("The message for this sign-in was refused at its address")


async def test_a_method_is_given_a_task_when_somebody_decides(tmp_path):
    async with mailing(tmp_path, yaml(TIMED_APPROVAL % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        for number, station in enumerate(("pc", "phone"), 1):
            held = asyncio.create_task(radiusd.asks(station=station, timeout=10))
            await radiusd.decides(await radiusd.token(count=number), approve=True)
            assert (await held).code == "Access-Accept"


async def test_a_directory_is_given_a_task(tmp_path):
    """To find, to judge, and to pretend for a name that nobody has."""
    text = yaml(PLAIN).replace(*OF_TIMED)
    async with mailing(tmp_path, text) as radiusd:
        for station in ("pc", "phone"):
            assert (await radiusd.asks(station=station)).code == "Access-Accept"
            assert (await radiusd.asks(station=station, password="rose")).code == "Access-Reject"
            for name in ("nobody", "ann@example.com"):  # which is none of its names, and is not looked up
                assert (await radiusd.asks(name, station=station)).code == "Access-Reject"


async def test_a_directory_is_given_a_task_to_find_the_manager(tmp_path):
    async with mailing(tmp_path, yaml(APPROVED % "").replace(*OF_TIMED)) as radiusd:
        for number, station in enumerate(("pc", "phone"), 1):
            held = asyncio.create_task(radiusd.asks(station=station, timeout=10))
            await radiusd.decides(await radiusd.token(count=number), approve=True)
            assert (await held).code == "Access-Accept"
        assert {mail.recipient for mail in radiusd.sent} == {"boss@example.com"}


async def test_a_directory_is_given_a_task_to_find_the_manager_once_a_code_was_right(tmp_path):
    """Then nothing was asked in this step before: no directory, and no database for a refusal of late."""
    profiles = APPROVED % ", methods: [password, mailed], after_refusal: 0s" + MAILED % ""
    text = yaml(profiles).replace(*OF_TIMED).replace("profiles: [approved, mailed]", "profiles: [approved]")
    async with mailing(tmp_path, text) as radiusd:
        for number, station in enumerate(("pc", "phone"), 1):
            challenge = await radiusd.asks(station=station)
            code = radiusd.code()
            held = asyncio.create_task(radiusd.answers(challenge, code, station=station, timeout=10))
            await radiusd.decides(await radiusd.token(count=2 * number), approve=True)
            assert (await held).code == "Access-Accept"


@pytest.mark.parametrize(("profiles", "carrier"), [(MAILED % "", "out"), (BY_SMS % "", "sms")])
async def test_a_carrier_is_given_a_task(tmp_path, profiles, carrier):
    text = yaml(profiles).replace(f"{{{carrier}: {{type: outbox}}}}", f"{{{carrier}: {{type: timed}}}}")
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        await signs_in_by_code(radiusd, "pc")
        await signs_in_by_code(radiusd, "phone")
        await until(lambda: len(radiusd.sent) == 2)
