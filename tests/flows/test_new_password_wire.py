"""A new password, as FreeRADIUS's radclient sends it."""

from __future__ import annotations

import asyncio
import re
import subprocess

from tests.flows.mailing import mailing, yaml
from tests.flows.test_new_password import AGAIN, ANN, FIRST, NEW, PASSWORD_ONLY
from tests.servers.running import SECRET


async def radclient(port: int, **attributes: str) -> tuple[str, dict[str, str]]:
    """The answer's code and attributes."""
    attributes["Message_Authenticator"] = "0x00"
    lines = "\n".join(f"{name.replace('_', '-')} = {value}" for name, value in attributes.items())
    command = ["radclient", "-x", "-r", "1", "-t", "5", f"127.0.0.1:{port}", "auth", SECRET]
    done = await asyncio.to_thread(subprocess.run, command, input=lines, capture_output=True, text=True, timeout=30)
    received = done.stdout.partition("Received ")[2]
    return received.split()[0], dict(re.findall(r"^\t(\S+) = \"?(.*?)\"?$", received, re.MULTILINE))


async def test_radclient(tmp_path):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await radiusd.user("ann", must_change_password=True, **ANN)
        port, said = radiusd.radiusd.port, []
        reply = await radclient(port, User_Name="ann", User_Password="tulip")
        for _ in range(2):
            code, attributes = reply
            said.append((code, attributes["Reply-Message"], attributes["Prompt"]))
            reply = await radclient(port, User_Name="ann", User_Password=NEW, State=attributes["State"])
        assert said == [("Access-Challenge", FIRST, "No-Echo"), ("Access-Challenge", AGAIN, "No-Echo")]
        assert reply[0] == "Access-Accept"
        assert (await radclient(port, User_Name="ann", User_Password=NEW))[0] == "Access-Accept"
        assert (await radclient(port, User_Name="ann", User_Password="tulip"))[0] == "Access-Reject"
