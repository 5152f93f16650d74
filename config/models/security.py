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
    """What a password must be that a local user gets, or that anybody types at a sign-in in the place of theirs."""

    min_length: Annotated[Positive, Le(128)] = Field(8, description="Characters, at least.")
    common: Literal["refuse", "warn", "allow"] = Field("refuse", description="Passwords that everybody knows.")
    reset_by_mail: bool = Field(
        False,
        description="Whether a local user may be sent a link to set another password (`radiusd user reset-password`). Never "
        "where that mailbox is all that the user has beside the password.",
    )


class SecuritySettings(Options):
    """`reject_delay`: at least this long before an Access-Reject. `password_cache` 0: off."""

    reject_delay: Annotated[Duration, AfterValidator(_not_too_long)] = Field(
        timedelta(seconds=1), description="At least so long until an Access-Reject, whatever the reason; at most 10s."
    )
    password_cache: Duration = Field(
        timedelta(minutes=5),
        description="For so long a repeated right local password need not be hashed again. `0s`: off.",
    )
    login_timeout: Span = Field(
        timedelta(minutes=15),
        description="A sign-in that was not finished by then is over; an approval lives as long as its link.",
    )
    passwords: PasswordRules = Field(
        PasswordRules(), description="Of local users, and of new ones that are typed at a sign-in (`change_password`)."
    )


class FailedAttempts(Options):
    """How many failures of one kind make a block."""

    password: Positive = Field(5, description="Wrong passwords.")
    code: Positive = Field(5, description="Wrong codes.")


class Suspicious(Options):
    """Beyond these, within the window, somebody tries many users, or one user is tried from many places."""

    users_per_station: Positive = Field(10, description="Users tried from one station.")
    stations_per_user: Positive = Field(5, description="Stations that one user is tried from.")
    window: Span = Field(timedelta(minutes=10), description="In which they are counted.")


class NotMe(Options):
    """What "not me" in a message does: a block, and whom it is told."""

    block: Span = Field(timedelta(minutes=30), description="How long the user is blocked.")
    tell: Distinct[Many[Recipient]] = Field((), description="Who is told.")


def _for_each_kind(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"password": value, "code": value}
    return value


class BlockingSettings(Options):
    """`duration` None: until somebody removes the block. `suspicious` None: off, as it is until something acts on it."""

    enabled: bool = Field(True, description="Whether failures block.")
    failed_attempts: Annotated[
        FailedAttempts, BeforeValidator(_for_each_kind, json_schema_input_type=Positive | FailedAttempts)
    ] = Field(FailedAttempts(), description="Failures that block: one number, or one for each kind.")
    window: Span = Field(timedelta(minutes=10), description="In which they are counted.")
    duration: Ending = Field(timedelta(minutes=30), description="How long a block lasts, or `permanent`.")
    scope: Literal["station", "user"] = Field(
        "station", description="`station`: that user from that station (or client); `user`: from anywhere."
    )
    user_limit: Positive = Field(
        50, description="Failures from anywhere that block every station the user never signed in from."
    )
    suspicious: Suspicious | None = Field(
        None, description="Many users from one station, or one user from many. `null`: off."
    )
    not_me: NotMe = Field(NotMe(), description='What "this was not me" in a message does.')
    end_sessions: bool = Field(False, description="Whether a block ends running sessions (Disconnect-Request).")


class Absence(Options):
    """From one day until another, both included, the deputy is asked in the approver's place."""

    approver: Recipient = Field(description="Who is away.")
    begin: Day = Field(alias="from", description="The first day.")
    until: Day = Field(description="The last day.")
    deputy: Recipient = Field(description="Who is asked.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.begin:
            raise wrong("ends before it begins: `until` is before `from`")
        if self.deputy == self.approver:
            raise wrong("has the approver for their own deputy")
        return self


class EnrollmentSettings(Options):
    """`automatic` None: the entries of every directory. `countries` empty: that of phone_country alone, else any."""

    self_service: bool = Field(True, description="Users may add their own, each proved by a code.")
    first: Literal["directory", "invitation", "password"] = Field(
        "directory",
        description="What proves the first one: a code to what the directory has, an invitation by the help desk, or "
        "the password.",
    )
    allowed: tuple[Match, ...] = Field((), description="Who may; none: everybody.")
    automatic: tuple[AutomaticMatch, ...] | None = Field(
        None, description="Whose mail and mobile number count as enrolled. Left out: everybody's."
    )
    per_user: Positive = Field(5, description="At most.")
    countries: Distinct[Many[Country]] = Field(
        (), description="Where SMS may go. Empty: the country of `phone_country`, else any."
    )


class AdministrationSettings(Options):
    """`application` None: nobody signs in to the pages."""

    application: str | None = Field(
        None, description="Whose profiles sign people in to the pages. Left out: nobody signs in."
    )
    roles: RoleSettings = Field(RoleSettings(), description="Who may what.")
    session: Span = Field(
        timedelta(minutes=30),
        description="How long somebody stays signed in who asks for nothing; whoever does, 12 hours at most.",
    )


class RetentionSettings(Options):
    """How long rows are kept."""

    audit: Span = Field(timedelta(days=365), description="What happened.")
    sessions: Span = Field(timedelta(days=90), description="Accounted sessions.")
    accounting: Span = Field(timedelta(days=90), description="Accounting records.")
    logins: Span = Field(timedelta(days=30), description="Sign-ins and their steps.")
    messages: Span = Field(timedelta(days=30), description="What was sent, without its text.")
