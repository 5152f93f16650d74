#!/bin/bash
# aiosmpplib 0.7.4: each message takes longer than the one before it for as long as receipts are to come. SimpleCorrelator
# keeps the messages that were taken for three days, until their receipt comes, and looks at all of them several times for
# each message.
#
# Seen: 2,690 messages a second for the first thousand and 113 for the sixth, where no receipt comes (2 cores). A gateway that
# sends none, or phones that are off, make it so.
# Expected: much the same for each thousand.
#
# Needs python3 with venv; takes a minute at most. Ends with 0 while the sixth thousand takes at least five times as long as
# the first, 1 once it does not, 2 where a package is not to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check aiosmpplib==0.7.4 || exit 2

venv/bin/python - <<'PYTHON'
import asyncio
import logging
import struct
import sys
import time

from aiosmpplib import ESME, PhoneNumber, SubmitSm
from aiosmpplib.hook import AbstractHook

SUBMIT_SM, RESPONSE = 0x04, 0x80000000


class Counting(AbstractHook):
    def __init__(self):
        self.answers = 0

    async def sending(self, smpp_message, pdu, client_id): ...

    async def received(self, smpp_message, pdu, client_id):
        self.answers += struct.unpack_from(">I", pdu, 4)[0] == SUBMIT_SM | RESPONSE

    async def send_error(self, smpp_message, error, client_id):
        sys.exit(f"not sent: {error!r}")


async def centre(reader, writer):
    """Takes everything at once."""
    taken = 0
    while header := await reader.read(16):
        length, command, _status, sequence = struct.unpack(">IIII", header)
        await reader.readexactly(length - 16)
        taken += command == SUBMIT_SM
        body = b"centre\0" if command != SUBMIT_SM else b"%08x\0" % taken
        writer.write(struct.pack(">IIII", 16 + len(body), command | RESPONSE, 0, sequence) + body)


async def main():
    server = await asyncio.start_server(centre, "127.0.0.1", 0)
    hook = Counting()
    esme = ESME("127.0.0.1", server.sockets[0].getsockname()[1], "user", "password", hook=hook, log_level="CRITICAL")
    running = asyncio.create_task(esme.start())
    seconds = []
    for _ in range(6):
        began, until = time.perf_counter(), hook.answers + 1000
        for _ in range(1000):
            message = SubmitSm(
                short_message="Hello", source=PhoneNumber("EXAMPLE"), destination=PhoneNumber("12025550123"), log_id="x"
            )
            await esme.broker.enqueue(message)
        while hook.answers < until:
            await asyncio.sleep(0.01)
        seconds.append(time.perf_counter() - began)
        print(f"{1000 / seconds[-1]:,.0f} messages a second, {hook.answers:,} without a receipt")
    running.cancel()
    server.close()
    return seconds[-1] / seconds[0] < 5


logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)  # of what is ended at the end
sys.exit(asyncio.run(main()))
PYTHON
