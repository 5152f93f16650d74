"""The whole of radius.yaml as frozen, typed values; attributes are named as its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Le
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
)

from config.faults import Fault, instead
from config.kinds import Kinds
from config.models.addresses import LinkBase, Net
from config.models.clients import ClientSettings
from config.models.forms import pattern
from config.models.options import DirectoryOptions, Options, ProfileOptions, TypedOptions
from config.models.organisation import OrganisationSettings
from config.models.rules import ApplicationSettings, PolicySettings
from config.models.security import (
    Absence,
    AdministrationSettings,
    BlockingSettings,
    EnrollmentSettings,
    RetentionSettings,
    SecuritySettings,
)
from config.models.server import ListenSettings, LoggingSettings, TlsSettings
from config.models.values import Country, Distinct, Entries, Located, Many, Positive, Zone, wrong
from config.models.wording import Wording, worded
from config.yaml.nodes import Path as NodePath

__all__ = ["ApplicationSettings", "ClientSettings", "PolicySettings", "Settings"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings came from and what was noticed in reading them."""

    path: Path = Path()
    folder: Path = Path()
    warnings: tuple[Fault, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    from_outside: frozenset[NodePath] = frozenset()


KINDS = ("directories", "mail_servers", "sms_gateways", "profiles")
DEFAULT_TYPES = {"mail_servers": "smtp"}
FILES_OF_OCTETS: frozenset[NodePath] = frozenset({("organisation", "logo")})
"""Where `file:` stands for a file's octets, and not for its text."""


def _database(value: str, info: ValidationInfo) -> str:
    """A relative file of SQLite is beside radius.yaml."""
    scheme, separator, rest = value.partition("://")
    if not separator or not re.fullmatch(r"sqlite|postgresql(\+psycopg)?", scheme):
        raise wrong("must begin with sqlite:/// or postgresql://")
    if scheme == "sqlite" and rest not in {"", "/:memory:"} and not rest.startswith("//"):
        if len(rest) < 2 or not rest.startswith("/"):
            raise wrong("must name a file: sqlite:///radiusd.db, or sqlite:////var/lib/radiusd/radiusd.db")
        folder: Path = info.context["folder"] if info.context else Path()
        return f"sqlite:///{(folder / rest[1:]).absolute()}"
    return value


def _of_kind(table: str) -> PlainValidator:
    """Reads an entry by the model that its `method:` or `type:` names."""

    def read(value: Any, info: ValidationInfo) -> Any:
        kinds: Kinds = info.context["kinds"][table] if info.context else Kinds("type")
        if not isinstance(value, Mapping):
            raise wrong("must be a map of keys: write `name: value`, a line each")
        chosen = value.get(kinds.key, DEFAULT_TYPES.get(table))
        known = ", ".join(f"`{name}`" for name in sorted(kinds))
        if chosen is None:
            raise wrong(f"lacks `{kinds.key}`; there is {known}")
        if not isinstance(chosen, str) or chosen not in kinds:
            near = instead(str(chosen), kinds)
            raise wrong(f"unknown {kinds.key} {{value}}{near}", kinds.key)
        return kinds[chosen].options.model_validate({**value, kinds.key: chosen}, context=info.context)

    return PlainValidator(read)


class Settings(Options):
    """What a radius.yaml says. Read by config.reading; `difference` compares two of them."""

    include: Many[str] = Field(
        (),
        description="Further files, by name or glob, beside this one. What they say is put together; no key stands "
        "twice.",
    )
    listen: ListenSettings = Field(ListenSettings(), description="Where the server listens.")
    tls: TlsSettings = Field(
        TlsSettings(),
        description="Certificates: for RADIUS over TLS, and for the pages where no proxy stands before them.",
    )
    trusted_proxies: Distinct[Many[Net]] = Field(
        (), description="Whose `X-Forwarded-For` is believed: the proxies before the pages."
    )
    database: Annotated[
        str,
        AfterValidator(_database),
        Field(repr=False, validate_default=True),
        pattern("^(sqlite|postgresql(\\+psycopg)?)://"),
    ] = Field(
        "sqlite:///radiusd.db",
        description="`sqlite:///FILE`, beside this file, or `postgresql://user@host/name`. Several nodes share a "
        "PostgreSQL.",
    )
    workers: Annotated[Positive, Le(256)] = Field(
        1, description="Processes on this machine; more than 1 needs PostgreSQL."
    )
    key_file: Annotated[Located, Field(validate_default=True)] = Field(
        Path("radiusd.key"),
        description="Keys every digest in the database and encrypts what must be read back. Made at the first start, "
        "mode 0600; the same on every node. First line: for what is new; further lines: older keys that "
        "still count.",
    )
    public_url: LinkBase | None = Field(
        None, description="The base of every link that is sent: what people who get one can reach."
    )
    dictionaries: Distinct[Many[Located]] = Field(
        (),
        description="Further RADIUS dictionaries, in FreeRADIUS's format. Names that are known already keep their meaning.",
    )
    organisation: OrganisationSettings = Field(
        OrganisationSettings(), description="Who people deal with when they sign in."
    )
    language: Literal["en", "tr"] = Field("en", description="Of what users read, where the user has none.")
    time_zone: Zone | None = Field(
        None, description='Of the times that people read, and of "today". Left out: the machine\'s.'
    )
    phone_country: Country | None = Field(None, description="How a number without a country code is read.")
    texts: Annotated[Mapping[str, Mapping[str, str]], BeforeValidator(worded, json_schema_input_type=Wording)] = Field(
        default_factory=dict,
        description="Other words for what users read, by name and language: `{refused: {en: Access denied.}}`.",
    )
    logging: LoggingSettings = Field(LoggingSettings(), description="The log, on standard error.")
    clients: Entries[ClientSettings] = Field(
        default_factory=dict,
        description="The NASes, by a name of yours. Of several addresses that fit, the most specific one counts.",
    )
    directories: Entries[Annotated[DirectoryOptions, _of_kind("directories")]] = Field(
        default_factory=dict, description="Where users are looked up and passwords are judged."
    )
    mail_servers: Entries[Annotated[TypedOptions, _of_kind("mail_servers")]] = Field(
        default_factory=dict, description="What mail is sent by."
    )
    sms_gateways: Entries[Annotated[TypedOptions, _of_kind("sms_gateways")]] = Field(
        default_factory=dict, description="What SMS is sent by."
    )
    profiles: Entries[Annotated[ProfileOptions, _of_kind("profiles")]] = Field(
        default_factory=dict, description="Ways to sign in, one each."
    )
    policies: tuple[PolicySettings, ...] = Field(
        (),
        description="Who signs in how; read per method from the top, the first match counts. A method without a "
        "policy is for all: then it is its first profile in the application. A method with one is for "
        "those alone whom one matches.",
    )
    applications: Entries[ApplicationSettings] = Field(default_factory=dict, description="What a client belongs to.")
    security: SecuritySettings = Field(SecuritySettings(), description="What holds for every sign-in.")
    blocking: BlockingSettings = Field(BlockingSettings(), description="When somebody is kept from signing in.")
    absences: tuple[Absence, ...] = Field((), description="Who is asked in an approver's place, and when.")
    enrollment: EnrollmentSettings = Field(
        EnrollmentSettings(), description="Which addresses, numbers and authenticator apps users may have."
    )
    administration: AdministrationSettings = Field(
        AdministrationSettings(), description="Who signs in to the administration pages."
    )
    retention: RetentionSettings = Field(RetentionSettings(), description="How long rows of the database are kept.")

    _source: Source = PrivateAttr(default_factory=Source)

    @property
    def path(self) -> Path:
        """The file these were read from."""
        return self._source.path

    @property
    def folder(self) -> Path:
        """What relative names are relative to."""
        return self._source.folder

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database, None for another one."""
        scheme, _, rest = self.database.partition(":///")
        return Path(rest) if scheme == "sqlite" and rest not in {"", ":memory:"} else None

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What is accepted but not advisable, or not active yet."""
        return self._source.warnings

    @property
    def closed(self) -> Mapping[str, str]:
        """The profiles that let nobody in, each with why: what they ask for is not active yet."""
        return self._source.closed

    @property
    def from_outside(self) -> frozenset[NodePath]:
        """Where a text was taken from the environment or a file: not to be shown."""
        return self._source.from_outside

    def __repr__(self) -> str:
        return f"Settings({self.path})"

    __str__ = __repr__
