"""`radiusd enrollment invite`: who is sent a link, by real mail, and who is not."""

from __future__ import annotations

import asyncio
import json
import re

import httpx
import pytest

from tests.servers.daemon import daemon
from tests.servers.mailbox import mailbox

MAIL = """
public_url: http://127.0.0.1:{web}
mail_servers: {{box: {{host: 127.0.0.1, port: {port}, encryption: none, from_address: mfa@example.org}}}}
"""


@pytest.mark.row("S152", "S164")
async def test_the_link_comes_by_mail_and_opens_the_page(here):
    async with mailbox() as box:
        here.yaml.write_text(here.yaml.read_text() + MAIL.format(web=here.ports["web"], port=box.port))

        async def types(*words, code=0, **given):
            done = await asyncio.to_thread(lambda: here.radiusd(*words, **given))
            assert done.code == code, done
            return done.out if code == 0 else done.err

        for name, *more in (("ann", "--email", "ann@example.org"), ("bob",)):
            await types("user", "add", name, *more, "--password-stdin", input="long tulip 9\n")
        assert "the first start of the server makes it" in await types("enrollment", "invite", "ann", code=1)
        with daemon(here):
            said = await types("enrollment", "invite", "ann", "--kind", "mail", "--for", "2h")
            assert said.startswith("ann is sent a link to a***n@example.org, which lasts until ")
            link = re.search(r"http://\S+/e/\w+", await box.first("ann@example.org"))[0]
            async with httpx.AsyncClient(trust_env=False) as web:
                assert "Which mail address?" in (await web.get(link)).text
            assert "nothing on record of bob" in await types("enrollment", "invite", "bob", code=1)
            assert "is not on record of ann" in await types(
                "enrollment", "invite", "ann", "--to", "x@example.com", code=1
            )
            assert "did you mean `mail`" in await types("enrollment", "invite", "ann", "--kind", "mial", code=2)
            [open_one] = json.loads(await types("enrollment", "invitations", "--json"))
            assert (open_one["user"], open_one["sent_to"], open_one["kinds"]) == ("ann", "a***n@example.org", ["mail"])
            assert (
                await types("enrollment", "withdraw", "ANN")
                == "the invitation of ann, sent to a***n@example.org, is withdrawn\n"
            )
            assert "no invitation that could still be used" in await types("enrollment", "withdraw", "ann", code=1)
            async with httpx.AsyncClient(trust_env=False) as web:
                assert "This invitation is over" in (await web.get(link)).text
            box.take("ann@example.org")
            await types("enrollment", "add", "ann", "ann@home.example")
            told = await box.first("ann@example.org")
            assert "Added: a***n@home.example" in told
            assert "tell your help desk at once" in told
            told = await types("audit", "--user", "ann", "--json")
            assert "invited to enroll, by a link to a***n@example.org, by " in told
            assert link.rpartition("/")[2] not in told
