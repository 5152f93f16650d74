"""Warnings about time: a NAS that gives up before its users can be done, and times that contradict each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from config import patience
from config.checks.draft import Draft
from config.faults import Fault
from config.models.clients import ClientSettings
from config.models.methods import LinkOptions, SentCodeOptions
from config.models.options import ProfileOptions
from config.models.values import duration_text
from config.settings import Settings
from config.yaml.nodes import Key

UNLEARNED = timedelta(seconds=patience.UNLEARNED)
DECIDING = timedelta(seconds=patience.DECIDING)
SHORT_HOLD = timedelta(seconds=5)
ARRIVING = timedelta(seconds=60)  # that a mail or an SMS may take
TOO_SOON = "a message may take a minute to arrive; write 5m or more"


def _reached(settings: Settings, client: ClientSettings) -> Iterator[tuple[str, ProfileOptions]]:
    """The profiles of the client's application, and those that are passed before them; each once."""
    names = list(settings.applications[client.application].profiles)
    for name in names:
        names += [each for each in settings.profiles[name].profiles_first if each not in names]
    return ((name, settings.profiles[name]) for name in names)


def _left(hold: timedelta) -> timedelta:
    """When an answer must leave."""
    return timedelta(seconds=patience.patience(hold.total_seconds()))


def _hold_for(time: timedelta) -> str:
    """What to write where an answer takes so long."""
    return duration_text(timedelta(seconds=math.ceil(patience.hold_for(time.total_seconds()))))


def _holds(draft: Draft, settings: Settings) -> Iterator[Fault]:
    delay = settings.security.reject_delay
    if (
        delay >= _left(UNLEARNED)
        and settings.clients
        and all(client.hold is None for client in settings.clients.values())
    ):
        told = f"until it is learned how long a NAS waits, it may be gone before it is refused; write less than {duration_text(_left(UNLEARNED))}"
        yield draft.value(told, "security", "reject_delay")
    for name, client in settings.clients.items():
        if client.hold is None:
            continue
        here = ("clients", name, "hold")
        if client.hold < SHORT_HOLD:
            yield draft.value(
                "a `hold` under 5s leaves little time to ask a directory; let the NAS wait 10s or more", *here
            )
        if settings.security.reject_delay >= _left(client.hold):
            told = f"`reject_delay` of `security` is {duration_text(settings.security.reject_delay)}: this NAS gives up before it is refused; write a shorter one"
            yield draft.value(told, *here)
        for used in dict.fromkeys(each for _, profile in _reached(settings, client) for each in profile.directories):
            timeout, only = settings.directories[used].hangs_for, settings.directories[used].answers_within
            if timeout is None and only is not None and only > client.hold >= SHORT_HOLD:
                told = (
                    f"`timeout` of directory `{used}` is {duration_text(only)}: where it hangs, this NAS gives up before"
                    f" its user is refused; write less than {duration_text(client.hold)} there, or let the NAS wait longer"
                )
                yield draft.value(told, *here)
            if timeout is not None and timeout > _left(client.hold):
                most = duration_text(max(client.hold / 2, timedelta(seconds=1)))
                told = (
                    f"`timeout` of directory `{used}` is {duration_text(timeout)}: where its first server hangs, this NAS"
                    f" gives up before the next is asked; write `timeout: {most}` there, or let the NAS wait longer"
                )
                yield draft.value(told, *here)


def _sending(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Codes that may leave after the NAS gave up; of each client the slowest."""
    late: dict[str, timedelta] = {}
    for name, client in settings.clients.items():
        times = {
            each: profile.must_leave_within
            for each, profile in _reached(settings, client)
            if profile.must_leave_within is not None
        }
        if not times or _left(client.hold or UNLEARNED) >= max(times.values()):
            continue
        slowest = max(times, key=lambda each: times[each])
        within = times[slowest]
        if client.hold is None:
            late[slowest] = within
            continue
        told = (
            f"`hold` is too short for profile `{slowest}`, whose message must leave within {duration_text(within)}: let the"
            f" NAS wait, and write `hold: {_hold_for(within)}`"
        )
        yield draft.value(told, "clients", name, "hold")
    for profile_name, within in late.items():
        told = (
            f"until it is learned how long a NAS waits, a code must leave within {duration_text(_left(UNLEARNED))}; write"
            f" that, or `hold: {_hold_for(within)}` for the clients, and set it on the NASes"
        )
        yield draft.value(told, "profiles", profile_name, "send_within")


def _too_short(client: ClientSettings) -> str:
    """That a client which shows no challenge may not wait for as long as people take."""
    if client.hold is not None:
        return f"this NAS waits {duration_text(client.hold)} and shows no challenge: too short"
    return (
        f"this NAS shows no challenge, and how long it waits is not known before it is learned, {duration_text(UNLEARNED)}"
        " is a guess: that may be too short"
    )


def _deciding(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Approvals that a NAS does not wait for. One that shows a challenge is held again and again."""
    for name, client in settings.clients.items():
        for profile_name, profile in _reached(settings, client):
            if not isinstance(profile, LinkOptions) or not profile.asks_somebody:
                continue
            if client.one_at_a_time:
                yield from _one_at_a_time(draft, client, profile)
                continue
            links, late = profile.link_validity, profile.late_approval
            if client.hold is not None and links < client.hold:
                told = (
                    f"links end after {duration_text(links)}, before client `{name}` gives up after"
                    f" {duration_text(client.hold)}; write {duration_text(client.hold)} or more, better 15m"
                )
                yield draft.value(told, "profiles", profile_name, "link_validity")
            if client.challenge is not False:
                continue
            hold = client.hold or UNLEARNED
            if hold < min(links, DECIDING):
                told = (
                    f"{_too_short(client)} for somebody to decide for profile `{profile_name}`; let it wait"
                    f" {duration_text(min(links, DECIDING))} (`radiusd client advice {name}` says how), and write"
                    f" `hold: {duration_text(min(links, DECIDING))}`"
                )
                yield draft.value(told, "clients", name, "hold" if client.hold is not None else "challenge")
            elif not late and hold < links:
                gives_up = "gives up after" if client.hold is not None else "may give up before or after"
                told = f"client `{name}` {gives_up} {duration_text(hold)} and shows no challenge: a decision that comes later is lost, though the link lives for {duration_text(links)}; write `late_approval: 5m`"
                yield draft.value(told, "profiles", profile_name, "late_approval")


def _one_at_a_time(draft: Draft, client: ClientSettings, profile: LinkOptions) -> Iterator[Fault]:
    """What users see where nothing may be held for a decision."""
    serves = f"this NAS serves nobody else while it waits, so no request is held for profile `{profile.name}`: users"
    here = ("clients", client.name, "one_at_a_time")
    if client.challenge is not False:
        yield draft.value(f"{serves} are asked to come again until somebody has decided", *here)
    elif profile.late_approval:
        counts = duration_text(profile.late_approval)
        yield draft.value(f"{serves} are refused, and an approval counts for a try within {counts} of it", *here)
    else:
        told = f"client `{client.name}` waits for no decision: an approval never lets anybody in; write `late_approval: 5m`"
        yield draft.value(told, "profiles", profile.name, "late_approval")


def _challenges(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Methods that a NAS can not show."""
    for name, client in settings.clients.items():
        if client.challenge is not False:
            continue
        for profile_name, profile in _reached(settings, client):
            for told in profile.hidden():
                yield draft.value(f"profile `{profile_name}` {told}", "clients", name, "challenge")


def _profiles(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Times of one profile that contradict each other."""
    for name, profile in settings.profiles.items():
        if isinstance(profile, SentCodeOptions):
            yield from _codes(draft, settings, profile, "profiles", name)
        if isinstance(profile, LinkOptions) and profile.asks_somebody:
            yield from _links(draft, profile, "profiles", name)


def _codes(draft: Draft, settings: Settings, profile: SentCodeOptions, *here: Key) -> Iterator[Fault]:
    over, validity = settings.security.login_timeout, profile.validity
    if validity > over:
        told = (
            f"a sign-in ends after {duration_text(over)} (`login_timeout` of `security`), before its code does; write"
            f" `validity: {duration_text(over)}` at most, or a longer `login_timeout`"
        )
        yield draft.value(told, *here, "validity")
    if validity < ARRIVING:
        yield draft.value(TOO_SOON, *here, "validity")
    if profile.resend_after >= validity:
        told = f"the code is over before a fresh one may be asked for; write less than {duration_text(validity)}"
        yield draft.value(told, *here, "resend_after")


def _links(draft: Draft, profile: LinkOptions, *here: Key) -> Iterator[Fault]:
    links = profile.link_validity
    recommended = profile.recommended_validity
    if links < ARRIVING:
        yield draft.value(TOO_SOON, *here, "link_validity")
    elif recommended is not None and not recommended[0] <= links <= recommended[1]:
        least, most = (duration_text(each) for each in recommended)
        why = (
            "the mail may be read too late" if links < recommended[0] else "a link that lies in a mailbox can be found"
        )
        yield draft.value(f"{why}: write {least} to {most}", *here, "link_validity")
    if profile.escalate_after is not None and profile.escalate_after >= links:
        told = f"the links end after {duration_text(links)}: the next approver is never asked; write less"
        yield draft.value(told, *here, "escalate_after")


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_holds, _sending, _deciding, _challenges, _profiles)
