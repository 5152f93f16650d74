"""Whether all that a server is made of can be made of a configuration: for `check`, and before a start or a reload.

What the models take and a part does not is a bug of ours; it is told where it is written, and ends no server.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from config.settings import Settings
from radiusd.delivery import MAIL_KINDS, SMS_KINDS
from radiusd.delivery.outbox import Outbox
from radiusd.directories import Directory
from radiusd.enrollment.enrolled import Enrolled
from radiusd.metrics import Counts
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process import resealing
from radiusd.process.building import Directories, application_of, clients_of, dictionary_of
from radiusd.process.key_file import RESTORE, KeyFileError, ids, keys, sealing
from radiusd.process.tools import tools_of
from radiusd.radius.learning import Learning
from store import Store, authenticators, meta

Where = tuple[str, ...]
KEYS = (bytes(32),)  # the file need not be there yet


def not_made(settings: Settings) -> Iterator[tuple[Where, str]]:
    """The path in radius.yaml of each part that can not be made, and what is told of it. Nothing is opened or begun."""
    yield from _key(settings)
    store, hashes = Store.of_nothing(), HashQueue(1)
    try:
        made: dict[str, Directory] = {}
        for where, make in _senders_and_clients(settings):
            yield from _tried(where, make)
        directories = Directories(store, hashes, demo=False)
        for name in settings.directories:
            yield from _tried(("directories", name), partial(_directory, made, directories, settings, name))
        if len(made) == len(settings.directories):  # what stands on them is not told as well
            for name in settings.applications:
                make = partial(_application, settings, name, store, made)
                yield from _tried(("applications", name), make)
    finally:
        hashes.close()


def _key(settings: Settings) -> Iterator[tuple[Where, str]]:
    """A key that is lost, or another one than that of the database, as far as that can be read without opening it."""
    database, file = settings.database_file, settings.key_file
    recorded = meta.key_id_in(database) if database is not None and database.is_file() else None
    if recorded is None and not file.exists():
        return  # the first start makes it
    try:
        found = keys(file)
    except KeyFileError as error:
        yield ("key_file",), str(error)
        return
    if recorded is not None and recorded not in ids(found):
        yield ("key_file",), f"{file} is not the key file of {database}; {RESTORE}"
    elif database is not None:
        lacking = resealing.missing(authenticators.sealed_in(database), sealing(found))
        if lacking:
            yield ("key_file",), resealing.told_of(lacking, file)


def _senders_and_clients(settings: Settings) -> Iterator[tuple[Where, Callable[[], object]]]:
    outbox = Outbox()
    for section, senders, kinds in (
        ("mail_servers", settings.mail_servers, MAIL_KINDS),
        ("sms_gateways", settings.sms_gateways, SMS_KINDS),
    ):
        for name, options in senders.items():
            if kinds[options.type].active:
                yield (section, name), partial(kinds[options.type].make, name, options, outbox)
    dictionary = dictionary_of(settings)
    for name, client in settings.clients.items():
        alone = settings.model_copy(update={"clients": {name: client}})
        yield ("clients", name), partial(clients_of, alone, dictionary, Counts(), frozenset(), Learning())


def _directory(made: dict[str, Directory], directories: Directories, settings: Settings, name: str) -> None:
    made[name] = directories.one(settings, name)


def _application(settings: Settings, name: str, store: Store, directories: dict[str, Directory]) -> object:
    return application_of(
        settings, name, tools_of(settings, store, directories, KEYS, Enrolled(store)), dictionary_of(settings)
    )


def _tried(where: Where, make: Callable[[], object]) -> Iterator[tuple[Where, str]]:
    try:
        make()
    except Exception as error:  # noqa: BLE001 - whatever it is, it would end a start or a reload
        # Not the error's own text: it may have a secret in it.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
        yield where, f"`{where[-1]}` can not be made, though it should ({at}); write it otherwise, and please report it"
