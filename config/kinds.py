"""What a `method:` or `type:` of radius.yaml may be: names, each with the model of its options.

The rooms of radiusd/ own the models; config/ only learns of them through these tables, so that adding a
method or a type is adding one file there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Kind:
    """One `method:` or `type:`. `make` is None while its behaviour is not active yet."""

    name: str
    options: type[BaseModel]
    make: Any = None

    @property
    def active(self) -> bool:
        return self.make is not None


class Kinds:
    """All values of one `method:` or `type:` key, by name. `reserved` are names that no entry of such a kind can have."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.reserved: set[str] = set()
        self._kinds: dict[str, Kind] = {}

    def add(self, kind: Kind) -> None:
        """Raises ValueError for a second kind of one name: two files claim it."""
        if kind.name in self._kinds:
            message = f"{self.key}: {kind.name} is claimed twice, by {kind.options.__module__} too"
            raise ValueError(message)
        self._kinds[kind.name] = kind

    def load(self, package: ModuleType) -> Kinds:
        """Imports every module of the package, each of which adds its kind. Returns itself."""
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
        return self

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)
