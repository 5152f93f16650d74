"""RADIUS attributes of radius.yaml, looked up in the dictionaries while it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config import reading
from config.faults import Fault, SettingsError
from radiusd.process.kinds import kinds
from radiusd.radius.attributes import Dictionary
from radiusd.radius.values import AttributeFault

if TYPE_CHECKING:
    from config.settings import Settings


class Attributes:
    """Asked while a file is read, it reads the file before, for the dictionaries that it names itself."""

    def __init__(self, path: Path, folder: Path, *, demo: bool) -> None:
        self._path = path
        self._folder = folder
        self._demo = demo
        self._dictionary: Dictionary | None = None

    def fault(self, name: str, values: tuple[str, ...]) -> str | None:
        """What is wrong with a reply attribute; None where nothing is."""
        if self._dictionary is None:
            self._dictionary = self._named()
        return self._dictionary.fault(name, values)

    def check(self, settings: Settings) -> None:
        """Raises SettingsError for dictionaries that cannot be read, and for stations that are no attributes."""
        faults = []
        try:
            dictionary = Dictionary.shipped(settings.dictionaries)
        except AttributeFault as fault:
            raise SettingsError([Fault(str(self._path), 1, 1, f"`dictionaries`: {fault}")]) from None
        for name, client in settings.clients.items():
            for attribute in client.station:
                try:
                    dictionary.number(attribute)
                except AttributeFault as fault:
                    faults.append(Fault(str(self._path), 1, 1, f"clients.{name}.station: {fault}"))
        if faults:
            raise SettingsError(faults)

    def _named(self) -> Dictionary:
        """The dictionaries that the file names, else ours alone: what is wrong with the others is said later."""
        try:
            settings = reading.read(self._path, kinds(), demo=self._demo, folder=self._folder)
            return Dictionary.shipped(settings.dictionaries)
        except (SettingsError, AttributeFault):
            return Dictionary.shipped()
