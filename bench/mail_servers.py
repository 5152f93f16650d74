"""Codes in a row through Postfix, Exim and OpenSMTPD: python bench/mail_servers.py [--rounds 7] [--codes 100]

Our carrier beside bare aiosmtplib, which makes each message by `email.message` and takes a new connection after as many
messages as we do (10). Both send one after the other, by turns, A B A B, in the network of a server that is installed
as Debian has it, and all must be delivered. Ratios are medians of the rounds' own. Needs root.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from measuring import HERE, circumstances

sys.path.insert(0, str(HERE.parent))

from radiusd.delivery.mail import Smtp
from radiusd.delivery.outbox import Outbox
from radiusd.delivery.smtp_options import SmtpOptions
from radiusd.model.message import Mail
from tests.servers.debian_mail import RECIPIENT, beside, delivered

PACKAGES = ("postfix", "exim4-daemon-light", "opensmtpd")
AT_LEAST = 0.8
SENDER = "radiusd@mail.example.com"
A_CONNECTION = SmtpOptions.model_fields["messages_per_connection"].default


def text(number: int) -> str:
    return f"Your code is {number:06}\n"


async def ours(numbers: range) -> None:
    options = {"host": "127.0.0.1", "port": 25, "encryption": "none", "from_address": SENDER}
    carrier = Smtp("server", SmtpOptions.model_validate(options), Outbox())
    for number in numbers:
        await carrier.send(Mail(RECIPIENT, "Your code", text(number)), asyncio.get_running_loop().time() + 30)
    await carrier.close()


async def bare(numbers: range) -> None:
    for first in range(numbers.start, numbers.stop, A_CONNECTION):
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=25, start_tls=False) as smtp:
            for number in range(first, min(first + A_CONNECTION, numbers.stop)):
                mail = EmailMessage()
                mail["From"], mail["To"], mail["Subject"] = SENDER, RECIPIENT, "Your code"
                mail.set_content(text(number))
                await smtp.send_message(mail)


async def turns(rounds: int, count: int, root: Path) -> None:
    """Beside the server: prints the seconds of each round, [ours, bare]."""
    seconds, number = [], 0
    for turn in range(rounds + 1):
        taken = {}
        for send in (ours, bare) if turn % 2 else (bare, ours):
            began = time.perf_counter()
            await send(range(number, number + count))
            taken[send] = time.perf_counter() - began
            number += count
            for _ in range(200):
                if len(delivered(root)) == number:
                    break
                await asyncio.sleep(0.1)
            else:
                sys.exit(f"only {len(delivered(root))} of {number} were delivered")
        seconds.append([taken[ours], taken[bare]])
    print(json.dumps(seconds[1:]))  # the first one warms up


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--codes", type=int, default=100)
    arguments.add_argument("--only", nargs="+", choices=PACKAGES, default=PACKAGES)
    asked = arguments.parse_args()
    print(f"{circumstances()}\n{asked.rounds} rounds of {asked.codes} codes, {A_CONNECTION} a connection")
    print("\n| | codes/s | bare aiosmtplib | times | |\n|---|---|---|---|---|")
    met = True
    for package in asked.only:
        with tempfile.TemporaryDirectory(prefix="radiusd-bench-") as folder:
            program = [Path(__file__).resolve(), "beside", str(asked.rounds), str(asked.codes)]
            seconds = json.loads(beside(package, Path(folder), program, 900.0))
        ratio = statistics.median(theirs / own for own, theirs in seconds)
        own, theirs = (asked.codes / statistics.median(each) for each in zip(*seconds, strict=True))
        met = met and ratio >= AT_LEAST
        verdict = "met" if ratio >= AT_LEAST else "MISSED"
        print(f"| {package} | {own:,.0f} | {theirs:,.0f} | {ratio:.2f} | {AT_LEAST:g}: {verdict} |", flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["beside"]:
        asyncio.run(turns(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
    else:
        sys.exit(main())
