"""What checks of meaning see: typed settings beside what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from config.faults import Fault, fault, instead
from config.kinds import Kinds
from config.yaml.nodes import Key, Path, Table, find, place_of_key, place_of_value, written

NAMED = ("clients", "directories", "mail_servers", "sms_gateways", "profiles", "applications")


class Draft:
    """A configuration being checked. `names` has the written names of each section, also of entries that are faulty."""

    def __init__(
        self,
        root: Table,
        kinds: Mapping[str, Kinds],
        *,
        demo: bool,
        reply_fault: Callable[[str, tuple[str, ...]], str | None] | None,
        station_fault: Callable[[str], str | None] | None,
    ) -> None:
        self.root = root
        self.kinds = kinds
        self.demo = demo
        self.reply_fault = reply_fault
        self.station_fault = station_fault
        self.spoiled: set[Path] = set()
        self.names = {section: _keys(root, section) for section in NAMED}

    def wrote(self, *path: Key) -> bool:
        """Whether the files have this, and not only a default."""
        return written(self.root, path) == path

    def faulty(self, *path: Key) -> bool:
        """Whether this, or what it is in, was wrong and is a default now."""
        return any(path[:length] in self.spoiled for length in range(1, len(path) + 1))

    def value(self, message: str, *path: Key) -> Fault:
        """A fault of the value there."""
        return fault(place_of_value(self.root, path), message)

    def key(self, message: str, *path: Key) -> Fault:
        """A fault of what the key there stands for."""
        return fault(place_of_key(self.root, written(self.root, path)), message)

    def unknown(self, section: str, names: Iterable[tuple[Key, str]], *path: Key) -> Iterable[Fault]:
        """Faults of names that the section has not; each with its index or key below the path."""
        word = WORDS[section]
        for key, name in names if not self.faulty(section) else ():
            if name not in self.names[section]:
                yield self.value(f"unknown {word} `{name}`{instead(name, self.names[section])}", *path, key)


WORDS = {
    "clients": "client",
    "directories": "directory",
    "mail_servers": "mail server",
    "sms_gateways": "SMS gateway",
    "profiles": "profile",
    "applications": "application",
}


def _keys(root: Table, section: str) -> frozenset[str]:
    node = find(root, (section,))
    return frozenset(node.nodes) if isinstance(node, Table) else frozenset()
