"""What an administrator asks for and cannot have. Whoever asked is told in words; nothing was changed."""

from __future__ import annotations


class Refused(Exception):
    """Its text is a sentence without a full stop, for whoever asked."""


class Invalid(Refused):
    """What was given cannot be, whatever the database has. `sentences` are all that is wrong with it."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


class Missing(Refused):
    """Nothing of that name or number is there."""


class Conflict(Refused):
    """What is there stands against it."""
