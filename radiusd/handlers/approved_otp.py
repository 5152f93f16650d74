"""`method: approved_otp`: the password, then a manager's approval, or a message to the manager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Literal, Self

from pydantic import model_validator

from config.methods import LinkOptions
from config.templates import LINK, LOGIN, everywhere, localized
from config.values import Distinct, Duration, Many, Span, TimeOfDay, wrong
from radiusd.handlers import planned

SUBJECT = "{{ user.display_name }} asks to sign in"
MESSAGE = (
    "{{ user.display_name }} ({{ user.username }}) asks to sign in to {{ application }} from {{ station }}. "
    "Decide: {{ link }}"
)


class ApprovedOtpOptions(LinkOptions):
    """`notify` and `summary_at` are of manager_information. `methods` are passed first, in this order."""

    method: Literal["approved_otp"]
    type: Literal["approved_authentication", "manager_information"] = "approved_authentication"
    methods: Distinct[Many[str]] = ("password",)
    delivery: Literal["mail", "sms"] = "mail"
    sms_gateways: Distinct[Many[str]] = ()
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = everywhere(SUBJECT)
    message: Annotated[Mapping[str, str], localized(LINK)] = everywhere(MESSAGE)
    link_validity: Span = timedelta(minutes=60)
    late_approval: Duration = timedelta(minutes=5)
    notify: Literal["every", "first_of_day", "new_station", "daily"] = "every"
    summary_at: TimeOfDay = time(18, 0)

    @model_validator(mode="after")
    def _has_a_way_to_deliver(self) -> Self:
        key = "mail_servers" if self.delivery == "mail" else "sms_gateways"
        if not getattr(self, key):
            raise wrong(f"has `delivery: {self.delivery}` and no `{key}`")
        return self


planned("approved_otp", ApprovedOtpOptions)
