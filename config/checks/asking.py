"""Warnings about messages: who gets them, what is in them, and options that say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.models.options import ProfileOptions
from config.models.templates import names
from config.secret import Secret
from config.settings import Settings

PEOPLE = ("manager", "sponsor", "managers_manager")


def _asks_manager(profile: ProfileOptions) -> bool:
    return hasattr(profile, "default_recipient") and getattr(profile, "type", "") != "user_approval"


def _recipients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, profile in settings.profiles.items():
        if not _asks_manager(profile):
            continue
        last, approvers = getattr(profile, "default_recipient", None), getattr(profile, "approvers", ())
        if last is None and any(each in PEOPLE for each in approvers):
            informs = getattr(profile, "type", "") == "manager_information"
            lost = "nobody is told of users without a manager" if informs else "users without a manager can not sign in"
            told = f"`{name}` has no `default_recipient`: {lost}; write for example `default_recipient: {EXAMPLES[_delivery(profile)]}`"
            yield draft.key(told, "profiles", name)
        named = [(("approvers", index), each) for index, each in enumerate(approvers) if each not in PEOPLE]
        for path, recipient in [*named, *([(("default_recipient",), last)] if last else [])]:
            problem = _unusable(settings, _delivery(profile), recipient)
            if problem is not None:
                yield draft.value(problem, "profiles", name, *path)
        quorum = getattr(profile, "quorum", 1)
        if quorum > len(approvers):
            told = f"{quorum} must approve, and `approvers` has {len(approvers)}: nobody ever gets in; write more approvers, or less here"
            yield draft.value(told, "profiles", name, "quorum")


EXAMPLES = {"mail": "security@example.com", "sms": '"+905554443322"'}


def _delivery(profile: ProfileOptions) -> str:
    return str(getattr(profile, "delivery", "mail"))


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
    sends = [name for profile in settings.profiles.values() for name in getattr(profile, "sms_gateways", ())]
    home, countries = settings.phone_country, settings.enrollment.countries
    if sends and not _countries(settings):
        told = "SMS goes to every country, at your cost; write `phone_country`, or `enrollment: {countries: [...]}`"
        yield draft.key(told, "sms_gateways", sends[0])
    if sends and home and countries and home not in countries:
        told = f"numbers are read as of {home}, and SMS does not go there; add {home}, or change `phone_country`"
        yield draft.value(told, "enrollment", "countries")


def _entries(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Directories that do not have what a profile needs of its users."""
    for name, profile in settings.profiles.items():
        needed = {"mail_otp": ("mail", "address"), "sms_otp": ("mobile", "number")}.get(profile.method)
        if _asks_manager(profile) and all(each in PEOPLE for each in getattr(profile, "approvers", ())):
            needed = ("manager", "manager")
        for directory in profile.directories if needed else ():
            attributes = getattr(settings.directories[directory], "attributes", None)
            if needed and attributes is not None and getattr(attributes, needed[0]) is None:
                told = f"profile `{name}` needs the {needed[1]} of a user of `{directory}`; write the attribute that holds it"
                yield draft.value(told, "directories", directory, "attributes", needed[0])


def _texts(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Messages that lack what they are for."""
    for name, profile in settings.profiles.items():
        if getattr(profile, "type", "") == "manager_information":
            continue
        variable = "link" if hasattr(profile, "link_validity") else "code" if hasattr(profile, "send_within") else ""
        for key in ("message", "html") if variable else ():
            text = getattr(profile, key, None)
            if text is None or not draft.wrote("profiles", name, key):
                continue
            for language, source in dict.fromkeys(text.items()) if isinstance(text, Mapping) else [("", text)]:
                if not names(source, variable):
                    told = f"this message has no {variable}: nobody can sign in by it; write {{{{ {variable} }}}} in it"
                    yield draft.value(told, "profiles", name, key, language)


def _gateways(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, gateway in settings.sms_gateways.items():
        if not hasattr(gateway, "json_body"):
            continue
        sources = [*_sources((gateway.json_body, getattr(gateway, "form", None), getattr(gateway, "body", None)))]
        for variable in ("recipient", "message"):
            everywhere = sources if variable == "message" else [*sources, *_sources(getattr(gateway, "headers", {}))]
            if not any(names(source, variable) for source in everywhere):
                told = f"what is sent to `{name}` lacks the {variable}; write {{{{ {variable} }}}} in `json`, `form` or `body`"
                yield draft.key(told, "sms_gateways", name)


def _sources(value: object) -> Iterator[str]:
    """The templates in it."""
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Mapping):
        yield from (source for each in value.values() for source in _sources(each))
    elif isinstance(value, tuple | list):
        yield from (source for each in value for source in _sources(each))


class _Without:
    """Keys of a profile that nothing looks at where another key has this value."""

    def __init__(self, key: str, value: str, idle: Sequence[str], why: str) -> None:
        self.key, self.value, self.idle, self.why = key, value, idle, why


IDLE = (
    _Without("type", "approved_authentication", ("notify", "summary_at"), "it is of `type: manager_information`"),
    _Without(
        "type",
        "manager_information",
        ("quorum", "confirm", "escalate_after", "grant", "late_approval"),
        "`type: manager_information` asks nobody",
    ),
    _Without(
        "type",
        "user_approval",
        ("approvers", "default_recipient", "quorum", "escalate_after"),
        "`type: user_approval` asks the user alone",
    ),
    _Without("delivery", "mail", ("sms_gateways",), "messages go by mail (`delivery`)"),
    _Without("delivery", "sms", ("mail_servers", "subject"), "messages go by SMS (`delivery`)"),
)


def _idle(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Options that are written, differ from the default and change nothing."""
    for name, profile in settings.profiles.items():
        for rule in IDLE:
            if getattr(profile, rule.key, None) != rule.value:
                continue
            for key in rule.idle:
                info = type(profile).model_fields.get(key)
                if info is None or not draft.wrote("profiles", name, key) or getattr(profile, key) == info.default:
                    continue
                yield draft.key(f"`{key}` has no effect: {rule.why}; remove it", "profiles", name, key)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _recipients,
    _numbers,
    _entries,
    _texts,
    _gateways,
    _idle,
)
