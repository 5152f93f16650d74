"""What is kept of requests for their copies (RFC 5080 section 2.2.2): as long as one may come, and no longer."""

from __future__ import annotations

import pytest

from radiusd.process import server
from radiusd.radius import exchanges, packet
from radiusd.radius.exchanges import LIMIT, Duplicates, Exchange
from radiusd.radius.watched import ANSWERED_SECONDS
from tests.servers.running import LOCAL, running, until

REPLY = bytes((packet.ACCESS_ACCEPT,))


def exchange(duplicates, received, port=1024, reply=None, answered=0.0):
    made = Exchange(None, ("192.0.2.1", port), bytes((packet.ACCESS_REQUEST, 7)) + bytes(18), None, None, received, 0.0)
    made.reply, made.answered = reply, answered
    assert duplicates.add(made)
    return made


def is_known(duplicates, made):
    return duplicates.get(made.key) is made


def test_an_answer_is_kept_for_its_copies():
    """For 5 to 30 seconds after it left, and not after its request came."""
    assert 5.0 <= ANSWERED_SECONDS <= 30.0
    duplicates = Duplicates()
    held = exchange(duplicates, 100.0, reply=REPLY, answered=140.0)
    duplicates.sweep(140.0 + ANSWERED_SECONDS - 0.1)
    assert is_known(duplicates, held)
    duplicates.sweep(140.0 + ANSWERED_SECONDS + 0.1)
    assert not is_known(duplicates, held)
    assert len(duplicates) == 0


def test_an_answer_is_over_at_the_end_of_its_time():
    """X77: at that moment, not only after it; also of a request that was answered at once."""
    duplicates = Duplicates()
    at_once = exchange(duplicates, 100.0, reply=REPLY, answered=100.0)
    duplicates.sweep(100.0 + ANSWERED_SECONDS)
    assert not is_known(duplicates, at_once)


async def test_a_running_server_forgets_what_it_answered(tmp_path, monkeypatch):
    """X77: a table that only grows refuses new requests in the end."""
    monkeypatch.setattr(server, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(exchanges, "ANSWERED_SECONDS", 0.01)
    async with running(tmp_path, LOCAL) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.nas().asks(User_Name="ann", User_Password="tulip")).code == "Access-Accept"
        [port] = radiusd.server._ports.authentication
        await until(lambda: len(port.duplicates) == 0)


def test_silence_is_kept_as_an_answer_is():
    duplicates = Duplicates()
    silenced = exchange(duplicates, 100.0, reply=b"", answered=100.0)
    duplicates.sweep(100.0 + ANSWERED_SECONDS - 0.1)
    assert is_known(duplicates, silenced)
    duplicates.sweep(100.0 + ANSWERED_SECONDS + 0.1)
    assert not is_known(duplicates, silenced)


def test_a_request_without_an_answer_stays():
    """However long it is held; and it does not keep those that came after it."""
    duplicates = Duplicates()
    held = exchange(duplicates, 100.0)
    answered = exchange(duplicates, 101.0, port=1025, reply=REPLY, answered=101.0)
    fresh = exchange(duplicates, 500.0, port=1026, reply=REPLY, answered=500.0)
    duplicates.sweep(505.0)
    assert [is_known(duplicates, each) for each in (held, answered, fresh)] == [True, False, True]


def test_a_newer_request_takes_the_place_of_an_older_one():
    """The same port and Identifier: what comes of the older one is not sent any more, and ends nothing."""
    duplicates = Duplicates()
    older = exchange(duplicates, 100.0)
    newer = exchange(duplicates, 101.0)
    assert not duplicates.is_current(older)
    duplicates.forget(older)
    assert is_known(duplicates, newer)


@pytest.mark.parametrize("reply", [None, REPLY])
def test_a_full_table(reply):
    """What was answered makes room, oldest first; what waits does not."""
    duplicates = Duplicates()
    first = exchange(duplicates, 100.0, port=0, reply=reply, answered=100.0)
    for port in range(1, LIMIT):
        exchange(duplicates, 100.0, port=port)
    one_more = Exchange(None, ("192.0.2.2", 1), bytes(20), None, None, 101.0, 0.0)
    assert duplicates.add(one_more) is (reply is not None)
    assert is_known(duplicates, first) is (reply is None)
