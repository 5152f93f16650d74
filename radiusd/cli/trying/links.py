"""`radiusd check --live`: whether a link that is sent leads here."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from radiusd.cli.trying.tried import Tried
from radiusd.delivery.connections import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.settings import Settings

SECONDS = 10.0
NO_LINK = "/a/radiusd-check"  # as a link is made; no token looks so, so that nothing is looked up
AWAY = frozenset({502, 503, 504})  # what a proxy says while nobody is behind it


async def links(settings: Settings, *, is_running: bool) -> list[Tried]:
    """Opens the page behind a link that was never sent, at every base of links that a profile has."""
    sending = [profile for profile in settings.profiles.values() if profile.sends_links]
    bases = dict.fromkeys(profile.link_base or settings.public_url for profile in sending)
    return list(await asyncio.gather(*(_opened(base, is_running=is_running) for base in bases if base)))


async def _opened(base: str, *, is_running: bool) -> Tried:
    what = f"links to {base}"
    try:
        async with asyncio.timeout(SECONDS):
            status, headers = await asyncio.to_thread(_get, base)
    except (OSError, http.client.HTTPException) as error:  # a TimeoutError too
        cause = cause_of(error) or "it does not answer in HTTP"
        if not is_running and "refused" in cause:
            return _nobody_there(what)
        return Tried(what, cause, _advice(cause))
    if status == http.client.NOT_FOUND and headers.get("referrer-policy") == "no-referrer":
        return Tried(what)
    if status in AWAY:
        if not is_running:
            return _nobody_there(what)
        return Tried(what, f"a proxy answers {status}", "Let it pass everything to the address in `listen.web`.")
    if "location" in headers:
        place = headers["location"].removesuffix(NO_LINK)
        return Tried(what, f"it answers {status} and leads on to {place}", "Write the address that is reached at once.")
    cause = f"something else answers there ({status})"
    return Tried(
        what, cause, "Let the proxy pass /a/ and /static/ to the address in `listen.web`, or mend `public_url`."
    )


def _nobody_there(what: str) -> Tried:
    return Tried(what, note="not tried to the end: no server runs here; start it, and check again")


def _get(base: str) -> tuple[int, dict[str, str]]:
    """Status and headers, names in lower case. Neither proxies of the environment nor redirects are followed."""
    parts = urlsplit(base)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.request("GET", parts.path + NO_LINK, headers={"User-Agent": "radiusd check"})
        answer = connection.getresponse()
        return answer.status, _lowered(answer.getheaders())
    finally:
        connection.close()


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def _advice(cause: str) -> str:
    if "certificate" in cause:
        return "Browsers will refuse it too: get one for this name, or mend `public_url`."
    if "name" in cause:
        return "Is the host in `public_url` spelled right, and in the DNS?"
    if "refused" in cause:
        return "Does the proxy before `listen.web` run, at this port?"
    return "Can this address be opened from here? A firewall may allow it from outside alone."
