"""Files that the configuration is made of and names: whether they are what they must be, and who may read and write them."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from config.checks.draft import Draft
from config.faults import Fault
from config.models.options import keys_of
from config.settings import Settings
from config.yaml.nodes import Key, Leaf, leaves

SECRETS = {"secret", "psk", "password", "bind_password"}
"""Keys whose values are secret."""
MADE = {("key_file",)}
"""What the server makes where it is missing."""


def files_of(model: object, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Path]]:
    """Every file that the settings name, with where; dictionaries are read by whoever knows attributes."""
    if isinstance(model, Path):
        yield path, model
    elif isinstance(model, BaseModel):
        for key, name in keys_of(type(model)).items():
            yield from files_of(getattr(model, name), (*path, key))
    elif isinstance(model, Mapping):
        for key, value in model.items():
            yield from files_of(value, (*path, key))
    elif isinstance(model, tuple) and path != ("dictionaries",):
        for index, value in enumerate(model):
            yield from files_of(value, (*path, index))


def _named(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What is no file, or not there."""
    for path, file in files_of(settings):
        if draft.faulty(*path):
            continue
        try:
            if not stat.S_ISREG(file.stat().st_mode):
                yield draft.value(f"{file} is {'a folder' if file.is_dir() else 'no file'}; write a file's name", *path)
            elif not os.access(file, os.R_OK):
                yield draft.value(f"{file} may not be read by this user", *path)
        except FileNotFoundError:
            if path not in MADE:
                yield draft.value(f"there is no file {file}", *path)
        except OSError as error:
            yield draft.value(f"can not read {file}: {error.strerror}", *path)


def _twice(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """One file for two things, of which one is written."""
    database, key = settings.database_file, settings.key_file
    read = [Path(name) for name in draft.files]
    if database is not None:
        if database.is_dir():
            yield draft.value(f"{database} is a folder; write a file's name behind it", "database")
        elif database.exists() and not database.is_file():
            yield draft.value(f"{database} is no file; write a file's name", "database")
        if database in read:
            yield draft.value(f"{database} is the configuration", "database")
        if database == key:
            yield draft.value(f"{key} is the `database`; write another name", "key_file")
    if key in read:
        yield draft.value(f"{key} is the configuration; write another name", "key_file")


def _certificates(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What is no PEM, or no pair."""
    tls = settings.tls
    for path, file in files_of(settings):
        if path[-1] in {"ca_file", "client_ca"} and file.is_file() and not _loads(file):
            yield draft.value(f"{file} has no certificate in PEM", *path)
    if tls.certificate is not None and tls.key is not None and tls.certificate.is_file() and tls.key.is_file():
        try:
            # Without a password it would be asked for at the terminal.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, lambda: "")
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                told = f"the key is not that of {tls.certificate}: write the two files of one pair"
            else:
                told = "certificate and key are no PEM, or the key has a password: write both as PEM, the key without"
            yield draft.value(told, "tls", "key")
        except OSError:
            return  # who may not read them is told


def _loads(file: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        return False
    except OSError:
        return True  # that it can not be read is told
    return True


def _writable(draft: Draft, settings: Settings) -> Iterator[Fault]:  # noqa: ARG001 - as every check
    """Whoever may write the configuration is obeyed."""
    for name in draft.files:
        if _mode(Path(name)) & stat.S_IWOTH:
            yield Fault(name, 1, 1, f"everybody on this machine may write {name}: chmod o-w {name}")


def _private(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Secrets that everybody on this machine may read."""
    told: set[str] = set()
    for path, leaf in leaves(draft.root):
        if path[-1] not in SECRETS or not isinstance(leaf.value, str):
            continue
        file = _file_of(leaf, draft.folder)
        if file is not None and file not in told and _mode(Path(file)) & stat.S_IROTH:
            told.add(file)
            yield draft.value(f"everybody on this machine may read this secret: chmod o= {file}", *path)
    database = settings.database_file
    for where, private, what in (
        ("key_file", settings.key_file, "the key of all that is kept"),
        ("database", database, "the users' hashes"),
    ):
        if private is not None and _mode(private) & (stat.S_IROTH | stat.S_IWOTH):
            yield draft.key(f"everybody on this machine may read {what}: chmod o= {private}", where)
    if settings.tls.key is not None and _mode(settings.tls.key) & stat.S_IROTH:
        told_of_key = f"everybody on this machine may read this key: chmod o= {settings.tls.key}"
        yield draft.value(told_of_key, "tls", "key")


def _file_of(leaf: Leaf, folder: Path) -> str | None:
    """In which file a secret stands; None for the environment."""
    kind, _, name = leaf.origin.partition(":")
    if kind == "env":
        return None
    return str(folder / name) if kind == "file" else leaf.place.file


def _mode(file: Path) -> int:
    try:
        return file.stat().st_mode
    except OSError:
        return 0


ERRORS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_named, _twice, _certificates, _writable)
WARNINGS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_private,)
