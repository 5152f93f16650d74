"""What the options of a profile that sends links say to radiusd/approval: whom to ask, and how its messages read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from config.models.methods import LinkOptions
from radiusd.approval.approvers import Approver, Asking, Nobody
from radiusd.approval.late import LateNotice
from radiusd.approval.question import Find
from radiusd.approval.request import Sending, Wording
from radiusd.approval.wording import Ours
from radiusd.directories import Down
from radiusd.handlers import Tools
from radiusd.model.message import PerHour
from radiusd.model.turn import Turn


def approvers_of(options: LinkOptions, tools: Tools) -> Find:
    """Finds whom the options name to decide."""
    asking = Asking(
        options.approvers, options.default_recipient, options.delivered_by, tools.phone_country, tools.countries
    )

    async def find(turn: Turn, deadline: float, unreached: Collection[str]) -> Approver | Nobody | Down:
        directory = tools.directories[turn.entry.directory]
        return await asking.find(turn.entry, directory, turn.at, deadline, unreached)

    return find


def sending_of(
    options: LinkOptions,
    tools: Tools,
    kind: Literal["approval", "information", "link"],
    ours: Ours,
    *,
    most_per_hour: int = 0,
    per_hour: PerHour | None = None,
) -> Sending:
    """How the profile's messages of that kind look and leave: `ours`, but for what the options have."""
    delivery = options.delivered_by
    signed = bool(tools.titles.organisation)
    return Sending(
        kind=kind,
        profile=options.name,
        delivery=delivery,
        carriers=options.carriers["mail_servers" if delivery == "mail" else "sms_gateways"],
        wording=Wording.of(ours, written(options, "subject"), options.message, options.html, signed=signed),
        base=options.server or tools.public_url,
        key=tools.keys[0],
        texts=tools.texts,
        titles=tools.titles,
        time_zone=tools.time_zone,
        most_per_hour=most_per_hour,
        per_hour=per_hour,
    )


def late_of(options: LinkOptions, tools: Tools) -> LateNotice | None:
    """How the user is told of an approval that came late; None where none counts, or nothing was proved."""
    if not (options.late_approval and options.methods and options.is_for_others and options.asks_somebody):
        return None
    delivery = options.delivered_by
    return LateNotice(
        profile=options.name,
        delivery=delivery,
        carriers=options.carriers["mail_servers" if delivery == "mail" else "sms_gateways"],
        destinations=tools.mail if delivery == "mail" else tools.mobile,
        texts=tools.texts,
        titles=tools.titles,
        time_zone=tools.time_zone,
    )


def waiting_of(options: LinkOptions, ours: Mapping[str, str]) -> Mapping[str, str]:
    """What a user reads while somebody is asked."""
    return {**ours, **(written(options, "waiting_message") or {})}


def written(options: LinkOptions, key: str) -> Mapping[str, str] | None:
    """A text of radius.yaml by language, None where it has none: then the default is English for everybody."""
    texts: Mapping[str, str] = getattr(options, key)
    return texts if key in options.model_fields_set else None
