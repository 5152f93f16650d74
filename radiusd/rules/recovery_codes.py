"""Recovery codes: what lets somebody in once whose authenticator app is lost. Pure but for the making."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from radiusd.rules import chance
from radiusd.rules.codes import DASHES, DOT_ABOVE, LONGEST

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: 5 bits a letter
LENGTH = 10
HALF = LENGTH // 2
READ_AS = str.maketrans("oil", "011")
APPENDED = re.compile(rf"[0-9a-zA-Z]{{{HALF}}}-[0-9a-zA-Z]{{{HALF}}}\Z")


def new_codes(number: int) -> tuple[str, ...]:
    """So many, as people read them: `7k3qx-9mb2t`."""
    return tuple(shown(chance.letters(ALPHABET, LENGTH)) for _ in range(number))


def shown(code: str) -> str:
    return f"{code[:HALF]}-{code[HALF:]}"


def typed(answer: str) -> str:
    """The letters of a recovery code, however it was typed; "" where it is none."""
    if len(answer) > LONGEST:
        return ""
    small = answer.casefold().replace(DOT_ABOVE, "").replace("\u0131", "i")
    letters = "".join(letter for letter in small if not letter.isspace() and letter not in DASHES).translate(READ_AS)
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else ""


def behind(password: str) -> tuple[str, str] | None:
    """Password and code that were typed as one; None where no code is behind it. There it must have its dash."""
    found = APPENDED.search(password)
    return None if found is None or not found.start() else (password[: found.start()], found[0])


def digest(key: bytes, directory: str, unique_id: str, code: str) -> str:
    """Keyed, and of this user alone; of a code as `typed` gives it."""
    text = f"{directory}\0{unique_id}\0{code}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=key, person=b"recovery code", digest_size=16).hexdigest()


def digests(keys: Sequence[bytes], directory: str, unique_id: str, code: str) -> tuple[str, ...]:
    """The same under each key: it was made with one of them."""
    return tuple(digest(key, directory, unique_id, code) for key in keys)
