"""What a user's fields may be, and the form in which they are kept (S202 to S213, D10)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Protocol

from config.faults import instead
from radiusd.administration import dates
from radiusd.administration.faults import Invalid
from radiusd.model.access import ROOM
from radiusd.rules import hours
from radiusd.rules.framed import is_of_a_device
from radiusd.rules.names import as_typed, normal_form
from radiusd.rules.reply_rules import FRAMED_IP_ADDRESS

if TYPE_CHECKING:
    from config.settings import Settings

LONGEST = 250  # characters of a field
YES = frozenset({"yes", "true", "1", "enabled", "active", "evet"})
NO = frozenset({"no", "false", "0", "disabled", "inactive", "hayır"})
DAY_FORM = "a day as 2026-12-31, 31.12.2026 or 31 Dec 2026, a moment as 2026-12-31T18:00, or never"


class FieldError(Invalid):
    """A value that a field can not have; its text is a sentence for whoever typed it."""


class Attributes(Protocol):
    """The RADIUS attributes that the dictionaries of radius.yaml have."""

    def reply_fault(self, name: str, values: tuple[str, ...]) -> str | None:
        """What is wrong with an attribute of a reply; None where nothing is."""

    def size(self, name: str, values: tuple[str, ...]) -> int:
        """How many octets it takes."""


class Reader:
    """Reads what is typed for the fields of a user, by the settings of one radius.yaml."""

    def __init__(self, settings: Settings, attributes: Callable[[], Attributes]) -> None:
        """`attributes` reads the dictionaries, where they are wanted."""
        from config.models.languages import LANGUAGES

        country, zone = settings.phone_country, settings.time_zone
        self._columns: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
            "first_name": ("first_name", line),
            "last_name": ("last_name", line),
            "email": ("email", email),
            "phone": ("phone", lambda typed, field: phone(typed, field, country)),
            "groups": ("groups", groups),
            "framed_ip_address": ("framed_ip_address", framed_ip_address),
            "sponsor_name": ("sponsor_name", line),
            "sponsor_email": ("sponsor_email", email),
            "sponsor_phone": ("sponsor_phone", lambda typed, field: phone(typed, field, country)),
            "expires": ("expires_at", lambda typed, field: expires(typed, zone, field)),
            "description": ("description", line),
            "language": ("language", lambda typed, field: language(typed, LANGUAGES, field)),
            "reply": ("reply", lambda typed, field: reply(typed, field, attributes())),
            "hours": ("hours", hours_of_week),
            "clients": ("clients", lambda typed, field: named(typed, field, "client", settings.clients)),
            "applications": (
                "applications",
                lambda typed, field: named(typed, field, "application", settings.applications),
            ),
            "must_change_password": ("must_change_password", yes_or_no),
            "enabled": ("enabled", yes_or_no),
        }

    def read(self, name: str, typed: Any, field: str) -> tuple[str, Any]:
        """The field of store.records.NewUser and its value; `field` is what whoever typed it calls it.

        `typed` is a text; of `groups`, `reply`, `hours`, `clients` and `applications` a list of them; yes or no may be a
        bool. Raises FieldError.
        """
        if name not in self._columns:
            raise FieldError(f"{field}: users have no such field")
        column, read = self._columns[name]
        return column, read(typed, field)


def username(typed: str) -> str:
    """The name in normal form (D21): what is stored, looked up and compared."""
    name = normal_form(typed)
    if name is None:
        why = "it has characters that cannot be seen, or is too long for RADIUS" if typed.strip() else "it is empty"
        raise FieldError(f"{typed!r} is no username: {why}")
    return name


def spelling(typed: str) -> str:
    """The name as people are to read it; "" where that is its normal form."""
    name = as_typed(typed) or ""
    return "" if name == normal_form(typed) else name


def line(typed: str, field: str) -> str:
    """One line of text, without blanks at its ends."""
    text = typed.strip()
    if any(not character.isprintable() for character in text):
        raise FieldError(f"{field}: line breaks and control characters are not allowed")
    if len(text) > LONGEST:
        raise FieldError(f"{field}: {len(text)} characters are too many, {LONGEST} are allowed")
    return text


def email(typed: str, field: str) -> str:
    """An address like user@example.com, its domain in lower case; "" stays empty. The domain is not asked for."""
    text = line(typed, field)
    if not text:
        return ""
    from radiusd.rules import mail_addresses

    try:
        return mail_addresses.read(text).normalized
    except ValueError as error:
        raise FieldError(f"{field}: {text} is no e-mail address (user@example.com): {error}") from None


def phone(typed: str, field: str, country: str | None) -> str:
    """The number in E.164 (+905554443322); "" stays empty. `country` is how one without a country code is read."""
    text = line(typed, field)
    if not text:
        return ""
    from radiusd.rules import phone_numbers

    number = phone_numbers.read(text, country)
    if number is None or not number.is_possible:
        read = f"read with phone_country {country}" if country else "phone_country is not set"
        raise FieldError(f"{field}: {text} is no phone number ({read}); with its country code it begins with +")
    if number.extension:
        raise FieldError(f"{field}: {text} has an extension, which no message reaches; write the number without it")
    return number.e164


def framed_ip_address(typed: str, field: str) -> str | None:
    """An IPv4 address that a user's device can have; None for nothing."""
    text = typed.strip()
    if not text:
        return None
    try:
        address = IPv4Address(text)
    except ValueError:
        raise FieldError(f"{field}: {text} is no IPv4 address (192.0.2.7)") from None
    if not is_of_a_device(address):
        raise FieldError(f"{field}: {text} cannot be the address of a user's device")
    return str(address)


def expires(typed: str, zone: tzinfo | None, field: str = "expires") -> float | None:
    """When the account ends, in seconds since the epoch: a day counts whole. None for `never` and for nothing."""
    text = typed.strip()
    if text.casefold() in {"", "never"}:
        return None
    text = dates.as_iso(text)
    try:
        if len(text) == len("2026-12-31"):
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time())
            return _in_zone(midnight, zone).timestamp()
        return _in_zone(datetime.fromisoformat(text), zone).timestamp()
    except (ValueError, OverflowError):
        raise FieldError(f"{field}: {text} is no date; write {DAY_FORM}") from None


def expires_text(seconds: float | None, zone: tzinfo | None) -> str:
    """The end of the account for people: a day where it is the end of that day."""
    if seconds is None:
        return "never"
    end = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    if end.time() == time():
        return (end - timedelta(days=1)).strftime("%Y-%m-%d")
    return end.strftime("%Y-%m-%d %H:%M")


def expires_exactly(seconds: float | None, zone: tzinfo | None) -> str:
    """The end of the account as `expires` reads it again: the day where that is all of it, else the exact moment."""
    day = expires_text(seconds, zone)
    if seconds is None or (len(day) == len("2026-12-31") and expires(day, zone) == seconds):
        return day
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat()


def groups(typed: list[str], field: str) -> tuple[str, ...]:
    """Group names in the order given, each once; empty ones left out, so that one empty name clears them."""
    named = dict.fromkeys(line(each, field) for each in typed)
    with_semicolon = next((name for name in named if ";" in name), None)
    if with_semicolon is not None:
        raise FieldError(f"{field}: {with_semicolon} has a semicolon, which parts groups in CSV files; repeat {field}")
    return tuple(name for name in named if name)


def language(typed: str, known: tuple[str, ...], field: str) -> str:
    """A language that texts exist in; "" for the default one."""
    text = typed.strip().casefold()
    if text and text not in known:
        raise FieldError(f"{field}: {typed} is not among {', '.join(known)}")
    return text


def hours_of_week(typed: list[str], field: str) -> tuple[str, ...]:
    """Hours in the form in which they are kept; none where there are none."""
    try:
        return hours.kept(";".join(typed))
    except ValueError as error:
        raise FieldError(f"{field}: {error}") from None


def named(typed: list[str], field: str, what: str, known: Collection[str]) -> tuple[str, ...]:
    """Names of clients or applications of radius.yaml, each once; empty ones left out."""
    names = tuple(dict.fromkeys(name for name in (each.strip() for each in typed) if name))
    for name in names:
        if name not in known:
            raise FieldError(f"{field}: there is no {what} {name} in radius.yaml{instead(name, known)}")
    return names


def reply(typed: list[str], field: str, attributes: Attributes) -> tuple[str, ...]:
    """RADIUS attributes of a user's own, each as `Name=value`, in the order given."""
    values: dict[str, tuple[str, ...]] = {}
    for each in filter(str.strip, typed):
        name, equals, value = (part.strip() for part in each.partition("="))
        if not equals or not name:
            raise FieldError(f"{field}: {each} is no attribute; write it as Filter-Id=admins")
        values[name] = tuple(dict.fromkeys((*values.get(name, ()), value)))
    for name, those in values.items():
        if name.casefold() == FRAMED_IP_ADDRESS.casefold():
            raise FieldError(f"{field}: {name} has a field of its own, framed IP address, since it is one user's alone")
        fault = attributes.reply_fault(name, those)
        if fault is not None:
            raise FieldError(f"{field}: {fault}")
    size = sum(attributes.size(name, those) for name, those in values.items())
    if size > ROOM:
        raise FieldError(f"{field}: the attributes have {size} octets, and an Access-Accept has room for {ROOM}")
    return tuple(f"{name}={value}" for name, those in values.items() for value in those)


def yes_or_no(typed: str | bool, field: str) -> bool | None:
    """Whether it is so; None for an empty text, which leaves a user as they are."""
    if isinstance(typed, bool):
        return typed
    word = typed.strip().casefold()
    if word in YES or word in NO:
        return word in YES
    if word:
        raise FieldError(f"{field}: {typed} is neither yes nor no")
    return None


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()
