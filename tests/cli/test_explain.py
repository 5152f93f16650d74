"""What `radiusd explain` says of a refusal that is recorded."""

from __future__ import annotations

import pytest

from radiusd.cli.explaining import found
from store.records import AuditRow


@pytest.mark.parametrize(
    ("directory", "reason", "said"),
    [
        ("corp", "password wrong", "of directory corp"),
        ("", "no such user", "whom no directory has"),
        ("", "corp is not available: no answer in time", "who could not be looked up"),
        ("", "CHAP needs the password in clear text; set the NAS to PAP", "who was not looked up"),
        ("", "the State is not one of ours", "who was not looked up"),
    ],
)
def test_who_was_not_looked_up_may_exist(directory, reason, said):
    """X60"""
    empty = dict.fromkeys(AuditRow._fields, "")
    assert found(AuditRow(**{**empty, "directory": directory, "reason": reason})) == said
