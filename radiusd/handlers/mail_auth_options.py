"""The options of `method: mail_auth`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from config.models.languages import everywhere
from config.models.methods import LinkOptions
from config.models.options import Idle, Options
from config.models.templates import LOGIN, localized
from config.models.values import Distinct, Duration, NotEmpty, Positive, Span
from radiusd.approval import wording


class LinksPerHour(Options):
    """Limits of what anybody can make us send (D4)."""

    user: Positive = Field(10, description="To one user.")
    station: Positive = Field(
        10, description="For one station; one the user has signed in from has a budget of its own."
    )
    client: Positive = Field(600, description="For one client.")


class MaxHeld(Options):
    """Requests held at once without a password."""

    user: Positive = Field(2, description="Of one user; stations the user has signed in from are held besides.")
    station: Positive = Field(4, description="Of one station.")


class MailAuthOptions(LinkOptions):
    """`failures_per_hour`: messages to the manager about one user."""

    method: Literal["mail_auth"]
    type: Literal["user_approval", "manager_approval"] = Field(
        "user_approval",
        description="`user_approval`: the link to the user's own address is the factor. `manager_approval`: somebody "
        "else decides.",
    )
    mail_servers: Distinct[NotEmpty[str]]
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = everywhere(wording.CONFIRM_SUBJECT["en"])
    link_validity: Span = timedelta(minutes=15)
    links_per_hour: LinksPerHour = Field(LinksPerHour(), description="How many links are sent.")
    max_held: MaxHeld = Field(MaxHeld(), description="Requests held at once of those who gave no password.")
    late_approval: Duration = timedelta(0)
    notify_manager_of_failures: bool = Field(False, description="Whether the manager is told of failed sign-ins.")
    failures_per_hour: Positive = Field(4, description="Such messages about one user.")

    @property
    def is_for_others(self) -> bool:
        return self.type == "manager_approval"

    @property
    def asks_unproved(self) -> bool:
        return not self.methods

    @property
    def needs_of_a_user(self) -> str:
        return super().needs_of_a_user if self.is_for_others else "mail"

    @property
    def recommended_validity(self) -> tuple[timedelta, timedelta]:
        return timedelta(minutes=15), timedelta(minutes=30)

    def idle(self) -> Iterator[Idle]:
        if not self.is_for_others:
            for key in ("quorum", "escalate_after", "asks_per_hour"):
                yield Idle(key, "`type: user_approval` asks the user alone")
            for key in () if self.notify_manager_of_failures else ("approvers", "default_recipient"):
                yield Idle(key, "`type: user_approval` asks the user alone, and the manager is told of nothing")
        if not self.notify_manager_of_failures:
            yield Idle("failures_per_hour", "`notify_manager_of_failures` is false")
        if self.asks_unproved:
            yield Idle("remind_after", "nothing is proved before somebody is asked (`methods`)")
        else:
            yield Idle("max_held", "something is proved before somebody is asked (`methods`)")
