"""`texts:`, other words for what users read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from config.models.options import Options
from config.models.templates import localized


class Wording(Options):
    """What users read and may be worded otherwise, with the variables that each may have. None: ours."""

    refused: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="Whatever the reason of a refusal."
    )
    outage: Annotated[Mapping[str, str], localized({"component": "corp"})] | None = Field(
        None, description="While a directory of the application is down; `{{ component }}` names it."
    )
    reference: Annotated[Mapping[str, str], localized({"ref": "7K3F9QXM"})] | None = Field(
        None, description="What finds the reason; `{{ ref }}` goes to `radiusd explain`."
    )
    busy: Annotated[Mapping[str, str], localized({})] | None = Field(None, description="While too many wait at once.")
    press_enter: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="Behind what the user waits for."
    )
    append_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="Where a code is wanted behind the password: in the Reject, and in the code's message."
    )
    wrong_code: Annotated[Mapping[str, str], localized({})] | None = Field(None, description="The code was wrong.")
    older_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="The code is of an earlier message."
    )
    expired_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="The code came too late."
    )
    fresh_code: Annotated[Mapping[str, str], localized({})] | None = Field(None, description="Another code was sent.")
    resend_later: Annotated[Mapping[str, str], localized({"wait": "20 seconds", "seconds": "20"})] | None = Field(
        None,
        description="Another code may be asked for in `{{ wait }}`, as `20 seconds`; `{{ seconds }}`: the number alone.",
    )
    resend: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="Behind `prompt`, where Enter or `resend` sends another code."
    )
    type_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="In a code's message, as `{{ next_step }}`, where it is asked for."
    )
    not_approved: Annotated[Mapping[str, str], localized({})] | None = Field(
        None,
        description="After a right password: whoever was asked refused, now or a while ago, or revoked the approval.",
    )
    undecided: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: nobody has decided yet, and a later approval counts."
    )
    undecided_ask_anew: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: nobody decided, and an approval counts no more."
    )
    asked_too_often: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: `asks_per_hour` is reached."
    )
    not_delivered: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: the address or number that a message was to go to refused it."
    )
    no_further_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="`sends_per_hour` is reached, and the last code is still good."
    )
    no_code: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: `sends_per_hour` is reached, and no code is good."
    )
    other_decided: Annotated[Mapping[str, str], localized({})] | None = Field(
        None, description="After a right password: this request stood in line, and another one of the user was decided."
    )


def worded(value: Any) -> Mapping[str, Mapping[str, str]]:
    """Those that are worded otherwise, by name."""
    texts = Wording.model_validate(value)
    return {name: getattr(texts, name) for name in Wording.model_fields if getattr(texts, name) is not None}
