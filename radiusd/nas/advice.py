"""What to set on a NAS, and in radius.yaml for it, so that the sign-ins of its application have the time they need."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from config.patience import DECIDING, hold_for
from radiusd.nas.products import PRODUCTS

if TYPE_CHECKING:
    from config.models.clients import ClientSettings
    from config.settings import Settings
    from radiusd.nas.product import NasProduct

PASSWORD_SECONDS = 10.0  # that a directory is given, and the least that some NASes can be set to
PROXY_SECONDS = 30.0  # that a FreeRADIUS proxy waits at most, unless its max_request_time is raised
PROXY_HOLD_SECONDS = 25.0  # so that an answer is there before that
SEEN_ENOUGH = 10  # requests after which it is believed that a NAS signs every one


class Need(NamedTuple):
    """How long a NAS must wait for one answer, in seconds, and why."""

    seconds: float
    why: str


def needed(settings: Settings, client: ClientSettings) -> Need:
    """What the slowest profile of the client's application needs, or what radius.yaml says that the NAS waits."""
    if client.hold is not None:
        return Need(client.hold.total_seconds(), "radius.yaml says `hold` of it")
    need = Need(PASSWORD_SECONDS, "a password is looked up")
    for name in settings.applications[client.application].profiles:
        profile = settings.profiles[name]
        for each in (profile, *(settings.profiles[first] for first in profile.profiles_first)):
            sending = each.must_leave_within
            if sending is not None and hold_for(sending.total_seconds()) > need.seconds:
                need = Need(hold_for(sending.total_seconds()), f"profile {name} sends a code before it answers")
        validity = profile.decided_within
        if validity is not None and not client.one_at_a_time:  # nothing is held then
            seconds = min(validity.total_seconds(), DECIDING)
            if seconds > need.seconds:
                need = Need(seconds, f"profile {name} holds the request until somebody decides")
    return need


def behind_a_proxy(need: Need) -> Iterator[str]:
    """What to mind where a FreeRADIUS proxy may stand between: whether one does is not to be known of radius.yaml."""
    if need.seconds > PROXY_HOLD_SECONDS:
        yield (
            f"Is a FreeRADIUS proxy between? It waits {PROXY_SECONDS:g}s at most (`response_window`, which it cuts to"
            " `max_request_time`), and takes a server that was silent for longer for dead: everybody is refused for minutes."
            f" Write `hold: {PROXY_HOLD_SECONDS:g}s` then, and there `status_check = status-server`."
        )


def keys() -> str:
    """The products that are known, for a message."""
    return ", ".join(product.key for product in PRODUCTS)


def of_product(product: NasProduct, client: ClientSettings) -> ClientSettings:
    """The client as it should be for what its product cannot do: by this its need is reckoned."""
    return client.model_copy(update={"one_at_a_time": True}) if product.one_at_a_time else client


def lines(product: NasProduct, name: str, client: ClientSettings, need: Need, signs: str = "unknown") -> Iterator[str]:
    """The advice as text, for the terminal; `signs` is what was seen of it: always, never, sometimes or unknown."""
    wait = max(need.seconds, PASSWORD_SECONDS)
    timeout, tries = product.recommended_timeout_seconds(wait), product.recommended_tries(wait)
    waits = product.recommended_wait(wait)
    yield (
        f"{product.name} as it comes: {_schedule(product, product.default_timeout_seconds, product.default_tries)}."
        f" With this: {_schedule(product, timeout, tries)}."
    )
    for step in product.commands(wait):
        yield ""
        yield f"{step.where}:"
        yield from (f"    {line}" for line in step.lines)
    yield ""
    yield from _of_radius_yaml(name, to_write(product, client, min(waits, need.seconds), signs))
    mind = list(_to_mind(product, need, waits, signs))
    if mind:
        yield ""
        yield "Mind:"
        yield from (f"- {each}" for each in mind)
    yield ""
    yield f"Source: {product.source}"


def _schedule(product: NasProduct, timeout: float, tries: int) -> str:
    """When it sends, and when it gives up."""
    over = f"gives up after {round(product.waits(timeout, tries), 1):g}s"
    apart = f"{timeout:g}s apart" + (", then longer" if product.backoff > 1 else "")
    return f"{tries} tries {apart}, {over}" if tries > 1 else f"one try, {over}"


def to_write(product: NasProduct, client: ClientSettings, waits: float, signs: str = "unknown") -> dict[str, str]:
    """The keys of the client in radius.yaml that should be otherwise.

    `required` is advised of what was seen to sign every request alone: whoever does not is not heard at all then.
    """
    hold = math.floor(min(waits, product.most_hold_seconds or waits))
    wanted: dict[str, str] = {}
    if client.hold is None or client.hold.total_seconds() > hold:
        wanted["hold"] = f"{hold}s"
    if product.one_at_a_time and not client.one_at_a_time:
        wanted["one_at_a_time"] = "true"
    if client.challenge and not product.answers_challenges:
        wanted["challenge"] = "false"
    signing = _message_authenticator(product, client, signs)
    if signing != client.message_authenticator:
        wanted["message_authenticator"] = signing
    if signing == "optional" and not client.limit_proxy_state:
        wanted["limit_proxy_state"] = "true"
    return wanted


def _message_authenticator(product: NasProduct, client: ClientSettings, signs: str) -> str:
    """What lets this NAS in and keeps out as much as can be."""
    if signs == "always":
        return "required"
    if product.signs == "never" or signs in {"never", "sometimes"}:
        return client.message_authenticator if client.message_authenticator != "required" else "optional"
    return "required" if product.signs == "always" and client.message_authenticator == "required" else "auto"


def yaml(wanted: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Lines of radius.yaml, by client and key; what else a client has stays as it is."""
    yield "    clients:"
    for name, values in wanted.items():
        yield f"      {name}:"
        yield from (f"        {key}: {value}" for key, value in values.items())


def _of_radius_yaml(name: str, wanted: Mapping[str, str]) -> Iterator[str]:
    if not wanted:
        yield "radius.yaml is right as it is."
        return
    yield "radius.yaml, once the NAS is set, beside what the client has; then `radiusd reload`:"
    yield from yaml({name: wanted})


BLAST_RADIUS = (
    "It does not sign its requests, so whoever is between can forge an Access-Accept (Blast-RADIUS, CVE-2024-3596): keep the"
    " way to radiusd on this machine, in a network of its own, or in a tunnel."
)


def _to_mind(product: NasProduct, need: Need, waits: float, signs: str) -> Iterator[str]:
    if product.speaks != "PAP":
        yield f"It speaks {product.speaks}, which radiusd refuses; what is above says what to do."
    if signs != "always" and (product.signs == "never" or signs != "unknown"):
        yield BLAST_RADIUS
    if waits < need.seconds:
        yield (
            f"It cannot be made to wait {need.seconds:g}s. "
            + ("Users are asked again meanwhile" if product.answers_challenges else "Users sign in again")
            + "; a decision that comes later counts for the next try (late_approval)."
        )
    if not product.answers_challenges:
        yield "It shows no challenge: codes are typed behind the password (`placement: appended`), approvals are held."
    yield from product.cautions


class Signing(NamedTuple):
    """Who signs requests with Message-Authenticator: the clients that were seen, that sign all, that may be made to."""

    seen: Sequence[str]
    signing: Sequence[str]
    to_require: Sequence[str]


def signing(rows: Sequence[Mapping[str, Any]]) -> Signing:
    """Of clients as `radiusd client list --json` has them."""
    seen = [row for row in rows if row["signs"] != "unknown"]
    all_of_it = [row for row in seen if row["signs"] == "always"]
    return Signing(
        [row["client"] for row in seen],
        [row["client"] for row in all_of_it],
        [
            row["client"]
            for row in all_of_it
            if row["message_authenticator"] != "required" and row["counts"]["with_message_authenticator"] >= SEEN_ENOUGH
        ],
    )


def signing_lines(found: Signing) -> Iterator[str]:
    """The report as text; nothing where no request was seen."""
    if not found.seen:
        return
    told = f"{len(found.signing)} of {len(found.seen)} clients sign every request with Message-Authenticator"
    if not found.to_require:
        yield f"{told}."
        return
    these = "it of this one" if len(found.to_require) == 1 else f"it of these {len(found.to_require)}"
    yield f"{told}; require {these} now, in radius.yaml beside what they have; then `radiusd reload`:"
    yield from yaml({name: {"message_authenticator": "required"} for name in found.to_require})
