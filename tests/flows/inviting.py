"""Somebody who was invited, and the page behind their link."""

from __future__ import annotations

import re
import time

import httpx

from radiusd.administration import invitations
from radiusd.administration.changes import Administrator
from radiusd.process.enrolling import post_of
from radiusd.process.tools import tools_of

HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
ALERT = re.compile(r'<p class="alert">(.*?)</p>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")
DESK = Administrator("desk", "command line")


async def invited(office, name="ann", *, kinds=("mail", "mobile"), seconds=3600.0, to=""):
    """The path of a new link to a user, as `radiusd enrollment invite` makes it, and where it was sent."""
    server = office.server
    tools = tools_of(server._settings, server.store, server.directories, server._keys, server._memories.enrolled)
    post = post_of(server._settings, tools)
    entry = await server.directories["local"].find(name, 1e9)
    recipient = invitations.recipient(post, entry, to)
    made = invitations.made(post, entry, recipient, tools.keys[0], "http://web", kinds, DESK, time.time(), seconds)
    await server.store.write(lambda c: invitations.add(c, DESK, made.invitation))
    return re.search(r"/e/\w+", made.message.content.text)[0], made


class Page:
    """The page behind a link, as a browser has it."""

    def __init__(self, office, path):
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{office.server.web_ports[0]}", trust_env=False, follow_redirects=True
        )
        self.path = path
        self.says = self.told = self.text = ""
        self.status = 0

    async def __aenter__(self):
        await self.opens()
        return self

    async def __aexit__(self, *_error):
        await self.client.aclose()

    async def opens(self, **options):
        return self._seen(await self.client.get(self.path, **options))

    async def sends(self, **form):
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": str(self.client.base_url).rstrip("/")}
        return self._seen(await self.client.post(self.path, data=form, headers=headers))

    async def types(self, text):
        return await self.sends(typed=text, do="answer")

    def _seen(self, answer):
        self.status, self.text, self.headers = answer.status_code, answer.text, answer.headers
        self.says = TAG.sub("", HEADING.search(answer.text)[1]).strip()
        self.told = " ".join(ALERT.findall(answer.text))
        return self.says
