"""`radiusd check --live`: what only trying can tell. Nothing is sent to anybody, and all of it ends in seconds."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import structlog

from radiusd.cli.trying.directories import servers_and_managers
from radiusd.cli.trying.links import links
from radiusd.cli.trying.local_users import local_users
from radiusd.cli.trying.senders import mail_servers, sms_gateways
from radiusd.cli.trying.tried import LOOK_UP_SECONDS, Tried
from radiusd.cli.trying.users import what_users_lack
from radiusd.directories import Down
from radiusd.process import pidfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.models.values import Listener
    from config.settings import Settings
    from radiusd.directories import Directory
    from store import Store

UDP_KEYS = ("authentication", "accounting")
TCP_KEYS = ("radsec", "web", "internal", "health")
NOBODY = "radiusd-check"  # looked up in each directory: it must answer, not know


async def tried(settings: Settings) -> list[Tried]:
    """Each thing that was tried, in the order of radius.yaml."""
    # What the parts log while they are tried is told here in better words.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    is_running = _is_running(settings)
    found = await asyncio.gather(
        _database(settings),
        mail_servers(settings),
        sms_gateways(settings),
        links(settings, is_running=is_running),
    )
    return [
        *_listeners(settings, is_running=is_running),
        *_certificate(settings),
        *(each for group in found for each in group),
    ]


def _is_running(settings: Settings) -> bool:
    try:
        return pidfile.running(pidfile.path_of(settings.database, settings.key_file, settings.path)) is not None
    except PermissionError:
        return False


def _listeners(settings: Settings, *, is_running: bool) -> Iterator[Tried]:
    for keys, kind in ((UDP_KEYS, socket.SOCK_DGRAM), (TCP_KEYS, socket.SOCK_STREAM)):
        for key in keys:
            for listener in getattr(settings.listen, key):
                what, error = f"listen.{key} {listener}", _bind(listener, kind)
                if error == errno.EADDRINUSE and is_running:
                    yield Tried(what, note="the running server of this configuration has it")
                else:
                    yield Tried(what, *(_of_bind(error, key, listener, kind) if error else ("", "")))


def _bind(listener: Listener, kind: socket.SocketKind) -> int:
    """The errno of what fails, 0 where nothing does."""
    family = socket.AF_INET6 if listener.address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((str(listener.address), listener.port))
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _of_bind(error: int, key: str, listener: Listener, kind: socket.SocketKind) -> tuple[str, str]:
    """Cause and advice."""
    if error == errno.EADDRINUSE:
        shows = f"ss -l{'u' if kind is socket.SOCK_DGRAM else 't'}np 'sport = :{listener.port}'"
        return "in use by another program", f"`{shows}` names it; end it, or write another port in `listen.{key}`."
    if error == errno.EADDRNOTAVAIL:
        return (
            "this machine has no such address",
            f"`ip address` shows those it has; write one of them in `listen.{key}`.",
        )
    if error == errno.EACCES:
        return "not allowed", f"Ports below 1024 are for root or CAP_NET_BIND_SERVICE; write another in `listen.{key}`."
    if error == errno.EAFNOSUPPORT:
        return "this machine has no IPv6", f"Remove it from `listen.{key}`."
    return os.strerror(error), f"Mend it, or write another address in `listen.{key}`."


def _certificate(settings: Settings) -> Iterator[Tried]:
    """Whether the files of `tls` can be served with."""
    certificate, key = settings.tls.certificate, settings.tls.key
    if certificate is None or key is None:
        return
    what = f"tls.certificate {certificate}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError:
        yield Tried(
            what, "certificate and key are no pair of PEM", "Write both files as PEM, the key without a password."
        )
    except OSError as error:
        cause = f"{error.filename or 'a file of it'} can not be read: {error.strerror}"
        yield Tried(what, cause, "Let the user that runs radiusd read it.")
    else:
        yield Tried(what)


async def _database(settings: Settings) -> list[Tried]:
    """The database, what it knows that speaks against radius.yaml, and the directories, which want some database."""
    from radiusd.cli.database import directories
    from store import Store, StoreError

    with TemporaryDirectory() as folder:
        missing = _missing_file(settings.database_file)
        # The first start makes it. Until then a passing one stands in.
        url = settings.database if missing is None else f"sqlite:///{folder}/radiusd.db"
        try:
            store = await asyncio.to_thread(Store.open, url, settings.folder)
        except StoreError as error:
            advice = "`database` of radius.yaml names it; the directories were not tried."
            return [Tried("database", str(error), advice)]
        results = [_opened(missing)]
        async with directories(settings, store) as found:
            results += await _known(settings, store) if missing is None else []
            for name, options in settings.directories.items():
                if options.type == "ldap":
                    results += await servers_and_managers(settings, name, options, found[name])
                else:
                    results.append(await _looked_up(name, found[name]))
            results += await what_users_lack(settings, store, found)
    return results


def _opened(missing: Path | None) -> Tried:
    if missing is None:
        return Tried("database")
    what = f"database {missing}, made at the first start"
    if os.access(missing.parent, os.W_OK | os.X_OK):
        return Tried(what)
    return Tried(what, "the folder may not be written", "Give it to the user that runs radiusd.")


async def _looked_up(name: str, directory: Directory) -> Tried:
    answer = await directory.find(NOBODY, asyncio.get_running_loop().time() + LOOK_UP_SECONDS)
    return Tried(f"directory {name}", answer.cause if isinstance(answer, Down) else "")


async def _known(settings: Settings, store: Store) -> list[Tried]:
    """What was learned of the NASes, and users' own addresses, beside what radius.yaml says."""
    from config.models.rules import framed
    from radiusd.administration import users
    from radiusd.nas.advice import needed
    from radiusd.process import resealing
    from store import Unavailable, clients, meta

    replies = [
        reply
        for application in settings.applications.values()
        for reply in (application.reply, *(rule.reply for rule in application.reply_rules))
    ]
    addresses = {address for reply in replies for _key, address in framed(reply)}
    try:
        seen = await store.read(clients.seen)
        holders = await store.read(lambda connection: users.holders(connection, addresses))
        key_id = await store.read(meta.key_id)
        sealed = await store.read(resealing.found)
        everyone = await store.read(users.everyone)
    except Unavailable as gone:
        return [Tried("database", f"it can not be read: {gone.cause}", "`database` of radius.yaml names it.")]
    results = [_key(settings.key_file, key_id)] if key_id is not None else []
    results += _sealed(settings.key_file, sealed) if sealed else []
    for name, client in settings.clients.items():
        waits, need = seen[name].waits.at_most if name in seen else None, needed(settings, client)
        if waits is None:
            continue
        short = f"it was seen to give up after {waits:g}s, and needs {need.seconds:g}s: {need.why}"
        advice = (
            f"Let it wait longer: `radiusd client advice {name} --nas PRODUCT` says how. Or write a shorter `hold`."
        )
        results.append(
            Tried(f"client {name}, how long it waits", *((short, advice) if waits < need.seconds else ("", "")))
        )
    for address, username in sorted(holders.items()):
        cause = f"{username} has it, and a `reply` of radius.yaml gives it to others"
        advice = f"`radiusd user edit {username} --framed-ip-address ADDRESS`, or another address in radius.yaml."
        results.append(Tried(f"Framed-IP-Address {address}", cause, advice))
    return [*results, *local_users(settings, everyone)]


def _sealed(file: Path, sealed: Mapping[str, int]) -> Iterator[Tried]:
    """Whether what is sealed can be opened, and how much is under older lines of the file."""
    from radiusd.process.key_file import KeyFileError, keys, sealing
    from radiusd.process.resealing import missing, told_of

    what = f"key_file {file}, secrets of authenticator apps"
    try:
        sealed_by = sealing(keys(file))
    except KeyFileError:
        return  # told above
    if lacking := missing(sealed, sealed_by):
        yield Tried(what, "a key is missing", f"{told_of(lacking, file)}.")
        return
    older = sum(many for key, many in sealed.items() if key != sealed_by.current)
    note = (
        f"{older} of {sum(sealed.values())} are under older lines: a start of the server seals them anew"
        if older
        else ""
    )
    yield Tried(what, note=note)


def _key(file: Path, key_id: str) -> Tried:
    """Whether the key is the one that the database's digests were made with."""
    from radiusd.process.key_file import KeyFileError, ids, keys

    what = f"key_file {file}"
    try:
        known = ids(keys(file))
    except KeyFileError as error:
        return Tried(what, str(error), "Restore it from a backup: without it nothing that was made before is known.")
    if key_id not in known:
        return Tried(
            what, "it is not the key of this database", "Put the right one back, or begin with an empty database."
        )
    return Tried(what)


def _missing_file(file: Path | None) -> Path | None:
    """The file of an embedded database that is not there yet."""
    return file if file is not None and not file.exists() else None
