"""RADIUS attributes of radius.yaml, looked up in the dictionaries while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from config.faults import Fault, SettingsError
from radiusd.radius.attributes import Dictionary
from radiusd.radius.values import AttributeFault


class Attributes:
    """What config.reading asks, for files that it found in `dictionaries`."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.missing: Sequence[int] = [index for index, file in enumerate(files) if not file.is_file()]
        self.faults: Sequence[Fault] = ()
        self.warnings: Sequence[Fault] = ()
        try:
            self._dictionary = Dictionary.shipped(file for file in files if file.is_file())
            self.warnings = self._dictionary.warnings
        except SettingsError as error:
            self.faults = error.faults
            self._dictionary = Dictionary.shipped()

    def reply_fault(self, name: str, values: tuple[str, ...]) -> str | None:
        """What is wrong with a reply attribute; None where nothing is, or where a dictionary that is refused may say."""
        return None if self._may_be_known(name) else self._dictionary.fault(name, values)

    def size(self, name: str, values: tuple[str, ...]) -> int:
        """How many octets it takes in a reply; 0 where it can not be in one."""
        return 0 if self._dictionary.fault(name, values) else len(self._dictionary.encode(name, values))

    def station_fault(self, name: str) -> str | None:
        """The same of a name in a client's `station`."""
        try:
            self._dictionary.number(name)
        except AttributeFault as fault:
            return None if self._is_partial() else str(fault)
        return None

    def _may_be_known(self, name: str) -> bool:
        try:
            self._dictionary.number(name)
        except AttributeFault:
            return self._is_partial()
        return False

    def _is_partial(self) -> bool:
        return bool(self.faults or self.missing)
