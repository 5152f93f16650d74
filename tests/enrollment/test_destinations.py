"""Where a user's codes can go, and which of them comes first (D14, S153, S154, S176)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.enrollment.addresses import Destination
from radiusd.enrollment.destinations import of_mail, of_mobile
from radiusd.enrollment.remembered import Remembered
from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition
from store.enrolled import Enrollment

ANN = Entry("corp", "7", "ann", mail="ann@example.com", mobile="05554443322", attributes={"department": ("it",)})


def row(value="two@example.com", number=1, **given):
    fields = {
        "directory": "corp", "unique_id": "7", "user_name": "ann", "kind": "mail", "label": "", "status": "active",
        "automatic": False, "created_at": 1.0, "created_by": "root", "verified_at": 1.0, "until": None,
        "last_used_at": None, "last_used_station": "", "last_used_client": "",
    }  # fmt: skip
    return Enrollment(id=number, value=value, **fields | given)


def remembered(*rows):
    made = Remembered(None, "enrollments", None)
    made._take(None, rows)
    return made


def mails(*rows, entry=ANN, automatic=None):
    """Recipients in their order, or why there is none."""
    found = of_mail(remembered(*rows), automatic).of(entry)
    return found if isinstance(found, str) else [to.recipient for to in found]


def test_without_rows_it_is_what_the_directory_has():
    assert of_mail(remembered(), None).of(ANN) == (Destination("ann@example.com", "a***n@example.com"),)
    assert mails(entry=Entry("corp", "7", "ann")) == "the user has no mail address"
    assert mails(row(directory="other"), row(unique_id="8", number=2)) == ["ann@example.com"]


def test_what_was_enrolled_stands_beside_it():
    assert mails(row()) == ["ann@example.com", "two@example.com"]
    assert mails(row(), entry=Entry("corp", "7", "ann")) == ["two@example.com"]
    assert mails(row("+905550000001", kind="mobile")) == ["ann@example.com"]


@pytest.mark.row("S176")
def test_the_one_that_was_used_last_comes_first():
    one, two = row(last_used_at=10.0), row("three@example.com", 2, last_used_at=20.0)
    assert mails(one, two) == ["three@example.com", "two@example.com", "ann@example.com"]
    own = row("ann@example.com", 3, automatic=True, last_used_at=30.0)
    assert mails(one, two, own) == ["ann@example.com", "three@example.com", "two@example.com"]


@pytest.mark.row("S170")
def test_disabled_ones_are_none_and_the_directorys_own_can_be_disabled_too():
    assert mails(row(status="disabled")) == ["ann@example.com"]
    own = row("ann@example.com", automatic=True, status="disabled")
    assert mails(own) == "a***n@example.com is disabled, and there is no other"
    assert mails(own, row(number=2)) == ["two@example.com"]
    assert (
        mails(row("Ann+vpn@EXAMPLE.com", automatic=True, status="disabled"))
        == "A***n@example.com is disabled, and there is no other"
    )


def test_what_told_of_the_directorys_own_counts_no_longer_than_the_directory_has_it():
    own = row("old@example.com", automatic=True, last_used_at=10.0)
    assert mails(own) == ["ann@example.com"]
    assert mails(own, entry=Entry("corp", "7", "ann")) == "the user has no mail address"


def test_one_that_is_enrolled_and_in_the_directory_is_one():
    found = of_mail(remembered(row("ann@example.com")), None).of(ANN)
    assert [(to.recipient, to.is_own, to.number) for to in found] == [("ann@example.com", True, 0)]


@pytest.mark.row("S156")
def test_whose_own_counts_a_rule_says():
    it = Condition("corp", "department", ["it"])
    assert mails(automatic=[it]) == ["ann@example.com"]
    sales = Entry("corp", "7", "ann", mail="ann@example.com", attributes={"department": ("sales",)})
    assert mails(automatic=[it], entry=sales) == "the user has enrolled no mail address"
    assert mails(row(), automatic=[it], entry=sales) == ["two@example.com"]
    assert mails(automatic=[]) == "the user has enrolled no mail address"
    assert mails(automatic=[it, Condition("corp")], entry=sales) == ["ann@example.com"]


def test_numbers_of_countries_that_sms_goes_to_no_more_are_none():
    rows = remembered(row("+4915123456789", kind="mobile"))
    both = of_mobile(rows, None, "TR", ("TR", "DE")).of(ANN)
    assert [to.recipient for to in both] == ["+905554443322", "+4915123456789"]
    assert [to.recipient for to in of_mobile(rows, None, "TR", ("TR",)).of(ANN)] == ["+905554443322"]
    assert of_mobile(rows, None, "TR", ("TR",)).of(Entry("corp", "7", "ann")) == (
        "the user's mobile number is of DE, and enrollment.countries has TR only"
    )


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["ann@example.com", "two@example.com", "three@example.com"]),
        st.integers(1, 9),
        status=st.sampled_from(["active", "disabled"]),
        automatic=st.booleans(),
        last_used_at=st.one_of(st.none(), st.floats(1, 100)),
    ),
    unique_by=lambda each: each.value,
)


@given(ROWS, st.booleans())
def test_nothing_disabled_and_nothing_of_others_is_ever_sent_to(rows, own_counts):
    found = mails(*rows, automatic=None if own_counts else [])
    disabled = {each.value for each in rows if each.status == "disabled"}
    theirs = {each.value for each in rows if not each.automatic} | ({"ann@example.com"} if own_counts else set())
    if isinstance(found, str):
        assert found
        assert not theirs - disabled
    else:
        assert set(found) == theirs - disabled
        assert len(found) == len(set(found))
