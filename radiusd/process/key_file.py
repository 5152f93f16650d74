"""`key_file`: the keys that digests and encryption hang on, one a line, the one for new ones first."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from radiusd.rules.sealing import Sealing
from store import Store, meta

OCTETS = 32
RESTORE = "restore it from a backup, or begin with an empty database: codes, links and approvals that were made before hang on it"


class KeyFileError(Exception):
    """The file can not be used; its text says why, without a part of it."""


class WrongKey(Exception):
    """The file is not the one that the database's digests were made with."""


def keys(path: Path) -> tuple[bytes, ...]:
    """The keys of the file. Raises KeyFileError."""
    try:
        if path.exists() and not path.is_file():
            raise KeyFileError(f"{path} is no file")
        lines = path.read_text("ascii").split()
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} is not a key file of radiusd") from None
    except FileNotFoundError:
        raise KeyFileError(f"{path} is gone, and the database was made with it; {RESTORE}") from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    if not lines:
        raise KeyFileError(f"{path} is empty; restore it from a backup, or remove it to begin with a new key")
    return tuple(_key(line, number, path) for number, line in enumerate(lines, 1))


def derived(keys: Sequence[bytes], purpose: bytes) -> tuple[bytes, ...]:
    """The keys for one purpose, of those in `key_file`: the first is for what is made now."""
    return tuple(hashlib.blake2b(key=key, person=purpose, digest_size=32).digest() for key in keys)


def sealing(keys: Sequence[bytes]) -> Sealing:
    """What seals texts for the database, and opens those that were sealed under any of these keys of `key_file`."""
    return Sealing(derived(keys, b"sealed texts"))


def ids(found: Sequence[bytes]) -> list[str]:
    """By what a database knows its keys, the first for what is made now."""
    return [key.hex()[:32] for key in derived(found, b"key id")]


def check(store: Store, found: Sequence[bytes], path: Path) -> None:
    """Raises WrongKey where the database's digests were made with others than these keys of the file."""
    known = ids(found)
    if not store.write_now(lambda connection: meta.check_key(connection, known)):
        raise WrongKey(f"{path} is not the key file of this database; {RESTORE}")


def made(path: Path) -> bool:
    """Makes the file with one random key, for its owner alone, where there is none. Raises KeyFileError."""
    text = base64.urlsafe_b64encode(secrets.token_bytes(OCTETS)).decode()
    return write_once(path, text + "\n")


def write_once(path: Path, text: str) -> bool:
    """Writes a file for its owner alone; False where it exists, which is then left as it is. Raises KeyFileError."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyFileError(f"{path} cannot be made: {error.strerror}") from None
    with os.fdopen(file, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return True


def _key(line: str, number: int, path: Path) -> bytes:
    try:
        key = base64.urlsafe_b64decode(line + "=" * (-len(line) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != OCTETS:
        raise KeyFileError(f"{path}:{number}: this is not a key of {OCTETS} octets")
    return key
