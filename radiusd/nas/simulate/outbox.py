"""The demonstration's /outbox, read and used as a browser does it: what was sent, and the button behind a link."""

from __future__ import annotations

import http.client
import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

SECONDS = 10.0  # that a page may take
PAGE = "/outbox?still"
LINK = re.compile(r"https?://\S+/a/[A-Za-z0-9_-]{22,128}")


class Shown(NamedTuple):
    """A message on the page: mail or SMS, and its text, which may have a code or a link in it."""

    way: str
    text: str

    def __repr__(self) -> str:
        return f"Shown(way={self.way!r})"

    def names(self, station: str) -> bool:
        """Whether it says that somebody signs in from that station."""
        return re.search(rf"(?<![\w.]){re.escape(station)}(?![\w]|\.\d)", self.text) is not None

    @property
    def link(self) -> str | None:
        """By which somebody decides."""
        found = LINK.search(self.text)
        return found[0] if found else None


class OutboxError(Exception):
    """The page is not there, or does not answer."""


class Outbox:
    """That of the server whose pages are at a host and port. Its methods block."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)

    def messages(self) -> list[Shown]:
        """Newest first. Raises OutboxError."""
        status, page = self._asks("GET", PAGE)
        if status != http.client.OK:
            raise OutboxError(f"{PAGE} answers {status}")
        found = _Page()
        found.feed(page)
        found.close()
        return found.messages

    def presses(self, link: str, decision: str) -> None:
        """Opens the page behind a link, and presses `approve` or `reject` on it. Raises OutboxError."""
        path = urlsplit(link).path
        for method, body in (("GET", None), ("POST", urlencode({"decision": decision}))):
            status, _page = self._asks(method, path, body)
            if status not in {http.client.OK, http.client.SEE_OTHER}:
                raise OutboxError(f"the page behind the link answers {status}")

    def _asks(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Accept-Language": "en"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        connection = http.client.HTTPConnection(*self._place, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise OutboxError(f"http://{self._place[0]}:{self._place[1]} does not answer ({error})") from None
        finally:
            connection.close()


class _Page(HTMLParser):
    """Gathers the messages: the first line of each says by what way it went."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Shown] = []
        self._in = ""
        self._gathered: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag == "article":
            self._gathered = {"subject": "", "text": ""}
        elif tag == "p":
            self._in = kind if kind in self._gathered else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._in = ""
        elif tag == "article":
            way = "SMS" if self._gathered["subject"].startswith("SMS") else "mail"
            self.messages.append(Shown(way, self._gathered["text"]))

    def handle_data(self, data: str) -> None:
        if self._in:
            self._gathered[self._in] += data
