"""What `radiusd init` asks for, and what it was answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from radiusd.nas.product import NasProduct

SignIn = Literal["password", "mail", "sms", "app", "approval", "link"]
THIS_MACHINE = "localhost"
OTHER = "other"  # a NAS of which nothing is known
USERS = {
    "local": "radiusd's own database",
    "ad": "Active Directory; a few local users beside it",
    "ldap": "another LDAP directory; a few local users beside it",
}
SIGN_INS = {
    "password": "the password alone",
    "mail": "the password, then a code by mail",
    "sms": "the password, then a code by SMS",
    "app": "the password, then a code of an authenticator app",
    "approval": "the password, then somebody's approval, by a link in a mail",
    "link": "a link by mail, and no password",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ldap:
    """`password` is env:NAME or file:PATH; without `bind_dn` there is none, and it is asked anonymously."""

    urls: Sequence[str]
    base_dn: str
    bind_dn: str
    password: str
    active_directory: bool
    ca_file: str = ""  # the authority of its certificate; "" for those of this machine
    domain: str = ""  # that stands before names, as in EXAMPLE\\ann; "" for none

    @property
    def realm(self) -> str:
        """example.com of dc=example,dc=com; "" of a base without."""
        return ".".join(re.findall(r"(?:^|,)\s*dc=([\w-]+)", self.base_dn, re.IGNORECASE)).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`password` is env:NAME or file:PATH; without `username` there is none."""

    host: str
    port: int
    from_address: str
    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsGateway:
    """`token` is env:NAME or file:PATH, or empty; so may `phone_country` be, a code of two letters."""

    url: str
    token: str
    phone_country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered. `product` None: one that is not known; `ipv6`: requests may come over it."""

    product: NasProduct | None
    address: str
    ldap: Ldap | None
    sign_in: SignIn
    mail: MailServer | None
    sms: SmsGateway | None
    default_recipient: str
    public_url: str
    ipv6: bool

    @property
    def client(self) -> str:
        """What the NAS is called in radius.yaml."""
        return self.product.key if self.product else "nas"

    @property
    def holds(self) -> bool:
        """Whether a request waits until somebody has opened a link."""
        return self.sign_in in {"approval", "link"}

    @property
    def is_this_machine(self) -> bool:
        """Whether the NAS asks from here, as `radiusd login` does."""
        return ip_network(self.address).is_loopback

    @property
    def secret_files(self) -> tuple[str, ...]:
        """The files of the clients' secrets, that of the NAS first."""
        return secret_file(self.client), *(() if self.is_this_machine else (secret_file(THIS_MACHINE),))


def secret_file(client: str) -> str:
    """That of a client's secret, beside radius.yaml."""
    return f"{client}.secret"
