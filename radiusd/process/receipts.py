"""What became of messages that a carrier took: into the audit, for the help desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from radiusd.delivery import Receipt
from radiusd.rules import phone_numbers
from radiusd.rules.codes import hidden_number
from store import Store, Unavailable, receipts

log = structlog.get_logger()

# Seconds. A receipt may come before the answer that names its message, or before that is written down.
AGAIN = (1.0, 5.0, 30.0)
MOST_WAITING = 1000  # receipts of which nothing is known yet; further ones are not tried again
KINDS = {"code": "the code", "approval": "the question", "information": "the information"}
STATES = {
    "delivered": "was delivered",
    "expired": "was not delivered: the phone could not be reached in time",
    "undeliverable": "was not delivered: the network says that it can not be",
    "rejected": "was not delivered: the gateway or the network rejected it",
    "deleted": "was not delivered: the gateway deleted it",
    "skipped": "was not delivered: the gateway left it out",
    "unknown": "may not have been delivered: the gateway does not know",
}


class Receipts:
    """Used in the loop. `background` runs what nobody waits for."""

    def __init__(self, store: Store, background: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._store = store
        self._background = background
        self._waiting = 0

    def told(self, carrier: str, receipt: Receipt) -> None:
        """What an SMS gateway says of a message."""
        self._background(self._write(carrier, receipt))

    async def _write(self, carrier: str, receipt: Receipt) -> None:
        step = partial(
            receipts.told, carrier=carrier, names=receipt.ids, recipient=receipt.recipient, now=time.time(),
            what=partial(_said, receipt), delivered=receipt.state == "delivered",
        )  # fmt: skip
        for pause in (0.0, *AGAIN):
            if pause:
                if self._waiting >= MOST_WAITING:
                    break
                self._waiting += 1
                try:
                    await asyncio.sleep(pause)
                finally:
                    self._waiting -= 1
            try:
                if await self._store.write(step):
                    return
            except Unavailable:
                continue
        # Of another program with the same system_id, or of a message of `radiusd send-test`.
        log.info("a receipt of an unknown message", sms_gateways=carrier, state=receipt.state)


def _said(receipt: Receipt, kind: str, recipient: str) -> str:
    """What became of that kind of message to that recipient."""
    number = phone_numbers.read(recipient)
    hidden = recipient if number is None or kind != "code" else hidden_number(recipient, number.country_code)
    error = f" (error {receipt.error})" if receipt.error and receipt.state != "delivered" else ""
    return f"{KINDS.get(kind, 'the message')} for {hidden} {STATES[receipt.state]}{error}"
