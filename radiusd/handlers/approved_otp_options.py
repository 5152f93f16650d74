"""The options of `method: approved_otp`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from config.models.forms import all_of, has, where
from config.models.languages import everywhere
from config.models.methods import LinkOptions
from config.models.options import Advice, Idle, TypedOptions
from config.models.templates import LINK, LOGIN, localized
from config.models.values import Distinct, Duration, Many, Span, TimeOfDay, wrong
from radiusd.approval import wording
from radiusd.rules import links, sms

EXAMPLE = "https://mfa.example.com"  # as long as most are


class ApprovedOtpOptions(LinkOptions):
    """`notify` and `summary_at` are of manager_information. `methods` are passed first, in this order."""

    needs_nothing: ClassVar[bool] = True

    model_config = ConfigDict(
        json_schema_extra=all_of(
            where("delivery", "mail", has("mail_servers"), default="mail"),
            where("delivery", "sms", has("sms_gateways")),
        )
    )

    method: Literal["approved_otp"]
    type: Literal["approved_authentication", "manager_information"] = Field(
        "approved_authentication",
        description="`approved_authentication`: the request is held until somebody decides. `manager_information`: "
        "the user does not wait, and the manager is told.",
    )
    methods: Distinct[Many[str]] = ("password",)
    delivery: Literal["mail", "sms"] = Field("mail", description="How the link is sent.")
    sms_gateways: Distinct[Many[str]] = Field((), description="Tried in this order, where `delivery` is `sms`.")
    subject: Annotated[Mapping[str, str], localized(LOGIN)] = everywhere(wording.SUBJECT["en"])
    link_validity: Span = timedelta(minutes=60)
    late_approval: Duration = timedelta(minutes=5)
    notify: Literal["every", "first_of_day", "new_station", "daily"] = Field(
        "every",
        description="`manager_information`: at every sign-in, the first of a day, one from a new station, or one "
        "summary a day.",
    )
    summary_at: TimeOfDay = Field(time(18, 0), description="When a day's summary is sent.")

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {**super().carriers, "sms_gateways": self.sms_gateways}

    @property
    def delivered_by(self) -> Literal["mail", "sms"]:
        return self.delivery

    @property
    def asks_somebody(self) -> bool:
        return self.type == "approved_authentication"

    def idle(self) -> Iterator[Idle]:
        if self.asks_somebody:
            for key in ("notify", "summary_at"):
                yield Idle(key, "it is of `type: manager_information`")
        else:
            for key in ("quorum", "confirm", "escalate_after", "grant", "remind_after", "late_approval"):
                yield Idle(key, "`type: manager_information` asks nobody")
        for key in ("sms_gateways",) if self.delivery == "mail" else ("mail_servers", "subject", "html"):
            yield Idle(key, f"messages go by {'mail' if self.delivery == 'mail' else 'SMS'} (`delivery`)")

    def advice(self, gateways: Sequence[TypedOptions], /) -> Iterator[Advice]:
        told = {**LINK, "link": f"{self.server or EXAMPLE}/a/{'x' * links.LENGTH}"}
        for language, cost in sms.costs(self.message, told, gateways if self.delivery == "sms" else ()):
            yield Advice(cost, ("message", language))

    @model_validator(mode="after")
    def _has_a_way_to_deliver(self) -> Self:
        key = "mail_servers" if self.delivery == "mail" else "sms_gateways"
        if not getattr(self, key):
            raise wrong(f"has `delivery: {self.delivery}` and no `{key}`")
        return self
