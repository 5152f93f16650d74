"""One mail server: encryption, authentication, kept connections, and everything that can go wrong."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from config.secret import Secret
from radiusd.delivery import Fault, NotTaken, kept, mail
from radiusd.delivery.connections import dialled
from tests.delivery.carrying import MAIL, SIGNED_IN, SMS, refused, smtp, soon
from tests.servers.running import until
from tests.servers.smtp import DROP, HANG, USER, mail_server

WAYS = ("none", "starttls", "tls")
encrypted = pytest.mark.parametrize("way", ["starttls", "tls"])


def trusting(certificates, way):
    return {"encryption": way, "ca_file": None if way == "none" else certificates / "ca.pem"}


@asynccontextmanager
async def both(way, certificates, *, changes=None, **options):
    """A server and a carrier that trusts it."""
    folder = None if way == "none" else certificates
    async with (
        mail_server(encryption=way, certificates=folder, **options) as server,
        smtp(server, **trusting(certificates, way), **(changes or {})) as carrier,
    ):
        yield server, carrier


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.row("S91", "S102", "S103", "S104", "S106", "S109")
async def test_a_mail_is_taken(certificates, way):
    async with both(way, certificates) as (server, carrier):
        await carrier.send(MAIL, soon())
    (taken,) = server.mails
    assert (taken.sender, taken.recipients) == ("mfa@example.com", ["ann@example.com"])
    assert taken.encrypted is (way != "none")
    assert taken.text == MAIL.text
    assert server.goodbyes == 1


@encrypted
async def test_another_authority(certificates, others, way):
    async with mail_server(encryption=way, certificates=certificates) as server:
        async with smtp(server, **trusting(others, way), **SIGNED_IN) as carrier:
            cause = (await refused(carrier)).cause
        assert cause.startswith(f"127.0.0.1:{server.port}: its certificate is refused: ")
        async with smtp(server, encryption=way, **SIGNED_IN) as carrier:
            assert "its certificate is refused" in (await refused(carrier)).cause
    assert (server.mails, server.tried) == ([], [])


@encrypted
async def test_another_name(tmp_path, way):
    from tests.servers.slapd import write_certificates

    write_certificates(tmp_path, names=["mail.example.com"], addresses=["127.0.0.9"])
    async with both(way, tmp_path) as (server, carrier):
        assert "match" in (await refused(carrier)).cause
    assert server.mails == []


async def test_a_server_without_starttls_gets_no_password():
    async with mail_server() as server, smtp(server, encryption="starttls", **SIGNED_IN) as carrier:
        failed = await refused(carrier)
    assert "STARTTLS" in failed.cause
    assert (failed.certain, server.tried, server.mails) == (True, [], [])


async def test_tls_where_the_server_speaks_none():
    async with mail_server() as server, smtp(server, encryption="tls") as carrier:
        assert "does it speak TLS at this port?" in (await refused(carrier)).cause


async def test_authorities_that_can_not_be_read(tmp_path):
    (tmp_path / "empty.pem").write_text("nothing\n")
    async with mail_server() as server:
        for file in ("missing.pem", "empty.pem"):
            async with smtp(server, encryption="tls", ca_file=tmp_path / file) as carrier:
                failed = await refused(carrier)
                assert f"{file} can not be read" in failed.cause


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.row("S105", "S108")
async def test_authentication(certificates, mechanism):
    async with both("starttls", certificates, changes=SIGNED_IN, mechanisms=(mechanism,)) as (server, carrier):
        await carrier.send(MAIL, soon())
        await carrier.send(MAIL, soon())
    assert [each.user for each in server.mails] == [USER, USER]
    assert server.tried == [mechanism]


async def test_a_wrong_password_is_tried_once(certificates):
    """Servers count: three mechanisms for each message would lock the account out three times as fast."""
    wrong = SIGNED_IN | {"password": Secret("wrong")}
    async with both("starttls", certificates, changes=wrong) as (server, carrier):
        failed = await refused(carrier)
    assert failed.cause == f"127.0.0.1:{server.port} refused username and password (535)"
    assert (failed.certain, failed.final, server.tried, server.mails) == (True, False, ["PLAIN"], [])
    assert "credentials" in failed.said


async def test_a_mechanism_that_is_offered_but_not_there(certificates):
    async with mail_server(encryption="starttls", certificates=certificates) as server:
        server.acts["AUTH"] = "504 no such mechanism"
        async with smtp(server, **trusting(certificates, "starttls"), **SIGNED_IN) as carrier:
            assert "(504)" in (await refused(carrier)).cause
    assert server.tried == ["PLAIN", "LOGIN"]


async def test_no_authentication_is_offered(certificates):
    async with both("starttls", certificates, changes=SIGNED_IN, lacks=("AUTH",)) as (_server, carrier):
        assert (await refused(carrier)).cause.endswith(" offers no authentication")


@pytest.mark.parametrize("offered", ["SCRAM-SHA-256", "SCRAM-SHA-256 SCRAM-SHA-1", "DIGEST-MD5", "GSSAPI XOAUTH2"])
async def test_a_server_that_offers_other_mechanisms_is_named_with_them(certificates, offered):
    async with both("starttls", certificates, changes=SIGNED_IN, offers=offered) as (server, carrier):
        cause = (await refused(carrier)).cause
    assert cause == (
        f"127.0.0.1:{server.port} offers authentication by {offered.replace(' ', ', ')} only, "
        "and this program knows PLAIN, LOGIN, CRAM-MD5: turn on one of these there"
    )
    assert server.tried == []


REFUSALS = [
    ("greeting", "554 no service", "answered 554", Fault.CARRIER),
    ("EHLO", "502 what?", "answered 502", Fault.CARRIER),
    ("MAIL", "550 who are you?", "refused the sender (550)", Fault.CARRIER),
    ("RCPT", "550 ann@example.com: no such user", "refused the recipient (550)", Fault.RECIPIENT),
    ("RCPT", "550 5.1.1 ann@example.com: no such user", "refused the recipient (550)", Fault.RECIPIENT),
    ("RCPT", "552 5.2.2 mailbox full", "refused the recipient (552)", Fault.RECIPIENT),
    ("RCPT", "554 5.7.1 relay access denied", "refused to pass the message on (554)", Fault.MESSAGE),
    ("RCPT", "451 ann@example.com: greylisted", "refused the recipient (451)", Fault.CARRIER),
    ("DATA", "451 later", "refused the message (451)", Fault.CARRIER),
    ("message", "554 spam: 837465", "refused the message (554)", Fault.MESSAGE),
    ("message", "452 no room for 837465", "refused the message (452)", Fault.CARRIER),
]


@pytest.mark.parametrize(("step", "answer", "cause", "fault"), REFUSALS)
async def test_refused(step, answer, cause, fault):
    """The cause has the code alone: what servers say repeats recipients and texts. `said` has it, for send-test."""
    async with mail_server() as server, smtp(server) as carrier:
        server.acts[step] = answer
        failed = await refused(carrier)
        assert failed.cause.replace(": ", " ") == f"127.0.0.1:{server.port} {cause}"
        assert (failed.certain, failed.fault) == (True, fault)
        assert failed.said == answer[4:]
        server.acts.clear()
        await carrier.send(MAIL, soon())
    assert len(server.mails) == 1


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT"])
@pytest.mark.parametrize("act", [DROP, HANG])
async def test_nothing_was_sent(step, act):
    async with mail_server() as server, smtp(server, timeout="1s") as carrier:
        server.acts[step] = act
        failed = await refused(carrier, seconds=0.3)
        assert failed.certain
        assert not failed.final
        assert failed.cause.startswith(f"127.0.0.1:{server.port}")
    assert server.mails == []


@pytest.mark.parametrize("step", ["inside", "message"])
@pytest.mark.parametrize("act", [DROP, HANG])
async def test_it_may_have_been_sent(step, act):
    """In the middle of DATA, or between its end and the answer, nobody can tell."""
    async with mail_server() as server, smtp(server) as carrier:
        server.acts[step] = act
        failed = await refused(carrier, seconds=0.3)
        assert not failed.certain
        assert not failed.final


@encrypted
async def test_a_server_that_hangs_behind_tls_is_left_at_once(certificates, way, monkeypatch):
    """TLS has a goodbye of its own, for which asyncio waits half a minute."""
    sockets = []

    async def noted(*where):
        sockets.append(await dialled(*where))
        return sockets[-1]

    monkeypatch.setattr(mail, "dialled", noted)
    async with both(way, certificates) as (server, carrier):
        await carrier.send(MAIL, soon())
        server.connections[0].transport._ssl_protocol._transport.pause_reading()
        assert (await refused(carrier, seconds=0.5)).certain
        await until(lambda: [each.fileno() for each in sockets] == [-1])


async def test_nobody_listens():
    async with mail_server() as server:
        pass
    async with smtp(server) as carrier:
        assert (await refused(carrier)).cause == f"127.0.0.1:{server.port}: connection refused"


async def test_the_shorter_of_timeout_and_deadline_counts():
    async with mail_server() as server:
        server.acts["greeting"] = HANG
        async with smtp(server, timeout="1s") as carrier:
            began = soon(0)
            assert "did not answer in time" in (await refused(carrier, seconds=60)).cause
            assert soon(0) - began < 30
        async with smtp(server, timeout="60s") as carrier:
            began = soon(0)
            await refused(carrier, seconds=0.2)
            assert soon(0) - began < 30


async def test_another_protocol():
    async def babble(_reader, writer):
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    babbling = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with babbling, mail_server() as server:
        server.port = babbling.sockets[0].getsockname()[1]
        async with smtp(server) as carrier:
            assert "does not speak SMTP at this port" in (await refused(carrier)).cause


async def test_the_first_address_is_dead(monkeypatch):
    """Of a name with several addresses one that does not answer takes its share of the time, not all of it."""
    loop = asyncio.get_running_loop()
    lookup, connect = loop.getaddrinfo, loop.sock_connect

    async def two(host, port, **options):
        return [*await lookup("127.0.0.9", port, **options), *await lookup(host, port, **options)]

    async def answers(dialling, address):
        if address[0] == "127.0.0.9":
            await asyncio.Event().wait()
        await connect(dialling, address)

    monkeypatch.setattr(loop, "getaddrinfo", two)
    monkeypatch.setattr(loop, "sock_connect", answers)
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon(0.6))
    assert len(server.mails) == 1


async def test_a_name_that_is_not_known():
    async with mail_server() as server, smtp(server, host="mail.invalid") as carrier:
        assert (await refused(carrier)).cause == f"mail.invalid:{server.port}: its name is not known to the DNS"


async def test_a_connection_is_kept():
    async with mail_server() as server, smtp(server) as carrier:
        for _ in range(5):
            await carrier.send(MAIL, soon())
        assert len(server.connections) == 1
    assert len(server.mails) == 5


@pytest.mark.parametrize("saying", [b"", b"421 mail.example.com you were silent for long\r\n"])
async def test_a_kept_connection_that_the_server_ended_is_replaced(saying):
    async with mail_server() as server, smtp(server) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(3)))
        before = len(server.connections)
        server.hang_up(saying=saying)
        await carrier.send(MAIL, soon())
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(3)))
    assert len(server.mails) == 7
    assert len(server.connections) > before


async def test_a_connection_takes_ten_messages():
    """Exim queues what comes after: the code is late, and nobody is told."""
    async with mail_server() as server, smtp(server) as carrier:
        for _ in range(21):
            await carrier.send(MAIL, soon())
    assert [len(each.taken) for each in server.connections] == [10, 10, 1]
    assert server.goodbyes == 3


async def test_a_connection_takes_as_many_messages_as_the_settings_say():
    async with mail_server() as server, smtp(server, messages_per_connection=3) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(50)))
    assert len(server.mails) == 50
    assert {len(each.taken) for each in server.connections} <= {1, 2, 3}


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("MAIL", "421 closing"),
        ("MAIL", "451 too many messages"),
        ("MAIL", DROP),
        ("RCPT", "452 4.5.3 Too many recipients: Too many messages sent"),
    ],
)
async def test_a_kept_connection_of_which_the_server_has_enough_is_replaced(step, answer):
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon())
        old = server.connections[0]
        act = server.act

        async def only_the_old_one(conversation, at):
            server.acts = {step: answer} if conversation is old else {}
            return await act(conversation, at)

        server.act = only_the_old_one
        await carrier.send(MAIL, soon())
        assert len(server.connections) == 2
    assert len(server.mails) == 2


async def test_with_one_kept_connection_go_all_that_are_as_old():
    async with mail_server() as server, smtp(server) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(3)))
        old, act = list(server.connections), server.act
        assert len(old) == 3

        async def only_the_old_ones(conversation, step):
            server.acts = {"MAIL": "421 closing"} if conversation in old else {}
            return await act(conversation, step)

        server.act = only_the_old_ones
        await carrier.send(MAIL, soon())
        await until(lambda: len(server.open) == 1)
        assert server.open[0] not in old


async def test_what_a_kept_connection_did_not_take_was_not_sent():
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon())
        old, act = server.connections[0], server.act

        async def then_hangs(conversation, step):
            server.acts = {"DATA": "421 closing"} if conversation is old else {"greeting": HANG}
            return await act(conversation, step)

        server.act = then_hangs
        assert (await refused(carrier, seconds=0.3)).certain
    assert len(server.mails) == 1


async def test_a_kept_connection_that_a_firewall_forgot_is_replaced(monkeypatch):
    """Nothing comes back, not even a refusal."""
    monkeypatch.setattr(mail, "PROMPT_SECONDS", 0.1)
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon())
        server.connections[0].transport.pause_reading()
        await carrier.send(MAIL, soon())
    assert len(server.mails) == 2


async def test_it_is_replaced_once():
    """A server that says goodbye to new connections too is not asked for ever."""
    async with mail_server() as server, smtp(server) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(4)))
        before = len(server.connections)
        server.acts["MAIL"] = "421 closing"
        assert (await refused(carrier)).cause.endswith("ended the connection (421)")
        assert len(server.connections) == before + 1


async def test_idle_connections_are_ended(monkeypatch):
    monkeypatch.setattr(kept, "IDLE_SECONDS", 0.1)
    async with mail_server() as server, smtp(server) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(3)))
        await until(lambda: not server.open)
        assert server.goodbyes == len(server.connections)
        await carrier.send(MAIL, soon())
    assert len(server.mails) == 4


async def test_many_at_once_share_the_connections():
    async with mail_server() as server, smtp(server, messages_per_connection=100) as carrier:
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(100)))
        assert len(server.connections) <= mail.CONNECTIONS
    assert len(server.mails) == 100


async def test_who_waits_for_a_connection_has_sent_nothing():
    async with mail_server() as server, smtp(server) as carrier:
        server.acts["message"] = HANG
        outcomes = await asyncio.gather(
            *(carrier.send(MAIL, soon(0.5)) for _ in range(mail.CONNECTIONS + 3)), return_exceptions=True
        )
    assert all(isinstance(each, NotTaken) for each in outcomes)
    assert [each.certain for each in outcomes].count(True) == 3
    assert {each.cause for each in outcomes if each.certain} == {
        f"127.0.0.1:{server.port} had no free connection in time"
    }


async def test_who_is_given_up_leaves_room_for_others():
    """Cancelled at any moment: no connection is used twice, no place is lost."""
    async with mail_server() as server, smtp(server) as carrier:
        for turns in range(60):
            sending = [asyncio.ensure_future(carrier.send(MAIL, soon())) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for each in sending:
                each.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        server.mails.clear()
        await asyncio.gather(*(carrier.send(MAIL, soon()) for _ in range(20)))
        assert len(server.mails) == 20
        await until(lambda: len(server.open) <= mail.CONNECTIONS)


async def test_closing_waits_for_what_is_being_sent():
    async with mail_server() as server, smtp(server) as carrier:
        sending = asyncio.ensure_future(carrier.send(MAIL, soon()))
        await until(lambda: server.connections)
        await carrier.close()
        await sending
        assert (len(server.mails), server.goodbyes) == (1, 1)
        assert "no free connection" in (await refused(carrier, seconds=0.1)).cause
        carrier._lanes._free = asyncio.Semaphore(mail.CONNECTIONS)  # so that it can be closed again


async def test_our_name():
    """A name of this machine or its address, without asking the DNS, which may take longer than a user waits."""
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon())
    assert "." in server.greeted[0]


@pytest.mark.parametrize(("name", "told"), [("box", "[127.0.0.1]"), ("vpn.example.com", "vpn.example.com")])
async def test_our_name_is_a_full_one(monkeypatch, name, told):
    monkeypatch.setattr("socket.gethostname", lambda: name)
    async with mail_server() as server, smtp(server) as carrier:
        await carrier.send(MAIL, soon())
    assert server.greeted == [told]


async def test_an_sms_is_no_mail():
    async with mail_server() as server, smtp(server) as carrier:
        assert (await refused(carrier, SMS)).final
