"""What a link may do at a moment, as properties (D2, D12)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules import links
from radiusd.rules.links import LAST_LOOK_SECONDS, LinkState
from store.records import ApprovalRow

ASKED = ApprovalRow(
    id="a1", at=1000.0, until=4600.0, kind="approval", login="l1", profile="contractors", directory="corp",
    unique_id="7", user_name="ann", display_name="Ann Example", application="vpn", client="gateway",
    station="192.0.2.77", nas="gw-1", source="192.0.2.10", late=300.0, held_until=1055.0,
)  # fmt: skip
TIMES = st.integers(0, 6000).map(float)


@st.composite
def approvals(draw):
    """A row such as the database may have."""
    at = draw(TIMES)
    status = draw(st.sampled_from(["open", "approved", "refused", "withdrawn", "revoked"]))
    decided_at = None if status == "open" else at + draw(TIMES)
    used = status == "approved" and draw(st.booleans())
    return ASKED._replace(
        at=at,
        until=at + draw(TIMES),
        held_until=at + draw(TIMES),
        late=draw(st.sampled_from([0.0, 1.0, 300.0])),
        kind=draw(st.sampled_from(["approval", "approval", "information"])),
        status=status,
        decided_at=decided_at,
        used_at=None if decided_at is None or not used else decided_at + draw(TIMES),
    )


@given(approvals(), TIMES)
def test_nothing_can_be_decided_twice_or_too_late(approval, at):
    decidable = approval.status == "open" and approval.kind == "approval" and at < approval.until
    assert links.can_refuse(approval, at) is decidable
    assert links.can_approve(approval, at) is (decidable and (at < approval.held_until or approval.late > 0))


@given(approvals(), TIMES)
def test_a_decision_is_told_for_ever(approval, at):
    state = links.state_of(approval, at)
    assert (state is LinkState.REFUSED) is (approval.status == "refused")
    assert (state in {LinkState.APPROVED, LinkState.USED}) is (approval.status == "approved")
    assert (state is LinkState.USED) is (approval.used_at is not None)


@given(approvals(), TIMES, TIMES)
def test_what_is_not_open_never_opens_again(approval, one, other):
    """As long as nobody writes, a page that shows less never shows more later."""
    sooner, later = sorted((one, other))
    assert links.can_approve(approval, sooner) or not links.can_approve(approval, later)
    assert links.can_refuse(approval, sooner) or not links.can_refuse(approval, later)


@given(approvals())
def test_how_long_an_approval_counts(approval):
    until = links.counts_until(approval)
    if approval.status != "approved" or approval.used_at is not None:
        assert until is None
    elif approval.decided_at < approval.held_until:
        assert until == max(approval.held_until + LAST_LOOK_SECONDS, approval.decided_at + approval.late)
    elif approval.late:
        assert until == approval.decided_at + approval.late
    else:
        assert until is None  # 0s: never


@pytest.mark.parametrize(
    ("changes", "at", "state"),
    [
        ({}, 1054.9, LinkState.OPEN),
        ({}, 1055.0, LinkState.GRANT),
        ({"late": 0.0}, 1054.9, LinkState.OPEN),
        ({"late": 0.0}, 1055.0, LinkState.NOT_WAITING),
        ({}, 4599.9, LinkState.GRANT),
        ({}, 4600.0, LinkState.EXPIRED),
        ({"held_until": 9000.0}, 4600.0, LinkState.EXPIRED),
        ({"status": "withdrawn"}, 1010.0, LinkState.WITHDRAWN),
        ({"status": "revoked", "decided_at": 1010.0}, 9000.0, LinkState.REVOKED),
        ({"kind": "information"}, 1010.0, LinkState.INFORMATION),
        ({"kind": "information"}, 4600.0, LinkState.EXPIRED),
        ({"status": "approved", "decided_at": 1010.0}, 1020.0, LinkState.APPROVED),
        ({"status": "approved", "decided_at": 1010.0}, 9000.0, LinkState.APPROVED),
        ({"status": "approved", "decided_at": 1010.0, "used_at": 1011.0}, 1020.0, LinkState.USED),
        ({"status": "refused", "decided_at": 1010.0}, 9000.0, LinkState.REFUSED),
    ],
)
def test_states(changes, at, state):
    assert links.state_of(ASKED._replace(**changes), at) is state
    assert links.state_of(None, at) is LinkState.UNKNOWN


@given(st.text(), st.binary(min_size=16, max_size=64))
def test_a_digest_hides_its_token(token, key):
    made = links.digest(key, token)
    assert made == links.digest(key, token)
    assert len(made) == 64
    assert made != links.digest(key + b"x" if len(key) < 64 else key[:-1], token)
    assert made != links.digest(key, token + "x")


def test_a_link():
    parts = urlsplit(links.url("https://mfa.example.com/radius", "abc-_9"))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "mfa.example.com", "/radius/a/abc-_9")
    assert not parts.query + parts.fragment


def test_an_approval_whose_accept_did_not_arrive_is_a_late_one_from_then_on():
    """However it came: in time, or late (D23)."""
    row = ASKED._replace(status="approved", decided_at=1010.0, used_at=None, taken_back_at=1020.0, held_until=1020.0)
    assert links.counts_until(row) == 1320.0
    assert links.counts_until(row._replace(late=0.0)) is None
    assert links.counts_until(row._replace(used_at=1100.0)) is None


@given(approvals(), TIMES)
def test_only_what_would_let_somebody_in_is_revoked(approval, at):
    counts = links.counts_until(approval)
    assert links.can_revoke(approval, at) is (counts is not None and at <= counts)
    assert not (links.can_revoke(approval, at) and approval.status != "approved")


def test_a_token_is_of_letters_and_digits_alone():
    """A dash at the end of a link, mail programs take for the sentence around it."""
    made = {links.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9]{33}", token) for token in made)


@pytest.mark.parametrize("behind", ["", ".", ")", "/", ">", '"', "'", ",", ").", "_", "-", "*", "\u201d", "\r\n", " "])
def test_what_mail_programs_put_behind_a_link_is_forgiven(behind):
    token = links.new_token()
    assert links.token_of(token + behind) == token


@pytest.mark.parametrize("old", ["Zm9vYmFyYmF6cXV1eF9mb29iYXJiYXpx", "-m9vYmFyYmF6cXV1eF9mb29iYXJiYXp-"])
def test_links_of_earlier_releases_still_work(old):
    for behind in ("", ".", ")", "/"):
        assert links.token_of(old + behind) == old


@pytest.mark.parametrize(
    "written", ["", "x", "a" * 21, "a" * 129, "a" * 33 + "." * 10, "/" + "a" * 33, "../" + "a" * 33]
)
def test_what_is_no_token(written):
    assert links.token_of(written) is None
