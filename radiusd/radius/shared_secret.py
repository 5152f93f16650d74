"""What hangs on a client's shared secret: authenticators, signatures, hidden passwords (RFC 2865, 2866, 2869)."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import sys
from collections.abc import Callable
from typing import Any

# The interpreter's own MD5 costs half of what OpenSSL's does for one block; from 3.13 on it is the other way round.
md5: Callable[[bytes], Any] = importlib.import_module("_md5").md5 if sys.version_info < (3, 13) else hashlib.md5

ZEROES = bytes(16)
_INNER = bytes(octet ^ 0x36 for octet in range(256))
_OUTER = bytes(octet ^ 0x5C for octet in range(256))


class Keys:
    """What is made of one client's secret: its MD5, and the two key blocks of HMAC-MD5, hashed once."""

    __slots__ = ("_inner", "_md5", "_outer", "_secret")

    def __init__(self, secret: bytes) -> None:
        block = (md5(secret).digest() if len(secret) > 64 else secret).ljust(64, b"\0")
        self._secret = secret
        self._md5 = md5(secret)
        self._inner = md5(block.translate(_INNER))
        self._outer = md5(block.translate(_OUTER))

    def message_authenticator(self, octets: bytes) -> bytes:
        """HMAC-MD5 (RFC 2104) of the octets, in which the attribute's value is zeroes."""
        inner = self._inner.copy()
        inner.update(octets)
        outer = self._outer.copy()
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest

    def mask(self, last: bytes) -> bytes:
        """MD5 of the secret and the block before (RFC 2865 section 5.2)."""
        digest = self._md5.copy()
        digest.update(last)
        mask: bytes = digest.digest()
        return mask

    def unhide(self, hidden: bytes, authenticator: bytes) -> bytes | None:
        """The octets of a User-Password without their padding; None for a size that none can have."""
        size = len(hidden)
        if size == 16:
            mask = self.mask(authenticator)
        elif size < 16 or size > 128 or size & 15:
            return None
        else:
            masks = [self.mask(hidden[at : at + 16]) for at in range(0, size - 16, 16)]
            mask = self.mask(authenticator) + b"".join(masks)
        plain = int.from_bytes(mask, "big") ^ int.from_bytes(hidden, "big")
        return plain.to_bytes(size, "big").rstrip(b"\0")

    def hide(self, password: bytes, authenticator: bytes) -> bytes:
        """A User-Password as a NAS sends it. Raises ValueError beyond 128 octets."""
        if len(password) > 128:
            raise ValueError("a password has at most 128 octets")
        padded = password.ljust(max(16, -(-len(password) // 16) * 16), b"\0")
        hidden, last = b"", authenticator
        for at in range(0, len(padded), 16):
            block = int.from_bytes(self.mask(last), "big") ^ int.from_bytes(padded[at : at + 16], "big")
            last = block.to_bytes(16, "big")
            hidden += last
        return hidden

    def authenticator(self, head: bytes, request_authenticator: bytes, attributes: bytes) -> bytes:
        """The Response Authenticator; of an Accounting-Request with zeroes in the request's place."""
        digest: bytes = md5(head + request_authenticator + attributes + self._secret).digest()
        return digest

    def accounting_genuine(self, datagram: bytes, length: int) -> bool:
        """Whether the Request Authenticator of an Accounting-Request is right (RFC 2866 section 3)."""
        made = self.authenticator(datagram[:4], ZEROES, datagram[20:length])
        return hmac.compare_digest(made, datagram[4:20])
