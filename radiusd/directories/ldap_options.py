"""The options of `type: ldap`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from config.models.addresses import url_parts
from config.models.forms import pattern, together
from config.models.options import Advice, DirectoryOptions, Options
from config.models.rules import Attribute
from config.models.values import Distinct, Hush, Line, Located, Many, NotEmpty, Positive, Shown, Span, wrong
from radiusd.directories import ldap_words

AUTO = "auto"
OTHER_PORTS = {389: "ldap:", 3268: "ldap:", 636: "ldaps", 3269: "ldaps"}
"""How a URL of each begins."""
CHANGE = {
    "samaccountname",
    "uid",
    "cn",
    "sn",
    "mail",
    "userprincipalname",
    "displayname",
    "distinguishedname",
    "entrydn",
}
LEAST_THRESHOLD = 3  # under which no try can be left to the desk


def _ldap_url(value: str) -> str:
    parts = url_parts(value)
    if parts is None or parts.scheme not in {"ldap", "ldaps"}:
        raise wrong("{value} is not a server's URL; write for example ldaps://dc1.example.com")
    if parts.path not in {"", "/"} or parts.query or parts.username is not None:
        raise wrong("must have scheme, host and port alone; `base_dn` and `bind_dn` have keys of their own")
    return value.rstrip("/")


Base = Annotated[Shown, AfterValidator(ldap_words.base)]
"""The DN of an entry below which something is looked for."""


class UserNames(Options):
    r"""What may stand before or behind a name: EXAMPLE\ann and ann@example.com are ann; other names are unknown."""

    domains: Distinct[Many[Annotated[Line, AfterValidator(ldap_words.alone("domain", "\\"))]]] = Field(
        (), description="That may stand before a name, with a backslash."
    )
    realms: Distinct[Many[Annotated[Line, AfterValidator(ldap_words.alone("realm", "@"))]]] = Field(
        (), description="That may stand behind a name, with an @."
    )


class Lockout(Options):
    """The directory's own rule; we stop short of it (B11). None: what the directory tells, else 5 and 30 minutes."""

    threshold: Positive | None = Field(None, description="Wrong passwords after which the directory locks.")
    window: Span | None = Field(None, description="In which it counts them.")


def _told_by_the_directory(value: object) -> object:
    if value == "auto":
        return Lockout()
    if isinstance(value, str):
        raise wrong("must be `auto`, `null`, or keys: {threshold: 5, window: 30m}")
    return value


class LdapAttributes(Options):
    """Ours: the directory's. None: the directory has none."""

    mail: Attribute | None = Field("mail", description="Where codes and links go.")
    mobile: Attribute | None = Field("mobile", description="Where SMS goes.")
    display_name: Attribute | None = Field("displayName", description="How messages name the user.")
    manager: Attribute | None = Field(
        "manager", description="The DN of who is asked; mail and mobile number are read from that entry."
    )
    groups: Attribute | None = Field(
        "memberOf", description="Groups, for policies too: nested and primary ones as well."
    )
    framed_ip_address: Attribute | None = Field(
        "msRADIUSFramedIPAddress", description="The user's own address; dotted text and signed integers are read."
    )
    language: Attribute | None = Field("preferredLanguage", description="Of what the user reads.")


class LdapOptions(DirectoryOptions):
    """`bind_dn` None: anonymous. `ca_file` None: the system's authorities. `group_base_dn` None: base_dn.

    `lockout` None: the directory locks nobody out.
    """

    model_config = ConfigDict(json_schema_extra=together("bind_dn", "bind_password"))

    type: Literal["ldap"]
    urls: Distinct[NotEmpty[Annotated[str, AfterValidator(_ldap_url), pattern(r"^ldaps?://[^\s/?@]+/?$")]]] = Field(
        description="The servers, `ldaps://` or `ldap://`, in order. A dead one is passed over for a while."
    )
    start_tls: bool = Field(False, description="Encrypt after connecting, where a URL is `ldap://`.")
    ca_file: Located | None = Field(
        None,
        description="The authorities that sign its certificate. Left out: those of the machine. It is always checked.",
    )
    bind_dn: Shown | None = Field(None, description="Who searches. Left out: nobody, anonymously.")
    bind_password: Hush | None = Field(None, description="Together with `bind_dn`, or neither.")
    base_dn: Base = Field(description="Below which users are.")
    user_filter: Annotated[str, AfterValidator(ldap_words.user_filter), pattern(r"^\(.*\{username\}.*\)$")] = Field(
        "(&(objectClass=person)(sAMAccountName={username}))",
        description="Finds the one entry; `{username}` is put in escaped.",
    )
    user_names: UserNames = Field(
        UserNames(), description="What may stand around a name: `EXAMPLE\\ann` and `ann@example.com` are `ann`."
    )
    unique_id: Attribute = Field(
        AUTO,
        description="What never changes of an entry. `auto`: entryUUID; where an entry has none, as in Active Directory, "
        "objectGUID.",
    )
    nested_groups: Literal["auto", "none", "search", "in_chain"] = Field(
        "auto",
        description="Groups in groups. `auto`: Active Directory's own list of them (tokenGroups), else `search`; `search` "
        "looks one by one; `in_chain` is Active Directory's matching rule, which is slow; `none`: what the entry names.",
    )
    group_base_dn: Base | None = Field(
        None, description="Below which groups are. Left out: `base_dn`; for tokenGroups the domain that it is in."
    )
    timeout: Span = Field(timedelta(seconds=5), description="Of one question to one server.")
    lockout: Annotated[
        Lockout | None,
        BeforeValidator(_told_by_the_directory, json_schema_input_type=Literal["auto"] | Lockout | None),
    ] = Field(
        Lockout(),
        description="The directory's own rule. We stop short of it, so that nobody is locked out of everything. `auto`: "
        "as Active Directory tells it, PSOs included; elsewhere 5 in 30 minutes. `null`: there is none.",
    )
    change_password: bool = Field(
        False,
        description="Whether who signs in with a password that has expired or must be changed is asked for a new one, once "
        "every factor was proved. Over TLS alone; in Active Directory `bind_dn` asks for the change.",
    )
    attributes: LdapAttributes = Field(
        LdapAttributes(), description="What the directory calls what is needed of a user. `null`: it has none."
    )

    def advice(self) -> Iterator[Advice]:
        for index, url in enumerate(self.urls):
            if url.startswith("ldap:") and not self.start_tls:
                told = "passwords go to this server in clear text: write ldaps://, or `start_tls: true`"
                yield Advice(told, ("urls", index))
            port = urlsplit(url).port
            if port is not None and OTHER_PORTS.get(port, url[:5]) != url[:5]:
                other = OTHER_PORTS[port].rstrip(":")
                yield Advice(f"port {port} mostly speaks {other}://, and not as it is written here", ("urls", index))
        if self.nested_groups == "in_chain":
            told = "each sign-in searches all groups, which takes a large directory a second and more; `auto` asks it for the user's own list"
            yield Advice(told, ("nested_groups",))
        if self.change_password and self.bind_dn is None:
            told = "Active Directory takes a new password in the place of one that has expired from somebody who is bound alone; write `bind_dn`"
            yield Advice(told, ("change_password",))
        if self.bind_dn is not None and not (
            ldap_words.is_dn(self.bind_dn) or "@" in self.bind_dn or "\\" in self.bind_dn
        ):
            told = f"`{self.bind_dn}` is not a DN; write for example cn=radius,{self.base_dn}, or as Active Directory takes it, NAME@REALM"
            yield Advice(told, ("bind_dn",))
        if self.unique_id.lower() in CHANGE:
            told = f"{self.unique_id} changes when somebody is renamed, and may be another's one day; write `auto`"
            yield Advice(told, ("unique_id",))
        if self.attributes.mail is not None and self.attributes.mail == self.attributes.mobile:
            yield Advice("an address and a number in one attribute: one of both is wrong", ("attributes", "mobile"))
        if self.lockout is not None and self.lockout.threshold is not None and self.lockout.threshold < LEAST_THRESHOLD:
            told = "one wrong password here may lock the account, whatever is done; write the directory's own number, or `auto`"
            yield Advice(told, ("lockout", "threshold"))

    @property
    def stripped_from_names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.user_names.domains, self.user_names.realms

    @property
    def answers_within(self) -> timedelta | None:
        return self.timeout

    @property
    def hangs_for(self) -> timedelta | None:
        return self.timeout if len(self.urls) > 1 else None

    @property
    def asks_for_new_passwords(self) -> bool:
        return self.change_password

    def lacks(self, what: str, /) -> bool:
        return getattr(self.attributes, what) is None

    def attribute_advice(self, attribute: str, /) -> str | None:
        if "_" not in attribute:
            return None
        return (
            f"an LDAP attribute has no `_` in its name, so this rule matches nobody; `{self.name}` has names of its own,"
            " for example memberOf, department or mail"
        )

    def value_advice(self, attribute: str, value: str, /) -> str | None:
        groups = self.attributes.groups
        is_dn = groups is not None and attribute.lower() == groups.lower() == "memberof"
        return ldap_words.no_dn(value) if is_dn else None

    @model_validator(mode="after")
    def _whole_credential(self) -> Self:
        if (self.bind_dn is None) is not (self.bind_password is None):
            raise wrong("must have both `bind_dn` and `bind_password`, or neither", of=("bind_dn", "bind_password"))
        if self.start_tls and any(url.startswith("ldaps:") for url in self.urls):
            told = "has `start_tls: true` beside ldaps:// URLs, which are encrypted from the first octet"
            raise wrong(told, of=("start_tls", "urls"))
        if self.change_password and not self.start_tls and any(url.startswith("ldap:") for url in self.urls):
            told = "has `change_password: true` beside a server in clear text; write ldaps://, or `start_tls: true`"
            raise wrong(told, of=("change_password", "urls"))
        return self
