"""Options that several methods have: codes that are sent, and links by which somebody decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le
from pydantic import Field, PlainValidator, model_validator

from config.faults import instead
from config.models.addresses import MAIL, NUMBER, LinkBase, Recipient, recipient
from config.models.forms import pattern
from config.models.languages import everywhere
from config.models.options import PASSWORD, Options, ProfileOptions, Text
from config.models.templates import DESTINATION, LOGIN, CodeTexts, LinkHtml, LinkTexts, localized
from config.models.values import Distinct, Duration, Many, NotEmpty, Positive, Span, duration, wrong

Texts = Mapping[str, str]
Placement = Literal["auto", "challenge", "appended"]
PROMPT = "Code sent to {{ destination }}"
HTML = (
    "`file:PATH` of a template in HTML, or one for each language; its variables are those of `message`. Left out: ours, "
    'where `message` is ours too. `""`: text alone.'
)


def written(html: Texts | None) -> Texts:
    """The templates that are none of ours; `""` is none at all."""
    return {language: source for language, source in (html or {}).items() if source}


class CodeOptions(ProfileOptions):
    """A code that must be typed."""

    is_a_factor: ClassVar[bool] = True

    attempts: Positive = Field(3, description="Wrong codes that end the sign-in.")
    placement: Placement = Field(
        "auto",
        description="`challenge`: it is asked for; `appended`: it is typed behind the password; `auto`: appended "
        "where the client has `challenge: false`.",
    )

    def hidden(self) -> Iterator[str]:
        if self.placement == "challenge":
            yield (
                "has `placement: challenge`, and this client shows none: nobody signs in with it here; write `placement:"
                " auto` there"
            )


class SentCodeOptions(CodeOptions):
    """A code that is sent. `message` None: ours, in the user's language."""

    validity: Span = Field(description="How long a code is good.")
    code_length: Annotated[int, Ge(4), Le(10)] = Field(6, description="Digits.")
    resend_after: Duration = Field(
        timedelta(seconds=30), description="An empty answer, or `resend`, sends a fresh code, not sooner than this."
    )
    sends_per_hour: Positive = Field(
        10, description="To one user; a third of them is kept for stations that the user has signed in from."
    )
    send_within: Span = Field(
        timedelta(seconds=8),
        description="Where nothing has taken the message by then, the sign-in is refused, with a reference.",
    )
    otherwise: str | None = Field(
        None,
        description="Another profile of `mail_otp` or `sms_otp`: by its carriers, in its words and to what the user has for it "
        "the code goes where no carrier of this one takes it. Its policies are not asked.",
    )
    message: CodeTexts | None = Field(
        None,
        description="With `{{ code }}`, `{{ validity }}` (as `10 minutes`), `{{ next_step }}` (what to do with it), "
        "`{{ user.display_name }}`, `{{ application }}`, `{{ profile }}`, `{{ station }}`. Left out: ours, in the user's language.",
    )
    prompt: Annotated[Texts, localized(DESTINATION)] = Field(
        everywhere(PROMPT), description="What the NAS shows; `{{ destination }}` is partly hidden."
    )

    @property
    def must_leave_within(self) -> timedelta | None:
        return self.send_within

    @property
    def sends_otherwise_by(self) -> str | None:
        return self.otherwise

    def texts(self) -> Iterator[Text]:
        if self.message is not None:
            yield Text("message", self.message, "code", self.validity)


APPROVERS = ("manager", "sponsor", "managers_manager")


def _approver(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong("{value} must be a text: put it in quotes")
    if value in APPROVERS:
        return value
    if "@" not in value and not value.startswith("+") and not value[:1].isdigit():
        raise wrong(f"unknown approver {{value}}{instead(value, APPROVERS)} or write an address or a number")
    return recipient(value)


Approver = Annotated[str, PlainValidator(_approver), pattern(f"^({'|'.join(APPROVERS)})$", MAIL, NUMBER)]
"""`manager`, `sponsor`, `managers_manager`, or an address or number."""


def _choice(value: Any) -> str | timedelta:
    if value in {"once", "today"}:
        return str(value)
    try:
        length = duration(value)
    except ValueError:
        raise wrong("{value} is not a choice; write once, today, or a duration such as 4h") from None
    if not length:
        raise wrong("{value} is no time at all; write once, today, or a duration such as 4h")
    return length


Choice = Annotated[str | timedelta, PlainValidator(_choice), pattern("^(once|today)$", "^0*[1-9][0-9]{0,11}[smhd]$")]


class Grant(Options):
    """What an approver may choose; a choice of a duration is a timedelta."""

    choices: Distinct[NotEmpty[Choice]] = Field(
        ("once",), description="`once`, `today`, or a duration. More than once only for a known station."
    )
    longest: Span = Field(timedelta(hours=8), description="What no choice may exceed.")

    @model_validator(mode="after")
    def _none_is_longer(self) -> Self:
        if any(isinstance(choice, timedelta) and choice > self.longest for choice in self.choices):
            raise wrong("has a choice that is longer than `longest`")
        return self


class LinkOptions(ProfileOptions):
    """A link that is sent, by which somebody decides. `server` None: public_url."""

    sends_links: ClassVar[bool] = True

    methods: Distinct[Many[str]] = Field(
        (),
        description="What comes first, in this order: `password`, or other profiles by name (their policies are not "
        "asked).",
    )
    server: LinkBase | None = Field(None, description="The base of its links. Left out: `public_url`.")
    mail_servers: Distinct[Many[str]] = Field((), description="Tried in this order.")
    subject: Annotated[Texts, localized(LOGIN)] = Field(
        description="Of the mail. Left out: ours, in the reader's language."
    )
    message: LinkTexts | None = Field(
        None,
        description="With `{{ link }}`, `{{ until }}` and `{{ validity }}` (as `1 hour`), `{{ user.display_name }}`, "
        "`{{ user.username }}`, `{{ application }}`, `{{ profile }}`, `{{ station }}`, `{{ seen }}` (what is known of sign-ins "
        "from there), "
        "`{{ time }}`, `{{ approver.name }}`, `{{ approver.why }}` (why they are asked). Left out: ours.",
    )
    html: LinkHtml | None = Field(None, description=HTML)
    link_validity: Span = Field(description="How long a link can decide.")
    approvers: Distinct[NotEmpty[Approver]] = Field(
        ("manager",),
        description="Who is asked, in this order: `manager` (or `sponsor`), `managers_manager`, an address or a "
        "number.",
    )
    default_recipient: Recipient | None = Field(
        None, description="Who is asked where the look-up succeeded and found nobody."
    )
    escalate_after: Span | None = Field(None, description="Then the next approver is asked too.")
    quorum: Positive = Field(1, description="Different approvers who must approve; one refusal ends it.")
    confirm: Literal["button", "number"] = Field(
        "button", description="`number`: two digits that the user is shown and the approver picks."
    )
    grant: Grant = Field(Grant(), description="What an approver may choose.")
    asks_per_hour: Positive = Field(6, description="To one approver about one user.")
    after_refusal: Duration = Field(
        timedelta(minutes=15), description="For so long nobody is asked again for that user from that station."
    )
    remind_after: Duration = Field(
        timedelta(minutes=5),
        description="Who comes back so long after the last message, nobody having decided, has the approver reminded: "
        "once a question, and only where something is proved before. `0s`: never.",
    )
    waiting_message: Annotated[Texts, localized(LOGIN)] = Field(
        everywhere("Waiting for manager approval"), description="What the user reads while somebody is asked."
    )
    late_approval: Duration = Field(
        description="For so long an approval that came after the NAS gave up counts for the next try. `0s`: never."
    )

    @property
    def passed_first(self) -> tuple[str, ...]:
        return self.methods

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        return {"mail_servers": self.mail_servers}

    @property
    def delivered_by(self) -> Literal["mail", "sms"]:
        """How a link comes to whom it is for."""
        return "mail"

    @property
    def is_for_others(self) -> bool:
        """Whether the links go to somebody else than the user."""
        return True

    @property
    def needs_of_a_user(self) -> str:
        return "manager" if self.is_for_others and all(each in APPROVERS for each in self.approvers) else ""

    @property
    def link_base(self) -> str | None:
        return self.server

    @property
    def asks_somebody(self) -> bool:
        return True

    @property
    def asks_the_password_first(self) -> bool:
        """Whether that is so where nothing is written."""
        return PASSWORD in type(self).model_fields["methods"].default

    @property
    def reminded_after(self) -> timedelta | None:
        """When whoever was asked is asked once more; None for never."""
        return self.remind_after or None

    @property
    def lacks_for_a_role(self) -> str:
        if self.asks_unproved:
            return "asks no password"
        return "" if self.is_for_others else "is proved by a link, which may be pressed for somebody else's sign-in"

    @property
    def asks_unproved(self) -> bool:
        """Whether whoever knows a name has messages sent, and nothing may tell them who exists (D4)."""
        return False

    @property
    def recommended_validity(self) -> tuple[timedelta, timedelta] | None:
        """How long its links should live, at least and at most; None where that depends."""
        return None

    @property
    def decided_within(self) -> timedelta | None:
        return self.link_validity if self.asks_somebody else None

    def texts(self) -> Iterator[Text]:
        if self.asks_somebody:
            if self.message is not None:
                yield Text("message", self.message, "link", self.link_validity)
            yield Text("html", written(self.html), "link", self.link_validity)

    def hidden(self) -> Iterator[str]:
        if self.confirm == "number":
            yield "has `confirm: number`, and this client can not show the number; write `confirm: button` there"
