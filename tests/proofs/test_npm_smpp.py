"""A message centre that others wrote, npm's smpp, beside ours: what it reads of what we send, and what we read of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from radiusd.delivery import Fault, Receipt, Taken
from radiusd.model.message import Sms
from tests.delivery.carrying import SMS, refused, smpp, soon
from tests.servers.running import until

pytestmark = pytest.mark.proof

VERSION = "0.5.1"
PROGRAM = Path(__file__).parents[1] / "servers" / "npm_smpp.js"
NUMBER = "905554443322"


class Npm:
    """The running centre; `port` is its port, `told` what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port = 0
        self.told: list[dict[str, Any]] = []

    async def listen(self) -> None:
        async for line in self._process.stdout:
            self.told.append(json.loads(line))

    def asks(self, pdu: str, **options: Any) -> None:
        """A PDU of its own, to whoever signed in last."""
        self._says({"pdu": pdu, "options": options})

    async def refuses(self, *statuses: int) -> None:
        """The next messages, one status each; 0 takes one."""
        self._says({"statuses": statuses})
        await until(lambda: self.of("statuses"))

    def _says(self, what: object) -> None:
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each["event"] == event]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The library, in a folder of its own."""
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, f"smpp@{VERSION}"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    shutil.copy(PROGRAM, folder / "centre.js")
    return folder


@asynccontextmanager
async def centre(folder):
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("node", "centre.js", cwd=folder, stdin=pipe, stdout=pipe)
    place = Npm(process)
    listening = asyncio.create_task(place.listen())
    try:
        await until(lambda: place.of("listens"), 30)
        place.port = place.of("listens")[0]["port"]
        yield place
    finally:
        process.kill()
        await process.wait()
        await listening


async def test_it_reads_what_we_send(installed):
    texts = ["837465 is your sign-in code.", "Oturum açma kodunuz: 837465. 5 dakika geçerlidir.", "{5 €} ~ [x]"]
    long = "a" * 152 + "€" + "b" * 100
    async with centre(installed) as place, smpp(place) as carrier:
        for number, text in enumerate(texts, 1):
            assert await carrier.send(Sms("+905554443322", text), soon()) == Taken((f"id-{number}",))
        assert await carrier.send(Sms("+905554443322", long), soon()) == Taken(("id-4", "id-5"))
        await until(lambda: len(place.of("submit")) == 5)
    assert place.of("bind") == [{"event": "bind", "system_id": "radius", "version": 0x34}]
    assert [(each["coding"], each["text"]) for each in place.of("submit")[:3]] == list(
        zip([0, 8, 0], texts, strict=True)
    )
    first, second = place.of("submit")[3:]
    assert first["text"] + second["text"] == long
    assert (first["esm_class"], first["udh"][0][-4:], second["udh"][0][-4:]) == (0x40, "0201", "0202")
    assert {(each["to"], each["from"]) for each in place.of("submit")} == {(NUMBER, "EXAMPLE")}
    assert len(place.of("unbind")) == 1


async def test_it_throttles_and_refuses(installed):
    async with centre(installed) as place, smpp(place) as carrier:
        await carrier.send(SMS, soon())
        await place.refuses(0x58, 0x14, 0, 0x0B)
        assert await carrier.send(SMS, soon()) == Taken(("id-2",))
        assert (await refused(carrier)).fault is Fault.RECIPIENT
        assert [each["status"] for each in place.of("submit")] == [0, 0x58, 0x14, 0, 0x0B]


async def test_we_read_what_it_tells(installed):
    told = []
    async with centre(installed) as place, smpp(place, enquire_link=timedelta(seconds=0.2)) as carrier:
        carrier.listen(told.append, lambda _cause: None)
        await until(lambda: place.of("bind"))
        text = "id:id-1 sub:001 dlvrd:001 submit date:2612011015 done date:2612011016 stat:DELIVRD err:000 text:837465"
        place.asks("deliver_sm", source_addr=NUMBER, esm_class=4, short_message=text)
        place.asks(
            "deliver_sm",
            source_addr=NUMBER,
            esm_class=4,
            short_message="",
            receipted_message_id="id-2",
            message_state=5,
        )
        place.asks(
            "deliver_sm", source_addr=NUMBER, esm_class=4, short_message="", message_payload="id:id-3 stat:EXPIRED"
        )
        place.asks("deliver_sm", source_addr=NUMBER, short_message="STOP")
        place.asks("enquire_link")
        await until(lambda: len(place.of("deliver_sm_resp")) == 4)
        await until(lambda: place.of("enquire_link_resp") and place.of("enquire_link"))
        assert {each["status"] for each in place.of("deliver_sm_resp")} == {0}
        assert told == [
            Receipt(("id-1",), NUMBER, "delivered"),
            Receipt(("id-2",), NUMBER, "undeliverable"),
            Receipt(("id-3",), NUMBER, "expired"),
        ]
        place.asks("unbind")
        await until(lambda: place.of("unbind_resp"))
        await until(lambda: len(place.of("bind")) == 2)


async def test_a_wrong_password(installed):
    async with centre(installed) as place, smpp(place, system_id="nobody") as carrier:
        assert "refused system_id and password (ESME_RBINDFAIL)" in (await refused(carrier)).cause
