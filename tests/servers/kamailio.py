"""Kamailio, which asks RADIUS for its phones by auth_radius, and a phone that registers with a digest."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

REALM = "example.org"
CONF = """\
debug=2
log_stderror=yes
children=1
listen=udp:127.0.0.1:{port}
disable_tcp=yes
auto_aliases=no
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules:/usr/lib/aarch64-linux-gnu/kamailio/modules"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "auth_radius.so"
modparam("auth_radius", "radius_config", "{folder}/radiusclient.conf")
request_route {{
    if (!radius_www_authorize("{realm}")) {{
        www_challenge("{realm}", "0");
        exit;
    }}
    sl_send_reply("200", "OK");
}}
"""
RADIUS = """\
authserver 127.0.0.1:{authentication}
acctserver 127.0.0.1:{authentication}
servers {folder}/servers
dictionary {folder}/dictionary
default_realm
radius_timeout 10
radius_retries 3
bindaddr *
"""
# What Debian's dictionaries of radcli lack, Kamailio does not start without.
DICTIONARY = """\
$INCLUDE /etc/radcli/dictionary
$INCLUDE /etc/radcli/dictionary.sip
VALUE Service-Type Sip-Session 15
ATTRIBUTE SIP-AVP 225 string
"""
REGISTER = """\
REGISTER sip:{realm} SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:{phone};branch=z9hG4bK{cseq};rport\r
Max-Forwards: 70\r
From: <sip:{name}@{realm}>;tag=1\r
To: <sip:{name}@{realm}>\r
Call-ID: {call}\r
CSeq: {cseq} REGISTER\r
Contact: <sip:{name}@127.0.0.1:{phone}>\r
{authorization}Content-Length: 0\r
\r
"""


@dataclass(frozen=True, slots=True)
class Kamailio:
    """A running server."""

    port: int

    async def registers(self, name: str, password: str) -> list[str]:
        """A phone with that name and password: the status lines that it got."""
        async with asyncio.timeout(50):
            with self._phone() as phone:
                challenge = await self._asks(phone, name, 1, "")
                nonce = re.search(r'nonce="([^"]+)"', challenge)[1]
                answer = await self._asks(phone, name, 2, self._digest(name, password, nonce))
        return [said.splitlines()[0] for said in (challenge, answer)]

    async def is_there(self) -> bool:
        """Whether it answers; nobody is asked for that."""
        try:
            async with asyncio.timeout(0.5):
                with self._phone() as phone:
                    return bool(await self._asks(phone, "nobody", 1, ""))
        except (TimeoutError, OSError):
            return False

    @contextmanager
    def _phone(self) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.setblocking(False)
            phone.bind(("127.0.0.1", 0))
            phone.connect(("127.0.0.1", self.port))
            yield phone

    async def _asks(self, phone: socket.socket, name: str, cseq: int, authorization: str) -> str:
        """The answer to a REGISTER."""
        loop = asyncio.get_running_loop()
        request = REGISTER.format(
            realm=REALM,
            name=name,
            phone=phone.getsockname()[1],
            call=f"{id(phone)}",
            cseq=cseq,
            authorization=authorization,
        )
        await loop.sock_sendall(phone, request.encode())
        return (await loop.sock_recv(phone, 65536)).decode()

    @staticmethod
    def _digest(name: str, password: str, nonce: str) -> str:
        """RFC 2617 without qop."""
        uri = f"sip:{REALM}"
        who, what = (_md5(text) for text in (f"{name}:{REALM}:{password}", f"REGISTER:{uri}"))
        response = _md5(f"{who}:{nonce}:{what}")
        return (
            f'Authorization: Digest username="{name}", realm="{REALM}", nonce="{nonce}", uri="{uri}",'
            f' response="{response}"\r\n'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@asynccontextmanager
async def kamailio(folder: Path, port: int, authentication: int, secret: str) -> AsyncIterator[Kamailio]:
    """It asks the server on `authentication`."""
    place = folder / "kamailio"
    place.mkdir()
    words = {"folder": place, "port": port, "realm": REALM, "authentication": authentication}
    for name, text in (("kamailio.cfg", CONF), ("radiusclient.conf", RADIUS)):
        (place / name).write_text(text.format(**words))
    (place / "dictionary").write_text(DICTIONARY)
    (place / "servers").write_text(f"127.0.0.1 {secret}\n")
    log = place / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            "kamailio", "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(place), "-P", str(place / "pid"), "-f",
            str(place / "kamailio.cfg"), stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            env={"PATH": f"{os.environ['PATH']}:/usr/sbin"}, start_new_session=True,
        )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            while not await Kamailio(port).is_there():
                assert process.returncode is None, f"kamailio ended:\n{log.read_text()}"
                await asyncio.sleep(0.05)
        yield Kamailio(port)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
