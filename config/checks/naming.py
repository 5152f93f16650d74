"""Names that nothing has: of entries in other sections, and of RADIUS attributes. Judged as written.

So an entry that is faulty in another way is looked at as well: one fault does not hide the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.checks.draft import Attributes, Draft, leaves_of, matches
from config.faults import Fault
from config.yaml.nodes import Leaf, Node, Table, find

NAMES = {
    "clients.*.application": "applications",
    "profiles.*.directories": "directories",
    "profiles.*.mail_servers": "mail_servers",
    "profiles.*.sms_gateways": "sms_gateways",
    "profiles.*.otherwise": "profiles",
    "directories.*.expiry_notices.mail_servers": "mail_servers",
    "policies.*.profile": "profiles",
    "policies.*.directory": "directories",
    "applications.*.profiles": "profiles",
    "applications.*.reply_rules.*.directory": "directories",
    "administration.application": "applications",
    "administration.roles.*.*.directory": "directories",
    "enrollment.allowed.*.directory": "directories",
    "enrollment.automatic.*.directory": "directories",
}
"""Where an entry is named, and of which section it must be."""
STATIONS = "clients.*.station"
REPLIES = ("applications.*.reply", "applications.*.reply_rules.*.reply")


def unknown_names(draft: Draft) -> Iterator[Fault]:
    """Faults of what names nothing, in no order. To be asked before what is faulty is taken away."""
    for pattern, section in NAMES.items():
        for path, node in matches(draft.root, pattern):
            yield from draft.unknown(section, [(key, leaf.value) for key, leaf in leaves_of(node)], *path)
    if draft.attributes is not None:
        yield from _attributes(draft, draft.attributes)


def _attributes(draft: Draft, attributes: Attributes) -> Iterator[Fault]:
    yield from attributes.faults
    for index in attributes.missing:
        leaf = find(draft.root, ("dictionaries", index)) or find(draft.root, ("dictionaries",))
        name = leaf.value if isinstance(leaf, Leaf) and isinstance(leaf.value, str) else ""
        yield draft.value(f"there is no file {name}", "dictionaries", index)
    for path, node in matches(draft.root, STATIONS):
        for key, leaf in leaves_of(node):
            told = attributes.station_fault(leaf.value) if isinstance(leaf.value, str) else None
            if told is not None:
                yield draft.value(told, *path, *key)
    for pattern in REPLIES:
        for path, node in matches(draft.root, pattern):
            for name, value in node.nodes.items() if isinstance(node, Table) else ():
                texts = _texts(value)
                unfit = attributes.reply_fault(name, texts) if texts else None
                if unfit is not None:
                    yield draft.key(unfit, *path, name)


def _texts(node: Node) -> tuple[str, ...]:
    """The values of a reply attribute; none where they are something else, which the models tell."""
    values = [leaf.value for _key, leaf in leaves_of(node)]
    if any(isinstance(value, bool) or not isinstance(value, str | int) for value in values) or isinstance(node, Table):
        return ()
    return tuple(str(value) for value in values)
