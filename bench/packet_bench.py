"""What each step of radiusd/radius/packet.py costs, in µs, on the common request, beside pyrad's same step.

    .venv/bin/python bench/packet_bench.py [REPEATS]

The common request: PAP with seven attributes. "whole request" is all that a packet costs but for finding its client, the
duplicate table and judging the password. Medians of interleaved rounds; compare ratios, not machines.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pyrad import dictionary as pyrad  # noqa: E402
from pyrad.packet import AuthPacket  # noqa: E402

import dictionaries  # noqa: E402
from radiusd.radius.shared_secret import Keys
from radiusd.radius import packet  # noqa: E402
from radiusd.radius.attributes import Dictionary  # noqa: E402

SECRET = b"testing123"
ROUNDS = 9


def request(number, keys, dictionary):
    authenticator = os.urandom(16)
    body = packet.attribute(1, b"user%06d" % number) + packet.attribute(2, keys.hide(b"password", authenticator))
    for name, value in (
        ("NAS-IP-Address", "127.0.0.1"),
        ("NAS-Port", "7"),
        ("NAS-Identifier", "gateway"),
        ("Calling-Station-Id", "192.0.2.77"),
    ):
        body += dictionary.request_attribute(name, value)
    head = bytes((1, number & 255)) + (38 + len(body)).to_bytes(2, "big") + authenticator
    return head + b"\x50\x12" + keys.message_authenticator(head + b"\x50\x12" + bytes(16) + body) + body


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    keys, dictionary = Keys(SECRET), Dictionary.shipped()
    known = pyrad.Dictionary(*map(str, dictionaries.files()))
    datagram = request(1, keys, dictionary)
    read = packet.read(datagram)
    hidden, authenticator = read.user_password, datagram[4:20]
    attributes = dictionary.encode("Reply-Message", ["Welcome"]) + dictionary.encode("Framed-IP-Address", ["10.1.2.3"])
    parsed = AuthPacket(packet=datagram, secret=SECRET, dict=known)

    def whole():
        request = packet.read(datagram)
        packet.genuine(request, datagram, keys)
        keys.unhide(request.user_password, datagram[4:20])
        packet.text(request.user_name)
        request.unreadable, request.state, request.first(32), request.first(31)
        packet.reply(2, request.identifier, datagram[4:20], attributes, request.proxy_states, keys)

    def pyrad_reply():
        answer = parsed.CreateReply()
        answer["Reply-Message"] = "Welcome"
        answer["Framed-IP-Address"] = "10.1.2.3"
        answer.add_message_authenticator()
        return answer.ReplyPacket()

    def pyrad_whole():
        request = AuthPacket(packet=datagram, secret=SECRET, dict=known)
        request.verify_message_authenticator()
        request.PwDecrypt(request["User-Password"][0])
        request["User-Name"], request["NAS-Identifier"], request["Calling-Station-Id"]
        answer = request.CreateReply()
        answer["Reply-Message"] = "Welcome"
        answer["Framed-IP-Address"] = "10.1.2.3"
        answer.add_message_authenticator()
        return answer.ReplyPacket()

    steps = {
        "read": lambda: packet.read(datagram),
        "genuine": lambda: packet.genuine(read, datagram, keys),
        "unhide, 16 octets": lambda: keys.unhide(hidden, authenticator),
        "name as text": lambda: packet.text(read.user_name),
        "reply": lambda: packet.reply(2, 1, authenticator, attributes, b"", keys),
        "Reply-Message of a Reject": lambda: packet.text_attribute(18, "Access denied. Ref 7Q2M8K4T"),
        "whole request": whole,
        "two attributes encoded": lambda: (
            dictionary.encode("Reply-Message", ["Welcome"]),
            dictionary.encode("Framed-IP-Address", ["10.1.2.3"]),
        ),
        "decode, as for the accounting record": lambda: dictionary.decode(datagram),
        "pyrad: parse": lambda: AuthPacket(packet=datagram, secret=SECRET, dict=known),
        "pyrad: verify": lambda: parsed.verify_message_authenticator(),
        "pyrad: PwDecrypt": lambda: parsed.PwDecrypt(hidden),
        "pyrad: reply": pyrad_reply,
        "pyrad: whole request": pyrad_whole,
    }
    taken = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            count = repeats if not name.startswith(("pyrad", "two", "decode")) else repeats // 5
            begin = time.perf_counter()
            for _ in range(count):
                step()
            taken[name].append((time.perf_counter() - begin) / count * 1e6)
    print(f"Python {sys.version.split()[0]} ({sys.executable})\n\n| step | µs |\n|---|---|")
    for name, each in taken.items():
        print(f"| {name} | {statistics.median(each):.2f} |")


if __name__ == "__main__":
    main()
