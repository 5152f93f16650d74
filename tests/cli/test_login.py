"""`radiusd login` where the server asks back. No method does yet, so that server is a double, made of our own packets."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager

from radiusd.radius import packet
from radiusd.radius.attributes import walk
from radiusd.radius.shared_secret import Keys
from tests.servers.daemon import COMMAND, SECRET, daemon
from tests.servers.terminal import terminal

STATE = b"\x00state of \xff octets"
ASKS = packet.attribute(packet.STATE, STATE) + packet.attribute(packet.REPLY_MESSAGE, b"Code sent to a***e")


@contextmanager
def asking(port, replies, secret=SECRET):
    """A server that gives these replies in turn, and keeps what it was asked."""
    keys, seen = Keys(secret.encode()), []
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    udp.settimeout(20)

    def serve():
        for code, attributes in replies:
            request, address = udp.recvfrom(4096)
            asked = dict(walk(request[20:]))
            seen.append((keys.unhide(asked[packet.USER_PASSWORD], request[4:20]), asked.get(packet.STATE)))
            udp.sendto(packet.reply(code, request[1], request[4:20], attributes, b"", keys), address)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        thread.join()
        udp.close()


def test_a_challenge_is_answered_with_its_state(here):
    """RFC 2865 section 4.4: the State comes back unchanged."""
    replies = [(packet.ACCESS_CHALLENGE, ASKS), (packet.ACCESS_ACCEPT, b"")]
    with asking(here.ports["authentication"], replies) as seen:
        done = here.radiusd("login", "ann", "--password-stdin", "--code", "123456", input="long tulip 9\n")
    assert (done.code, done.err) == (0, "")
    assert done.out == "Access-Challenge\n  Reply-Message = Code sent to a***e\nAccess-Accept\n"
    assert seen == [(b"long tulip 9", None), (b"123456", STATE)]


def test_further_answers_are_further_lines(here):
    replies = [(packet.ACCESS_CHALLENGE, ASKS), (packet.ACCESS_CHALLENGE, ASKS), (packet.ACCESS_REJECT, b"")]
    with asking(here.ports["authentication"], replies) as seen:
        words = ("login", "ann", "--password-stdin", "--code", "1")
        done = here.radiusd(*words, input="long tulip 9\n2\n")
    assert (done.code, done.err) == (1, "")
    assert [answer for answer, _state in seen] == [b"long tulip 9", b"1", b"2"]


def test_enter_alone_is_an_answer(here):
    """Where a link is mailed no password is typed, and who waits for a decision presses Enter."""
    replies = [(packet.ACCESS_CHALLENGE, ASKS), (packet.ACCESS_CHALLENGE, ASKS), (packet.ACCESS_ACCEPT, b"")] * 2
    with asking(here.ports["authentication"], replies) as seen:
        assert here.radiusd("login", "ann", "--password-stdin", input="\n\n\n").code == 0
        with terminal([*COMMAND, "login", "ann"], here.path, here.env()) as asked:
            for prompt in ("Password: ", "Answer: ", "Answer: "):
                asked.answers(prompt, "")
    assert [answer for answer, _state in seen] == [b""] * 6


def test_without_an_answer_to_give(here):
    with asking(here.ports["authentication"], [(packet.ACCESS_CHALLENGE, ASKS)]):
        done = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
    assert done.code == 2
    assert "standard input has no further line" in done.err


def test_another_secret_on_the_other_side(here):
    with asking(here.ports["authentication"], [(packet.ACCESS_ACCEPT, b"")], secret="another one"):
        done = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
    assert done.code == 1
    assert "the shared secrets differ" in done.err


def test_a_password_that_radius_cannot_carry(here):
    done = here.radiusd("login", "ann", "--password-stdin", input="x" * 129 + "\n")
    assert done.code == 2
    assert "128" in done.err
    assert "Traceback" not in done.err


def test_a_name_that_radius_cannot_carry(here):
    done = here.radiusd("login", "a" * 254, "--password-stdin", input="long tulip 9\n")
    assert done.code == 2
    assert "253" in done.err


def test_a_new_password_is_typed_twice(here):
    here.radiusd("user", "add", "ann", "--must-change-password", "--password-stdin", input="long tulip 9\n")
    with daemon(here):
        done = here.radiusd(
            "login", "ann", "--password-stdin", input="long tulip 9\ngravel-otter-71\ngravel-otter-71\n"
        )
        assert (done.code, done.err) == (0, "")
        for asked in ("Your password must be changed. New password:", "The new password once more:"):
            assert f"Access-Challenge\n  Reply-Message = {asked}\n  Prompt = No-Echo\n" in done.out
        assert done.out.endswith("Access-Accept\n")
        assert here.radiusd("login", "ann", "--password-stdin", input="gravel-otter-71\n").code == 0
        assert here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 1


def test_each_client_of_this_machine_asks_from_its_own_address(here):
    """127.0.0.1 is of `nas`; who plays `office` is not taken for it."""
    office = '  office: {address: [192.0.2.10, 127.0.0.8], secret: "correct horse battery", application: vpn}\n'
    here.yaml.write_text(here.yaml.read_text().replace("directories:", f"{office}directories:", 1))
    here.radiusd("user", "add", "ann", "--password-stdin", input="long tulip 9\n")
    with daemon(here):
        assert here.radiusd("login", "ann", "--password-stdin", "--client", "office", input="long tulip 9\n").code == 0
        assert here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").code == 0
        rows = json.loads(here.radiusd("audit", "--json", "--outcome", "accept").out)
    assert [row["client"] for row in rows] == ["office", "nas"]
