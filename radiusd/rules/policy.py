"""Which profiles of an application are open to a user. Source: features.md D6 to D8, D20, S273 to S293."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition


class Rule(NamedTuple):
    """One of radius.yaml's `policies`."""

    profile: str
    condition: Condition
    required: bool = False


class Offer(NamedTuple):
    """What the policy asks of a profile: its method, and the directories whose users it can sign in."""

    method: str
    directories: tuple[str, ...]


class Decision(NamedTuple):
    """`profiles` are open to the user, in the application's order; the first is the one to use.

    Where there is none, `refusal` says why. `required` is the profile that a required rule left the user.
    `trail` is the story for the audit: what was tried and how it came out.
    """

    profiles: tuple[str, ...]
    required: str | None
    trail: tuple[str, ...]
    refusal: str


class Tried(NamedTuple):
    """A rule whose profile the application has, with its sentences for the trail."""

    rule: Rule
    method: str
    matched: str
    missed: str


class Policy:
    """The policies of one application, ready to be asked. Made once from the settings.

    `profiles` are the application's, in its order; `rules` all of radius.yaml, in its order; `closed` the
    profiles that let nobody in, with the reason. `asks`: who has several may choose.
    """

    def __init__(
        self,
        application: str,
        profiles: Mapping[str, Offer],
        rules: Sequence[Rule],
        closed: Mapping[str, str],
        *,
        asks: bool = False,
    ) -> None:
        self._application = application
        self._profiles = dict(profiles)
        self._closed = dict(closed)
        self._asks = asks
        self._tried = tuple(_tried(self._profiles, rules))
        self._governed = tuple(dict.fromkeys(tried.method for tried in self._tried))
        first = {offer.method: name for name, offer in reversed(self._profiles.items())}
        self._defaults = frozenset(name for method, name in first.items() if method not in self._governed)

    def decide(self, entry: Entry, lacks: Callable[[str], str] = lambda _: "") -> Decision:
        """The profiles open to the user. `lacks` tells of a profile what the user lacks for it, "" for nothing (D7).

        For each method the first rule that matches names the profile; without any rule it is the method's first
        profile in the application; with rules of which none matches the method is not open. A required rule that
        matches leaves nothing else, even where an ordinary rule of its method stands above it: it says that whom
        it means signs in no other way, so an exception to it must be required as well and stand above it.

        A closed profile is not passed over (D7). Were the next one taken in its place, an application that asks
        for an approval first would let its users in with a password on the day the approval is switched off. So
        where the profile that comes first for this user is closed, the user is refused; a closed one further
        down the list is just not open. A profile for which the user lacks something is passed over: the next one that
        the rules open is theirs.
        """
        trail: list[str] = []
        found, required = self._matched(entry, trail)
        if required is not None:
            chosen = [required]
        else:
            names = self._defaults.union(found.values())
            chosen = [name for name in self._profiles if name in names]
        candidates = [name for name in chosen if self._admits(name, entry, trail)]
        if not candidates:
            return Decision((), required, tuple(trail), f"no profile of {self._application} is open to the user")
        able: list[str] = []
        lacking: list[str] = []
        for name in candidates:
            if name in self._closed:
                if not able:
                    refusal = f"{name} is closed: {self._closed[name]}"
                    return Decision((), required, tuple(trail), refusal)
                continue
            lack = lacks(name)
            if lack:
                lacking.append(lack)
                trail.append(f"{name}: {lack}")
            else:
                able.append(name)
        if not able:
            return Decision((), required, tuple(trail), "; ".join(dict.fromkeys(lacking)))
        trail.append(f"open to the user: {', '.join(able)}" if self._asks and able[1:] else f"profile {able[0]}")
        return Decision(tuple(able), required, tuple(trail), "")

    def usual(self) -> str:
        """The profile of somebody whom no rule means; the first one where there is none. "" where it lets nobody in."""
        open_to_all = [name for name in self._profiles if name in self._defaults]
        usual = next(iter(open_to_all or self._profiles), "")
        return "" if usual in self._closed else usual

    def _matched(self, entry: Entry, trail: list[str]) -> tuple[dict[str, str], str | None]:
        """The profile that the rules give for each method, and the one of the first required rule that matches."""
        found: dict[str, str] = {}
        for rule, method, matched, missed in self._tried:
            if method in found and not rule.required:
                continue
            if not rule.condition.matches(entry):
                trail.append(missed)
                continue
            trail.append(matched)
            if rule.required:
                return found, rule.profile
            found[method] = rule.profile
        trail.extend(f"{method}: no rule matched" for method in self._governed if method not in found)
        return found, None

    def _admits(self, name: str, entry: Entry, trail: list[str]) -> bool:
        if entry.directory in self._profiles[name].directories:
            return True
        trail.append(f"{name}: not for users of {entry.directory}")
        return False


def _tried(profiles: Mapping[str, Offer], rules: Sequence[Rule]) -> Iterable[Tried]:
    for number, rule in enumerate(rules, 1):
        if rule.profile in profiles:
            told = f"policy {number} ({rule.profile}: {rule.condition})"
            matched = f"{told} matched and is required" if rule.required else f"{told} matched"
            yield Tried(rule, profiles[rule.profile].method, matched, f"{told} did not match")
