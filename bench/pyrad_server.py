"""pyrad's own asyncio server with a plain PAP handler: pyrad_server.py PORT USERS

Users are in a dict; the password of user000000 and so on is 'password', the secret 'testing123'.
"""

import asyncio
import sys
from pathlib import Path

from freeradius_conf import REPLY, address
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessReject
from pyrad.server import RemoteHost
from pyrad.server_async import ServerAsync

PORT, USERS = int(sys.argv[1]), int(sys.argv[2])
KNOWN = {f"user{number:06d}": ("password", address(number)) for number in range(USERS)}


class Server(ServerAsync):
    def handle_auth_packet(self, protocol, pkt, addr):
        reply = self.CreateReplyPacket(pkt)
        password, framed = KNOWN.get(pkt["User-Name"][0], ("", ""))
        if password and password == pkt.PwDecrypt(pkt[2][0]):
            reply["Reply-Message"] = REPLY
            reply["Framed-IP-Address"] = framed
        else:
            reply.code = AccessReject
        protocol.send_response(reply, addr)

    handle_acct_packet = handle_coa_packet = handle_disconnect_packet = handle_auth_packet


async def main():
    server = Server(
        auth_port=PORT,
        hosts={"127.0.0.1": RemoteHost("127.0.0.1", b"testing123", "lo")},
        dictionary=Dictionary(str(Path(__file__).with_name("mini.dict"))),
    )
    await server.initialize_transports(enable_auth=True, addresses=["127.0.0.1"])
    await asyncio.Event().wait()


asyncio.run(main())
