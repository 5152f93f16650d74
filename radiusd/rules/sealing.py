"""Texts that the database keeps and nobody may read there: sealed under the keys of `key_file` (AES-256-GCM).

A sealed text is `KEY.OCTETS`: the id of its key, and nonce and ciphertext in base64. What it belongs to is
authenticated with it, so that one that was put into another row can not be opened there.
"""

from __future__ import annotations

import hashlib
import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # octets; random ones are good for 2**32 texts under one key (NIST SP 800-38D section 8.3)
ID = 4


class NotOpened(Exception):
    """A sealed text can not be read; the text of this says why, and has nothing of it."""


class KeyIsMissing(NotOpened):
    """It was sealed under a key that is not in `key_file` any more."""

    def __init__(self, key: str) -> None:
        super().__init__(f"it was sealed under the key {key}, which is not in key_file any more")
        self.key = key


class Damaged(NotOpened):
    """It is not what was sealed for this place."""

    def __init__(self) -> None:
        super().__init__("it is damaged, or was sealed for something else")


class Sealing:
    """Seals and opens. From any thread."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` have 32 octets each; the first seals, all open."""
        self._keys = {id_of(key): AESGCM(key) for key in keys}
        self.current = id_of(keys[0])

    def seal(self, octets: bytes, belongs_to: str) -> str:
        """The octets, sealed for what they belong to."""
        nonce = os.urandom(NONCE)
        made = self._keys[self.current].encrypt(nonce, octets, belongs_to.encode())
        return f"{self.current}.{b2a_base64(nonce + made, newline=False).decode()}"

    def open(self, sealed: str, belongs_to: str) -> bytes:
        """What was sealed. Raises KeyIsMissing, Damaged."""
        name, _, text = sealed.partition(".")
        key = self._keys.get(name)
        if key is None:
            raise KeyIsMissing(name)
        try:
            octets = a2b_base64(text, strict_mode=True)
            return key.decrypt(octets[:NONCE], octets[NONCE:], belongs_to.encode())
        except (InvalidTag, ValueError):
            raise Damaged from None

    def is_current(self, sealed: str) -> bool:
        """Whether it is sealed under the key that seals now."""
        return key_of(sealed) == self.current

    def has(self, key: str) -> bool:
        """Whether texts that were sealed under the key of that id can be opened."""
        return key in self._keys


def id_of(key: bytes) -> str:
    """By what a sealed text knows its key; nothing of the key follows from it."""
    return hashlib.blake2b(key=key, person=b"sealing key id", digest_size=ID).hexdigest()


def key_of(sealed: str) -> str:
    """The id of the key that it was sealed under."""
    return sealed.partition(".")[0]
