"""The options of `type: local`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from config.faults import instead
from config.models.options import DirectoryOptions
from config.models.rules import expression_of
from radiusd.directories.expiry_notices import ExpiryNotices

ATTRIBUTES = (
    "username",
    "group_name",
    "email",
    "mobile",
    "first_name",
    "last_name",
    "description",
    "sponsor_name",
    "sponsor_email",
    "sponsor_phone",
)
"""What rules may ask of a local user (D20)."""
PHONES = ("mobile", "sponsor_phone")
MAILS = ("email", "sponsor_email")


class LocalOptions(DirectoryOptions):
    """Where its users are is said by `database`."""

    alone: ClassVar[bool] = True  # all local users are in one database

    type: Literal["local"]
    expiry_notices: ExpiryNotices | None = Field(
        None, description="Mails to users, and their sponsors, before an account ends. Left out: none are sent."
    )

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {} if self.expiry_notices is None else {"mail_servers": self.expiry_notices.mail_servers}

    def attribute_fault(self, attribute: str, /) -> str | None:
        return (
            None
            if attribute in ATTRIBUTES
            else f"local users have no attribute `{attribute}`{instead(attribute, ATTRIBUTES)}"
        )

    def value_advice(self, attribute: str, value: str, /) -> str | None:
        if attribute == "group_name" and re.match(r"(?i)(cn|ou)=", value):
            name = re.split(r"[=,]", value)[1]
            return f"groups of local users are names alone, so `{value}` matches nobody; write `{name}`"
        if expression_of(value) is not None or "*" in value:
            return None
        if attribute in MAILS and "@" not in value:
            return f"a value is compared with the whole address, so `{value}` matches nobody; write `*@{value.lstrip('@')}`"
        if attribute in PHONES and not re.fullmatch(r"\+[0-9]+", value):
            return f"numbers are kept as +905554443322, so `{value}` matches nobody; write it so"
        return None
