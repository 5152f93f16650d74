"""Which attribute a name stands for, and which name a number has, where several files define them.

What is shipped stays what it is, whatever else is read: the server itself asks for attributes by these names. Beside it the
last definition of a number gives it its name, as FreeRADIUS has it: its files of old names come first.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import cast

from config.faults import Fault, fault, nearest
from radiusd.radius.dictionary_files import Definition, DictionaryFiles, Value
from radiusd.radius.values import NUMBERS, Attribute, AttributeFault, octets_of

Numbers = tuple[int, int, int]  # vendor, 0 for none; type; type within a TLV, 0 for none


class Definitions:
    """Attributes by name and by number. `faults` are what cannot be read, `warnings` what is not taken."""

    def __init__(self, shipped: Iterable[Path], further: Iterable[Path]) -> None:
        self.by_name: dict[str, Attribute] = {}
        self.by_number: dict[Numbers, Attribute] = {}
        self.unsupported: dict[str, str] = {}  # by name: why
        self.warnings: list[Fault] = []
        files = DictionaryFiles()
        self.faults = files.faults
        self._known: dict[str, Definition] = {}  # by name in small letters
        self._shipped: set[Numbers] = set()
        self._elsewhere: set[tuple[str, str]] = set()  # file and name of those that are not taken
        for file in shipped:
            files.read(file)
        ours = len(files.definitions)
        for definition in files.definitions:
            self._define(definition)
        self._shipped.update(self.by_number)
        for file in further:
            files.read(file)
        for definition in files.definitions[ours:]:
            self._define(definition)
        for value in files.values:
            self._name_value(value)

    def _define(self, definition: Definition) -> None:
        name = definition.attribute.name
        before = self._known.get(name.lower())
        if before is not None and _numbers(before) != _numbers(definition):
            self._clash(before, definition)
        elif before is not None and _numbers(before) in self._shipped:
            if not definition.unsupported and _form(before) != _form(definition):
                self._warn(definition, f"{name} stays of type {_form(before)}")
        else:
            self._take(definition)

    def _take(self, definition: Definition) -> None:
        attribute, numbers = definition.attribute, _numbers(definition)
        self._known[attribute.name.lower()] = definition
        if definition.unsupported:
            self.unsupported[attribute.name] = definition.unsupported
        else:
            self.by_name[attribute.name] = attribute
        if numbers in self._shipped:
            return
        if definition.unsupported:
            self.by_number.pop(numbers, None)
        else:
            self.by_number[numbers] = attribute

    def _clash(self, before: Definition, definition: Definition) -> None:
        """A name that has another number already."""
        name, numbers = definition.attribute.name, _numbers(before)
        if numbers not in self._shipped and numbers[0] == definition.attribute.vendor:
            where = f"{before.place.file}:{before.place.line}"
            self.faults.append(fault(definition.place, f"{name} is {_written(before)} already ({where})"))
            return
        self._elsewhere.add((definition.place.file, name.lower()))
        if not definition.unsupported:
            whose = f"that of vendor {numbers[0]}" if numbers[0] else "the standard's"
            self._warn(
                definition, f"{name} stays {whose}, {_written(before)}; write {_written(definition)} for this one"
            )

    def _warn(self, definition: Definition, message: str) -> None:
        self.warnings.append(fault(definition.place, message))

    def _name_value(self, value: Value) -> None:
        key = value.attribute.lower()
        if (value.place.file, key) in self._elsewhere:
            return
        definition = self._known.get(key)
        if definition is None:
            near = nearest(value.attribute, self.by_name)
            hint = f"; did you mean `{near}`?" if near else ""
            self.faults.append(fault(value.place, f"no dictionary has an attribute `{value.attribute}`{hint}"))
            return
        attribute = definition.attribute
        if definition.unsupported or attribute.kind == "octets":  # FreeRADIUS takes such names, and has no use for them
            return
        if attribute.kind not in NUMBERS:
            message = f"{attribute.name} is of type {attribute.kind}: its values are no numbers that could have names"
            self.faults.append(fault(value.place, message))
            return
        try:
            octets = octets_of(attribute, str(value.number))
        except AttributeFault as wrong:
            self.faults.append(fault(value.place, str(wrong)))
            return
        by_name = cast("MutableMapping[str, bytes]", attribute.by_name)
        by_octets = cast("MutableMapping[bytes, str]", attribute.by_octets)
        if by_name.setdefault(value.name, octets) != octets:
            number = int.from_bytes(by_name[value.name], "big")
            self.faults.append(fault(value.place, f"`{value.name}` of {attribute.name} is {number} already"))
        elif _numbers(definition) in self._shipped:
            by_octets.setdefault(octets, value.name)
        else:
            by_octets[octets] = value.name


def _numbers(definition: Definition) -> Numbers:
    attribute = definition.attribute
    return attribute.vendor, attribute.code, attribute.inner


def _form(definition: Definition) -> str:
    attribute = definition.attribute
    flags = [word for word, has in (("has_tag", attribute.tagged), ("encrypt", attribute.encrypted)) if has]
    return " ".join((attribute.kind, ",".join(flags))).strip()


def _written(definition: Definition) -> str:
    """By number, as `Dictionary` takes it; of TLVs the number within is told."""
    vendor, code, inner = _numbers(definition)
    return f"`{f'Vendor-{vendor}-' if vendor else ''}Attr-{code}`" + (f" (.{inner})" if inner else "")
