"""`type: smpp`: a real centre that takes what it is given, refuses, throttles, is silent and hangs up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from config.secret import Secret
from radiusd.delivery import Fault, Receipt, Taken
from radiusd.delivery.smpp import gateway
from radiusd.model.message import Mail, Sms
from tests.delivery.carrying import SMS, refused, smpp, soon
from tests.servers import message_centre
from tests.servers.message_centre import (
    CLOSE,
    ENQUIRE_LINK,
    NACK,
    OK,
    QUEUE_FULL,
    RESPONSE,
    SILENT,
    SUBMIT_SM,
    THROTTLED,
    UNBIND,
    WRONG_DESTINATION,
    WRONG_SOURCE,
    centre,
    tlv,
)
from tests.servers.running import until


@pytest.fixture(autouse=True)
def _tries_again_soon(monkeypatch):
    monkeypatch.setattr(gateway, "SOONEST_SECONDS", 0.05)


TEXT = "837465 is your sign-in code."
NUMBER = "905554443322"


async def test_a_message():
    async with centre() as place, smpp(place) as carrier:
        assert await carrier.send(SMS, soon()) == Taken(("1",))
    (taken,) = place.taken
    assert taken.text == TEXT
    assert taken.source == (5, 0, "EXAMPLE")
    assert taken.destination == (1, 1, NUMBER)
    assert (taken.data_coding, taken.esm_class, taken.registered_delivery, taken.validity) == (0, 0, 1, "")
    assert place.binds == [{"system_id": "radius", "password": "hush-1!", "system_type": "", "version": 0x34}]
    assert [command for command, _status in place.seen] == [0x09, SUBMIT_SM, UNBIND]


async def test_one_connection_for_all():
    async with centre() as place, smpp(place) as carrier:
        for _ in range(5):
            await carrier.send(SMS, soon())
        await asyncio.gather(*(carrier.send(SMS, soon()) for _ in range(50)))
        assert len(place.taken) == 55
        assert len(place.binds) == 1


@pytest.mark.row("S149")
async def test_a_turkish_code_takes_one_part():
    text = "Oturum açma kodunuz: 837465 (vpn). 5 dakika geçerlidir."
    async with centre() as place, smpp(place) as carrier:
        await carrier.send(Sms("+905554443322", text), soon())
    (taken,) = place.taken
    assert (taken.text, taken.data_coding, taken.esm_class) == (text, 8, 0)


@pytest.mark.parametrize(
    ("alphabet", "coding", "text"),
    [
        ("auto", 8, "Şifre: ığdır 😀"),
        ("gsm", 0, "Sifre: igdir ?"),
        ("gsm_turkish", 8, "Şifre: ığdır 😀"),
        ("ucs2", 8, "Şifre: ığdır 😀"),
    ],
)
async def test_alphabets(alphabet, coding, text):
    async with centre() as place, smpp(place, alphabet=alphabet) as carrier:
        await carrier.send(Sms("+905554443322", "Şifre: ığdır 😀"), soon())
    assert [(each.data_coding, each.text) for each in place.taken] == [(coding, text)]


async def test_turkish_shift_tables_where_they_are_asked_for():
    text = "Şifreniz ğüşıöç İĞ " * 8
    async with centre() as place, smpp(place, alphabet="gsm_turkish") as carrier:
        await carrier.send(Sms("+905554443322", text), soon())
    (taken,) = place.taken
    assert (taken.text, taken.data_coding, taken.esm_class, taken.header) == (text, 0, 0x40, {0x25: b"\1"})


async def test_several_parts():
    text = "a" * 152 + "€" + "b" * 100
    async with centre() as place, smpp(place) as carrier:
        assert await carrier.send(Sms("+905554443322", text), soon()) == Taken(("1", "2"))
    first, second = place.taken
    assert (first.text, second.text) == ("a" * 152, "€" + "b" * 100)
    assert first.esm_class == second.esm_class == 0x40
    assert first.header[0][0] == second.header[0][0]
    assert (first.header[0][1:], second.header[0][1:]) == (b"\2\1", b"\2\2")


async def test_what_no_sms_can_say():
    async with centre() as place, smpp(place) as carrier:
        failed = await refused(carrier, Sms("+905554443322", "ş" * 70 * 256))
        assert (failed.fault, failed.cause) == (Fault.MESSAGE, "the message is longer than an SMS can be")
        assert (await refused(carrier, Sms("12", "x"))).fault is Fault.RECIPIENT
        assert (await refused(carrier, Mail("a@example.com", "s", "t"))).fault is Fault.MESSAGE
    assert place.taken == []


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("EXAMPLE", (5, 0, "EXAMPLE")),
        ("Acil 112", (5, 0, "Acil 112")),
        ("+908501234567", (1, 1, "908501234567")),
        ("908501234567", (0, 1, "908501234567")),
        ("4455", (3, 0, "4455")),
    ],
)
async def test_senders(address, source):
    async with centre() as place, smpp(place, source_address=address) as carrier:
        await carrier.send(SMS, soon())
    assert place.taken[0].source == source


@pytest.mark.parametrize(
    ("changes", "destination"),
    [
        ({"number_format": "e164"}, (1, 1, "+905554443322")),
        ({"number_format": "national"}, (2, 1, "05554443322")),
        ({"destination_ton": 0, "destination_npi": 0}, (0, 0, NUMBER)),
    ],
)
async def test_recipients(changes, destination):
    async with centre() as place, smpp(place, **changes) as carrier:
        await carrier.send(SMS, soon())
    assert place.taken[0].destination == destination


@pytest.mark.parametrize(
    ("validity", "told"),
    [(timedelta(minutes=10), "000000001000000R"), (timedelta(days=45, seconds=5), "000115000005000R")],
)
async def test_how_long_it_is_tried(validity, told):
    async with centre() as place, smpp(place, validity=validity, receipts="failures", system_type="OTP") as carrier:
        await carrier.send(SMS, soon())
    assert (place.taken[0].validity, place.taken[0].registered_delivery) == (told, 2)
    assert place.binds[0]["system_type"] == "OTP"


REFUSED = [
    (WRONG_DESTINATION, "refused the recipient (ESME_RINVDSTADR)", Fault.RECIPIENT, True),
    (WRONG_SOURCE, "refused the sender, source_address (ESME_RINVSRCADR)", Fault.CARRIER, True),
    (0x01, "refused the message for its length (ESME_RINVMSGLEN)", Fault.MESSAGE, True),
    (0x08, "answered ESME_RSYSERR", Fault.CARRIER, False),
    (0x45, "answered ESME_RSUBMITFAIL", Fault.CARRIER, True),
    (0x401, "answered status 0x401", Fault.CARRIER, True),  # the provider's own (section 5.1.3)
    (NACK, "answered ESME_RINVCMDID", Fault.CARRIER, True),
]


@pytest.mark.parametrize(("status", "cause", "fault", "certain"), REFUSED)
async def test_refusals(status, cause, fault, certain):
    """The connection lives on: nobody else's message fails for it."""
    async with centre() as place, smpp(place) as carrier:
        place.acts.append(status)
        failed = await refused(carrier)
        assert (failed.cause, failed.fault, failed.certain) == (f"127.0.0.1:{place.port} {cause}", fault, certain)
        await carrier.send(SMS, soon())
        assert len(place.binds) == 1


@pytest.mark.parametrize("status", [THROTTLED, QUEUE_FULL])
async def test_a_throttled_message_is_sent_again(status):
    async with centre() as place, smpp(place) as carrier:
        place.acts.extend([status] * 3)
        await carrier.send(SMS, soon())
        assert len(place.taken) == 1
        assert [command for command, _status in place.seen] == [0x09, *[SUBMIT_SM] * 4]


async def test_a_burst_at_a_centre_that_takes_so_many_a_second():
    async with centre() as place, smpp(place) as carrier:
        place.per_second = 40
        await asyncio.gather(*(carrier.send(SMS, soon(20)) for _ in range(50)))
        assert len(place.taken) == 50


async def test_throttled_until_there_is_no_time_left():
    async with centre() as place, smpp(place) as carrier:
        place.act = THROTTLED
        failed = await refused(carrier, seconds=0.5)
        told = f"127.0.0.1:{place.port} takes no more messages at this speed (ESME_RTHROTTLED)"
        assert (failed.cause, failed.fault, failed.certain) == (told, Fault.CARRIER, True)


async def test_a_window():
    async with centre() as place, smpp(place, window=4) as carrier:
        place.pause = 0.02
        await asyncio.gather(*(carrier.send(SMS, soon()) for _ in range(40)))
        assert len(place.taken) == 40
        assert place.most_open == 4


async def test_answers_that_come_late_are_nobodys():
    async with centre() as place, smpp(place, timeout=timedelta(seconds=0.2)) as carrier:
        place.pause = 0.3
        failed = await refused(carrier)
        assert (failed.cause, failed.certain) == (f"127.0.0.1:{place.port} did not answer in time", False)
        await until(lambda: len(place.taken) == 1)
        place.pause = 0
        assert await carrier.send(SMS, soon()) == Taken(("2",))
        assert len(place.binds) == 1


async def test_a_silent_centre_is_left_and_found_again():
    """It is asked whether it is there; what does not answer that either is dead."""
    async with centre() as place, smpp(place, timeout=timedelta(seconds=0.2)) as carrier:
        place.acts.append(SILENT)
        place.answers_links = False
        assert not (await refused(carrier)).certain
        await until(lambda: len(place.binds) == 2)
        assert (ENQUIRE_LINK, OK) in place.seen
        place.answers_links = True
        await carrier.send(SMS, soon())
        assert len(place.binds) == 2


async def test_a_quiet_connection_is_tried():
    async with centre() as place, smpp(place, enquire_link=timedelta(seconds=0.05)) as carrier:
        carrier.listen(lambda _receipt: None, lambda _cause: None)
        await until(lambda: place.seen.count((ENQUIRE_LINK, OK)) > 2)
        assert len(place.bound) == 1


async def test_a_connection_that_ends_in_the_middle_of_a_message():
    """It may have been sent: it is not sent again by the same gateway."""
    async with centre() as place, smpp(place) as carrier:
        place.acts.append(CLOSE)
        failed = await refused(carrier)
        assert failed.certain is False
        assert "in the middle of the message" in failed.cause
        await carrier.send(SMS, soon())
        assert len(place.taken) == 1


async def test_it_signs_in_again_where_it_was_signed_out():
    async with centre() as place, smpp(place) as carrier:
        await carrier.send(SMS, soon())
        (session,) = place.bound
        asked = session.ask(UNBIND)
        await until(lambda: session.answered == [(UNBIND | RESPONSE, OK, asked)])
        await until(lambda: len(place.binds) == 2)
        await carrier.send(SMS, soon())
        assert len(place.taken) == 2


async def test_a_centre_that_has_forgotten_us():
    async with centre() as place, smpp(place) as carrier:
        await carrier.send(SMS, soon())
        place.bound[0].is_bound = False  # answers ESME_RINVBNDSTS
        assert (await refused(carrier)).cause.endswith("answered ESME_RINVBNDSTS")
        await carrier.send(SMS, soon())
        assert len(place.binds) == 2


async def test_a_centre_that_comes_back():
    async with centre() as place, smpp(place) as carrier:
        place.bind_status = CLOSE
        failed = await refused(carrier)
        assert (failed.cause, failed.certain) == (f"127.0.0.1:{place.port}: ended the connection", True)
        place.bind_status = OK
        await carrier.send(SMS, soon())
        assert len(place.taken) == 1


BINDS = [
    (0x0D, "refused system_id and password (ESME_RBINDFAIL)"),
    (0x05, "says that this system_id is signed in already, as often as it may be (ESME_RALYBND)"),
    (0x53, "refused system_type (ESME_RINVSYSTYP)"),
]


@pytest.mark.parametrize(("status", "cause"), BINDS)
async def test_who_may_not_sign_in(status, cause):
    async with centre() as place, smpp(place) as carrier:
        place.bind_status = status
        failed = await refused(carrier)
        assert (failed.cause, failed.certain) == (f"127.0.0.1:{place.port} {cause}", True)


async def test_a_wrong_password():
    async with centre() as place, smpp(place, password=Secret("wrong")) as carrier:
        assert (await refused(carrier)).cause.endswith("refused system_id and password (ESME_RINVPASWD)")
        await refused(carrier)
        assert len(place.binds) <= 2  # one try a message


async def test_requests_of_the_centre_in_between():
    """Each is answered, and none is taken for the answer to ours."""

    def between(session):
        session.ask(ENQUIRE_LINK)
        session.deliver(NUMBER, b"STOP", esm_class=0)
        session.ask(0x103)  # data_sm, which nothing here knows
        session.ask(0x102)  # alert_notification, which has no answer
        session.say(SUBMIT_SM | RESPONSE, OK, 4711, b"other\0")

    told = []
    async with centre() as place, smpp(place) as carrier:
        carrier.listen(told.append, lambda _cause: None)
        place.between = between
        for number in range(3):
            assert await carrier.send(SMS, soon()) == Taken((f"{number + 1}",))
        (session,) = place.sessions
        await until(lambda: len(session.answered) == 9)
        assert session.answered[:3] == [
            (ENQUIRE_LINK | RESPONSE, OK, 1),
            (0x05 | RESPONSE, OK, 2),
            (message_centre.GENERIC_NACK, message_centre.INVALID_COMMAND, 3),
        ]
        assert told == []


@pytest.mark.parametrize(
    "octets",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\1" + bytes(12), b"\xff" * 16],
)
async def test_what_does_not_speak_smpp(octets):
    async def serve(reader, writer):
        await reader.read(10)
        writer.write(octets)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    place = message_centre.Centre()
    place.port = server.sockets[0].getsockname()[1]
    async with server, smpp(place) as carrier:
        assert (await refused(carrier)).cause.endswith("does not speak SMPP at this port")


async def test_tls(certificates):
    async with (
        centre(certificates) as place,
        smpp(place, tls=True, host="localhost", ca_file=certificates / "ca.pem") as carrier,
    ):
        await carrier.send(SMS, soon())
    assert place.texts == [TEXT]


@pytest.mark.parametrize("act", [CLOSE, UNBIND])
async def test_tls_that_ends(certificates, act):
    async with (
        centre(certificates) as place,
        smpp(place, tls=True, host="localhost", ca_file=certificates / "ca.pem") as carrier,
    ):
        await carrier.send(SMS, soon())
        if act == UNBIND:
            place.bound[0].ask(UNBIND)
        else:
            place.hang_up()
        await until(lambda: len(place.binds) == 2)
        await carrier.send(SMS, soon())
    assert place.texts == [TEXT, TEXT]


async def test_a_certificate_of_another_name(certificates):
    async with (
        centre(certificates, host="127.0.0.2") as place,
        smpp(place, tls=True, host="127.0.0.2", ca_file=certificates / "ca.pem") as carrier,
    ):
        failed = await refused(carrier)
    assert "its certificate is refused" in failed.cause
    assert place.binds == []


async def test_a_certificate_of_another_authority(certificates, others):
    async with centre(certificates) as place, smpp(place, tls=True, ca_file=others / "ca.pem") as carrier:
        assert "its certificate is refused" in (await refused(carrier)).cause
    assert place.binds == []


async def test_tls_where_there_is_none(certificates):
    async with centre() as place, smpp(place, tls=True, ca_file=certificates / "ca.pem") as carrier:
        failed = await refused(carrier, seconds=0.5)
    assert failed.certain
    assert place.binds == []


async def test_ipv6():
    async with centre(host="::1") as place, smpp(place, host="::1") as carrier:
        await carrier.send(SMS, soon())
    assert place.texts == [TEXT]


RECEIPTS = [
    (
        b"id:0000000001 sub:001 dlvrd:001 submit date:2612011015 done date:2612011016 stat:DELIVRD err:000 text:837465",
        b"", Receipt(("1",), NUMBER, "delivered"),
    ),
    (b"id:1 sub:001 dlvrd:000 stat:UNDELIV err:00A Text:id:99 stat:DELIVRD", b"", Receipt(("1",), NUMBER, "undeliverable", "00A")),
    (b"id:26 stat:EXPIRED err:1", b"", Receipt(("26", "1a", "38"), NUMBER, "expired", "1")),
    (b"id:00AB stat:REJECTD", b"", Receipt(("ab", "171"), NUMBER, "rejected")),
    (b"", tlv(0x1E, b"abc-1\0") + tlv(0x427, b"\5") + tlv(0x423, b"\3\0\x1b"), Receipt(("abc-1",), NUMBER, "undeliverable", "27")),
    (b"id:1 stat:UNDELIV err:5", tlv(0x1E, b"7\0") + tlv(0x427, b"\2"), Receipt(("7",), NUMBER, "delivered", "5")),
    (b"", tlv(0x424, b"id:9 stat:DELIVRD err:000 text:x"), Receipt(("9",), NUMBER, "delivered")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tlvs", "receipt"), RECEIPTS)
async def test_receipts(text, tlvs, receipt):
    told = []
    async with centre() as place, smpp(place) as carrier:
        carrier.listen(told.append, lambda _cause: None)
        await until(lambda: place.bound)
        asked = place.bound[0].deliver(NUMBER, text, tlvs=tlvs)
        await until(lambda: place.sessions[0].answered == [(0x05 | RESPONSE, OK, asked)])
    (found,) = told
    assert (found.ids[: len(receipt.ids)], found.recipient, found.state, found.error) == (
        receipt.ids, receipt.recipient, receipt.state, receipt.error,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "esm_class", "tlvs"),
    [
        (b"id:1 stat:ENROUTE", 0x04, b""),  # on its way still
        (b"id:1 stat:DELIVRD", 0x00, b""),  # somebody's own words
        (b"id:1 stat:DELIVRD", 0x20, b""),  # an intermediate one
        (b"stat:DELIVRD", 0x04, b""),  # of which message?
        (b"id:1 sub:001 text:stat:DELIVRD", 0x04, b""),  # the message's own words
        (b"id:1 stat:DELIVRD", 0x04, b"\0\x1e\0\x40cut off"),
    ],
)
async def test_what_is_no_receipt_is_answered_all_the_same(text, esm_class, tlvs):
    told = []
    async with centre() as place, smpp(place) as carrier:
        carrier.listen(told.append, lambda _cause: None)
        await until(lambda: place.bound)
        asked = place.bound[0].deliver(NUMBER, text, esm_class=esm_class, tlvs=tlvs)
        await until(lambda: place.sessions[0].answered == [(0x05 | RESPONSE, OK, asked)])
    assert told == []


async def test_who_only_tries_takes_no_receipt_away():
    """`send-test` beside a server: what the centre tells of the server's messages is left for it."""
    async with centre() as place, smpp(place) as carrier:
        await carrier.send(SMS, soon())
        asked = place.bound[0].deliver(NUMBER, b"id:1 stat:DELIVRD err:000 text:")
        await until(lambda: place.sessions[0].answered == [(0x05 | RESPONSE, 0x64, asked)])


async def test_greeting_sends_nothing():
    async with centre() as place, smpp(place) as carrier:
        await carrier.greet(soon())
    assert [command for command, _status in place.seen] == [0x09, UNBIND]
