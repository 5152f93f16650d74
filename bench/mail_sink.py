"""A mail server (aiosmtpd) that takes every mail: python bench/mail_sink.py PORT [TOLD]

Each mail's text goes on to 127.0.0.1:TOLD as a datagram; without TOLD nowhere.
"""

import asyncio
import email
import email.policy
import socket
import sys

from aiosmtpd.smtp import SMTP


class Sink:
    """Takes it."""

    def __init__(self, told: int) -> None:
        self._told = ("127.0.0.1", told)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if told else None

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        if self._socket is not None:
            head, _, body = envelope.content.partition(b"\r\n\r\n")
            # The parser takes longer than all of SMTP; a mail of one plain text needs none.
            plain = b"multipart/" not in head and b"base64" not in head and b"quoted-printable" not in head
            if not plain:
                body = email.message_from_bytes(envelope.content, policy=email.policy.default).get_body(("plain",))
                body = body.get_content().encode()
            self._socket.sendto(body, self._told)
        return "250 taken"


async def main(port: int, told: int = 0) -> None:
    sink = Sink(told)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(sink, hostname="sink.example.org", loop=loop), "127.0.0.1", port, backlog=512)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
