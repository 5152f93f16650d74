"""Password hashes of other systems, verified as they are until the next successful sign-in replaces them.

None is ever made here. Known are those of argon2, bcrypt, crypt as Unix has it, the digests of LDAP servers, Windows'
own, and PBKDF2 as Django writes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import NamedTuple

from radiusd.passwords import system_crypt

UNDERSTOOD = (
    "$argon2id$ $argon2i$ $argon2d$, bcrypt ($2a$ $2b$ $2y$), crypt ($6$ $5$ $1$, and $y$ $gy$ where the system has them), "
    "{SSHA} {SSHA256} {SSHA384} {SSHA512} {SHA} {SHA256} {SHA384} {SHA512} {SMD5} {MD5} {NT} $NT$, "
    "pbkdf2_sha256$ pbkdf2_sha1$"
)
# Whoever signs in waits for the hash, and so do those behind: at most 1 to 3 s of a core.
MOST_CRYPT_ROUNDS = 1_000_000
MOST_PBKDF2_ROUNDS = 5_000_000
MOST_BCRYPT_COST = 14
MOST_YESCRYPT = 14  # 64 MiB; what Debian makes is 12
MOST_ARGON2 = 4 * 2**20  # KiB times passes
BCRYPT_OCTETS = 72  # of a password; every implementation of bcrypt ignores the rest
LDAP = {
    "SHA": ("sha1", 20),
    "SHA256": ("sha256", 32),
    "SHA384": ("sha384", 48),
    "SHA512": ("sha512", 64),
    "MD5": ("md5", 16),
}
CRYPT_CHARACTERS = r"[./A-Za-z0-9]"
CRYPT_ORDER = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# What other systems put before a hash that tells by itself what it is.
_WRAPPINGS = re.compile(r"\{(?:CRYPT|BCRYPT|ARGON2)\}(?=\$)|argon2(?=\$argon2)|bcrypt\$(?=\$2)", re.IGNORECASE)
_OTHER_NT = re.compile(r"\A\$NT\$(?=[0-9a-f]{32}\Z)", re.IGNORECASE)  # as password crackers write it
# A scheme in braces, also where the rest was cut, or between dollars, and digests in hexadecimal.
_MEANT_AS_ONE = re.compile(
    r"(?i:\{(?:S?SHA\d*|S?MD5|NT|CRYPT|BCRYPT|ARGON2\w*|PBKDF2[\w-]*)\}).*|\{[A-Za-z0-9-]{2,}\}.{16,}|\$[A-Za-z0-9_,=-]{1,16}\$.{8,}|[a-z0-9_]{3,}\$.*\$.{16,}"
    r"|[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}",
    re.DOTALL,
)


class HashError(Exception):
    """A text that can not be a user's hash; the sentence never shows it."""


class Scheme(NamedTuple):
    """`shape` matches a whole hash; what it costs to verify, in the unit of `most`, is refused above that."""

    shape: re.Pattern[str]
    verify: Callable[[re.Match[str], bytes], bool]
    cost: Callable[[re.Match[str]], int]
    most: int


def stored_form(text: str) -> str:
    """The hash as it is kept, without what other systems wrap it in. Raises HashError."""
    bare = _OTHER_NT.sub("{NT}", _WRAPPINGS.sub("", text.strip(), count=1))
    for scheme in SCHEMES:
        match = scheme.shape.fullmatch(bare)
        if match is None:
            continue
        if scheme.verify is _ldap and _digest_and_salt(match) is None:
            raise HashError(f"the text after {{{match['scheme']}}} is no such digest; was it cut?")
        if scheme.verify is _yescrypt and not system_crypt.knows(match["scheme"]):
            raise HashError(
                f"${match['scheme']}$ needs the system's libcrypt.so.1, which is not here or does not know it; install it, "
                "or give the user a new password"
            )
        if scheme.cost(match) > scheme.most:
            raise HashError("the hash takes longer than a sign-in can wait; give the user a new password")
        return bare
    if re.fullmatch(r"[0-9a-fA-F]{32}", bare):
        raise HashError(
            "32 hexadecimal digits may be a hash of Windows, or MD5: where it is of Windows write {NT} before it, or "
            "call its column nt_password"
        )
    raise HashError(f"this is no hash of a known format; known are {UNDERSTOOD}")


def is_meant_as_one(text: str) -> bool:
    """Whether it is rather a hash, of a known format or not, than a password."""
    return _MEANT_AS_ONE.fullmatch(text) is not None


def is_of_windows(stored: str) -> bool:
    """Whether it is an NT hash: who has read it can use it as the password, with Windows and MS-CHAP."""
    return stored.upper().startswith("{NT}")


def is_not_known_here(stored: str) -> bool:
    """Whether this system lacks what verifies the hash."""
    return any(stored.startswith(f"${name}$") and not system_crypt.knows(name) for name in system_crypt.SALTS)


def verify(stored: str, password: bytes) -> bool:
    """Whether the hash is this password's; no argon2 one, which is radiusd.hashing's. A text that is no hash is nobody's."""
    if b"\0" in password:  # crypt ends a password there, bcrypt takes two for one
        return False
    for scheme in SCHEMES:
        match = scheme.shape.fullmatch(stored)
        if match is not None:
            return scheme.verify(match, password)
    return False


def _not_here(_match: re.Match[str], _password: bytes) -> bool:
    return False


def _bcrypt(match: re.Match[str], password: bytes) -> bool:
    import bcrypt

    return bcrypt.checkpw(password[:BCRYPT_OCTETS], match[0].encode())


def _crypt(match: re.Match[str], password: bytes) -> bool:
    from passlib.handlers.md5_crypt import md5_crypt
    from passlib.handlers.sha2_crypt import sha256_crypt, sha512_crypt

    scheme = {"1": md5_crypt, "5": sha256_crypt, "6": sha512_crypt}[match["scheme"]]
    return bool(scheme.verify(password, match[0]))


def _yescrypt(match: re.Match[str], password: bytes) -> bool:
    return system_crypt.verify(match[0], password)


def _nt(match: re.Match[str], password: bytes) -> bool:
    from passlib.handlers.windows import nthash

    try:
        return bool(nthash.verify(password.decode(), match["octets"].lower()))
    except UnicodeDecodeError:  # Windows hashes characters
        return False


def _ldap(match: re.Match[str], password: bytes) -> bool:
    parts = _digest_and_salt(match)
    if parts is None:
        return False
    digest, salt = parts
    algorithm, _length = LDAP[match["digest"].upper()]
    return hmac.compare_digest(hashlib.new(algorithm, password + salt).digest(), digest)


def _digest_and_salt(match: re.Match[str]) -> tuple[bytes, bytes] | None:
    try:
        octets = base64.b64decode(match["octets"], validate=True)
    except binascii.Error:
        return None
    _algorithm, length = LDAP[match["digest"].upper()]
    digest, salt = octets[:length], octets[length:]
    return (digest, salt) if len(digest) == length and bool(salt) == bool(match["salted"]) else None


def _pbkdf2(match: re.Match[str], password: bytes) -> bool:
    made = hashlib.pbkdf2_hmac(match["digest"], password, match["salt"].encode(), int(match["rounds"]))
    return hmac.compare_digest(base64.b64encode(made).decode(), match["octets"])


def _rounds(match: re.Match[str]) -> int:
    return int(match["rounds"] or 0)  # left out: crypt's 5,000


def _nothing(_match: re.Match[str]) -> int:
    return 0


def _sha_crypt(number: str, length: int) -> Scheme:
    shape = rf"\$(?P<scheme>{number})\$(?:rounds=(?P<rounds>[1-9]\d{{3,8}})\$)?{CRYPT_CHARACTERS}{{0,16}}\$"
    return Scheme(re.compile(rf"{shape}{CRYPT_CHARACTERS}{{{length}}}"), _crypt, _rounds, MOST_CRYPT_ROUNDS)


def _yescrypt_cost(match: re.Match[str]) -> int:
    """Of memory, as a power of two of blocks of 4 KiB; of 1 KiB at the two least costs that crypt(5) names."""
    return CRYPT_ORDER.index(match["rounds"]) + 1


SCHEMES = (
    Scheme(
        re.compile(
            r"\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=(?P<memory>\d{1,9}),t=(?P<passes>\d{1,9}),p=\d{1,3}"
            r"\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}"
        ),
        _not_here,
        lambda match: int(match["memory"]) * int(match["passes"]),
        MOST_ARGON2,
    ),
    Scheme(
        re.compile(
            rf"\$2[aby]\$(?P<rounds>0[4-9]|[12]\d|3[01])\${CRYPT_CHARACTERS}{{21}}[.Oeu]{CRYPT_CHARACTERS}{{31}}"
        ),
        _bcrypt,
        _rounds,
        MOST_BCRYPT_COST,
    ),
    _sha_crypt("6", 86),
    _sha_crypt("5", 43),
    Scheme(re.compile(rf"\$(?P<scheme>1)\${CRYPT_CHARACTERS}{{0,8}}\${CRYPT_CHARACTERS}{{22}}"), _crypt, _nothing, 0),
    Scheme(
        re.compile(
            rf"\$(?P<scheme>g?y)\$j(?P<rounds>{CRYPT_CHARACTERS})[5T]\${CRYPT_CHARACTERS}{{0,86}}\${CRYPT_CHARACTERS}{{43}}"
        ),
        _yescrypt,
        _yescrypt_cost,
        MOST_YESCRYPT,
    ),
    Scheme(re.compile(r"\{NT\}(?P<octets>[0-9a-f]{32})", re.IGNORECASE), _nt, _nothing, 0),
    Scheme(
        re.compile(
            r"\{(?P<scheme>(?P<salted>S?)(?P<digest>SHA(?:256|384|512)?|MD5))\}(?P<octets>[A-Za-z0-9+/]+=*)",
            re.IGNORECASE,
        ),
        _ldap,
        _nothing,
        0,
    ),
    Scheme(
        re.compile(
            r"pbkdf2_(?P<digest>sha256|sha1)\$(?P<rounds>[1-9]\d{0,8})\$(?P<salt>[^$]+)\$(?P<octets>[A-Za-z0-9+/]+=*)"
        ),
        _pbkdf2,
        _rounds,
        MOST_PBKDF2_ROUNDS,
    ),
)
