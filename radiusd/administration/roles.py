"""Who may do what on the pages: by the rules of radius.yaml, of what a directory says of a person now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

from config.models.options import PASSWORD
from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition


class Role(Enum):
    """What somebody is to the pages; the first has all that the others have."""

    ADMINISTRATOR = "administrator"
    HELP_DESK = "help_desk"
    AUDITOR = "auditor"

    @property
    def may_act(self) -> bool:
        """Whether they may change anything; an auditor reads."""
        return self is not Role.AUDITOR


class Roles:
    """The rules of every role. Whom several match has the first in the order of Role."""

    def __init__(self, rules: Mapping[Role, Sequence[Condition]]) -> None:
        self._rules = rules

    def of(self, entry: Entry) -> Role | None:
        """The person's role, None for nobody's."""
        return next((role for role in Role if any(rule.matches(entry) for rule in self._rules.get(role, ()))), None)


def is_proved_twice(proved: Collection[str], seconds: Collection[str]) -> bool:
    """Whether a password was proved and one of the second factors too: a role is for nobody else (D19)."""
    return PASSWORD in proved and any(each in seconds for each in proved)
