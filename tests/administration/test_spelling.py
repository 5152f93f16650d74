"""Which recorded names are meant by one that somebody types."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from radiusd.administration.spelling import meant_by
from radiusd.directories.ldap_options import UserNames
from radiusd.directories.local_options import LocalOptions
from tests.directories.ldap_directories import options

NAMES = UserNames(domains=("EXAMPLE",), realms=("example.com",))
SETTINGS = SimpleNamespace(
    directories={"corp": options("ldap://127.0.0.1", user_names=NAMES), "local": LocalOptions(type="local")}
)


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("ann", "Ann"),
        ("ann", "EXAMPLE\\ANN"),
        ("Ann@example.com", "ann"),
        ("EXAMPLE\\ann", "ann@EXAMPLE.com"),
        ("strasse", "Straße"),
        ("IŞIK", "ışık"),
        ("İBRAHIM", "ibrahim"),
        ("a\u200bnn", "a\u200bnn"),  # no name at all, but recorded as it came
        ("OTHER\\ann", "other\\Ann"),
    ],
)
def test_one_name_in_every_spelling(typed, recorded):
    """X56"""
    assert meant_by(SETTINGS, typed)(recorded)
    assert meant_by(SETTINGS, recorded)(typed)


@pytest.mark.parametrize("recorded", ["anna", "OTHER\\ann", "ann@other.com", "", "*"])
def test_other_names(recorded):
    assert not meant_by(SETTINGS, "ann")(recorded)
