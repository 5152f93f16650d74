"""Policies, reply rules and the other rules that match a user's attributes, and the applications they are read in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

import re2
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from config.models.forms import Form, form, pattern, together
from config.models.options import Options, Titled
from config.models.values import Distinct, Many, NotEmpty, wrong


def expression_of(value: str) -> str | None:
    """The regular expression of a `/.../` value, None where it is exact or has wildcards (D8)."""
    return value[1:-1] if len(value) > 2 and value.startswith("/") and value.endswith("/") else None


def _pattern(value: str) -> str:
    if not value:
        raise wrong("is empty, and no attribute has such a value; write `*` for any")
    expression = expression_of(value)
    if expression is not None:
        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(expression, options)
        except re2.error as error:
            cause = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0]
            raise wrong(f"{{value}} is not a regular expression of RE2: {cause}") from None
    return value


UNWRITTEN = re.compile(r"(^|[^A-Za-z0-9])\.[*+]|\\[dws][*+?{]|\[[^\[\]]*\][*+?{]|\(\?|\^|\$$")
"""What an expression has in it, and no exact value."""


def misread(value: str) -> str | None:
    """What one takes a value of a rule for that it is not; None where it can be meant as it stands."""
    if value != value.strip():
        return f"a space stands at an end of `{value}`, and a value is compared as a whole; write `{value.strip()}`"
    if expression_of(value) is not None:
        return None
    flagged = re.fullmatch(r"/(.+)/[imsxguU]{1,4}", value)
    if flagged:
        return f"`{value}` is taken as it stands: an expression has no flags, and case never counts; write `/{flagged[1]}/`"
    if UNWRITTEN.search(value):
        bare = value.strip("/").removeprefix("^").removesuffix("$")
        return f"`{value}` is taken as it stands; an expression stands between slashes, and must match the whole: write `/{bare}/`"
    return None


def _attribute(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", value):
        raise wrong("{value} is not an attribute's name; write for example memberOf or group_name")
    return value


def covers(pattern: str, value: str) -> bool:
    """Whether a pattern surely matches all that a value of a rule matches, which may be a pattern itself.

    False where that can not be told. As rules are compared: whole and in any case.
    """
    if pattern.casefold() == value.casefold():
        return True
    if expression_of(value) is not None:
        return pattern == "*"
    expression = expression_of(pattern)
    if expression is None:
        # What stands for anything in the value can only be taken up by what stands for anything in the pattern.
        parts = (re.escape(part) for part in pattern.casefold().split("*"))
        return re.fullmatch(".*".join(parts), value.casefold(), re.DOTALL) is not None
    options = re2.Options()
    options.case_sensitive = False
    return "*" not in value and re2.compile(expression, options).fullmatch(value) is not None


Pattern = Annotated[str, AfterValidator(_pattern)]
"""Exact, with `*` wildcards, or a `/regular expression/`; of the whole value, in any case."""
Attribute = Annotated[str, AfterValidator(_attribute), pattern("^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]


class Match(Options):
    """Who is meant: users of a directory who have one of the values in an attribute."""

    directory: str = Field(description="One of `directories`.")
    attribute: Attribute = Field(
        description="LDAP: the directory's own name, as `memberOf`. Local: `username`, `group_name`, `email`, "
        "`mobile`, `first_name`, `last_name`, `description`, `sponsor_name`, `sponsor_email`, "
        "`sponsor_phone`."
    )
    values: NotEmpty[Pattern] = Field(
        description="One of them must fit the whole value, in any case: exact, with `*`, or `/a regular expression/` "
        "of RE2."
    )


class AutomaticMatch(Options):
    """Users of a directory; attribute and values, both or neither, narrow it."""

    model_config = ConfigDict(json_schema_extra=together("attribute", "values"))

    directory: str = Field(description="One of `directories`.")
    attribute: Attribute | None = Field(None, description="As in `policies`; together with `values`, or neither.")
    values: Many[Pattern] = Field((), description="As in `policies`.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.attribute is None) is not (not self.values):
            raise wrong("must have both `attribute` and `values`, or neither", of=("attribute", "values"))
        return self


class PolicySettings(Match):
    """Who signs in with a profile. `required`: in no other way."""

    profile: str = Field(description="One of `profiles`.")
    required: bool = Field(False, description="Whom it matches signs in this way only: no other profile, no menu.")


def _reply_values(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, tuple | list) else (value,)
    texts = []
    for each in values:
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise wrong("must be a text or a whole number, or a list of them; put other things in quotes")
        texts.append(str(each))
    if not texts:
        raise wrong("has no value")
    return tuple(texts)


_REPLY: Form = {
    "anyOf": [
        {"type": ["string", "integer"]},
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
    ]
}
ReplyValues = Annotated[tuple[str, ...], BeforeValidator(_reply_values), Field(repr=False), form(_REPLY)]
Reply = Mapping[str, ReplyValues]
"""Reply attributes by name, each with its values as texts."""


CHOSEN_BY_OTHERS = ("255.255.255.254", "255.255.255.255")
"""A Framed-IP-Address by which the NAS, or the user, chooses one (RFC 2865 section 5.8)."""


def framed(reply: Reply) -> Iterator[tuple[str, str]]:
    """The Framed-IP-Address of a reply, with its key as written, where it is the user's and not for others to choose."""
    for key, values in reply.items():
        for value in values:
            if key.casefold() == "framed-ip-address" and value not in CHOSEN_BY_OTHERS:
                yield key, value


class ReplyRule(Match):
    """Reply attributes for those it matches."""

    reply: Reply = Field(
        description="Added to the Access-Accept, in place of the application's attributes of that name."
    )


class ApplicationSettings(Titled):
    """What a client belongs to: the ways to sign in, in order, and what an Access-Accept carries."""

    profiles: Distinct[NotEmpty[str]] = Field(description="The ways to sign in, in order.")
    choose: Literal["first", "ask"] = Field("first", description="Where several are open to a user: the first, or ask.")
    reply: Reply = Field(
        default_factory=dict,
        description="RADIUS attributes of every Access-Accept, one value or a list; a user's own Framed-IP-Address "
        "wins.",
    )
    reply_rules: tuple[ReplyRule, ...] = Field((), description="More attributes for some users.")


class RoleSettings(Options):
    """Who has a role; nobody matches: nobody has it."""

    administrator: tuple[Match, ...] = Field((), description="Everything.")
    help_desk: tuple[Match, ...] = Field((), description="Users and blocks.")
    auditor: tuple[Match, ...] = Field((), description="Reading.")
