"""Errors of meaning: what is well written and yet can not be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks import files, otherwise, pages, replies
from config.checks.draft import Draft
from config.faults import Fault, instead
from config.models.options import PASSWORD, ProfileOptions
from config.models.rules import AutomaticMatch, Match
from config.models.values import Listener
from config.settings import Settings
from config.yaml.nodes import Key


def faults_of(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Everything that is wrong, in no order."""
    for check in (*CHECKS, *files.ERRORS, *otherwise.ERRORS, *pages.ERRORS, *replies.ERRORS):
        yield from check(draft, settings)


def _clients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    known: dict[object, str] = {}
    for name, client in settings.clients.items():
        for index, network in enumerate(client.address):
            first = known.setdefault(network, name)
            if first != name:
                yield draft.value(
                    f"{network} is `{first}`'s already; take it out of one of them", "clients", name, "address", index
                )
        if client.tls is not None:
            identity = client.tls.subject_alt_name or client.tls.psk_identity
            first = known.setdefault(identity, name)
            if first != name:
                yield draft.value(
                    f"`{identity}` is `{first}`'s already; take it out of one of them", "clients", name, "tls"
                )


def _directories(draft: Draft, settings: Settings) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, directory in settings.directories.items():
        kind = directory.type
        if directory.alone and first.setdefault(kind, name) != name:
            message = f"`{name}`: there is one {kind} directory, and `{first[kind]}` is it; all {kind} users are in one database"
            yield draft.key(message, "directories", name)


def _senders(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for section in ("mail_servers", "sms_gateways"):
        for name, sender in getattr(settings, section).items():
            if sender.for_the_demo and not draft.demo:
                message = f"`type: {sender.type}` sends nothing; it is for `radiusd run --demo` alone"
                yield draft.value(message, section, name, "type")


def _profiles(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, profile in settings.profiles.items():
        here = ("profiles", name)
        if name == PASSWORD:
            message = f"`{PASSWORD}` means the password itself in `methods`, so no profile can be called so"
            yield draft.key(message, *here)
        elif name in draft.kinds["profiles"].reserved:
            yield draft.key(f"`{name}` is a step of ours in a sign-in, so no profile can be called so", *here)
        yield from _factors(draft, settings, profile, here)
        if (
            profile.sends_links
            and (profile.link_base or settings.public_url) is None
            and not draft.faulty("public_url") | draft.faulty(*here, "server")
        ):
            message = f"`{name}` sends links: it needs `server`, or `public_url` for all profiles"
            yield draft.key(message, *here)


def _factors(draft: Draft, settings: Settings, profile: ProfileOptions, here: tuple[str, str]) -> Iterator[Fault]:
    """What is passed before the approval (D15)."""
    read = settings.profiles
    usable = [name for name in draft.names["profiles"] if name not in read or read[name].is_a_factor]
    for index, factor in enumerate(profile.passed_first):
        if factor == PASSWORD:
            continue
        at: tuple[Key, ...] = (*here, "methods", index)
        if factor not in draft.names["profiles"]:
            yield draft.value(f"unknown profile `{factor}`{instead(factor, [PASSWORD, *usable])}", *at)
            continue
        other = settings.profiles.get(factor)
        if other is None:
            continue  # faulty itself
        if not other.is_a_factor:
            message = f"`{factor}` is a profile of {other.method}; here are `{PASSWORD}` and profiles of {_factor_methods(draft)}"
            yield draft.value(message, *at)
        lacking = [directory for directory in profile.directories if directory not in other.directories]
        if lacking:
            message = f"`{factor}` lacks the directory `{lacking[0]}` of this profile: its users could never pass; add it there"
            yield draft.value(message, *at)


def _factor_methods(draft: Draft) -> str:
    """The methods whose profiles may come before an approval, for a message."""
    methods = {name: draft.kinds["profiles"][name].options for name in sorted(draft.kinds["profiles"])}
    return ", ".join(
        name for name, options in methods.items() if issubclass(options, ProfileOptions) and options.is_a_factor
    )


def _match(draft: Draft, settings: Settings, rule: Match | AutomaticMatch, *here: Key) -> Iterator[Fault]:
    """A rule's attribute where the directory is local."""
    directory = settings.directories.get(rule.directory)
    attribute = rule.attribute
    message = directory.attribute_fault(attribute) if directory is not None and attribute else None
    if message is not None:
        yield draft.value(message, *here, "attribute")


def _policies(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for index, policy in enumerate(settings.policies):
        here = ("policies", index)
        yield from _match(draft, settings, policy, *here)
        profile = settings.profiles.get(policy.profile)
        known = policy.directory in draft.names["directories"]
        if known and profile is not None and policy.directory not in profile.directories:
            has = ", ".join(f"`{name}`" for name in profile.directories)
            message = f"`{policy.directory}` is not a directory of `{policy.profile}`, which has {has}; add it there, or write another"
            yield draft.value(message, *here, "directory")


def _applications(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, application in settings.applications.items():
        here = ("applications", name)
        for index, rule in enumerate(application.reply_rules):
            yield from _match(draft, settings, rule, *here, "reply_rules", index)


def _other_rules(draft: Draft, settings: Settings) -> Iterator[Fault]:
    roles = settings.administration.roles
    for role in ("administrator", "help_desk", "auditor"):
        for index, rule in enumerate(getattr(roles, role)):
            yield from _match(draft, settings, rule, "administration", "roles", role, index)
    for index, rule in enumerate(settings.enrollment.allowed):
        yield from _match(draft, settings, rule, "enrollment", "allowed", index)
    for index, rule in enumerate(settings.enrollment.automatic or ()):
        yield from _match(draft, settings, rule, "enrollment", "automatic", index)


def _listen(draft: Draft, settings: Settings) -> Iterator[Fault]:
    listen = settings.listen
    for names in (("authentication", "accounting"), ("radsec", "web", "internal", "health")):
        taken: dict[Listener, str] = {}
        for name in names:
            sockets: Sequence[Listener] = getattr(listen, name)
            for index, socket in enumerate(sockets):
                if not socket.port:
                    continue
                first = next((each for each in taken if _overlap(each, socket)), socket)
                if first != socket:
                    yield draft.value(f"{socket} is taken by {first} of `{taken[first]}`", "listen", name, index)
                elif taken.setdefault(socket, name) != name:
                    yield draft.value(f"{socket} is taken by `{taken[socket]}`", "listen", name, index)
                taken.setdefault(socket, name)
    if listen.radsec and settings.tls.certificate is None and not draft.faulty("tls", "certificate"):
        yield draft.value("`radsec` needs `tls` with `certificate` and `key`", "listen", "radsec")


def _overlap(one: Listener, other: Listener) -> bool:
    """Whether one of two different ones is every address of the other's kind, at its port."""
    alike = (one.port, one.address.version) == (other.port, other.address.version)
    return one != other and alike and (one.address.is_unspecified or other.address.is_unspecified)


def _processes(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if settings.workers > 1 and settings.database.startswith("sqlite") and not draft.faulty("database"):
        message = (
            "more than 1 of `workers` needs PostgreSQL: an SQLite file has one writer; set `database: postgresql://...`"
        )
        yield draft.value(message, "workers")


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _clients,
    _directories,
    _senders,
    _profiles,
    _policies,
    _applications,
    _other_rules,
    _listen,
    _processes,
)
