"""A login's row and the one of its next step."""

from __future__ import annotations

from store.records import LoginRow

BEFORE = LoginRow._make(range(len(LoginRow._fields)))
CHANGED = {
    "until": 2.0, "joins": "joins", "factor": "office-mail", "passed": "passed", "memory": "memory", "states": "states",
    "packet": "packet", "outcome": "outcome", "status": "accepted", "approval": "approval",
}  # fmt: skip


def test_the_next_step_changes_what_it_is_told_and_nothing_else():
    assert BEFORE.followed_by(**CHANGED) == BEFORE._replace(step=BEFORE.step + 1, **CHANGED)
    assert list(CHANGED) == [name for name in LoginRow._fields if name in CHANGED]
