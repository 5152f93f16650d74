#!/bin/bash
# aiosmpplib 0.7.4: it refuses a delivery receipt that SMPP 3.4 allows.
#
# Seen: a receipt without a text, whose facts are in its TLVs (receipted_message_id and message_state, SMPP 3.4 section
# 4.6.1), is answered by generic_nack, so that the centre sends it again and again. One with its facts in the text is
# answered by deliver_sm_resp.
# Expected: each receipt is answered by deliver_sm_resp.
#
# Needs python3 with venv. Ends with 0 while it is so, 1 once it is not, 2 where a package is not to be had.
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

from aiosmpplib import ESME, PhoneNumber, SubmitSm

SUBMIT_SM, DELIVER_SM, GENERIC_NACK, RESPONSE = 0x04, 0x05, 0x80000000, 0x80000000
NAMES = {DELIVER_SM | RESPONSE: "deliver_sm_resp", GENERIC_NACK: "generic_nack", 0x06 | RESPONSE: "unbind_resp"}
TEXT = b"id:1 sub:001 dlvrd:000 submit date:2612011015 done date:2612011016 stat:UNDELIV err:001 text:Hello"


def receipt(text, tlvs=b""):
    head = b"\0\1\x0112025550123\0\5\0EXAMPLE\0\4\0\0\0\0\0\0\0\0"
    return head + bytes([len(text)]) + text + tlvs


CASES = {
    "a receipt by text": receipt(TEXT),
    "a receipt by TLVs": receipt(b"", struct.pack(">HH2sHHB", 0x1E, 2, b"1\0", 0x427, 1, 5)),
}
EXPECTED = ["deliver_sm_resp", "generic_nack"]


async def seen(delivered):
    """What the client does, at a centre that answers the first message so."""
    outcome = asyncio.get_running_loop().create_future()

    def over(what):
        if not outcome.done():
            outcome.set_result(what)

    async def centre(reader, writer):
        try:
            while True:
                length, command, _status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
                await reader.readexactly(length - 16)
                if command in NAMES:
                    over(NAMES[command])
                    continue
                writer.write(struct.pack(">IIII", 18, command | RESPONSE, 0, sequence) + b"1\0")
                if command == SUBMIT_SM:
                    writer.write(struct.pack(">IIII", 16 + len(delivered), DELIVER_SM, 0, 1) + delivered)
        except (asyncio.IncompleteReadError, ConnectionError):
            over("ends")
        finally:
            writer.close()

    server = await asyncio.start_server(centre, "127.0.0.1", 0)
    esme = ESME("127.0.0.1", server.sockets[0].getsockname()[1], "user", "password", log_level="CRITICAL")
    running = asyncio.create_task(esme.start())
    address = {"source": PhoneNumber("EXAMPLE"), "destination": PhoneNumber("12025550123")}
    await esme.broker.enqueue(SubmitSm(short_message="Hello", log_id="x", **address))
    try:
        return await asyncio.wait_for(asyncio.shield(outcome), 3)
    except TimeoutError:
        return "stays"
    finally:
        running.cancel()
        server.close()


async def main():
    found = []
    for name, case in CASES.items():
        found.append(await seen(case))
        print(f"{name}: {found[-1]}")
    return found != EXPECTED


logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)  # of what is ended at the end
sys.exit(asyncio.run(main()))
PYTHON
