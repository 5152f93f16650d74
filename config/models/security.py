"""`security:`, `blocking:`, `enrollment:`, `absences:`, `administration:` and `retention:`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from annotated_types import Le
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.models.addresses import Recipient
from config.models.options import Options
from config.models.rules import AutomaticMatch, Match, RoleSettings
from config.models.values import Country, Day, Distinct, Duration, Ending, Many, Positive, Span, wrong

LONGEST_DELAY = timedelta(seconds=10)  # beyond, no NAS waits for its Access-Reject


def _not_too_long(value: timedelta) -> timedelta:
    if value > LONGEST_DELAY:
        raise wrong("must be at most 10s")
    return value


class PasswordRules(Options):
    """What a local user's password must be."""

    min_length: Annotated[Positive, Le(128)] = 8
    common: Literal["refuse", "warn", "allow"] = "refuse"


class SecuritySettings(Options):
    """`reject_delay`: at least this long before an Access-Reject. `password_cache` 0: off."""

    reject_delay: Annotated[Duration, AfterValidator(_not_too_long)] = timedelta(seconds=1)
    password_cache: Duration = timedelta(minutes=5)
    login_timeout: Span = timedelta(minutes=15)
    passwords: PasswordRules = PasswordRules()


class FailedAttempts(Options):
    """How many failures of one kind make a block."""

    password: Positive = 5
    code: Positive = 5


class Suspicious(Options):
    """Beyond these, within the window, somebody tries many users, or one user is tried from many places."""

    users_per_station: Positive = 10
    stations_per_user: Positive = 5
    window: Span = timedelta(minutes=10)


class NotMe(Options):
    """What "not me" in a message does: a block, and whom it is told."""

    block: Span = timedelta(minutes=30)
    tell: Distinct[Many[Recipient]] = ()


def _for_each_kind(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"password": value, "code": value}
    return value


class BlockingSettings(Options):
    """`duration` None: until somebody removes the block. `suspicious` None: off."""

    enabled: bool = True
    failed_attempts: Annotated[
        FailedAttempts, BeforeValidator(_for_each_kind, json_schema_input_type=Positive | FailedAttempts)
    ] = FailedAttempts()
    window: Span = timedelta(minutes=10)
    duration: Ending = timedelta(minutes=30)
    scope: Literal["station", "user"] = "station"
    user_limit: Positive = 50
    suspicious: Suspicious | None = Suspicious()
    not_me: NotMe = NotMe()
    end_sessions: bool = False


class Absence(Options):
    """From one day until another, both included, the deputy is asked in the approver's place."""

    approver: Recipient
    begin: Day = Field(alias="from")
    until: Day
    deputy: Recipient

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.begin:
            raise wrong("ends before it begins: `until` is before `from`")
        if self.deputy == self.approver:
            raise wrong("has the approver for their own deputy")
        return self


class EnrollmentSettings(Options):
    """`automatic` None: the entries of every directory. `countries` empty: that of phone_country alone, else any."""

    self_service: bool = True
    first: Literal["directory", "invitation", "password"] = "directory"
    allowed: tuple[Match, ...] = ()
    automatic: tuple[AutomaticMatch, ...] | None = None
    per_user: Positive = 5
    countries: Distinct[Many[Country]] = ()


class AdministrationSettings(Options):
    """`application` None: nobody signs in to the pages."""

    application: str | None = None
    roles: RoleSettings = RoleSettings()
    session: Span = timedelta(minutes=30)


class RetentionSettings(Options):
    """How long rows are kept."""

    audit: Span = timedelta(days=365)
    sessions: Span = timedelta(days=90)
    accounting: Span = timedelta(days=90)
    logins: Span = timedelta(days=30)
    messages: Span = timedelta(days=30)
