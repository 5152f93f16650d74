"""Somebody who opens a link of a mail and presses a button of its page."""

from __future__ import annotations

import re

import httpx

LINK = re.compile(r"https?://\S+/a/[A-Za-z0-9_-]+")
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


def link_in(text: str) -> str:
    """The link of a message. AssertionError where there is none."""
    found = LINK.search(text)
    assert found is not None, text
    return found[0]


class Browser:
    """One for many links: connections are kept."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        self._web = httpx.AsyncClient(timeout=20.0, limits=limits, trust_env=False)

    async def opens(self, link: str) -> str:
        """The heading of the page."""
        return _heading((await self._web.get(link)).text)

    async def presses(self, link: str, decision: str) -> str:
        """Presses the button `approve` or `reject`; the heading of the page that follows."""
        origin = "/".join(link.split("/")[:3])
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        answer = await self._web.post(link, data={"decision": decision}, headers=headers)
        if answer.is_redirect:
            answer = await self._web.get(answer.url.join(answer.headers["location"]))
        return _heading(answer.text)

    async def close(self) -> None:
        await self._web.aclose()


def _heading(page: str) -> str:
    found = HEADING.search(page)
    assert found is not None, page
    return TAG.sub("", found[1]).strip()
