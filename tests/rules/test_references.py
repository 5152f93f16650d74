"""The reference that a Reject carries and a person reads out on the telephone (D22)."""

from __future__ import annotations

import pytest

from radiusd.rules.references import ALPHABET, normal, reference


def test_eight_characters_that_cannot_be_misread():
    made = {reference() for _ in range(2000)}
    assert len(made) == 2000
    assert {len(text) for text in made} == {8}
    assert set().union(*made) == set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)
    assert all(len({text[place] for text in made}) == 32 for place in range(8))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7K3F9QXM", "7K3F9QXM"),
        (" 7k3f-9qxm\n", "7K3F9QXM"),
        ("7k3f 9qxm", "7K3F9QXM"),
        ("oOiIlL00", "00111100"),
        ("7K3F9QX", None),
        ("7K3F9QXMM", None),
        ("7K3F9QXU", None),
        ("7K3F9QX\N{ARABIC-INDIC DIGIT ONE}", None),
        ("", None),
    ],
)
def test_as_people_type_it(typed, read):
    assert normal(typed) == read
