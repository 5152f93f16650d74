"""The whole of radius.yaml as frozen, typed values; attributes are named as its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Le
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

from config.faults import Fault, instead
from config.kinds import Kinds
from config.models.addresses import LinkBase, ListenAt, Net
from config.models.clients import ClientSettings
from config.models.forms import all_of, has, pattern, together, where
from config.models.options import Options, ProfileOptions, TypedOptions
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
from config.models.templates import localized
from config.models.values import Country, Distinct, Entries, Listener, Located, Many, Positive, Zone, wrong
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


def _listeners(*texts: tuple[str, int]) -> tuple[Listener, ...]:
    return tuple(Listener(ip_address(address), port) for address, port in texts)


class ListenSettings(Options):
    """`internal` empty: on `web`."""

    authentication: Distinct[Many[ListenAt]] = _listeners(("0.0.0.0", 1812), ("::", 1812))
    accounting: Distinct[Many[ListenAt]] = _listeners(("0.0.0.0", 1813), ("::", 1813))
    radsec: Distinct[Many[ListenAt]] = ()
    web: Distinct[Many[ListenAt]] = _listeners(("127.0.0.1", 8080))
    internal: Distinct[Many[ListenAt]] = ()


class TlsSettings(Options):
    """Files of PEM. `web`: web and internal speak HTTPS themselves."""

    model_config = ConfigDict(
        json_schema_extra=all_of(*together("certificate", "key")["allOf"], where("web", True, has("certificate")))
    )

    certificate: Located | None = None
    key: Located | None = None
    client_ca: Located | None = None
    web: bool = False

    @model_validator(mode="after")
    def _a_pair(self) -> TlsSettings:
        if (self.certificate is None) is not (self.key is None):
            raise wrong("must have both `certificate` and `key`, or neither")
        if self.web and self.certificate is None:
            raise wrong("has `web: true` without `certificate` and `key`")
        return self


class LoggingSettings(Options):
    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Wording(Options):
    """What users read and may be worded otherwise, with the variables that each may have. None: ours."""

    refused: Annotated[Mapping[str, str], localized({})] | None = None
    outage: Annotated[Mapping[str, str], localized({"component": "corp"})] | None = None
    reference: Annotated[Mapping[str, str], localized({"ref": "7K3F9QXM"})] | None = None
    busy: Annotated[Mapping[str, str], localized({})] | None = None
    press_enter: Annotated[Mapping[str, str], localized({})] | None = None
    append_code: Annotated[Mapping[str, str], localized({})] | None = None
    wrong_code: Annotated[Mapping[str, str], localized({})] | None = None
    older_code: Annotated[Mapping[str, str], localized({})] | None = None
    expired_code: Annotated[Mapping[str, str], localized({})] | None = None
    fresh_code: Annotated[Mapping[str, str], localized({})] | None = None
    resend_later: Annotated[Mapping[str, str], localized({"seconds": "20"})] | None = None


def _texts(value: Any) -> Mapping[str, Mapping[str, str]]:
    """Those that are worded otherwise, by name."""
    texts = Wording.model_validate(value)
    return {name: getattr(texts, name) for name in Wording.model_fields if getattr(texts, name) is not None}


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

    include: Many[str] = ()
    listen: ListenSettings = ListenSettings()
    tls: TlsSettings = TlsSettings()
    trusted_proxies: Distinct[Many[Net]] = ()
    database: Annotated[
        str,
        AfterValidator(_database),
        Field(repr=False, validate_default=True),
        pattern("^(sqlite|postgresql(\\+psycopg)?)://"),
    ] = "sqlite:///radiusd.db"
    workers: Annotated[Positive, Le(256)] = 1
    key_file: Annotated[Located, Field(validate_default=True)] = Path("radiusd.key")
    public_url: LinkBase | None = None
    dictionaries: Distinct[Many[Located]] = ()
    organisation: OrganisationSettings = OrganisationSettings()
    language: Literal["en", "tr"] = "en"
    time_zone: Zone | None = None
    phone_country: Country | None = None
    texts: Annotated[Mapping[str, Mapping[str, str]], BeforeValidator(_texts, json_schema_input_type=Wording)] = Field(
        default_factory=dict
    )
    logging: LoggingSettings = LoggingSettings()
    clients: Entries[ClientSettings] = Field(default_factory=dict)
    directories: Entries[Annotated[TypedOptions, _of_kind("directories")]] = Field(default_factory=dict)
    mail_servers: Entries[Annotated[TypedOptions, _of_kind("mail_servers")]] = Field(default_factory=dict)
    sms_gateways: Entries[Annotated[TypedOptions, _of_kind("sms_gateways")]] = Field(default_factory=dict)
    profiles: Entries[Annotated[ProfileOptions, _of_kind("profiles")]] = Field(default_factory=dict)
    policies: tuple[PolicySettings, ...] = ()
    applications: Entries[ApplicationSettings] = Field(default_factory=dict)
    security: SecuritySettings = SecuritySettings()
    blocking: BlockingSettings = BlockingSettings()
    absences: tuple[Absence, ...] = ()
    enrollment: EnrollmentSettings = EnrollmentSettings()
    administration: AdministrationSettings = AdministrationSettings()
    retention: RetentionSettings = RetentionSettings()

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
