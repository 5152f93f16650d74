"""What somebody is asked to decide, or told of."""

from __future__ import annotations

from msgspec import Struct


class Link(Struct, frozen=True):
    """One link that was sent. `digest` is keyed; the token itself is in the message alone.

    `why` its recipient is asked: manager, sponsor, managers_manager, default_recipient, or named in radius.yaml. `name` is
    theirs, "" where it is not known.
    """

    digest: str
    recipient: str
    language: str
    why: str = ""
    name: str = ""


class Approval(Struct, frozen=True):
    """A question to approvers, or what they are informed of.

    `kind` is approval or information. `until` (seconds since the epoch) the links live; `late`: for how many seconds a
    decision counts that comes while nobody waits. Of one that is asked again `links` are the new ones. `passed_over` are
    those who would have been asked before, with what is wrong with each.
    """

    id: str
    kind: str
    display_name: str
    until: float
    late: float
    links: tuple[Link, ...]
    passed_over: tuple[str, ...] = ()
