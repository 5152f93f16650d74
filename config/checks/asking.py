"""Warnings about messages: who gets them, what is in them, and options that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from config.checks.draft import Draft
from config.faults import Fault
from config.models.methods import APPROVERS, LinkOptions
from config.models.templates import names
from config.settings import Settings

QUESTIONS = 2  # Challenges that a new password takes


def _new_passwords(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Whose password must be changed, and nobody can ask for another one; nobody is told."""
    asking = {name for name, directory in settings.directories.items() if directory.asks_for_new_passwords}
    for name in asking if not settings.mail_servers else ():
        told = "nobody is told that their password was changed, since there are no `mail_servers`"
        yield draft.value(told, "directories", name, "change_password")
    for name, client in settings.clients.items():
        used = {
            each
            for profile in settings.applications[client.application].profiles
            for each in settings.profiles[profile].directories
        }
        if client.challenge is True or client.challenge >= QUESTIONS or not asking & used:
            continue
        whom = ", ".join(f"`{each}`" for each in sorted(asking & used))
        told = (
            f"who must change the password (`change_password` of {whom}) can not do it here: that takes two Challenges"
        )
        yield draft.value(told, "clients", name, "challenge")


def _asking(settings: Settings) -> Iterator[tuple[str, LinkOptions]]:
    """The profiles whose links go to somebody else than the user."""
    for name, profile in settings.profiles.items():
        if isinstance(profile, LinkOptions) and profile.is_for_others:
            yield name, profile


def _recipients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, profile in _asking(settings):
        last, approvers, delivery = profile.default_recipient, profile.approvers, profile.delivered_by
        if last is None and any(each in APPROVERS for each in approvers):
            lost = "users without a manager can not sign in"
            if not profile.asks_somebody:
                lost = "nobody is told of users without a manager"
            told = f"`{name}` has no `default_recipient`: {lost}; write for example `default_recipient: {EXAMPLES[delivery]}`"
            yield draft.key(told, "profiles", name)
        named = [(("approvers", index), each) for index, each in enumerate(approvers) if each not in APPROVERS]
        for path, recipient in [*named, *([(("default_recipient",), last)] if last else [])]:
            problem = _unusable(settings, delivery, recipient)
            if problem is not None:
                yield draft.value(problem, "profiles", name, *path)
        if profile.quorum > len(approvers):
            told = f"{profile.quorum} must approve, and `approvers` has {len(approvers)}: nobody ever gets in; write more approvers, or less here"
            yield draft.value(told, "profiles", name, "quorum")


EXAMPLES = {"mail": "security@example.com", "sms": '"+905554443322"'}


def _unusable(settings: Settings, delivery: str, recipient: str) -> str | None:
    """Why a message can not go to an address or number that radius.yaml names."""
    if delivery == "mail":
        told = "is a number, and messages go by mail; write an address, or `delivery: sms`"
        return None if "@" in recipient else f"`{recipient}` {told}"
    if "@" in recipient:
        return f"`{recipient}` is an address, and messages go by SMS; write a number, or `delivery: mail`"
    from phonenumbers import NumberParseException, parse, region_code_for_number

    try:
        number = parse(recipient, settings.phone_country)
    except NumberParseException:
        return f"`{recipient}` can not be read as a number; write it with its country, as +905554443322, or set `phone_country`"
    country, allowed = region_code_for_number(number), _countries(settings)
    if allowed and country not in allowed:
        return f"`{recipient}` is of {country or 'no country'}, and SMS goes to {', '.join(allowed)} alone (`enrollment.countries`)"
    return None


def _countries(settings: Settings) -> tuple[str, ...]:
    home = (settings.phone_country,) if settings.phone_country else ()
    return settings.enrollment.countries or home


def _numbers(draft: Draft, settings: Settings) -> Iterator[Fault]:
    sends = [name for profile in settings.profiles.values() for name in profile.carriers.get("sms_gateways", ())]
    home, countries = settings.phone_country, settings.enrollment.countries
    if sends and not _countries(settings):
        told = "SMS goes to every country, at your cost; write `phone_country`, or `enrollment: {countries: [...]}`"
        yield draft.key(told, "sms_gateways", sends[0])
    if sends and home and countries and home not in countries:
        told = f"numbers are read as of {home}, and SMS does not go there; add {home}, or change `phone_country`"
        yield draft.value(told, "enrollment", "countries")


NEEDED = {"mail": "address", "mobile": "number", "manager": "manager"}


def _entries(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Directories that do not have what a profile needs of its users."""
    for name, profile in settings.profiles.items():
        needed = profile.needs_of_a_user
        for directory in profile.directories if needed else ():
            if settings.directories[directory].lacks(needed):
                told = f"profile `{name}` needs the {NEEDED[needed]} of a user of `{directory}`; write the attribute that holds it"
                yield draft.value(told, "directories", directory, "attributes", needed)


MINUTE = timedelta(minutes=1)


def _texts(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Messages that lack what they are for."""
    for name, profile in settings.profiles.items():
        for key, sources, needs, validity in profile.texts():
            if not draft.wrote("profiles", name, key):
                continue
            for language, source in dict.fromkeys(sources.items()) if isinstance(sources, Mapping) else [("", sources)]:
                if not names(source, needs):
                    told = f"this message has no {needs}: nobody can sign in by it; write {{{{ {needs} }}}} in it"
                    yield draft.value(told, "profiles", name, key, language)
                if names(source, "minutes") and (validity % MINUTE or validity == MINUTE):
                    told = (
                        f"`{{{{ minutes }}}}` can not tell {validity.total_seconds():g} seconds rightly; write"
                        " {{ validity }} in place of it and of the word behind it"
                    )
                    yield draft.value(told, "profiles", name, key, language)


def _idle(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Options that are written, differ from the default and change nothing."""
    for name, profile in settings.profiles.items():
        for key, why in profile.idle():
            default = type(profile).model_fields[key].default
            if draft.wrote("profiles", name, key) and getattr(profile, key) != default:
                yield draft.key(f"`{key}` has no effect: {why}; remove it", "profiles", name, key)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _recipients,
    _numbers,
    _entries,
    _texts,
    _idle,
    _new_passwords,
)
