"""Warnings about what is never reached: rules that match nobody, profiles that nobody gets, entries that nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.options import DirectoryOptions, ProfileOptions
from config.models.rules import AutomaticMatch, Match, PolicySettings, covers, misread
from config.settings import ApplicationSettings, Settings
from config.yaml.nodes import Key


def _rules(settings: Settings) -> Iterator[tuple[tuple[Key, ...], Match | AutomaticMatch]]:
    """Everything that says whom it means, with its path."""
    for index, policy in enumerate(settings.policies):
        yield ("policies", index), policy
    for name, application in settings.applications.items():
        for index, rule in enumerate(application.reply_rules):
            yield ("applications", name, "reply_rules", index), rule
    for role in ("administrator", "help_desk", "auditor"):
        for index, match in enumerate(getattr(settings.administration.roles, role)):
            yield ("administration", "roles", role, index), match
    for index, match in enumerate(settings.enrollment.allowed):
        yield ("enrollment", "allowed", index), match
    for index, narrowed in enumerate(settings.enrollment.automatic or ()):
        yield ("enrollment", "automatic", index), narrowed


def _values(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Attributes and values that no user can have."""
    for path, rule in _rules(settings):
        directory, attribute = settings.directories[rule.directory], rule.attribute
        if attribute is None:
            continue
        told = directory.attribute_advice(attribute)
        if told is not None:
            yield draft.value(told, *path, "attribute")
            continue
        for index, value in enumerate(rule.values):
            told = misread(value) or directory.value_advice(attribute, value)
            if told is not None:
                yield draft.value(told, *path, "values", index)


def _policies(draft: Draft, settings: Settings) -> Iterator[Fault]:
    listed = {name for application in settings.applications.values() for name in application.profiles}
    for index, policy in enumerate(settings.policies):
        if policy.profile not in listed:
            told = (
                f"profile `{policy.profile}` is in no application: this rule is never read; add the profile to"
                " `profiles` of an application"
            )
            yield draft.value(told, "policies", index, "profile")
            continue
        before = [n for n, each in enumerate(settings.policies[:index]) if _goes_before(settings, each, policy)]
        taken = [[n for n in before if _has(settings.policies[n], value)] for value in policy.values]
        if all(taken):
            numbers = sorted({each[0] for each in taken})
            names = " and ".join(f"policy {n + 1} (line {draft.key('', 'policies', n).line})" for n in numbers)
            told = (
                f"this rule is never reached: {names} matches everybody whom it means; put this one above, or remove it"
            )
            yield draft.value(told, "policies", index, "values")


def _goes_before(settings: Settings, earlier: PolicySettings, later: PolicySettings) -> bool:
    """Whether the earlier rule ends the search for whom the later one would match, in every application that reads it."""
    same_method = settings.profiles[earlier.profile].method == settings.profiles[later.profile].method
    if not (earlier.required or (same_method and not later.required)):
        return False
    if (earlier.directory, earlier.attribute.lower()) != (later.directory, later.attribute.lower()):
        return False
    readers = [each.profiles for each in settings.applications.values() if later.profile in each.profiles]
    return all(earlier.profile in profiles for profiles in readers)


def _has(rule: PolicySettings, value: str) -> bool:
    return any(covers(pattern, value) for pattern in rule.values)


def _profiles(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Profiles of an application that no user of it gets (D6, D7)."""
    for name, application in settings.applications.items():
        here = ("applications", name, "profiles")
        open_before: dict[str, str] = {}  # directory: the first profile that all its users get
        hidden: dict[str, list[str]] = {}  # by the profile that stands before them
        for index, profile_name in enumerate(application.profiles):
            profile = settings.profiles[profile_name]
            rules = [rule for rule in settings.policies if rule.profile == profile_name]
            passed_over = None if rules else _passed_over(settings, application, profile_name)
            if passed_over is not None:
                yield draft.value(f"nobody gets `{profile_name}` here: {passed_over}", *here, index)
                continue
            before = [open_before[directory] for directory in profile.directories if directory in open_before]
            if len(before) == len(profile.directories) and not any(rule.required for rule in rules):
                hidden.setdefault(before[0], []).append(profile_name)
            if not rules and profile.needs_nothing:
                for directory in profile.directories:
                    open_before.setdefault(directory, profile_name)
        for first, names in hidden.items() if application.choose == "first" else ():
            told = (
                f"`{first}` is open to everybody, so nobody gets {' and '.join(f'`{each}`' for each in names)} behind it;"
                f" put `{first}` last, or write a policy for it"
            )
            yield draft.value(told, *here, application.profiles.index(first))


def _passed_over(settings: Settings, application: ApplicationSettings, name: str) -> str | None:
    """Why a profile without a policy is not the one of its method; None where it is."""
    method = settings.profiles[name].method
    if any(
        rule.profile in application.profiles and settings.profiles[rule.profile].method == method
        for rule in settings.policies
    ):
        return f"{method} has policies, and none is for this profile; write one, or take the profile out"
    first = next(each for each in application.profiles if settings.profiles[each].method == method)
    if first != name:
        return f"{method} has no policy, so everybody gets its first profile, `{first}`; write policies, or take this one out"
    return None


def _barred(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Directories whose users no policy of an application admits (D7)."""
    told: set[str] = set()
    for name, application in settings.applications.items():
        rules = [rule for rule in settings.policies if rule.profile in application.profiles]
        governed = {settings.profiles[rule.profile].method for rule in rules}
        admitted = {rule.directory for rule in rules}
        for each in application.profiles:
            if settings.profiles[each].method not in governed:
                admitted.update(settings.profiles[each].directories)
        for each in application.profiles:
            for index, directory in enumerate(settings.profiles[each].directories):
                if directory not in admitted | told:
                    told.add(directory)
                    message = f"no policy lets users of `{directory}` in to `{name}`; write one for them, or take `{directory}` out"
                    yield draft.value(message, "profiles", each, "directories", index)


def _password_alone(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What stands behind stricter profiles that policies give: the password alone, for whom none of them matches."""
    for name, application in settings.applications.items():
        ruled = [rule.profile for rule in settings.policies if rule.profile in application.profiles]
        stricter = [each for each in ruled if not settings.profiles[each].is_password_alone]
        for index, each in enumerate(application.profiles):
            if stricter and each not in ruled and settings.profiles[each].is_password_alone:
                message = (
                    f"whom no policy of `{stricter[0]}` matches signs in to `{name}` with the password alone; write a"
                    f" policy for `{each}` too: if all are meant, one with `values: ['*']`"
                )
                yield draft.value(message, "applications", name, "profiles", index)


def _directories(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Rules for users who do not come by."""

    def comers(application: str) -> set[str]:
        names = settings.applications[application].profiles
        return {directory for name in names for directory in settings.profiles[name].directories}

    for path, rule in _rules(settings):
        application = str(path[1]) if path[0] == "applications" else settings.administration.application
        if path[0] not in {"applications", "administration"} or application is None:
            continue
        if rule.directory not in comers(application):
            told = (
                f"users of `{rule.directory}` do not sign in to `{application}`: this rule matches nobody; its profiles"
                f" have {', '.join(f'`{name}`' for name in sorted(comers(application)))}"
            )
            yield draft.value(told, *path, "directory")


def _unused(draft: Draft, settings: Settings) -> Iterator[Fault]:
    profiles = settings.profiles.values()
    senders: list[ProfileOptions | DirectoryOptions] = [*profiles, *settings.directories.values()]
    used: dict[str, set[str]] = {
        "applications": {client.application for client in settings.clients.values()},
        "profiles": {name for application in settings.applications.values() for name in application.profiles},
        "directories": {name for profile in profiles for name in profile.directories},
        "mail_servers": {name for each in senders for name in each.carriers.get("mail_servers", ())},
        "sms_gateways": {name for each in senders for name in each.carriers.get("sms_gateways", ())},
    }
    used["applications"].add(settings.administration.application or "")
    used["profiles"].update(name for profile in profiles for name in profile.profiles_first)
    used["profiles"].update(profile.sends_otherwise_by for profile in profiles if profile.sends_otherwise_by)
    for section, names in used.items():
        for name in getattr(settings, section):
            if name not in names:
                yield draft.key(f"`{name}` is used nowhere; {USERS[section]}, or remove it", section, name)


USERS = {
    "applications": "name it in `application` of a client",
    "profiles": "name it in `profiles` of an application",
    "directories": "name it in `directories` of a profile",
    "mail_servers": "name it in `mail_servers` of a profile",
    "sms_gateways": "name it in `sms_gateways` of a profile",
}

CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _values,
    _policies,
    _profiles,
    _barred,
    _password_alone,
    _directories,
    _unused,
)
