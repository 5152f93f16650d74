"""What users lack for the way in that their policy asks for, and who asks somebody that can not be reached (S46, S134)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

from radiusd.approval.approvers import Asking, Nobody
from radiusd.directories import Directory, Down, Missing
from radiusd.login.applications import Application
from radiusd.model.entry import Entry

PAGE = 500  # users looked at together


class Need(NamedTuple):
    """What is lacking for a profile of an application. `instead` is the profile by which the user signs in all the same, or
    `asked` who is asked in the manager's place; `enrolls`: they are asked for it at the prompt. Else they are refused.
    """

    application: str
    profile: str
    lack: str
    instead: str = ""
    asked: str = ""
    enrolls: bool = False

    @property
    def refused(self) -> bool:
        return not (self.instead or self.asked or self.enrolls)

    def told(self) -> str:
        """In words, behind the user's name."""
        if self.instead:
            return f"signs in to {self.application} by {self.instead}, not by {self.profile}: {self.lack}"
        if self.asked:
            return f"signs in to {self.application} by {self.profile}, where {self.asked} is asked: {self.lack}"
        if self.enrolls:
            return f"is asked at the prompt of {self.application}, for {self.profile}: {self.lack}"
        return f"can not sign in to {self.application} by {self.profile}: {self.lack}"


class Lacking(NamedTuple):
    """A user and what they lack; or why a directory could not tell of all of its users."""

    entry: Entry | None
    needs: Sequence[Need]
    stopped: Down | None = None


def of(applications: Iterable[Application], entry: Entry) -> list[Need]:
    """What would come first for the user by the policies, and does not for what they lack."""
    found = []
    for application in applications:
        if application.directory(entry.directory) is not None:
            instead, lacking = application.lacking(entry)
            enrolls = application.enrolls(entry) if lacking and not instead else ""
            found += [
                Need(application.name, profile, lack, instead, enrolls=profile == enrolls)
                for profile, lack in lacking.items()
            ]
    return found


def lost(before: Iterable[Need], after: Iterable[Need]) -> list[Need]:
    """What is lacking only by then."""
    known = {(need.application, need.profile) for need in before}
    return [need for need in after if (need.application, need.profile) not in known]


class Looking:
    """Looks at all users. `asking` says whom the profiles that ask somebody ask."""

    def __init__(
        self, directories: Mapping[str, Directory], applications: Sequence[Application], asking: Mapping[str, Asking]
    ) -> None:
        self._directories = directories
        self._managers = {name: _Managers(directory) for name, directory in directories.items()}
        self._applications = applications
        self._asking = asking
        self.seen = 0  # users who can sign in at all

    async def everyone(self, names: Iterable[str], now: float, clock: float, most: int = 0) -> AsyncIterator[Lacking]:
        """Who lacks something, of these directories, of each the first `most` (0: all). `clock` is the loop's, an hour ahead."""
        for name in names:
            left = most
            async for page in self._directories[name].everyone(PAGE):
                if isinstance(page, Down):
                    yield Lacking(None, (), page)
                    break
                for entry in page if not most else page[:left]:
                    if entry.enabled and (entry.expires_at is None or entry.expires_at > now):
                        self.seen += 1
                        needs = [*of(self._applications, entry), *await self._unasked(entry, now, clock)]
                        if needs:
                            yield Lacking(entry, needs)
                left -= len(page)
                if most and left <= 0:
                    break

    async def _unasked(self, entry: Entry, now: float, deadline: float) -> list[Need]:
        """Where somebody is to be asked about the user who can not be."""
        found = []
        for application in self._applications:
            if application.directory(entry.directory) is None:
                continue
            for factor in application.asked_of(entry):
                asking = self._asking.get(factor)
                if asking is None:
                    continue
                who = await asking.find(entry, self._managers[entry.directory], now, deadline)
                if isinstance(who, Nobody):
                    found.append(Need(application.name, factor, who.reason))
                elif not isinstance(who, Down) and who.passed_over:
                    found.append(Need(application.name, factor, "; ".join(who.passed_over), asked=who.recipient))
        return found


class _Managers:
    """A directory whose managers are looked up once, however many users they have."""

    def __init__(self, directory: Directory) -> None:
        self.immediate = directory.immediate
        self._directory = directory
        self._known: dict[str, Entry | Missing | None] = {}

    async def manager(self, entry: Entry, deadline: float) -> Entry | Missing | Down | None:
        if not entry.manager:
            return await self._directory.manager(entry, deadline)
        if entry.manager not in self._known:
            found = await self._directory.manager(entry, deadline)
            if isinstance(found, Down):
                return found
            self._known[entry.manager] = found
        return self._known[entry.manager]
