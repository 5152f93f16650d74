"""`texts:`, other words for what users read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from config.models.options import Options
from config.models.templates import localized

Plain = Annotated[Mapping[str, str], localized({})]
Numbered = Annotated[Mapping[str, str], localized({"number": "8"})]


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
    choose: Plain | None = Field(None, description="Begins the menu of `choose: ask`.")
    choose_how: Plain | None = Field(None, description="Ends it.")
    choose_where: Plain | None = Field(None, description="Asks to which address or number a code goes.")
    refused_there: Plain | None = Field(None, description="Before it: the one that was chosen refused the message.")
    used_on: Annotated[Mapping[str, str], localized({"day": "2026-12-31"})] | None = Field(
        None, description="Beside one of several: when it was used last."
    )
    added_on: Annotated[Mapping[str, str], localized({"day": "2026-12-31"})] | None = Field(
        None, description="The same: when it was added."
    )
    resend_elsewhere: Plain | None = Field(None, description="Behind the prompt of a code that can go elsewhere, too.")
    no_such_choice: Plain | None = Field(None, description="What was typed is none of the choices.")
    not_chosen: Plain | None = Field(None, description="After a right password: nothing of the menu was chosen.")
    app_code: Plain | None = Field(None, description="Asks for the code of an authenticator app.")
    used_code: Plain | None = Field(None, description="Its code was used already.")
    clock_off: Plain | None = Field(None, description="Its code is of another time.")
    used_recovery_code: Plain | None = Field(None, description="The recovery code was used already.")
    few_recovery_codes: Annotated[Mapping[str, str], localized({"left": "2"})] | None = Field(
        None, description="After a recovery code: how many are left."
    )
    not_confirmed: Plain | None = Field(None, description='A link by mail was answered with "not me".')
    unconfirmed: Plain | None = Field(None, description="It was not confirmed yet.")
    unconfirmed_ask_anew: Plain | None = Field(None, description="It was not confirmed in time.")
    links_too_often: Plain | None = Field(None, description="As many links were sent as an hour allows.")
    enroll_mail: Plain | None = Field(None, description="Asks for a mail address, of who has none for codes.")
    enroll_mobile: Plain | None = Field(None, description="The same of a mobile number.")
    enroll_first: Annotated[Mapping[str, str], localized({"destination": "a***e@example.com"})] | None = Field(
        None, description="Before it: asks for a code that went to something on record, `{{ destination }}`."
    )
    enroll_code: Annotated[Mapping[str, str], localized({"destination": "a***e@example.com"})] | None = Field(
        None, description="Asks for the code that went to the new one, `{{ destination }}`."
    )
    enroll_no_mail: Plain | None = Field(None, description="What was typed is no mail address.")
    enroll_no_mobile: Plain | None = Field(None, description="What was typed is no number that SMS goes to.")
    enroll_disabled: Plain | None = Field(None, description="What was typed was disabled.")
    enroll_by_invitation: Plain | None = Field(
        None, description="After a right password: nothing is enrolled, and `enrollment.first` is `invitation`."
    )
    enroll_help_desk: Plain | None = Field(
        None, description="After a right password: nothing is enrolled, and it can not be here."
    )
    password_must_change: Plain | None = Field(
        None, description="Before a new password is asked for, once everything was proved."
    )
    new_password: Plain | None = Field(None, description="Asks for a new password.")
    new_password_again: Plain | None = Field(None, description="Asks for it once more.")
    passwords_differ: Plain | None = Field(None, description="What was typed once more is something else.")
    password_too_short: Numbered | None = Field(
        None, description="A new password has fewer than `{{ number }}` characters."
    )
    password_too_long: Plain | None = Field(None, description="RADIUS can not carry it.")
    password_unreadable: Plain | None = Field(
        None, description="It has a control character, or one that cannot be seen."
    )
    password_common: Plain | None = Field(None, description="Everybody knows it.")
    password_of_the_user: Plain | None = Field(None, description="It is made of the user's own names or addresses.")
    password_not_taken: Plain | None = Field(
        None, description="The directory refuses a new password; behind it comes what it asks of one."
    )
    password_shorter: Plain | None = Field(
        None, description="It is too short for the directory, which does not say by how much."
    )
    password_too_easy: Plain | None = Field(None, description="It is too easy for the directory.")
    password_too_young: Plain | None = Field(
        None, description="The directory wants the last one to be used for longer."
    )
    password_used_before: Plain | None = Field(None, description="The user had it before.")
    password_rule_length: Numbered | None = Field(None, description="The domain wants `{{ number }}` characters.")
    password_rule_mixed: Plain | None = Field(None, description="The domain wants several kinds of characters.")
    password_rule_history: Numbered | None = Field(None, description="The domain knows the last `{{ number }}`.")
    password_rule_age: Numbered | None = Field(
        None, description="The domain lets a password be changed again after `{{ number }}` hours."
    )
    password_not_changed: Plain | None = Field(None, description="The sign-in ends without a new password.")
    change_elsewhere: Plain | None = Field(
        None,
        description="After a right password that must be changed, where the NAS can not ask for another one: where to do it.",
    )
    changed_by_link: Plain | None = Field(
        None, description="The same, of a link that an administrator had sent (`user reset-password`)."
    )
    changed_signing_in: (
        Annotated[Mapping[str, str], localized({"application": "vpn", "station": "192.0.2.77"})] | None
    ) = Field(None, description="In the mail about a changed password: how it was changed.")


def worded(value: Any) -> Mapping[str, Mapping[str, str]]:
    """Those that are worded otherwise, by name."""
    texts = Wording.model_validate(value)
    return {name: getattr(texts, name) for name in Wording.model_fields if getattr(texts, name) is not None}
