"""What docs/reasons.md says of authenticator apps."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """As the audit has it, with `{...}` for what differs, and what it means."""

    text: str
    meaning: str


APPS = (
    Reason("the user has no authenticator app that is verified", "None was set up, or the first code was never typed."),
    Reason("the user's authenticator app is disabled", "By an administrator; each of them, where there are several."),
    Reason("the user's authenticator app was removed meanwhile", "While the code was asked for."),
    Reason("authenticator code wrong, {n} times", "As many wrong codes as `attempts` allows. It counts for blocking."),
    Reason(
        "authenticator code used already, {n} times",
        "It is right, and another sign-in has used it, or one of a later time. It does not count for blocking.",
    ),
    Reason(
        "authenticator code of {n} steps ago, {n} times",
        "It is a code of the app, of too long ago, or `ahead`: the clock of the phone is off by so many time steps of 30"
        " seconds, or the user was slow. One that is of a time to come counts for blocking, and the user reads that it is wrong:"
        " who guesses must not learn which code to keep.",
    ),
    Reason(
        "no code was typed behind the password",
        "The NAS can show no Challenge, so the code must come with the password.",
    ),
    Reason("no code was typed", "An empty answer where a code was asked for."),
    Reason(
        "recovery code wrong, {n} times", "It is none of the user's, or new ones were made. It counts for blocking."
    ),
    Reason("recovery code used already, {n} times", "Each is good once. It does not count for blocking."),
    Reason(
        "another sign-in used the same code at the same moment", "Of many requests with one code, one lets somebody in."
    ),
    Reason(
        "{component} is not available: it was sealed under the key {key}, which is not in key_file any more",
        "The secret of the user's app can not be opened: a line of `key_file` is missing.",
    ),
)
