"""What is said of the pages that people sign in to: `administration:`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.checks.draft import Draft
from config.faults import Fault
from config.settings import Settings

CLIENT = "pages"
"""As which client sign-ins to the pages are recorded."""


def _factors(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Nobody gets to the pages by a password alone, or by a link of their own (D19)."""
    application = settings.applications.get(settings.administration.application or "")
    for name in application.profiles if application is not None else ():
        lack = settings.profiles[name].lacks_for_a_role if name in settings.profiles else ""
        if lack:
            told = (
                f"profile `{name}` {lack}: it gives nobody a role, and opens no page; name an application whose profiles ask"
                " for a password and a code, or for a password and an approval"
            )
            yield draft.value(told, "administration", "application")


def _roles(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """One is nothing without the other."""
    administration = settings.administration
    roles = [role for role, rules in administration.roles if rules]
    if administration.application and not roles:
        told = (
            "nobody has a role, so nobody sees a page; write for example `roles: {administrator: [{directory: local,"
            " attribute: group_name, values: [administrators]}]}`"
        )
        yield draft.key(told, "administration")
    if roles and not administration.application:
        told = "nobody can sign in to the pages, whatever their role: `application` says whose profiles sign them in"
        yield draft.key(told, "administration")


def _enrolled(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """A second proof that the first one alone opens is none (D19)."""
    enrollment = settings.enrollment
    if settings.administration.application and enrollment.first == "password":
        told = (
            "whoever knows the password of an administrator who has enrolled nothing enrolls an address of their own, and has"
            " the role: write `directory` or `invitation`"
        )
        yield draft.value(told, "enrollment", "first")


def _client(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if settings.administration.application and CLIENT in settings.clients:
        yield draft.key(
            f"`{CLIENT}` is what sign-ins to the pages are recorded as; call the client otherwise", "clients", CLIENT
        )


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_factors, _roles, _enrolled)
ERRORS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (_client,)
