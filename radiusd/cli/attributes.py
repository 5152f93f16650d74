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
        self.refused: tuple[Fault, ...] = ()  # what is wrong with the dictionaries

    def fault(self, name: str, values: tuple[str, ...]) -> str | None:
        """What is wrong with a reply attribute; None where nothing is, or where a dictionary that is refused may say."""
        if self._dictionary is None:
            self._dictionary = self._named()
        if self.refused:
            try:
                self._dictionary.number(name)
            except AttributeFault:
                return None
        return self._dictionary.fault(name, values)

    def check(self, settings: Settings) -> tuple[Fault, ...]:
        """Warnings of the dictionaries.

        Raises SettingsError for dictionaries that cannot be read, and for stations that are no attributes.
        """
        faults = []
        dictionary = Dictionary.shipped(settings.dictionaries)
        for name, client in settings.clients.items():
            for attribute in client.station:
                try:
                    dictionary.number(attribute)
                except AttributeFault as fault:
                    faults.append(Fault(str(self._path), 1, 1, f"clients.{name}.station: {fault}"))
        if faults:
            raise SettingsError(faults)
        return dictionary.warnings

    def _named(self) -> Dictionary:
        """The dictionaries that the file names, ours alone where it has faults or they are refused."""
        try:
            settings = reading.read(self._path, kinds(), demo=self._demo, folder=self._folder)
        except SettingsError:
            return Dictionary.shipped()
        try:
            return Dictionary.shipped(settings.dictionaries)
        except SettingsError as error:
            self.refused = error.faults
            return Dictionary.shipped()
