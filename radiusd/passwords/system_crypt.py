"""The system's crypt(3), for yescrypt and gost-yescrypt: no library of Python's verifies what Debian and others, or ALT
and Astra, write into /etc/shadow.

`crypt` of Python's library is gone in 3.13. libxcrypt's crypt_rn takes memory of its own for each call, so that threads
do not meet; ctypes lets others run meanwhile. Source: crypt(3) of libxcrypt.
"""

from __future__ import annotations

import ctypes
import hmac
from functools import cache

SALTS = {"y": b"$y$j75$saltsalt$", "gy": b"$gy$j75$saltsalt$"}  # by the name between dollars, of the least cost
LIBRARY = "libcrypt.so.1"
WORK_OCTETS = 32768  # sizeof(struct crypt_data), the same in all releases with that name


@cache
def knows(scheme: str) -> bool:
    """Whether the library is here and knows it: `y` or `gy`."""
    return _crypt(b"", SALTS[scheme]) is not None


def verify(stored: str, password: bytes) -> bool:
    """Whether the hash is this password's; False too where the library is not here."""
    made = _crypt(password, stored.encode())
    return made is not None and hmac.compare_digest(made, stored.encode())


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
        library.crypt_rn.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
        library.crypt_rn.restype = ctypes.c_char_p
    except (OSError, AttributeError):
        return None
    return library


def _crypt(password: bytes, setting: bytes) -> bytes | None:
    library = _library()
    if library is None:
        return None
    work = ctypes.create_string_buffer(WORK_OCTETS)
    made: bytes | None = library.crypt_rn(password, setting, work, WORK_OCTETS)
    ctypes.memset(work, 0, WORK_OCTETS)
    return made
