"""Sending by one of several carriers: order, shares of time, what failed lately, and reloads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
import structlog
from msgspec.structs import astuple, replace

from config import reading
from config.kinds import Kind
from config.models.options import TypedOptions
from radiusd.delivery import MAIL_KINDS, SMS_KINDS, Fault, NotTaken, carriers
from radiusd.delivery.carriers import Carriers, NotSent, Sent
from radiusd.delivery.outbox import KEPT, Outbox
from radiusd.model.message import Mail, Message, Sms
from radiusd.process.kinds import kinds
from tests.delivery.carrying import FORBIDDEN, MAIL, SMS, soon
from tests.servers.gateway import DROP, gateway
from tests.servers.message_centre import OK, SILENT, WRONG_DESTINATION, centre
from tests.servers.running import LOCAL, until
from tests.servers.smtp import DROP as DROPS
from tests.servers.smtp import HANG, mail_server


class ScriptedOptions(TypedOptions):
    type: str = "scripted"
    from_address: str = "mfa@example.com"
    mark: str = ""


class Scripted:
    """A carrier that does as it is told: takes at once, waits until its deadline, or fails."""

    immediate = False
    made: dict[str, Scripted] = {}  # noqa: RUF012 - emptied by the fixture

    def __init__(self, name: str, options: ScriptedOptions, _outbox: Outbox) -> None:
        self.name = name
        self.options = options
        self.shares: list[float] = []
        self.act: Any = None
        self.closed = False
        self.made[name] = self

    async def send(self, _content: Mail | Sms, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        self.shares.append(deadline - loop.time())
        if isinstance(self.act, NotTaken):
            raise self.act
        if isinstance(self.act, asyncio.Event):
            await self.act.wait()
        if self.act == HANG:
            await asyncio.sleep(deadline - loop.time())
            raise NotTaken("did not answer in time", certain=False)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def scripted():
    """Carriers of a kind that the tests bring along, as others may: by adding it to MAIL_KINDS."""
    tables = kinds()
    MAIL_KINDS.add(Kind("scripted", ScriptedOptions, Scripted))
    Scripted.made = {}
    yield tables
    del MAIL_KINDS._kinds["scripted"]


def settings(folder, yaml):
    path = folder / "radius.yaml"
    path.write_text(LOCAL + yaml)
    return reading.read(path, kinds(), demo=True)


@asynccontextmanager
async def carrying(folder, yaml) -> AsyncIterator[Carriers]:
    made = Carriers(Outbox())
    made.use(made.of(settings(folder, yaml)))
    try:
        yield made
    finally:
        await made.close()


def message(*names: str, content: Mail | Sms = MAIL, within: float = 8.0) -> Message:
    return Message("code", "office", names, content, within)


THREE = "mail_servers: {one: {type: scripted}, two: {type: scripted}, three: {type: scripted}}\n"


async def test_the_first_one_takes_it(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        assert await made.send(message("two", "one"), soon()) == Sent("two")
        assert made.sent == {("mail_servers", "two"): 1}
        assert (made.failed, made.down()) == ({}, {})
    assert Scripted.made["one"].shares == []


async def test_a_carrier_that_does_not_wait_costs_no_task(scripted, tmp_path):
    """It is sent before anybody else of the loop runs, and outside any task."""
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].immediate = True
        with closing(made.send(message("one"), soon())) as sending:
            with pytest.raises(StopIteration) as ended:
                sending.send(None)
            assert ended.value.value == Sent("one")


async def test_the_next_one_takes_what_the_first_does_not(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = NotTaken("is full")
        assert await made.send(message("one", "two"), soon()) == Sent("two")
        assert made.failed == {("mail_servers", "one"): 1}
        assert made.down() == {("mail_servers", "one"): "is full"}


async def test_nobody_takes_it(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        for name in ("one", "two"):
            Scripted.made[name].act = NotTaken(f"{name}.example:25 answered 451")
        outcome = await made.send(message("one", "two"), soon())
        assert outcome == NotSent("one, two", "one: one.example:25 answered 451; two: two.example:25 answered 451")


async def test_what_may_have_been_sent_is_given_to_the_next_one(scripted, tmp_path):
    """Both copies carry the same code. Where nobody takes it, it is not sent, although it may have been."""
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = NotTaken("ended the connection in the middle of the message", certain=False)
        assert await made.send(message("one", "two"), soon()) == Sent("two")
        assert isinstance(await made.send(message("one"), soon()), NotSent)


async def test_each_has_its_share_of_the_time(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = Scripted.made["two"].act = HANG
        assert await made.send(message("one", "two", "three", within=0.3), soon()) == Sent("three")
    shares = [Scripted.made[name].shares[0] for name in ("one", "two", "three")]
    assert shares == pytest.approx([0.1, 0.1, 0.1], abs=0.05)


async def test_what_one_leaves_is_the_next_ones(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = NotTaken("refused")
        await made.send(message("one", "two", within=8.0), soon())
    assert Scripted.made["one"].shares[0] == pytest.approx(4.0, abs=0.5)
    assert Scripted.made["two"].shares[0] == pytest.approx(8.0, abs=0.5)


async def test_the_deadline_counts_where_it_is_sooner(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        await made.send(message("one", within=8.0), soon(2.0))
        assert Scripted.made["one"].shares[0] == pytest.approx(2.0, abs=0.5)
        outcome = await made.send(message("one", "two"), soon(-1.0))
        assert outcome == NotSent("one, two", "one: no time was left")


async def test_who_failed_lately_is_tried_last(scripted, tmp_path, monkeypatch):
    async with carrying(tmp_path, THREE) as made:
        one, two = Scripted.made["one"], Scripted.made["two"]
        one.act = NotTaken("is full")
        await made.send(message("one", "two"), soon())
        assert await made.send(message("one", "two"), soon()) == Sent("two")
        assert len(one.shares) == 1
        # It is tried all the same where nobody else takes it.
        two.act, one.act = NotTaken("is full too"), None
        assert await made.send(message("one", "two"), soon()) == Sent("one")
        # And works again since.
        two.act = None
        assert await made.send(message("one", "two"), soon()) == Sent("one")
        assert made.down() == {("mail_servers", "two"): "is full too"}


async def test_after_a_while_one_message_finds_out(scripted, tmp_path, monkeypatch):
    monkeypatch.setattr(carriers, "AVOIDED_SECONDS", 0.1)
    async with carrying(tmp_path, THREE) as made:
        one = Scripted.made["one"]
        one.act = NotTaken("is full")
        await made.send(message("one", "two"), soon())
        await asyncio.sleep(0.12)
        one.act = asyncio.Event()
        monkeypatch.setattr(carriers, "AVOIDED_SECONDS", 60.0)
        first = asyncio.ensure_future(made.send(message("one", "two"), soon()))
        await until(lambda: len(one.shares) == 2)
        assert await made.send(message("one", "two"), soon()) == Sent("two")
        one.act.set()
        assert await first == Sent("one")
        assert made.down() == {}


async def test_a_refused_recipient_says_nothing_against_the_carrier(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = NotTaken("refused the recipient (550)", fault=Fault.RECIPIENT)
        assert await made.send(message("one", "two"), soon()) == Sent("two")
        assert made.down() == {}
        Scripted.made["one"].act = None
        assert await made.send(message("one", "two"), soon()) == Sent("one")


@pytest.mark.parametrize(
    ("one", "two", "whose"),
    [
        (Fault.RECIPIENT, Fault.CARRIER, Fault.RECIPIENT),
        (Fault.CARRIER, Fault.RECIPIENT, Fault.RECIPIENT),
        (Fault.MESSAGE, Fault.RECIPIENT, Fault.RECIPIENT),
        (Fault.MESSAGE, Fault.CARRIER, Fault.MESSAGE),
        (Fault.CARRIER, Fault.CARRIER, Fault.CARRIER),
    ],
)
async def test_it_is_told_whose_fault_it_is(scripted, tmp_path, one, two, whose):
    """Only where it is the carriers' own is the component down: another recipient may be written to else."""
    async with carrying(tmp_path, THREE) as made:
        Scripted.made["one"].act = NotTaken("no", fault=one)
        Scripted.made["two"].act = NotTaken("no", fault=two)
        outcome = await made.send(message("one", "two"), soon())
        assert isinstance(outcome, NotSent)
        assert outcome.fault is whose


async def test_the_log_has_a_failure_once_and_its_end(scripted, tmp_path):
    with structlog.testing.capture_logs() as lines:
        async with carrying(tmp_path, THREE) as made:
            Scripted.made["one"].act = NotTaken("is full")
            for _ in range(5):
                await made.send(message("one"), soon())
            Scripted.made["one"].act = None
            await made.send(message("one"), soon())
            await made.send(message("one"), soon())
    assert lines == [
        {"event": "did not take a message", "mail_servers": "one", "cause": "is full", "log_level": "warning"},
        {"event": "works again", "mail_servers": "one", "log_level": "info"},
    ]


@pytest.mark.row("S97")
async def test_it_is_known_how_long_a_server_takes(tmp_path):
    """Of a real one, from handing over to its answer; what is refused is no measure of it."""
    async with mail_server() as server:
        post = f"host: 127.0.0.1, port: {server.port}, encryption: none, from_address: a@example.com"
        async with carrying(tmp_path, f"mail_servers: {{post: {{{post}}}}}\n") as made:
            for _ in range(3):
                assert await made.send(message("post"), soon()) == Sent("post")
            server.acts["message"] = "451 later"
            assert isinstance(await made.send(message("post"), soon()), NotSent)
            pace = made.paces["mail_servers", "post"]
            assert pace.cumulative[-1] == ("+Inf", 3)
            assert pace.seconds > 0
            assert not pace.is_slow


@pytest.mark.row("S97")
async def test_the_log_has_once_that_a_server_is_slow(scripted, tmp_path, monkeypatch):
    monkeypatch.setattr("radiusd.delivery.pace.SLOW_SECONDS", -1.0)
    with structlog.testing.capture_logs() as lines:
        async with carrying(tmp_path, THREE) as made:
            for _ in range(20):
                await made.send(message("one"), soon())
            await made.send(message("two"), soon())
    assert [(line["event"], line["mail_servers"], line["log_level"]) for line in lines] == [
        ("is slow to take messages", "one", "warning")
    ]


async def test_what_has_not_changed_is_kept_over_a_reload(scripted, tmp_path):
    async with carrying(tmp_path, THREE) as made:
        before = dict(Scripted.made)
        made.use(
            made.of(settings(tmp_path, THREE.replace("two: {type: scripted}", "two: {type: scripted, mark: other}")))
        )
        assert Scripted.made["one"] is before["one"]
        assert Scripted.made["two"] is not before["two"]
        await until(lambda: before["two"].closed)
        assert not before["one"].closed
        made.use(made.of(settings(tmp_path, "mail_servers: {one: {type: scripted}}\n")))
        await until(lambda: before["three"].closed)
        outcome = await made.send(message("three", "one"), soon())
        assert outcome == Sent("one")
    assert before["one"].closed


async def test_authorities_that_changed_in_their_file_are_taken_at_a_reload(certificates, others, tmp_path):
    """Their file's name is the same."""
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes((others / "ca.pem").read_bytes())
    async with mail_server(encryption="tls", certificates=certificates) as server:
        yaml = smtp_yaml(server, encryption="tls", ca_file="ca.pem")
        async with carrying(tmp_path, yaml) as made:
            assert isinstance(await made.send(message("one"), soon()), NotSent)
            ca_file.write_bytes((certificates / "ca.pem").read_bytes() + b"\n")
            made.use(made.of(settings(tmp_path, yaml)))
            assert await made.send(message("one"), soon()) == Sent("one")


def smtp_yaml(*servers, encryption="none", **more):
    named = zip(("one", "two"), servers, strict=False)
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    lines = [
        f"  {name}: {{host: 127.0.0.1, port: {server.port}, encryption: {encryption},"
        f" from_address: mfa@example.com{extra}}}\n"
        for name, server in named
    ]
    return "mail_servers:\n" + "".join(lines)


@pytest.mark.parametrize("act", [HANG, DROPS])
@pytest.mark.parametrize("step", ["greeting", "MAIL", "inside", "message"])
@pytest.mark.row("S110", "S113", "S142")
async def test_a_mail_server_fails_and_the_other_takes_it(tmp_path, step, act):
    async with mail_server() as one, mail_server() as two, carrying(tmp_path, smtp_yaml(one, two)) as made:
        one.acts[step] = act
        assert await made.send(message("one", "two", within=1.0), soon()) == Sent("two")
        # The next one goes there at once.
        assert await made.send(message("one", "two", within=1.0), soon()) == Sent("two")
        assert len(one.connections) == 1
    assert len(two.mails) == 2


async def test_a_mail_server_is_reloaded_while_it_sends(tmp_path):
    async with mail_server() as one, mail_server() as two, carrying(tmp_path, smtp_yaml(one)) as made:
        sending = [asyncio.ensure_future(made.send(message("one"), soon())) for _ in range(30)]
        await until(lambda: one.connections)
        made.use(made.of(settings(tmp_path, smtp_yaml(two))))
        assert await made.send(message("one"), soon()) == Sent("one")
        assert set(await asyncio.gather(*sending)) == {Sent("one")}
        await until(lambda: not one.open)
    assert (len(one.mails), len(two.mails)) == (30, 1)


def sms_yaml(*gateways):
    lines = [
        f"  {name}: {{type: http, url: 'http://127.0.0.1:{place.port}/', success: {{body_contains: queued}},"
        " json: {to: '{{ recipient }}', text: '{{ message }}'}}\n"
        for name, place in zip(("one", "two"), gateways, strict=False)
    ]
    return "sms_gateways:\n" + "".join(lines)


@pytest.mark.parametrize("act", [{"act": HANG}, {"act": DROP}, {"status": 500}, {"body": b"ERR no credit"}])
async def test_a_gateway_fails_and_the_other_takes_it(tmp_path, act):
    async with gateway() as one, gateway() as two, carrying(tmp_path, sms_yaml(one, two)) as made:
        for name, value in act.items():
            setattr(one, name, value)
        assert await made.send(message("one", "two", content=SMS, within=1.0), soon()) == Sent("two")
    assert two.asked[0].json["text"] == SMS.text


async def test_all_of_them_down(tmp_path):
    """Nothing secret is in what is told of it."""
    async with mail_server() as one, mail_server() as two, carrying(tmp_path, smtp_yaml(one, two)) as made:
        one.acts["RCPT"], two.acts["message"] = "550 ann@example.com?", "554 837465 is spam"
        outcome = await made.send(message("one", "two"), soon())
    assert isinstance(outcome, NotSent)
    assert outcome.component == "one, two"
    assert "(550)" in outcome.cause
    assert "(554)" in outcome.cause
    assert not [each for each in FORBIDDEN if each in str(outcome)]


async def test_a_mail_server_and_a_gateway_of_one_name(tmp_path):
    both = "mail_servers: {out: {type: outbox}}\nsms_gateways: {out: {type: outbox}}\n"
    async with carrying(tmp_path, both) as made:
        assert await made.send(message("out"), soon()) == Sent("out")
        assert await made.send(message("out", content=SMS), soon()) == Sent("out")
        assert made.sent == {("mail_servers", "out"): 1, ("sms_gateways", "out"): 1}
        sms, mail = made._outbox.entries()
    assert (sms.kind, sms.carrier, sms.recipient, sms.subject, sms.text, sms.html) == (
        "sms",
        "out",
        SMS.recipient,
        "",
        SMS.text,
        None,
    )
    assert (mail.kind, mail.recipient, mail.subject, mail.text, mail.html) == ("mail", *astuple(MAIL))
    assert mail.at <= sms.at
    assert "837465" not in repr(sms) + repr(mail)


async def test_the_outbox_keeps_the_last_ones(tmp_path):
    outbox = Outbox()
    for number in range(KEPT + 5):
        outbox.keep("out", replace(MAIL, subject=str(number)))
    assert [each.subject for each in outbox.entries()] == [str(number) for number in range(KEPT + 4, 4, -1)]


async def test_a_kind_that_is_not_active_takes_nothing(tmp_path, monkeypatch):
    kinds()
    monkeypatch.setitem(SMS_KINDS._kinds, "planned", Kind("planned", ScriptedOptions))
    async with carrying(tmp_path, "sms_gateways: {one: {type: planned}}\n") as made:
        assert await made.send(message("one", content=SMS), soon()) == NotSent("one", "one: it is not active")


BOTH = """
sms_gateways:
  web: {{type: http, url: "http://127.0.0.1:{web}/", json: {{to: "{{{{ recipient }}}}", text: "{{{{ message }}}}"}}}}
  centre: {{type: smpp, host: 127.0.0.1, port: {centre}, system_id: radius, password: hush-1!, source_address: EXAMPLE}}
"""


async def test_from_http_to_smpp_and_back(tmp_path):
    """Each is the other's second: what the one does not take goes out by the other."""
    async with (
        gateway() as web,
        centre() as place,
        carrying(tmp_path, BOTH.format(web=web.port, centre=place.port)) as made,
    ):
        web.status = 503
        assert await made.send(message("web", "centre", content=SMS), soon()) == Sent("centre", ("1",))
        assert place.texts == [SMS.text]
        web.status = 202
        place.act = 0x45
        assert await made.send(message("centre", "web", content=SMS), soon()) == Sent("web")
        assert [each.json["text"] for each in web.asked] == [SMS.text] * 2
        assert made.down().keys() == {("sms_gateways", "centre")}
        place.act = SILENT
        assert await made.send(message("centre", "web", content=SMS, within=1.0), soon()) == Sent("web")
        place.act = OK
        place.acts.append(WRONG_DESTINATION)
        web.status = 503
        refused = await made.send(message("web", "centre", content=SMS), soon())
        assert isinstance(refused, NotSent)
        assert refused.fault is Fault.RECIPIENT


async def test_a_carrier_in_use_is_told_what_became_of_messages(tmp_path):
    """From the start on, before anything is sent, and by the one that a reload brings."""
    told = []
    async with centre() as place:
        made = Carriers(Outbox(), lambda name, receipt: told.append((name, receipt.ids[0])))
        yaml = BOTH.format(web=1, centre=place.port)
        made.use(made.of(settings(tmp_path, yaml)))
        await until(lambda: place.bound)
        place.bound[0].deliver("905554443322", b"id:1 stat:DELIVRD err:000 text:")
        await until(lambda: told == [("centre", "1")])
        made.use(made.of(settings(tmp_path, yaml)))
        assert len(place.binds) == 1
        made.use(made.of(settings(tmp_path, yaml.replace("EXAMPLE", "OTHER"))))
        await until(lambda: len(place.binds) == 2)
        await until(lambda: len(place.bound) == 1)
        place.bound[0].deliver("905554443322", b"id:2 stat:DELIVRD err:000 text:")
        await until(lambda: told == [("centre", "1"), ("centre", "2")])
        await made.close()


async def test_one_that_is_not_connected_is_tried_last(tmp_path):
    """And it is known to be down before anybody's code is late for it."""
    async with gateway() as web, centre() as place:
        place.bind_status = 0x0D
        async with carrying(tmp_path, BOTH.format(web=web.port, centre=place.port)) as made:
            key = ("sms_gateways", "centre")
            await until(lambda: key in made.down())
            assert made.down()[key].endswith("refused system_id and password (ESME_RBINDFAIL)")
            assert await made.send(message("centre", "web", content=SMS), soon()) == Sent("web")
            assert made.failed == {}
            place.bind_status = OK
            assert await made.send(message("centre", content=SMS), soon()) == Sent("centre", ("1",))
            assert made.down() == {}
            place.hang_up()
            await until(lambda: key in made.down())
            await until(lambda: made.down() == {})


async def test_what_became_of_messages_is_counted(tmp_path):
    async with centre() as place, carrying(tmp_path, BOTH.format(web=1, centre=place.port)) as made:
        await until(lambda: place.bound)
        for state in (b"DELIVRD", b"DELIVRD", b"UNDELIV"):
            place.bound[0].deliver("905554443322", b"id:1 stat:%s err:000 text:" % state)
        await until(lambda: made.undelivered)
        assert (made.delivered, made.undelivered) == (
            {("sms_gateways", "centre"): 2},
            {("sms_gateways", "centre"): 1},
        )
