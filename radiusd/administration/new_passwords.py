"""Passwords that users are to get: judged by radius.yaml, or made. Whoever asked hashes them, as it may wait or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from radiusd.administration.faults import Invalid
from radiusd.passwords.opaque import NotAllowed, enforced
from radiusd.rules import passwords

if TYPE_CHECKING:
    from config.settings import Settings

RANDOM_LENGTH = 16  # letters of 5 bits


def judged(settings: Settings, password: str, words: Iterable[str]) -> str | None:
    """What to say although the password is taken; `words` are the user's own names and addresses.

    Raises Invalid where `security.passwords` refuses it.
    """
    try:
        password = enforced(password)
    except NotAllowed:
        raise Invalid("the password has a character that cannot be seen or is not assigned (RFC 8265)") from None
    rules = settings.security.passwords
    refused, warned = passwords.fault(password, rules.min_length, rules.common, words)
    if refused is not None:
        raise Invalid(f"{refused} (security.passwords in radius.yaml)")
    return warned


def random(settings: Settings) -> str:
    """One that nobody has chosen, to be handed out."""
    return passwords.word(max(RANDOM_LENGTH, settings.security.passwords.min_length))
