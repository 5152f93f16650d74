"""SMS over one SMPP connection: python bench/sms_smpp.py [--runs 3] [--messages 4000]

The centre is a process of its own, which answers each message after so many milliseconds and then sends its receipt. The
messages go out as those of sign-ins do, by login/sending and the carrier, with the default window; which ones the phones
got comes into the audit of a SQLite database. A run is over when the last receipt is there. The worst run counts.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from measuring import HERE, circumstances

sys.path.insert(0, str(HERE.parent))

from sqlalchemy import func, select

from config.secret import Secret
from radiusd.delivery.carriers import Carriers
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smpp import Smpp, SmppOptions
from radiusd.login.committing import MessageOutcomes
from radiusd.login.sending import Sending
from radiusd.model.message import Message, Sms
from radiusd.process.background import Background
from radiusd.process.receipts import Receipts
from store import Store, messages
from store.tables import AUDIT
from tests.servers import message_centre

AT_LEAST = 200  # messages a second
AT_ONCE = 64  # sign-ins that send
ANSWERS_AFTER = (0, 20)  # milliseconds


def text(number: int) -> str:
    return f"Oturum açma kodunuz: {number:06} (vpn). 5 dakika geçerlidir."


def centre(port: "multiprocessing.Queue[int]", pause: float) -> None:
    """Until it is killed."""

    async def serve() -> None:
        async with message_centre.centre() as place:
            place.pause = pause
            place.new_id = lambda number: f"{number:x}"
            place.receipts = True
            port.put(place.port)
            await asyncio.Event().wait()

    asyncio.run(serve())


async def run(port: int, count: int, folder: Path) -> tuple[float, float]:
    """Messages a second until the last one was taken, and until the last receipt was in the audit."""
    store = Store.open(f"sqlite:///{folder}/radiusd.db", folder)
    store.start(asyncio.get_running_loop())
    background = Background()
    carriers = Carriers(Outbox(), Receipts(store, background).told)
    options = {
        "type": "smpp", "host": "127.0.0.1", "port": port, "system_id": message_centre.USER,
        "password": Secret(message_centre.PASSWORD), "source_address": "EXAMPLE",
    }  # fmt: skip
    carriers.use({("sms_gateways", "centre"): (None, Smpp("centre", SmppOptions.model_validate(options), Outbox()))})
    sending = Sending(MessageOutcomes(store), carriers, time.time, background)
    loop, numbers = asyncio.get_running_loop(), iter(range(count))

    async def signs_in() -> None:
        for number in numbers:
            sms = Sms(f"+90555{number:07}", text(number))
            row = (f"m{number}", time.time(), "", "code", "sms", "local", f"u{number}", sms.recipient, time.time() + 60)
            store.append(messages.ROWS, (*row, None, "", ""), bool)
            failed = await sending.send([(row[0], Message("code", "sms", ("centre",), sms, 30.0))], loop.time() + 30)
            assert failed is None, failed

    began = time.perf_counter()
    await asyncio.gather(*(signs_in() for _ in range(AT_ONCE)))
    taken = time.perf_counter() - began
    while await store.read(lambda connection: connection.scalar(select(func.count()).select_from(AUDIT))) < count:
        await asyncio.sleep(0.02)
        assert time.perf_counter() - began < 60 + 2 * taken, "not all receipts came"
    told = time.perf_counter() - began
    await carriers.close()
    await background.close()
    await store.close()
    return count / taken, count / told


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--messages", type=int, default=4000)
    asked = arguments.parse_args()
    print(f"{circumstances()}\n{asked.runs} runs of {asked.messages} messages over one connection, the worst")
    print("\n| the centre answers after | messages/s | with receipts/s | |\n|---|---|---|---|")
    met = True
    for pause in ANSWERS_AFTER:
        rates = []
        for _ in range(asked.runs):
            port: multiprocessing.Queue[int] = multiprocessing.Queue()
            process = multiprocessing.Process(target=centre, args=(port, pause / 1000), daemon=True)
            process.start()
            with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as folder:
                rates.append(asyncio.run(run(port.get(timeout=30), asked.messages, Path(folder))))
            process.kill()
            process.join()
        sent, told = (min(each) for each in zip(*rates, strict=True))
        met = met and sent >= AT_LEAST
        print(
            f"| {pause} ms | {sent:,.0f} | {told:,.0f} | {AT_LEAST}: {'met' if sent >= AT_LEAST else 'MISSED'} |",
            flush=True,
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
