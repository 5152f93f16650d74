"""The options of `type: ldap`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from config.models.addresses import url_parts
from config.models.forms import pattern, together
from config.models.options import Options, TypedOptions
from config.models.rules import Attribute
from config.models.values import Distinct, Hush, Line, Located, Many, NotEmpty, Positive, Shown, Span, wrong


def _ldap_url(value: str) -> str:
    parts = url_parts(value)
    if parts is None or parts.scheme not in {"ldap", "ldaps"}:
        raise wrong("{value} is not a server's URL; write for example ldaps://dc1.example.com")
    if parts.path not in {"", "/"} or parts.query or parts.username is not None:
        raise wrong("must have scheme, host and port alone; `base_dn` and `bind_dn` have keys of their own")
    return value.rstrip("/")


def _user_filter(value: str) -> str:
    if "{username}" not in value:
        raise wrong("must have {username} in it: else it finds anybody")
    others = re.findall(r"\{[^{}]*\}", value.replace("{username}", ""))
    if others:
        raise wrong(f"has {others[0]} in it; there is {{username}} alone")
    depth = 0
    for character in value:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth != 0 or not value.startswith("(") or not value.endswith(")"):
        raise wrong("is not a filter of RFC 4515: its parentheses do not match")
    return value


class UserNames(Options):
    r"""What may stand before or behind a name: EXAMPLE\ann and ann@example.com are ann; other names are unknown."""

    domains: Distinct[Many[Line]] = ()
    realms: Distinct[Many[Line]] = ()


class Lockout(Options):
    """The directory's own rule; we stop short of it (B11)."""

    threshold: Positive = 5
    window: Span = timedelta(minutes=30)


class LdapAttributes(Options):
    """Ours: the directory's. None: the directory has none."""

    mail: Attribute | None = "mail"
    mobile: Attribute | None = "mobile"
    display_name: Attribute | None = "displayName"
    manager: Attribute | None = "manager"
    groups: Attribute | None = "memberOf"
    framed_ip_address: Attribute | None = "msRADIUSFramedIPAddress"
    language: Attribute | None = "preferredLanguage"


class LdapOptions(TypedOptions):
    """`bind_dn` None: anonymous. `ca_file` None: the system's authorities. `group_base_dn` None: base_dn.

    `lockout` None: the directory locks nobody out.
    """

    model_config = ConfigDict(json_schema_extra=together("bind_dn", "bind_password"))

    type: Literal["ldap"]
    urls: Distinct[NotEmpty[Annotated[str, AfterValidator(_ldap_url), pattern(r"^ldaps?://[^\s/?@]+/?$")]]]
    start_tls: bool = False
    ca_file: Located | None = None
    bind_dn: Shown | None = None
    bind_password: Hush | None = None
    base_dn: Shown
    user_filter: Annotated[str, AfterValidator(_user_filter), pattern(r"^\(.*\{username\}.*\)$")] = (
        "(&(objectClass=person)(sAMAccountName={username}))"
    )
    user_names: UserNames = UserNames()
    unique_id: Attribute = "entryUUID"
    nested_groups: Literal["none", "search", "in_chain"] = "search"
    group_base_dn: Shown | None = None
    timeout: Span = timedelta(seconds=5)
    lockout: Lockout | None = Lockout()
    attributes: LdapAttributes = LdapAttributes()

    @model_validator(mode="after")
    def _whole_credential(self) -> Self:
        if (self.bind_dn is None) is not (self.bind_password is None):
            raise wrong("must have both `bind_dn` and `bind_password`, or neither")
        if self.start_tls and any(url.startswith("ldaps:") for url in self.urls):
            raise wrong("has `start_tls: true` beside ldaps:// URLs, which are encrypted from the first octet")
        return self
