"""Links in every state that a page has to tell, made by what leads to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.pages.serving import Served


def waiting(served: Served, **changes) -> str:
    return served.asked(**changes)


def waiting_without_late(served: Served, **changes) -> str:
    return served.asked(late=0.0, **changes)


def grant(served: Served, **changes) -> str:
    return served.asked(held_until=served.now - 1, **changes)


def not_waiting(served: Served, **changes) -> str:
    return served.asked(held_until=served.now - 1, late=0.0, **changes)


def withdrawn(served: Served, **changes) -> str:
    token = served.asked(**changes)
    served.withdraw(token)
    return token


def decided(served: Served, token: str, decision: str) -> str:
    with served.client() as client:
        assert client.post(f"/a/{token}", data={"decision": decision}).status_code == 303
    return token


def approved(served: Served, **changes) -> str:
    return decided(served, served.asked(**changes), "approve")


def kept(served: Served, **changes) -> str:
    return decided(served, grant(served, **changes), "approve")


def over(served: Served, **changes) -> str:
    """The approval was kept for a minute that has passed."""
    now, served.now = served.now, served.now - 120
    token = decided(served, grant(served, late=60.0, **changes), "approve")
    served.now = now
    return token


def at_the_prompt(served: Served, **changes) -> str:
    """The hold has ended, and the NAS shows its user what to press."""
    token = served.asked(**changes)
    served.login(token, states="abcdefgh")
    return token


def approved_at_the_prompt(served: Served, **changes) -> str:
    return decided(served, at_the_prompt(served, **changes), "approve")


def blocked(served: Served, **changes) -> str:
    return served.asked(**changes | served.somebody(blocked=True))


def approved_and_blocked(served: Served, **changes) -> str:
    return approved(served, **changes | served.somebody(blocked=True))


def approved_and_disabled(served: Served, **changes) -> str:
    return approved(served, **changes | served.somebody(enabled=False))


def gone(served: Served, **changes) -> str:
    return served.asked(**changes | {"unique_id": "of nobody"})


def in_line(served: Served, **changes) -> str:
    return served.asked(**changes | {"station": "", "in_line": 2, "in_line_since": served.now - 20})


def taken_back(served: Served, **changes) -> str:
    token = used(served, **changes)
    served.take_back(token)
    return token


def revoked(served: Served, **changes) -> str:
    return decided(served, kept(served, **changes), "revoke")


def used(served: Served, **changes) -> str:
    token = approved(served, **changes)
    served.use(token)
    return token


def refused(served: Served, **changes) -> str:
    return decided(served, served.asked(**changes), "reject")


def refused_by_another(served: Served, **changes) -> str:
    token = refused(served, **changes)
    return served.another_link(token, recipient="deputy@example.com", language=changes.get("language", "en"))


def expired(served: Served, **changes) -> str:
    return served.asked(at=served.now - 7200, until=served.now - 1, held_until=served.now - 7000, **changes)


def information(served: Served, **changes) -> str:
    return served.asked(kind="information", held_until=0.0, late=0.0, **changes)


def unknown(_served: Served, **_changes) -> str:
    return "0123456789abcdefghijABCDEFGHIJ-_"


def for_oneself(make: Callable[..., str]) -> Callable[..., str]:
    """The same state of a link to the user's own address."""

    def made(served: Served, **changes) -> str:
        return make(served, **{"recipient": "ann@example.com", "why": "user", **changes})

    made.__name__ = f"{make.__name__}_for_oneself"
    return made


STATES: Mapping[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        waiting,
        waiting_without_late,
        grant,
        not_waiting,
        withdrawn,
        at_the_prompt,
        blocked,
        gone,
        in_line,
        approved,
        approved_at_the_prompt,
        approved_and_blocked,
        approved_and_disabled,
        taken_back,
        revoked,
        kept,
        over,
        used,
        refused,
        refused_by_another,
        expired,
        information,
        unknown,
    )
}
OWN: Mapping[str, Callable[..., str]] = {
    own.__name__: own
    for own in map(
        for_oneself,
        (
            waiting, waiting_without_late, grant, not_waiting, withdrawn, at_the_prompt, blocked, gone, in_line, approved,
            approved_at_the_prompt, approved_and_disabled, taken_back, revoked, kept, over, used, refused, expired,
        ),
    )
}  # fmt: skip
"""Those of links by which users are asked about their own sign-in."""
