"""What users lack for the way in that their policy asks for, and what comes of it (S134)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from radiusd.login.applications import Application
from radiusd.model.entry import Entry


class Need(NamedTuple):
    """What a user lacks for a profile of an application. `instead` is the profile by which they sign in all the same, "" for
    none: then they are refused.
    """

    application: str
    profile: str
    lack: str
    instead: str

    def told(self) -> str:
        """In words, behind the user's name."""
        if self.instead:
            return f"signs in to {self.application} by {self.instead}, not by {self.profile}: {self.lack}"
        return f"can not sign in to {self.application} by {self.profile}: {self.lack}"


def of(applications: Iterable[Application], entry: Entry) -> list[Need]:
    """What would come first for the user by the policies, and does not for what they lack."""
    found = []
    for application in applications:
        if application.directory(entry.directory) is not None:
            instead, lacking = application.lacking(entry)
            found += [Need(application.name, profile, lack, instead) for profile, lack in lacking.items()]
    return found


def lost(before: Iterable[Need], after: Iterable[Need]) -> list[Need]:
    """What is lacking only by then."""
    known = {(need.application, need.profile) for need in before}
    return [need for need in after if (need.application, need.profile) not in known]
