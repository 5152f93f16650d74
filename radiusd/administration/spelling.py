"""Which of the names that are recorded are meant by a name that somebody types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from radiusd.rules.names import normal_form

if TYPE_CHECKING:
    from config.settings import Settings


def meant_by(settings: Settings, typed: str) -> Callable[[str], bool]:
    """Whether a recorded name is the one that was typed: in any spelling, with or without domain and realm.

    Who is found is recorded as their directory spells them, who is not as they typed it.
    """
    lists = [((), ()), *(options.stripped_from_names for options in settings.directories.values())]

    def forms(name: str) -> set[str]:
        found = {normal_form(name, domains, realms) for domains, realms in lists}
        return {form for form in found if form is not None} | {name}

    wanted = forms(typed.strip())
    return lambda recorded: not wanted.isdisjoint(forms(recorded))
