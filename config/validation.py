"""From what was written to typed settings, with every fault of it at once.

pydantic tells all faults of a value, but knows neither places nor what was meant, and gives nothing where one thing
is wrong. So what is wrong is noted and taken away, and the rest is read again until it stands: what it means can then
be checked as well, and one run tells everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.faults import Fault, fault, instead, nearest
from config.settings import Settings
from config.yaml.nodes import Key, Leaf, Node, Path, Table, find, place_of_key, place_of_value, plain, remove
from config.yaml.nodes import written as written_part

LONGEST_QUOTE = 60

MESSAGES = {
    "string_type": "must be a text: put it in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "too_short": "must have at least one entry",
    "string_too_short": "is empty",
    "model_type": "must be a map of keys: write `name: value`, a line each",
    "dict_type": "must be a map of keys: write `name: value`, a line each",
    "mapping_type": "must be a map of keys: write `name: value`, a line each",
}
LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_parsing_size": "is too large",
}


class Reading:
    """One reading of settings out of nodes; takes away of the nodes what is wrong."""

    def __init__(self, root: Table, context: Mapping[str, Any]) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self.spoiled: set[Path] = set()  # where something was wrong
        self._context = dict(context)
        self._taken: dict[int, tuple[Node, set[Key]]] = {}  # by id of a node: the node, and the keys it has lost

    def run(self) -> Settings | None:
        """The settings as far as they stand, None where nothing does."""
        while True:
            try:
                return Settings.model_validate(plain(self.root), context=self._context)
            except ValidationError as error:
                wrongs = error.errors(include_url=False, include_input=False)
            spoiled: set[Path] = set()
            for details in wrongs:
                spoiled.update(self._note(details))
            if not self.take_away(spoiled):
                return None

    def take_away(self, paths: set[Path]) -> bool:
        """Removes these; whether there was anything to remove. Entries of lists from the end: indexes stay right."""
        removed = False
        for path in sorted(paths, key=lambda path: [(isinstance(key, int), str(key).zfill(9)) for key in path])[::-1]:
            parent = find(self.root, path[:-1])
            if path and remove(self.root, path):
                self.spoiled.add(path)
                self._lost(parent, path[-1])
                removed = True
        return removed

    def _lost(self, node: Node | None, key: Key | None) -> None:
        if node is not None and key is not None:
            self._taken.setdefault(id(node), (node, set()))[1].add(key)

    def _was_wrong(self, *path: Key) -> bool:
        """Whether something was wrong there, or in it."""
        return any(spoiled[: len(path)] == path for spoiled in self.spoiled)

    def _note(self, details: ErrorDetails) -> Iterator[Path]:
        """Adds the faults of one error; yields what must go."""
        context = details.get("ctx", {})
        full: Path = (*details["loc"], *context.get("at", ()))
        kind = details["type"]
        path = written_part(self.root, full)
        node = find(self.root, path)
        if kind == "unknown_keys":
            for key in context["keys"]:
                where = place_of_key(self.root, (*path, key))
                self.faults.append(fault(where, f"unknown key `{key}`{instead(key, context['known'])}"))
                self._lost(node, nearest(key, context["known"]))
                yield (*path, key)
            return
        yield path
        lost = self._taken[id(node)][1] if id(node) in self._taken else set()
        if kind in {"missing", "lacks"}:
            keys = [full[-1]] if kind == "missing" else context["keys"]
            # One that was there, and wrong, is told already.
            missing = [f"`{key}`" for key in keys if key not in lost and not self._was_wrong(*path, key)]
            if missing:
                name = f"`{path[-1]}` lacks" if path else "lacks"
                told = f"{name} {' and '.join(missing)}{context.get('hint', '')}"
                self.faults.append(fault(place_of_key(self.root, path), told))
            return
        of = context.get("of")
        if any(self._was_wrong(*path, key) for key in of) if of else lost:
            return  # what is left is judged as a whole only where it is whole
        whole = isinstance(node, Table) and kind == "wrong"
        at = place_of_key(self.root, path) if whole else place_of_value(self.root, path)
        self.faults.append(fault(at, sentence(path, node, message_of(details))))


def message_of(details: ErrorDetails) -> str:
    """What is wrong, as the end of a sentence whose subject is the key, or with `{value}` in it."""
    context = details.get("ctx", {})
    kind = details["type"]
    if kind == "wrong":
        return str(context["text"])
    if kind == "literal_error":
        return "literal:" + str(context["expected"])
    if kind in LIMITS:
        return LIMITS[kind].format(**context)
    return MESSAGES.get(kind, details["msg"])


def sentence(path: Path, node: Node | None, message: str) -> str:
    """The whole message."""
    name = subject(path)
    if message.startswith("literal:"):
        known = re.findall("'([^']*)'", message)
        return f"{name}: {of_these(node, known)}"
    if message == MESSAGES["bool_type"] and isinstance(node, Leaf):
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(node.value).lower())
        message += f": write {meant}" if meant and not node.origin else ""
    if "{value}" in message:
        return f"{name}: {message.replace('{value}', quoted(node))}"
    return f"{name} {message}"


def subject(path: Path) -> str:
    """The last key of a path."""
    keys = [key for key in path if isinstance(key, str)]
    return f"`{keys[-1]}`" if keys else "the file"


def quoted(node: Node | None) -> str:
    """What was written, or from where it was taken: that may be a secret."""
    if not isinstance(node, Leaf):
        return "this"
    if node.origin:
        return f"the content of {node.origin}"
    text = json.dumps(node.value) if node.value is None or isinstance(node.value, bool) else str(node.value)
    text = re.sub(r"//[^/@\s]*@", "//...@", text)  # a password in a URL
    return f"`{text[:LONGEST_QUOTE]}{'...' if len(text) > LONGEST_QUOTE else ''}`"


def of_these(node: Node | None, known: list[str]) -> str:
    """An unknown value of an enumeration, with the nearest and all that there are."""
    near = nearest(str(node.value), known) if isinstance(node, Leaf) and not node.origin else None
    hint = f"; did you mean `{near}`?" if near else ";"
    return f"unknown value {quoted(node)}{hint} it is one of {', '.join(known)}"
