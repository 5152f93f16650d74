"""Warnings about values that are well formed, and that nobody can mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from config.checks.draft import Draft
from config.checks.files import SECRETS
from config.faults import Fault
from config.models.addresses import Network
from config.models.methods import LinkOptions, SentCodeOptions
from config.models.options import PASSWORD
from config.models.rules import Reply
from config.models.values import duration_text, takes_every_octet
from config.settings import Settings
from config.yaml.nodes import Key, Leaf, leaves

LONGEST_HOLD = timedelta(minutes=5)  # the longest that any NAS of docs/nas waits
SHORTEST_LOGIN = timedelta(seconds=30)
SHORTEST_BLOCK = timedelta(minutes=1)
SHORTEST_AUDIT = timedelta(days=1)
LIKELY = 1000  # a code of which one in so many is guessed
NOT_A_DEVICE = {"user-name", "nas-ip-address", "nas-ipv6-address", "nas-identifier", "nas-port-type", "service-type",
                "called-station-id", "user-password", "state", "proxy-state", "message-authenticator"}  # fmt: skip
# In an Access-Accept at most once: "0-1" in the table of RFC 2865 section 5.44, and RFC 2869 section 5.19.
ONCE = {"user-name", "service-type", "framed-protocol", "framed-ip-address", "framed-ip-netmask", "framed-routing",
        "framed-mtu", "login-service", "login-tcp-port", "callback-number", "callback-id", "framed-ipx-network",
        "session-timeout", "idle-timeout", "termination-action", "login-lat-service", "login-lat-node",
        "login-lat-group", "framed-appletalk-link", "framed-appletalk-zone", "port-limit", "login-lat-port",
        "acct-interim-interval", "framed-pool", "framed-interface-id"}  # fmt: skip
REFERENCE = re.compile(r"\s*(?i:env|file)\s*[:=]|\$\{\w+\}$|\$[A-Z][A-Z0-9_]+$|%[A-Z_]+%$|<[^<>]*>$|\{\{.*\}\}$")


def _clients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, client in settings.clients.items():
        here = ("clients", name)
        for index, network in enumerate(client.address):
            if _is_nobodys(network):
                told = f"no packet comes from {network.network_address}; write the address of the NAS"
                yield draft.value(told, *here, "address", index)
        if client.hold is not None and client.hold > LONGEST_HOLD:
            told = f"no NAS waits {duration_text(client.hold)} for an answer; write its time-out times its tries, or `auto`"
            yield draft.value(told, *here, "hold")
        for index, attribute in enumerate(client.station):
            if attribute.casefold() in NOT_A_DEVICE:
                told = f"{attribute} does not name the user's device: users, or all of this NAS, would be one station"
                yield draft.value(told, *here, "station", index)
        for index, encoding in enumerate(client.password_encoding[:-1]):
            if takes_every_octet(encoding):
                told = f"{encoding} takes every octet, so what stands behind it is never tried; put it last"
                yield draft.value(told, *here, "password_encoding", index)


def _is_nobodys(network: Network) -> bool:
    address = network.network_address
    alone = network.prefixlen == network.max_prefixlen
    return address.is_multicast or (alone and (address.is_unspecified or str(address) == "255.255.255.255"))


def _secrets(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for path, leaf in leaves(draft.root):
        if path[-1] not in SECRETS or not isinstance(leaf.value, str):
            continue
        if not leaf.origin and REFERENCE.match(leaf.value):
            told = "this looks like the name of a secret, and is the secret itself; write env:NAME or file:PATH"
            yield draft.value(told, *path)
        elif leaf.value != leaf.value.strip():
            yield draft.value("a space stands at an end of this secret: does it on the other side too?", *path)
    database = draft.root.nodes.get("database")
    if isinstance(database, Leaf) and not database.origin and urlsplit(settings.database).password:
        told = "a password stands in this URL; write all of it as `env:NAME`, or the password into ~/.pgpass"
        yield draft.value(told, "database")


def _server(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if settings.database.endswith(":memory:"):
        told = "users, audit and all are lost with the process; name a file: sqlite:///radiusd.db"
        yield draft.value(told, "database")
    for index, network in enumerate(settings.trusted_proxies):
        if not network.prefixlen:
            told = f"{network} is everybody: whoever opens a link says by X-Forwarded-For where from; write the proxy's address"
            yield draft.value(told, "trusted_proxies", index)


def _times(draft: Draft, settings: Settings) -> Iterator[Fault]:
    security, blocking, retention = settings.security, settings.blocking, settings.retention
    if security.login_timeout < SHORTEST_LOGIN:
        told = f"nobody types a code within {duration_text(security.login_timeout)}; write 5m or more"
        yield draft.value(told, "security", "login_timeout")
    if blocking.window < SHORTEST_BLOCK:
        told = f"one try in each {duration_text(blocking.window)} is never counted together with another; write 10m"
        yield draft.value(told, "blocking", "window")
    if blocking.duration is not None and blocking.duration < SHORTEST_BLOCK:
        told = f"a block of {duration_text(blocking.duration)} keeps nobody from going on to guess; write 30m"
        yield draft.value(told, "blocking", "duration")
    if retention.audit < SHORTEST_AUDIT:
        told = "a reference that is read out tomorrow finds nothing any more; write 30d or more"
        yield draft.value(told, "retention", "audit")


def _profiles(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, profile in settings.profiles.items():
        here = ("profiles", name)
        if isinstance(profile, SentCodeOptions) and profile.attempts * LIKELY >= 10**profile.code_length:
            told = f"{profile.attempts} tries at {profile.code_length} digits: one login in {10**profile.code_length // profile.attempts} guesses the code; write fewer, or a longer `code_length`"
            yield draft.value(told, *here, "attempts")
        if isinstance(profile, LinkOptions) and profile.asks_somebody:
            yield from _asking(draft, profile, *here)


def _asking(draft: Draft, profile: LinkOptions, *here: Key) -> Iterator[Fault]:
    if profile.asks_the_password_first and PASSWORD not in profile.methods:
        told = "no password is asked: whoever knows a name has messages sent; write `password` first"
        yield draft.value(told, *here, "methods")
    remind = profile.reminded_after
    if draft.wrote(*here, "remind_after") and remind is not None and remind >= profile.link_validity:
        told = f"the link is over by then, after {duration_text(profile.link_validity)}: nobody is ever reminded; write less, or 0s"
        yield draft.value(told, *here, "remind_after")


def _replies(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, application in settings.applications.items():
        here: tuple[Key, ...] = ("applications", name)
        yield from _twice(draft, application.reply, *here, "reply")
        for index, rule in enumerate(application.reply_rules):
            yield from _twice(draft, rule.reply, *here, "reply_rules", index, "reply")


def _twice(draft: Draft, reply: Reply, *here: Key) -> Iterator[Fault]:
    for key, values in reply.items():
        if len(values) > 1 and key.casefold() in ONCE:
            told = f"an Access-Accept has {key} once at most (RFC 2865 section 5.44), and here are {len(values)}"
            yield draft.key(told, *here, key)


def _enrollment(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What says who enrolls how, and what it can not mean."""
    enrollment = settings.enrollment
    if enrollment.first == "invitation" and settings.public_url is None and not draft.faulty("public_url"):
        told = "an invitation is a link, and there is no `public_url` for it: nobody could be invited; write it, or another `first`"
        yield draft.value(told, "enrollment", "first")
    if not enrollment.self_service:
        for key in ("first", "allowed"):
            if draft.wrote("enrollment", key):
                told = f"`{key}` is about users who enroll by themselves, and `self_service: false` lets none; take one of them out"
                yield draft.key(told, "enrollment", key)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _clients,
    _secrets,
    _server,
    _times,
    _profiles,
    _replies,
    _enrollment,
)
