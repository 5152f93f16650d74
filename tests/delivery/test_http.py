"""One SMS gateway over HTTP: every form of request, every kind of answer."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET

import pytest

from config.secret import Secret
from radiusd.delivery import sms_http as module
from radiusd.model.message import Sms
from radiusd.rules.phone_numbers import written
from tests.delivery.carrying import MAIL, SMS, refused, sms_http, soon
from tests.servers.gateway import DROP, HANG, gateway
from tests.servers.running import until

AWKWARD = Sms("+905554443322", 'Kod: 837465 "çok" & <gizli>\n{{ 7*7 }} ŞİĞ %s')


@pytest.fixture
async def place():
    async with gateway() as place:
        yield place


async def test_json(place):
    told = {"to": ["{{ recipient }}"], "from": "EXAMPLE", "text": "{{ message }}", "ttl": 60, "flash": False, "x": None}
    async with sms_http(place, json=told) as carrier:
        await carrier.send(AWKWARD, soon())
    (asked,) = place.asked
    assert (asked.method, asked.target) == ("POST", "/send")
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {**told, "to": ["+905554443322"], "text": AWKWARD.text}


async def test_form(place):
    async with sms_http(place, form={"gsm": "{{ recipient }}", "msg": "{{ message }}", "pw": "s3cret&x"}) as carrier:
        await carrier.send(AWKWARD, soon())
    (asked,) = place.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.form == {"gsm": ["+905554443322"], "msg": [AWKWARD.text], "pw": ["s3cret&x"]}


async def test_a_form_of_get_is_its_query(place):
    form = {"gsm": "{{ recipient }}", "msg": "{{ message }}"}
    async with sms_http(place, method="GET", path="/send?account=7", form=form) as carrier:
        await carrier.send(AWKWARD, soon())
    (asked,) = place.asked
    assert (asked.method, asked.body) == ("GET", b"")
    assert asked.query == {"account": ["7"], "gsm": ["+905554443322"], "msg": [AWKWARD.text]}


BODIES = [
    ('{"text": {{ message | json }}}', lambda body: json.loads(body)["text"]),
    ("<sms><text>{{ message | xml }}</text></sms>", lambda body: ET.fromstring(body).findtext("text")),
    ("text={{ message | urlencode }}", lambda body: __import__("urllib.parse").parse.unquote(body.decode()[5:])),
]


@pytest.mark.parametrize(("body", "read"), BODIES, ids=["json", "xml", "urlencode"])
async def test_a_raw_body(place, body, read):
    async with sms_http(place, method="PUT", body=body, headers={"Content-Type": "text/x"}) as carrier:
        await carrier.send(AWKWARD, soon())
    (asked,) = place.asked
    assert (asked.method, asked.headers["content-type"]) == ("PUT", "text/x")
    assert read(asked.body) == AWKWARD.text


async def test_headers(place):
    headers = {
        "Authorization": "Bearer s3cret\n",
        "X-To": "{{ recipient }}",
        "X-Name": "Şirket",
        "X-Text": "{{ message }}",
    }
    async with sms_http(place, headers=headers) as carrier:
        await carrier.send(Sms("+905554443322", "a\r\nX-Evil: 1\r\n\r\nb"), soon())
    (asked,) = place.asked
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["x-to"] == "+905554443322"
    assert asked.headers["x-name"] == "Şirket"
    assert asked.headers["x-text"] == "aX-Evil: 1b"
    assert asked.headers.keys() == {
        *("host", "user-agent", "accept-encoding", "content-type", "content-length"),
        *("authorization", "x-to", "x-name", "x-text"),
    }


async def test_a_header_of_the_administrators_wins(place):
    async with sms_http(place, headers={"user-agent": "ours", "Content-Type": "application/x"}) as carrier:
        await carrier.send(SMS, soon())
    assert place.asked[0].headers["user-agent"] == "ours"
    assert place.asked[0].headers["content-type"] == "application/x"


async def test_user_and_password_of_the_url(place):
    async with sms_http(place, url=f"http://radius:s3cret@127.0.0.1:{place.port}/send") as carrier:
        await carrier.send(SMS, soon())
        assert place.asked[0].headers["authorization"].startswith("Basic ")
        place.status = 403
        assert "s3cret" not in (await refused(carrier)).cause


@pytest.mark.parametrize(
    ("form", "told"), [("e164", "+905554443322"), ("digits", "905554443322"), ("national", "05554443322")]
)
async def test_numbers(place, form, told):
    async with sms_http(place, number_format=form) as carrier:
        await carrier.send(SMS, soon())
    assert place.asked[0].json["to"] == told


@pytest.mark.parametrize(
    "number", ["", "05554443322", "+", "ann@example.com", "+90555444332211223344", "+999123456789\n"]
)
async def test_what_is_no_number_is_sent_nowhere(place, number):
    assert {written(number, form) for form in ("e164", "digits", "national")} == {None}
    async with sms_http(place) as carrier:
        assert (await refused(carrier, Sms(number, "x"))).final
    assert place.asked == []


@pytest.mark.parametrize("status", [200, 202])
async def test_taken(place, status):
    place.status = status
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon())


@pytest.mark.parametrize("status", [201, 302, 400, 401, 429, 500, 503])
async def test_another_status(place, status):
    """What went wrong inside the gateway may have done so behind the sending."""
    place.status, place.body = status, b"837465 to +905554443322: no"
    place.headers = {"Location": f"http://127.0.0.1:{place.port}/elsewhere"}
    async with sms_http(place) as carrier:
        failed = await refused(carrier)
    assert failed.cause == f"127.0.0.1:{place.port} answered {status}"
    assert (failed.certain, failed.final) == (status < 500, False)
    assert failed.said == place.body.decode()
    assert [asked.target for asked in place.asked] == ["/send"]


async def test_another_status_is_success_where_the_settings_say_so(place):
    place.status = 500
    async with sms_http(place, success={"status": [500]}) as carrier:
        await carrier.send(SMS, soon())


async def test_an_error_with_status_200(place):
    place.status, place.body = 200, b"ERR 837465: no credit"
    async with sms_http(place, success={"status": [200], "body_contains": "OK"}) as carrier:
        failed = await refused(carrier)
        assert failed.cause == f"127.0.0.1:{place.port} answered 200 without the text that says it was taken"
        assert failed.said == "ERR 837465: no credit"
        place.body = b"OK 12"
        await carrier.send(SMS, soon())


@pytest.mark.parametrize("charset", ["iso-8859-9", "cp1254", "hex", "no-such"])
async def test_the_answer_in_another_encoding(place, charset):
    encoded = charset in {"iso-8859-9", "cp1254"}
    place.headers = {"Content-Type": f"text/plain; charset={charset}"}
    place.body = "Başarılı".encode(charset if encoded else "utf-8")
    async with sms_http(place, success={"body_contains": "Başarılı"}) as carrier:
        await carrier.send(SMS, soon())


async def test_an_answer_without_end(place):
    """64 KiB of it are read; what says that it was taken must be in them."""
    place.headers, place.ends = {"Content-Length": str(2**40)}, b"x" * 10_000
    async with sms_http(place, success={"body_contains": "queued"}) as carrier:
        await carrier.send(SMS, soon())
    async with sms_http(place, success={"body_contains": "never said"}) as carrier:
        await refused(carrier)
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon())


async def test_an_answer_whose_rest_does_not_come(place, monkeypatch):
    """Status says that it was taken: nobody waits for the rest."""
    monkeypatch.setattr(module, "DRAINED_SECONDS", 0.1)
    place.headers = {"Content-Length": "1000"}
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon(0.5))
        monkeypatch.setattr(module, "DRAINED_SECONDS", 10.0)
        await carrier.send(SMS, soon(0.3))
    async with sms_http(place, success={"body_contains": "taken"}) as carrier:
        assert not (await refused(carrier, seconds=0.3)).certain


async def test_connections_are_kept(place):
    async with sms_http(place) as carrier:
        for _ in range(5):
            await carrier.send(SMS, soon())
    assert (len(place.asked), len(place.connections)) == (5, 1)


async def test_a_kept_connection_that_the_gateway_ended_is_replaced(place):
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon())
        place.hang_up()
        await carrier.send(SMS, soon())
        await asyncio.gather(*(carrier.send(SMS, soon()) for _ in range(5)))
        place.hang_up()
        await asyncio.sleep(0.01)
        await carrier.send(SMS, soon())
    assert len(place.asked) == 8


async def test_a_kept_connection_that_ends_when_it_is_used_is_replaced_once(place):
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon())
        place.act = DROP
        failed = await refused(carrier)
        assert not failed.certain
    assert (len(place.asked), len(place.connections)) == (3, 2)


async def test_dropped(place):
    place.act = DROP
    async with sms_http(place) as carrier:
        failed = await refused(carrier)
    assert not failed.certain
    assert failed.cause.startswith(f"127.0.0.1:{place.port}: ")
    assert len(place.asked) == 1


async def test_hanging(place):
    place.act = HANG
    async with sms_http(place, timeout="1s") as carrier:
        began = soon(0)
        failed = await refused(carrier, seconds=60)
        assert soon(0) - began < 30
        assert failed.cause == f"127.0.0.1:{place.port} did not answer in time"
        assert not failed.certain
    async with sms_http(place, timeout="60s") as carrier:
        await refused(carrier, seconds=0.2)


async def test_nobody_listens():
    async with gateway() as place:
        pass
    async with sms_http(place) as carrier:
        failed = await refused(carrier)
    assert failed.cause == f"127.0.0.1:{place.port}: connection refused"
    assert failed.certain


async def test_a_name_that_is_not_known(place):
    async with sms_http(place, url="http://sms.invalid/send") as carrier:
        assert (await refused(carrier)).cause == "sms.invalid:80: its name is not known to the DNS"


async def test_tls(certificates, others):
    async with gateway(certificates) as place:
        async with sms_http(place, scheme="https", ca_file=certificates / "ca.pem") as carrier:
            await carrier.send(SMS, soon())
        for trusted in ({"ca_file": others / "ca.pem"}, {}):
            async with sms_http(place, scheme="https", **trusted) as carrier:
                failed = await refused(carrier)
                assert "its certificate is refused" in failed.cause
                assert failed.certain
        async with sms_http(place, scheme="https", ca_file=certificates / "missing.pem") as carrier:
            assert "missing.pem can not be read" in (await refused(carrier)).cause
    assert len(place.asked) == 1


async def test_tls_where_the_gateway_speaks_none(place):
    async def answers(reader, writer):
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as clear:
        place.port = clear.sockets[0].getsockname()[1]
        async with sms_http(place, scheme="https") as carrier:
            assert "does it speak TLS at this port?" in (await refused(carrier)).cause


async def test_the_environment_sends_nothing_elsewhere(place, monkeypatch):
    async with gateway() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with sms_http(place) as carrier:
            await carrier.send(SMS, soon())
    assert (len(place.asked), len(proxy.asked)) == (1, 0)


async def test_cookies_are_not_kept(place):
    place.headers = {"Set-Cookie": "session=1; Path=/"}
    async with sms_http(place) as carrier:
        await carrier.send(SMS, soon())
        await carrier.send(SMS, soon())
    assert "cookie" not in place.asked[1].headers


async def test_many_at_once_share_the_connections(place):
    async with sms_http(place) as carrier:
        await asyncio.gather(*(carrier.send(SMS, soon()) for _ in range(100)))
    assert len(place.asked) == 100
    assert len(place.connections) <= module.CONNECTIONS


async def test_who_waits_for_a_connection_has_sent_nothing(place):
    place.act = HANG
    async with sms_http(place) as carrier:
        outcomes = await asyncio.gather(
            *(carrier.send(SMS, soon(0.5)) for _ in range(module.CONNECTIONS + 2)), return_exceptions=True
        )
    assert [each.certain for each in outcomes].count(True) == 2


async def test_who_is_given_up_leaves_room_for_others(place):
    async with sms_http(place) as carrier:
        for turns in range(0, 80, 2):
            sending = [asyncio.ensure_future(carrier.send(SMS, soon())) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for each in sending:
                each.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        place.asked.clear()
        await asyncio.gather(*(carrier.send(SMS, soon()) for _ in range(40)))
        assert len(place.asked) >= 40


async def test_closing_waits_for_what_is_being_sent(place):
    async with sms_http(place) as carrier:
        sending = asyncio.ensure_future(carrier.send(SMS, soon()))
        await until(lambda: place.connections)
        await carrier.close()
        await sending
        carrier._lanes._free = asyncio.Semaphore(module.CONNECTIONS)  # so that it can be closed again


async def test_a_mail_is_no_sms(place):
    async with sms_http(place) as carrier:
        assert (await refused(carrier, MAIL)).final


def test_options_hide_what_may_be_a_password():
    options = module.SmsHttpOptions(
        type="http", url="https://x.example/?pw=s3cret", headers={"A": "s3cret"}, form={"pw": Secret("s3cret")}
    )
    assert "s3cret" not in repr(options)
