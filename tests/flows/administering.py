"""A server on whose pages people sign in, and somebody's browser."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager

import httpx

from radiusd.administration import blocks
from radiusd.administration.changes import Administrator
from store import page_sessions as stored
from tests.flows.mailing import MAILED, Mailing, mailing, yaml

ROOT = Administrator("root", "command line")
ROLES = """
administration:
  application: vpn
  roles:
    administrator: [{directory: local, attribute: group_name, values: [administrators]}]
    help_desk: [{directory: local, attribute: group_name, values: ["help*"]}]
    auditor: [{directory: local, attribute: group_name, values: [auditors]}]
"""
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
ALERT = re.compile(r'<p class="alert">(.*?)</p>', re.DOTALL)
TOKEN = re.compile(r'name="token" value="(\w+)"')
OURS = {"Sec-Fetch-Site": "same-origin"}


class Pages(Mailing):
    """The server, and what its people have."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.web_ports[0]}"

    async def person(self, name, *groups, **fields):
        await self.user(name, email=f"{name}@example.com", groups=groups, **fields)

    def browser(self, **options):
        return Browser(self.url, **options)


class Browser:
    """Keeps cookies, and shows the last page."""

    def __init__(self, url, **headers):
        self.web = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, headers=headers)
        self.token = ""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        await self.web.aclose()

    async def opens(self, path):
        return await self._seen(await self.web.get(path))

    async def sends(self, path, headers=OURS, **form):
        return await self._seen(await self.web.post(path, data=form, headers=headers))

    async def begins(self, name, password="tulip"):
        return await self.sends("/sign-in", name=name, password=password)

    async def types(self, typed):
        return await self.sends("/sign-in", typed=typed)

    async def _seen(self, answer):
        while answer.is_redirect:
            answer = await self.web.get(answer.url.join(answer.headers["location"]))
        self.status, self.text, self.path, self.headers = (
            answer.status_code,
            answer.text,
            answer.url.path,
            answer.headers,
        )
        self.told = " ".join(ALERT.findall(answer.text))
        found = TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        heading = HEADING.search(answer.text)
        return heading[1].strip() if heading else ""


async def blocked(radiusd, name="bob", seconds=1800.0, **of):
    """A block of somebody new."""
    await radiusd.person(name)
    entry = await radiusd.server.directories["local"].find(name, 1e9)
    person = (entry.directory, entry.unique_id)
    return await radiusd.server.store.write(
        lambda c: blocks.add(c, ROOT, person, name, time.time(), seconds=seconds, **of)
    )


async def sessions(radiusd):
    """Who is signed in."""
    return await radiusd.server.store.read(lambda c: stored.listed(c, time.time(), 1800.0))


@asynccontextmanager
async def pages(folder, profiles=MAILED % "", *, more="", web="web: [127.0.0.1:0], internal: []", **options):
    text = yaml(profiles, more=ROLES + more).replace("web: [], internal: []", web)
    async with mailing(folder, text, **options) as radiusd:
        yield Pages(radiusd.radiusd)


async def signed_in(radiusd, browser, name):
    """Somebody, with a code by mail."""
    await browser.begins(name)
    heading = await browser.types(radiusd.code())
    assert browser.path == "/admin/blocks", (heading, browser.told)
