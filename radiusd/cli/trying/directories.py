"""`radiusd check --live`: every server of an LDAP directory, whether it has users, one user read whole, and one manager."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from config.models.methods import LinkOptions
from radiusd.cli.trying.tried import LOOK_UP_SECONDS, Tried
from radiusd.directories import Down, Missing, ldap_messages
from radiusd.directories.ldap_connection import Lost, Tls, address_of
from radiusd.directories.ldap_entries import NAMED_BY
from radiusd.directories.ldap_messages import BadFilter
from radiusd.directories.ldap_options import LdapOptions
from radiusd.directories.ldap_refusals import told
from radiusd.directories.ldap_server import Server
from radiusd.directories.ldap_service_account import ServiceAccount
from radiusd.model.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.models.options import TypedOptions
    from config.settings import Settings
    from radiusd.directories import Directory
    from radiusd.directories.ldap_messages import Found

SIZE_LIMIT = 4  # of RFC 4511: there are more than were asked for
MANAGER_ELSEWHERE = "The global catalogue (ldaps://...:3269 in `urls`) has the managers of all domains; else `default_recipient` is asked."
# By a part of the cause, the first that fits.
WHAT_TO_DO = (
    ("`unique_id`", "Leave `unique_id` out, or name an attribute that each user has once and that `bind_dn` may read."),
    ("more groups than", "Narrow `group_base_dn`, or set `nested_groups: none` if rules name direct groups alone."),
    ("noSuchObject", "Is `group_base_dn` spelled as in the directory, and may `bind_dn` read it?"),
    ("without TLS", "Is the server's port for TLS open? ldaps:// is mostly 636; `start_tls: true` is ldap:// at 389."),
    ("data 52e", "Are `bind_dn` and `bind_password` right? Each try counts against the account."),
    ("data 775", "Unlock the account, and look for whatever else tries an old password of it."),
    ("data 532", "Give the account a new password, one that does not expire, and write it in `bind_password`."),
    ("data 773", "Give the account a password that need not be changed, and write it in `bind_password`."),
    ("bind_dn is refused", "Are `bind_dn` and `bind_password` right, and is the account neither locked nor expired?"),
    ("base_dn can not be read", "Is `base_dn` spelled as in the directory, and may `bind_dn` read it?"),
    ("certificate", "Is the name in `urls` that of the certificate, and its authority in `ca_file`?"),
    ("TLS", "Does it speak TLS at this port? ldaps:// is mostly 636; ldap:// with `start_tls: true` is 389."),
    ("Name or service", "Is the host in `urls` spelled right, and does the DNS of this machine know it?"),
    ("nothing listens", "Is the port in `urls` right, and does the server run?"),
    ("", "Is the host in `urls` right, and does a firewall stand between?"),
)


async def servers_and_managers(
    settings: Settings, name: str, options: TypedOptions, directory: Directory
) -> list[Tried]:
    """Each server by itself: that the second is dead is not seen while the first one lives."""
    if not isinstance(options, LdapOptions):
        return []
    tls = Tls(options.ca_file)
    account = ServiceAccount(options)
    addresses = [address_of(url, start_tls=options.start_tls) for url in options.urls]
    servers = [Server(name, address, tls, options, account) for address in addresses]
    for server in servers:
        server.start()
    try:
        answers = await asyncio.gather(*(_asked(server, options) for server in servers))
        results = [
            Tried(f"directory {name}, {server.url}", answer, _advice(answer)) if isinstance(answer, str)
            else Tried(f"directory {name}, {server.url}")
            for server, answer in zip(servers, answers, strict=True)
        ]  # fmt: skip
        for server, answer in zip(servers, answers, strict=True):
            if not isinstance(answer, str):
                results.append(_has_users(name, answer))
                if answer:
                    results.append(await _user(name, options, directory, answer[0]))
                if answer and _asks_managers(settings, name) and options.attributes.manager:
                    results.append(await _manager(name, server, options, directory))
                break
    finally:
        await asyncio.gather(*(server.close() for server in servers))
    return results


def _advice(cause: str) -> str:
    return next(advice for part, advice in WHAT_TO_DO if part in cause)


async def _asked(server: Server, options: LdapOptions, narrower: str = "") -> Sequence[Found] | str:
    """One user whom `user_filter` can find, with name and the DN of the manager; or why there is no answer."""
    until = asyncio.get_running_loop().time() + min(LOOK_UP_SECONDS, options.timeout.total_seconds() + 5.0)
    search_filter = options.user_filter.replace("{username}", "*")
    wanted = [
        *([options.attributes.manager] if options.attributes.manager else []),
        *NAMED_BY.findall(options.user_filter),
    ]
    try:
        operation = ldap_messages.search(
            options.base_dn,
            f"(&{search_filter}{narrower})" if narrower else search_filter,
            wanted,
            size=1,
            seconds=math.ceil(options.timeout.total_seconds()),
        )
        answer = await server.search(operation, until)
    except BadFilter as error:
        return f"`user_filter` can not be used: {error}"
    except Lost as lost:
        return lost.cause
    except TimeoutError:
        return "no answer in time"
    return answer.found if answer.code in {0, SIZE_LIMIT} else f"it answers {told(answer)}"


def _has_users(name: str, found: Sequence[Found]) -> Tried:
    what = f"directory {name}, its users"
    if found:
        return Tried(what)
    advice = (
        "Is the attribute in `user_filter` right (Active Directory: sAMAccountName, others mostly uid), and `base_dn`?"
    )
    return Tried(what, "`user_filter` finds nobody below `base_dn`", advice)


async def _user(name: str, options: LdapOptions, directory: Directory, found: Found) -> Tried:
    """Whether somebody who was found can be looked up as a sign-in would: by name, with unique id and groups."""
    what = f"directory {name}, a user"
    attribute = next(iter(NAMED_BY.findall(options.user_filter)), "")
    names = found.attributes.get(attribute.lower(), [])
    if not names:
        return Tried(what, note="not tried: `user_filter` compares no attribute with the whole name")
    typed = names[0].decode("utf-8", "replace")
    entry = await directory.find(typed, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
    if isinstance(entry, Down):
        return Tried(what, f"{found.dn} can not be read, so nobody can sign in: {entry.cause}", _advice(entry.cause))
    if entry is None:
        advice = "Has the directory the name twice, or do `user_names` take a part of it away?"
        return Tried(what, f"{found.dn} is not found by its own name, {typed}", advice)
    return Tried(what)


def _asks_managers(settings: Settings, directory: str) -> bool:
    return any(
        directory in profile.directories and {"manager", "managers_manager"} & {*profile.approvers}
        for profile in settings.profiles.values()
        if isinstance(profile, LinkOptions) and profile.is_for_others
    )


async def _manager(name: str, server: Server, options: LdapOptions, directory: Directory) -> Tried:
    """Whether the entry of somebody's manager can be read, and has where to send to."""
    attribute = options.attributes.manager or ""
    what = f"directory {name}, a manager"
    found = await _asked(server, options, f"({attribute}=*)")
    if isinstance(found, str):
        return Tried(what, found, _advice(found))
    dns = found[0].attributes.get(attribute.lower(), []) if found else []
    if not dns:
        advice = f"May `bind_dn` read `{attribute}`, or has `attributes.manager` another name here?"
        return Tried(what, f"no user has a `{attribute}`", advice)
    dn = dns[0].decode("utf-8", "replace")
    entry = await directory.manager(
        Entry(name, "", "", manager=dn), asyncio.get_running_loop().time() + LOOK_UP_SECONDS
    )
    if isinstance(entry, Down):
        return Tried(what, entry.cause, _advice(entry.cause))
    if isinstance(entry, Missing):
        elsewhere = "another domain" in entry.reason
        return Tried(what, entry.reason, MANAGER_ELSEWHERE if elsewhere else "May `bind_dn` read that entry?")
    if entry is None:
        return Tried(what, f"{dn} is named as a manager and not found", "May `bind_dn` read that entry?")
    if not entry.enabled:
        return Tried(what, f"the account of {dn} is disabled", "Name somebody else as the manager of their users.")
    if not entry.mail and not entry.mobile:
        advice = "May `bind_dn` read them? `attributes.mail` and `attributes.mobile` say what they are called."
        return Tried(what, f"{dn} has neither an address nor a number", advice)
    return Tried(what)
