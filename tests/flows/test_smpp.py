"""A code by SMPP: on the wire as radclient has it, at a real message centre, and what the centre tells afterwards."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

import store.receipts
from radiusd.process import receipts
from store.tables import RECEIPTS_AWAITED
from tests.flows.mailing import BY_SMS, Mailing, mailing, ref_of, yaml
from tests.flows.test_foreseen import foreseen
from tests.servers.daemon import Folder
from tests.servers.gateway import gateway
from tests.servers.message_centre import OK, SUBMIT_SM, THROTTLED, WRONG_DESTINATION, centre, tlv
from tests.servers.proxy import radclient
from tests.servers.running import SECRET, until

PHONE = "905554443322"
CODE = re.compile(r"\b\d{6}\b")
CENTRE = (
    "{{type: smpp, host: 127.0.0.1, port: {port}, system_id: radius, password: hush-1!, source_address: EXAMPLE{more}}}"
)
WEB = """{{type: http, url: "http://127.0.0.1:{port}/", json: {{to: "{{{{ recipient }}}}", text: "{{{{ message }}}}"}}}}"""


@asynccontextmanager
async def by_smpp(folder, place, more="", **user):
    """A server whose SMS go to the centre, once it is signed in there; ann has a phone."""
    text = yaml(BY_SMS % "").replace("{sms: {type: outbox}}", f"{{sms: {CENTRE.format(port=place.port, more=more)}}}")
    async with mailing(folder, text) as radiusd:
        await radiusd.user("ann", phone=f"+{PHONE}", **user)
        await until(lambda: place.bound)
        yield radiusd


def code_of(place, number=-1):
    found = CODE.search(place.texts[number])
    assert found is not None
    return found[0]


def telling(monkeypatch):
    """Of each receipt that comes from now on, whether it was of a message that is awaited. None is tried again."""
    found, told = [], store.receipts.told

    def tell(*words, **named):
        found.append(told(*words, **named))
        return found[-1]

    monkeypatch.setattr(store.receipts, "told", tell)
    monkeypatch.setattr(receipts, "AGAIN", ())
    return found


async def is_awaited(radiusd: Mailing):
    """It is written down what the centre calls the message."""
    count = select(func.count()).select_from(RECEIPTS_AWAITED)
    while not await radiusd.server.store.read(lambda connection: connection.scalar(count)):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)


async def tells(radiusd: Mailing, outcome: str):
    await radiusd.tells(f"receipt: {outcome}")
    return await radiusd.last()


@pytest.mark.row("S149", "S206")
async def test_a_sign_in_from_radclient(tmp_path):
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        port = radiusd.radiusd.port
        challenge = await radclient(port, SECRET, {"User-Name": "ann", "User-Password": "tulip"})
        assert challenge.code == "Access-Challenge"
        assert challenge["Reply-Message"] == "Code sent to +90********22. No code yet? Press Enter, or type resend."
        assert place.texts == [f"{code_of(place)} is your sign-in code for vpn. Valid for 5 minutes."]
        assert place.taken[0].destination == (1, 1, PHONE)
        answer = {"User-Name": "ann", "State": challenge["State"]}
        wrong = await radclient(port, SECRET, answer | {"User-Password": "no code"})
        assert (wrong.code, wrong["Reply-Message"].split(".")[0]) == ("Access-Challenge", "Wrong code")
        right = {"User-Name": "ann", "State": wrong["State"], "User-Password": code_of(place)}
        assert (await radclient(port, SECRET, right)).code == "Access-Accept"


async def test_a_turkish_code_is_one_message(tmp_path):
    async with centre() as place, by_smpp(tmp_path, place, language="tr") as radiusd:
        challenge = await radiusd.asks()
        assert challenge["Reply-Message"].startswith("Kod gönderildi: +90********22.")
        (taken,) = place.taken
        assert taken.text == f"Oturum açma kodunuz: {code_of(place)} (vpn). 5 dakika geçerlidir."
        assert (await radiusd.answers(challenge, code_of(place))).code == "Access-Accept"


async def test_the_phone_got_it(tmp_path):
    """What the centre says of the message is in the audit, and nothing of its text."""
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        await radiusd.asks()
        text = f"id:{place.taken[0].id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:{place.texts[0][:20]}"
        place.bound[0].deliver(PHONE, text.encode())
        row = await tells(radiusd, "delivered")
        assert row.reason == "the code for +90********22 was delivered"
        assert (row.user_name, row.directory, row.client, row.station, row.profile) == (
            "ann",
            "local",
            "nas",
            "pc",
            "by-sms",
        )
        assert {row.login} == await radiusd.logins()
        assert not any(code_of(place) in str(each) for each in await radiusd.audit())


async def test_the_phone_did_not_get_it(tmp_path):
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        await radiusd.asks()
        place.bound[0].deliver(PHONE, b"", tlvs=tlv(0x1E, b"00000001\0") + tlv(0x427, b"\5") + tlv(0x423, b"\3\0\x1b"))
        row = await tells(radiusd, "undelivered")
        assert (
            row.reason == "the code for +90********22 was not delivered: the network says that it can not be (error 27)"
        )


async def test_the_help_desk_sees_that_a_phone_got_nothing(tmp_path):
    """`radiusd explain` of a sign-in that ended, and of the next one; `radiusd audit`."""
    async with centre() as place, by_smpp(tmp_path, place, ", receipts: failures") as radiusd:
        challenge = await radiusd.asks()
        assert place.taken[0].registered_delivery == 2
        place.bound[0].deliver(PHONE, b"id:00000001 stat:UNDELIV err:001 text:")
        await tells(radiusd, "undelivered")
        for _ in range(3):
            rejected = await radiusd.answers(challenge, "000000x")
            challenge = rejected if rejected.code == "Access-Challenge" else challenge
        told = (await foreseen(radiusd.radiusd, "ann")).steps
    why = "the code for +90********22 was not delivered: the network says that it can not be (error 001)"
    assert f"by-sms: 0 minutes ago {why}" in told
    command = Folder(tmp_path, {})
    story = command.radiusd("explain", ref_of(rejected)).out
    before, after = story.split("What became of its messages:")
    assert "Before, in the same sign-in:" in before
    assert why not in before
    assert f"did not reach the phone: {why}" in after
    assert why in command.radiusd("audit", "--outcome", "undelivered").out
    assert why not in command.radiusd("audit", "--outcome", "delivered").out


async def test_a_receipt_that_comes_before_the_answer(tmp_path, monkeypatch):
    """Some centres are that quick."""
    monkeypatch.setattr(receipts, "AGAIN", (0.05,) * 40)
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        place.between = lambda session: session.deliver(PHONE, b"id:00000001 stat:DELIVRD err:000 text:")
        await radiusd.asks()
        await tells(radiusd, "delivered")


async def test_a_receipt_that_comes_after_a_restart(tmp_path):
    async with centre() as place:
        async with by_smpp(tmp_path, place) as radiusd:
            await radiusd.asks()
        async with mailing(tmp_path, (tmp_path / "radius.yaml").read_text()) as radiusd:
            await until(lambda: place.bound)
            place.bound[0].deliver(PHONE, b"id:00000001 stat:EXPIRED err:000 text:")
            row = await tells(radiusd, "undelivered")
            assert row.reason.endswith("was not delivered: the phone could not be reached in time")
            assert row.user_name == "ann"


@pytest.mark.parametrize(
    ("said", "told"), [("1a2b3c", "1715004"), ("001715004", "1A2B3C"), ("0000001", "1"), ("abc-DEF.7", "ABC-def.7")]
)
async def test_a_centre_that_writes_its_numbers_two_ways(tmp_path, said, told):
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        place.new_id = lambda _number: said
        await radiusd.asks()
        place.bound[0].deliver(f"00{PHONE}", f"id:{told} stat:DELIVRD err:000 text:".encode())
        await tells(radiusd, "delivered")


async def test_a_receipt_of_somebody_elses_message(tmp_path, monkeypatch):
    """Another program has the same system_id: what only looks like one of ours is none where the phone is another."""
    told = telling(monkeypatch)
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        place.new_id = lambda _number: "1a"
        await radiusd.asks()
        await is_awaited(radiusd)
        place.bound[0].deliver("905550000000", b"id:26 stat:DELIVRD err:000 text:")
        place.bound[0].deliver("905550000000", b"id:4711 stat:DELIVRD err:000 text:")
        await until(lambda: len(told) >= 2)
        place.bound[0].deliver(PHONE, b"id:26 stat:UNDELIV err:001 text:")
        await tells(radiusd, "undelivered")
        assert [each for each in await radiusd.story() if each.startswith("receipt")] == ["receipt: undelivered"]


async def test_a_message_is_told_of_once(tmp_path, monkeypatch):
    told = telling(monkeypatch)
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        await radiusd.asks()
        await is_awaited(radiusd)
        for state in (b"ENROUTE", b"DELIVRD", b"DELIVRD"):
            place.bound[0].deliver(PHONE, b"id:1 stat:%s err:000 text:" % state)
        await tells(radiusd, "delivered")
        await until(lambda: True in told and not told[-1])
        assert [each for each in await radiusd.story() if each.startswith("receipt")] == ["receipt: delivered"]


async def test_a_number_that_the_centre_refuses(tmp_path):
    """It says nothing against the gateway; the user reads that the code can not be sent."""
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        place.acts.append(WRONG_DESTINATION)
        refused = await radiusd.asks()
        assert refused.code == "Access-Reject"
        assert "refused the recipient (ESME_RINVDSTADR)" in (await radiusd.explained(ref_of(refused))).reason
        assert radiusd.server._carriers.down() == {}


async def test_a_throttled_code_comes_all_the_same(tmp_path):
    async with centre() as place, by_smpp(tmp_path, place) as radiusd:
        place.acts.extend([THROTTLED, THROTTLED])
        challenge = await radiusd.asks()
        assert (await radiusd.answers(challenge, code_of(place))).code == "Access-Accept"
        assert place.seen.count((SUBMIT_SM, OK)) == 3


async def test_the_other_gateway_where_one_is_down(tmp_path):
    """HTTP first and SMPP next, and then the other way, each over both kinds of trouble."""
    async with centre() as place, gateway() as web:
        both = f"{{web: {WEB.format(port=web.port)}, centre: {CENTRE.format(port=place.port, more='')}}}"
        profile = "  by-sms: {method: sms_otp, directories: [local], sms_gateways: [%s]}\n"
        for order in ("web, centre", "centre, web"):
            folder = tmp_path / order[:3]
            folder.mkdir()
            text = yaml(profile % order).replace("{sms: {type: outbox}}", both)
            async with mailing(folder, text) as radiusd:
                await radiusd.user("ann", phone=f"+{PHONE}")
                await until(lambda: place.bound)
                web.status, place.act = 503, OK
                challenge = await radiusd.asks(station="a")
                assert (await radiusd.answers(challenge, code_of(place), station="a")).code == "Access-Accept"
                web.status, place.act = 202, 0x45
                challenge = await radiusd.asks(station="b")
                found = CODE.search(web.asked[-1].json["text"])
                assert (await radiusd.answers(challenge, found[0], station="b")).code == "Access-Accept"
                web.status, place.act = 503, 0x45
                refused = await radiusd.asks(station="c")
                assert refused.code == "Access-Reject"
                reason = (await radiusd.explained(ref_of(refused))).reason
                assert "answered 503" in reason
                assert "answered ESME_RSUBMITFAIL" in reason
