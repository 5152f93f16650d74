"""Beside a mail server: sends so many codes in a row, and prints which arrived: hundred_codes.py COUNT A_CONNECTION ROOT

It waits for them for as long as a server may take that sends each at once; what is queued for later is not there then.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from radiusd.delivery.mail import Smtp
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smtp_options import SmtpOptions
from radiusd.model.message import Mail
from tests.servers.debian_mail import RECIPIENT, delivered

PATIENCE = 150  # looks, of a tenth of a second each


async def main(count: int, a_connection: int, root: Path) -> None:
    given = {
        "host": "127.0.0.1", "port": 25, "encryption": "none", "from_address": "radiusd@mail.example.com",
        **({"messages_per_connection": a_connection} if a_connection else {}),
    }  # fmt: skip
    carrier = Smtp("server", SmtpOptions.model_validate(given), Outbox())
    for number in range(count):
        mail = Mail(RECIPIENT, "Your code", f"Your code is {number:06}\n")
        await carrier.send(mail, asyncio.get_running_loop().time() + 30)
    await carrier.close()
    arrived = delivered(root)
    for _ in range(PATIENCE):
        if len(arrived) >= count:
            break
        await asyncio.sleep(0.1)
        arrived = delivered(root)
    sys.stdout.write(json.dumps(arrived))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
