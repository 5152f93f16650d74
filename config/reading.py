"""Reads radius.yaml. The only door to PyYAML.

Scalars are those of YAML 1.2's core schema, which PyYAML does not know: it takes `no` for false, 010 for 8 and 12:30
for 750. Events are read of libyaml's parser and put together here, with places, and with limits: aliases, depth, size.
Source: YAML 1.2.2 section 10.3.2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from config.checks.advice import warnings_of
from config.checks.draft import Attributes, Draft, leaves_of
from config.checks.errors import faults_of
from config.checks.inactive import closed_profiles, inactive_warnings
from config.checks.naming import unknown_names
from config.faults import Fault, Place, SettingsError, fault
from config.kinds import Kinds
from config.settings import FILES_OF_OCTETS, Settings, Source
from config.validation import Reading
from config.yaml.gathering import Gathering, Unreadable
from config.yaml.nodes import Items, Leaf, Node, Scalar, Table, leaves
from config.yaml.slips import QUOTES_FOR_TEMPLATES, Quoted, Stop, slip

MOST_NODES = 1_000_000
MOST_ALIASED = 100_000  # nodes that aliases may add: a few lines of them could fill the memory otherwise
DEEPEST = 64

NULL = re.compile(r"null|Null|NULL|~|")
BOOLEAN = re.compile(r"(true|True|TRUE)|false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
LONGEST_NUMBER = 100
FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def scalar(text: str) -> Scalar:
    """What a plain (unquoted) scalar means in YAML 1.2's core schema."""
    if NULL.fullmatch(text):
        return None
    boolean = BOOLEAN.fullmatch(text)
    if boolean:
        return boolean[1] is not None
    if len(text) > LONGEST_NUMBER:
        return text
    if INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if FLOAT.fullmatch(text):
        word = text.lstrip("-+")[1:]
        return float(text.replace(".", "", 1) if word.isalpha() else text)  # Python writes .inf without its point
    return text


NotMade = Callable[[Settings], Iterable[tuple[tuple[str, ...], str]]]
"""The path of each entry of which a part of the server can not be made, and what is told of it."""
AttributesOf = Callable[[Sequence[Path]], Attributes]
"""The RADIUS attributes that the dictionaries of these files define, beside those that are shipped."""


def read(
    path: Path,
    kinds: Mapping[str, Kinds],
    *,
    demo: bool = False,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    attributes_of: AttributesOf | None = None,
    not_made: NotMade | None = None,
) -> Settings:
    """The settings of a file and of what it includes. Raises SettingsError with everything that is wrong.

    `kinds` are the models of directories, mail_servers, sms_gateways and profiles. Relative names are relative to
    `folder`, by default the file's own. Without `attributes_of` names and values of RADIUS attributes are not looked at,
    and without `not_made` nothing is tried out.
    """
    folder = (folder or path.parent).absolute()
    gathering = Gathering(parse, folder, environ, FILES_OF_OCTETS)
    root = gathering.gather(path)
    reading = Reading(root, {"kinds": kinds, "folder": folder})
    reading.take_away(gathering.unreadable)
    attributes = attributes_of(_dictionaries(root, folder)) if attributes_of is not None else None
    draft = Draft(root, kinds, demo=demo, attributes=attributes, files=gathering.files, folder=folder)
    unknown = list(unknown_names(draft))
    settings = reading.run()
    faults = [*gathering.faults, *unknown, *reading.faults]
    if settings is not None:
        draft.spoiled = reading.spoiled
        faults.extend(faults_of(draft, settings))
    if faults or settings is None:
        order = {file: index for index, file in enumerate(gathering.files)}
        raise SettingsError(sorted(set(faults), key=lambda one: (order.get(one.file, -1), *one[1:])))
    made_of = _with_source(settings, draft, path, folder)
    untold = [draft.key(told, *where) for where, told in not_made(made_of)] if not_made is not None else []
    if untold:
        raise SettingsError(untold)
    return made_of


def _dictionaries(root: Table, folder: Path) -> list[Path]:
    """The files of `dictionaries`."""
    node = root.nodes.get("dictionaries")
    return [folder / str(leaf.value) for _key, leaf in leaves_of(node)] if node is not None else []


def _with_source(settings: Settings, draft: Draft, path: Path, folder: Path) -> Settings:
    dictionaries = draft.attributes.warnings if draft.attributes is not None else ()
    warnings = [*warnings_of(draft, settings), *inactive_warnings(draft, settings), *dictionaries]
    settings._source = Source(  # noqa: SLF001 - private, so that radius.yaml can not have it as a key
        path=path,
        folder=folder,
        warnings=tuple(sorted(set(warnings))),
        closed=closed_profiles(draft, settings),
        from_outside=frozenset(where for where, leaf in leaves(draft.root) if leaf.origin),
    )
    return settings


def parse(file: str, text: str) -> tuple[Table, list[Fault]]:
    """The map that a file holds, with the faults that leave something to go on with. Raises Unreadable."""
    forbidden = FORBIDDEN.search(text)
    if forbidden is not None:
        line = text.count("\n", 0, forbidden.start())
        column = forbidden.start() - (text.rfind("\n", 0, forbidden.start()) + 1)
        name = f"U+{ord(forbidden[0]):04X}"
        raise Unreadable(fault(Place(file, line + 1, column + 1), f"the character {name} may not be in a YAML file"))
    composer = _Composer(file, text)
    try:
        return composer.document(), composer.faults
    except yaml.MarkedYAMLError as error:
        begun, mark = error.context_mark, error.problem_mark or error.context_mark
        stop = Stop(
            mark.line + 1 if mark else 1,
            mark.column + 1 if mark else 1,
            error.problem or "",
            error.context or "",
            (begun.line + 1, begun.column + 1) if begun else None,
        )
        raise Unreadable(slip(file, text, stop, composer.quoted)) from None
    except (yaml.YAMLError, ValueError):
        raise Unreadable(fault(Place(file, 1, 1), "is not YAML that can be read")) from None


class _Composer:
    """Nodes from the events of one file."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._loader = yaml.CSafeLoader(text)
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0
        self._aliased = 0
        self.quoted: Quoted | None = None
        self.faults: list[Fault] = []

    def document(self) -> Table:
        """The file's one map. Raises Unreadable where nothing can be made of it."""
        self._next(yaml.StreamStartEvent)
        event = self._event()
        if isinstance(event, yaml.StreamEndEvent):
            return Table(Place(self._file, 1, 1))
        root = self._node(self._event(), 0)
        self._next(yaml.DocumentEndEvent)
        event = self._event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._stop(event, "a second document begins; a file has one")
        if isinstance(root, Leaf) and root.value is None:
            return Table(root.place)
        if not isinstance(root, Table):
            raise Unreadable(fault(root.place, "must be a map of sections, for example `clients:`"))
        return root

    def _event(self) -> yaml.Event:
        event = self._loader.get_event()
        if event is None:
            message = "events were read beyond the end of the stream"
            raise AssertionError(message)
        if isinstance(event, yaml.ScalarEvent) and event.style in {'"', "'"} and event.start_mark and event.end_mark:
            start = event.start_mark
            self.quoted = Quoted(start.line + 1, start.column + 1, event.end_mark.line + 1)
        return event

    def _next(self, kind: type[yaml.Event]) -> None:
        event = self._event()
        if not isinstance(event, kind):
            raise self._stop(event, "is not what may stand here")

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1, 1)

    def _stop(self, event: yaml.Event, message: str) -> Unreadable:
        return Unreadable(fault(self._place(event), message))

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._stop(event, f"has more than {MOST_NODES} values")
        if depth > DEEPEST:
            raise self._stop(event, f"is nested more than {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if anchor is not None:
            self._anchors[anchor] = None
        node = self._plain_node(event, depth)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _plain_node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._no_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            return Leaf(place, scalar(event.value) if event.implicit[0] else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items = Items(place)
            while not isinstance(item := self._event(), yaml.SequenceEndEvent):
                items.nodes.append(self._node(item, depth + 1))
            return items
        return self._table(place, depth)

    def _table(self, place: Place, depth: int) -> Table:
        table = Table(place)
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                hint = f"; {QUOTES_FOR_TEMPLATES}" if isinstance(event, yaml.MappingStartEvent) else ""
                raise self._stop(event, f"a key must be a plain text{hint}")
            key, at = event.value, self._place(event)
            node = self._node(self._event(), depth + 1)
            if key in table.nodes:
                first = table.keys[key].line
                self.faults.append(fault(at, f"`{key}` is here for the second time; the first is in line {first}"))
                continue
            table.nodes[key] = node
            table.keys[key] = at
        return table

    def _no_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag not in {None, "!", "tag:yaml.org,2002:str"}:
            # Not what the tag is: a secret that begins with `!` looks like one.
            raise self._stop(
                event, "has a tag (`!...`), which means nothing here; a text that begins so is put in quotes"
            )

    def _alias(self, event: yaml.AliasEvent) -> Node:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            # Not its name: a secret that begins with `*` looks like one.
            raise self._stop(event, "is an alias (`*...`) of nothing before it; a text that begins so is put in quotes")
        return self._copy(found, event)

    def _copy(self, node: Node, event: yaml.Event) -> Node:
        self._aliased += 1
        if self._aliased > MOST_ALIASED:
            raise self._stop(event, f"aliases stand for more than {MOST_ALIASED} values")
        match node:
            case Leaf():
                return Leaf(self._place(event), node.value)
            case Items():
                return Items(node.place, [self._copy(item, event) for item in node.nodes])
            case Table():
                items = {key: self._copy(item, event) for key, item in node.nodes.items()}
                return Table(node.place, items, dict(node.keys))
