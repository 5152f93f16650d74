"""`radiusd` with mail servers of `type: generator`: each code goes to the load generator instead of a mailbox.

A datagram "NAME CODE" to 127.0.0.1, `port` of the mail server; NAME is what stands before the recipient's @. With
`whole` it is the text of the mail.
"""

import re
import socket
import sys
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parent.parent))

from config.kinds import Kind
from config.models.options import TypedOptions
from config.models.values import Port
from radiusd.__main__ import main
from radiusd.delivery import MAIL_KINDS

CODE = re.compile(r"\b[0-9]{6}\b")


class GeneratorOptions(TypedOptions):
    type: Literal["generator"]
    port: Port
    whole: bool = False
    from_address: str = "radiusd@example.org"
    from_name: str | None = None
    encryption: str = "none"


class Generator:
    """A carrier: radiusd.delivery.Carrier."""

    def __init__(self, name, options, _outbox):
        self.name = name
        self.immediate = True
        self._to = ("127.0.0.1", options.port)
        self._whole = options.whole
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def send(self, content, deadline):
        text = content.text
        if not self._whole:
            text = f"{content.recipient.partition('@')[0]} {CODE.search(text)[0]}"
        self._socket.sendto(text.encode(), self._to)

    def down(self):
        return None

    async def close(self):
        self._socket.close()


MAIL_KINDS.add(Kind("generator", GeneratorOptions, Generator))

if __name__ == "__main__":
    main()
