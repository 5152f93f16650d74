"""`method: mail_auth`: a link by mail in place of a password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from config.models.methods import LinkOptions
from config.models.options import Options
from config.models.templates import LINK, LOGIN, localized
from config.models.values import Distinct, Duration, NotEmpty, Positive, Span, everywhere
from radiusd.handlers import planned


class LinksPerHour(Options):
    """Limits of what anybody can make us send (D4)."""

    user: Positive = 10
    station: Positive = 10
    client: Positive = 600


class MaxHeld(Options):
    """Requests held at once without a password."""

    user: Positive = 2
    station: Positive = 4


class MailAuthOptions(LinkOptions):
    """`failures_per_hour`: messages to the manager about one user."""

    method: Literal["mail_auth"]
    type: Literal["user_approval", "manager_approval"] = "user_approval"
    mail_servers: Distinct[NotEmpty[str]]
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = everywhere("Confirm your sign-in")
    message: Annotated[Mapping[str, str], localized(LINK)] = everywhere("Confirm that it is you: {{ link }}")
    link_validity: Span = timedelta(minutes=15)
    links_per_hour: LinksPerHour = LinksPerHour()
    max_held: MaxHeld = MaxHeld()
    late_approval: Duration = timedelta(0)
    notify_manager_of_failures: bool = False
    failures_per_hour: Positive = 4


planned("mail_auth", MailAuthOptions)
