"""`listen:`, `tls:` and `logging:`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from config.models.addresses import ListenAt
from config.models.forms import all_of, has, together, where
from config.models.options import Options
from config.models.values import Distinct, Listener, Located, Many, wrong


def _listeners(*texts: tuple[str, int]) -> tuple[Listener, ...]:
    return tuple(Listener(ip_address(address), port) for address, port in texts)


class ListenSettings(Options):
    """`internal` empty: on `web`."""

    authentication: Distinct[Many[ListenAt]] = Field(
        _listeners(("0.0.0.0", 1812), ("::", 1812)), description="RADIUS sign-ins, over UDP."
    )
    accounting: Distinct[Many[ListenAt]] = Field(
        _listeners(("0.0.0.0", 1813), ("::", 1813)), description="RADIUS accounting, over UDP."
    )
    radsec: Distinct[Many[ListenAt]] = Field((), description="RADIUS over TLS (RFC 6614); needs `tls`.")
    web: Distinct[Many[ListenAt]] = Field(_listeners(("127.0.0.1", 8080)), description="The pages behind links.")
    internal: Distinct[Many[ListenAt]] = Field(
        (), description="`/metrics`, `/readyz`, `/sign-in` and `/admin`. Empty: on `web`, which then must stay private."
    )
    health: Distinct[Many[ListenAt]] = Field(
        (), description="`/healthz` and `/readyz` alone, never HTTPS, on connections of their own."
    )


class TlsSettings(Options):
    """Files of PEM. `web`: web and internal speak HTTPS themselves."""

    model_config = ConfigDict(
        json_schema_extra=all_of(*together("certificate", "key")["allOf"], where("web", True, has("certificate")))
    )

    certificate: Located | None = Field(None, description="PEM, with its chain.")
    key: Located | None = Field(None, description="PEM; together with `certificate`, or neither.")
    client_ca: Located | None = Field(None, description="The authority that signed the certificates of RadSec clients.")
    web: bool = Field(False, description="The pages speak HTTPS themselves.")

    @model_validator(mode="after")
    def _a_pair(self) -> TlsSettings:
        if (self.certificate is None) is not (self.key is None):
            raise wrong("must have both `certificate` and `key`, or neither", of=("certificate", "key"))
        if self.web and self.certificate is None:
            raise wrong("has `web: true` without `certificate` and `key`", of=("web", "certificate", "key"))
        return self


class LoggingSettings(Options):
    format: Literal["json", "console"] = Field("json", description="`json` for programs, `console` for people.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="From which on events are written.")
