"""From what an LDAP server has of a person to our Entry."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address

import structlog

from radiusd.directories.ldap_messages import Found
from radiusd.directories.ldap_options import AUTO, LdapOptions
from radiusd.log import RateLimited
from radiusd.model.entry import Entry
from radiusd.rules.framed import is_of_a_device
from radiusd.rules.names import normal_form

log = structlog.get_logger()

SELDOM_SECONDS = 3600.0  # between two lines about the same user
SID, PRIMARY_GROUP = "objectsid", "primarygroupid"
NAMED_BY = re.compile(r"\(([A-Za-z][\w.-]*)=\{username\}\)")  # of `user_filter`: what is compared with the whole name
UNIQUE_IDS = ("entryUUID", "objectGUID")  # of `unique_id: auto`: RFC 4530, and Active Directory's
# What says that an account is not to be used, where no bind would say it: Active Directory's two, and that of 389DS.
CONTROL, EXPIRES, LOCK = "userAccountControl", "accountExpires", "nsAccountLock"
# When the password was changed: Active Directory, ppolicy (slapd), FreeIPA.
CREDENTIALS = ("pwdLastSet", "pwdChangedTime", "krbLastPwdChange")
ACCOUNT_DISABLED, SMARTCARD_REQUIRED = 0x2, 0x40000
NEVER = frozenset({0, 2**63 - 1})
FROM_1601_TO_1970 = 11_644_473_600  # seconds


class Entries:
    """Reads entries of one directory. `requested` are the attributes that it needs of the server."""

    def __init__(
        self, directory: str, options: LdapOptions, wanted: frozenset[str], others: Iterable[str] = ()
    ) -> None:
        """`others` are attributes that somebody else reads of `Entry.attributes`."""
        self._directory = directory
        self._unique_ids = UNIQUE_IDS if options.unique_id == AUTO else (options.unique_id,)
        self._names = options.attributes
        self._name = next(iter(NAMED_BY.findall(options.user_filter)), None)
        self._warn = RateLimited(log, every=SELDOM_SECONDS)
        names = options.attributes
        self.groups = (names.groups or "").lower()
        self.group_rules = bool(self.groups) and self.groups in {name.lower() for name in wanted}
        mapped = (names.mail, names.mobile, names.display_name, names.manager, names.framed_ip_address, names.language)
        of_groups = ("uid", SID, PRIMARY_GROUP) if self.group_rules and options.nested_groups != "none" else ()
        needed = [
            *self._unique_ids,
            *(name for name in mapped if name),
            *sorted(wanted),
            *of_groups,
            CONTROL,
            EXPIRES,
            LOCK,
            *CREDENTIALS,
            *others,
        ]
        if self._name:
            needed.append(self._name)
        self.requested = tuple({name.lower(): name for name in needed}.values())

    def read(self, username: str, found: Found, groups: tuple[str, ...] | None = None) -> Entry | str:
        """The entry, or why it can be nobody's. `groups` replaces the values of the attribute with the groups."""
        raw = found.attributes
        name = next((name for name in self._unique_ids if name.lower() in raw), self._unique_ids[0])
        ids = texts(name.lower(), raw.get(name.lower(), ()))
        if not ids:
            return f"an entry has no {' and no '.join(self._unique_ids)} (`unique_id`), which tells users apart"
        if len(ids) > 1:
            return f"an entry has {len(ids)} values of {name} (`unique_id`), which is to tell users apart"
        attributes = {name: texts(name, values) for name, values in raw.items()}
        if groups is not None:
            attributes[self.groups] = groups
        names = self._names
        return Entry(
            directory=self._directory,
            unique_id=ids[0],
            username=self._own_name(attributes, username),
            display_name=_first(attributes, names.display_name),
            mail=_first(attributes, names.mail),
            mobile=_first(attributes, names.mobile),
            manager=_first(attributes, names.manager),
            language=_first(attributes, names.language),
            framed_ip_address=self._framed_ip_address(_first(attributes, names.framed_ip_address), username),
            enabled=is_enabled(attributes),
            expires_at=expiry(attributes),
            attributes=attributes,
            credential=next((told for name in CREDENTIALS if (told := _first(attributes, name))), ""),
            handle=found.dn,
        )

    def _own_name(self, attributes: Mapping[str, tuple[str, ...]], typed: str) -> str:
        """As the directory spells it, so that one person is one name in the audit, however it was typed."""
        spelled = attributes.get(self._name.lower(), ()) if self._name else ()
        of_several = (each for each in spelled if normal_form(each) == normal_form(typed))
        return next(of_several, spelled[0] if spelled else typed)

    def _framed_ip_address(self, text: str, username: str) -> IPv4Address | None:
        if not text:
            return None
        address = address_in(text)
        if address is not None and is_of_a_device(address):
            return address
        if address is None or not address.is_unspecified:  # zero is how an attribute reads that was emptied
            self._warn.warning(
                "an address in the directory is none that a device can have, the user gets none",
                username,
                directory=self._directory,
                username=username,
                attribute=self._names.framed_ip_address,
            )
        return None


def address_in(text: str) -> IPv4Address | None:
    """The address in dotted text or in a 32-bit integer, signed as Active Directory has it or not."""
    text = text.strip()
    try:
        if "." in text:
            return IPv4Address(text)
        number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 12 else 2**32
    except (AddressValueError, ValueError):
        return None
    return IPv4Address(number & 0xFFFFFFFF) if -(2**31) <= number < 2**32 else None


def is_enabled(attributes: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the directory lets the account sign in at all."""
    return not _controls(attributes) & ACCOUNT_DISABLED and _first(attributes, LOCK).lower() != "true"


def needs_smartcard(attributes: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the account has a password that nobody knows. Source: MS-ADTS 2.2.16 userAccountControl."""
    return bool(_controls(attributes) & SMARTCARD_REQUIRED)


def _controls(attributes: Mapping[str, tuple[str, ...]]) -> int:
    control = _first(attributes, CONTROL)
    return int(control) if control.isdecimal() else 0


def expiry(attributes: Mapping[str, tuple[str, ...]]) -> float | None:
    """When the account expires (seconds since the epoch), None for never. Source: MS-ADA1 2.2 accountExpires."""
    return file_time(_first(attributes, EXPIRES))


def changed_at(credential: str) -> float | None:
    """When a password was changed (seconds since the epoch), by what CREDENTIALS say; None where they do not."""
    if re.fullmatch(r"\d{14}(\.\d+)?Z", credential):  # GeneralizedTime, RFC 4517 section 3.3.13
        with suppress(ValueError):
            return datetime.strptime(credential[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    return file_time(credential)


def file_time(text: str) -> float | None:
    """A moment of Active Directory in seconds since the epoch, None for never. Source: MS-DTYP 2.3.3 FILETIME."""
    if not text.isdecimal() or int(text) in NEVER:
        return None
    return int(text) / 10_000_000 - FROM_1601_TO_1970


def texts(name: str, values: Iterable[bytes]) -> tuple[str, ...]:
    """The values of an attribute, named in lower case, as text. Values that are no text are left out."""
    if name == "objectguid":
        return tuple(str(uuid.UUID(bytes_le=value)) for value in values if len(value) == 16)
    if name == SID:
        return tuple(text for value in values if (text := sid_text(value)))
    try:
        return tuple([value.decode() for value in values])
    except UnicodeDecodeError:
        return tuple(value.decode() for value in values if _is_text(value))


def sid_text(sid: bytes) -> str:
    """The text S-1-... of a Windows security identifier, "" where the octets are none. Source: MS-DTYP 2.4.2."""
    if len(sid) < 8 or len(sid) != 8 + 4 * sid[1]:
        return ""
    parts = [int.from_bytes(sid[at : at + 4], "little") for at in range(8, len(sid), 4)]
    return "-".join(map(str, ("S", sid[0], int.from_bytes(sid[2:8], "big"), *parts)))


def sid_of_primary_group(raw: Mapping[str, list[bytes]]) -> bytes | None:
    """The SID of the group that Active Directory keeps in primaryGroupID alone: the user's with another last part."""
    sid, number = raw.get(SID), raw.get(PRIMARY_GROUP)
    if not sid or not number or not sid_text(sid[0]) or not number[0].isdigit() or len(number[0]) > 10:
        return None
    return sid[0][:-4] + (int(number[0]) & 0xFFFFFFFF).to_bytes(4, "little")


def _first(attributes: Mapping[str, tuple[str, ...]], name: str | None) -> str:
    values = attributes.get(name.lower()) if name else None
    return values[0] if values else ""


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
