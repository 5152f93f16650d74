"""The menu by itself: what it offers to which NAS, and that nothing but what was offered can be chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.handlers.menu import ANSWERS, Memory, Menu, Way
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Failed, Passed
from radiusd.one_time.choosing import number_typed
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from tests.one_time.conversation import finished

TEXTS = Texts({}, "en")
NAMES = ("mailed", "by-sms", "device", "approved", "plain")
TITLES = Titles(TEXTS, profiles={"mailed": {"en": "Code by mail", "tr": "E-posta ile"}, "device": {"en": "2"}})
PLACEMENTS = st.lists(st.sampled_from(["auto", "challenge", "appended", "none"]), max_size=3).map(tuple)


@st.composite
def menus(draw):
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 5))]
    ways = [Way(name, ("password", name), draw(PLACEMENTS)) for name in names]
    return ways, Menu(TEXTS, TITLES, ways)


def turn(answer="", memory="", challenges=-1, language="en"):
    entry = Entry("local", "7", "ann", language=language)
    return Turn("l", entry, answer, "nas", "vpn", "", "pc", memory, 0.0, 9.0, "menu", challenges=challenges)


def needs(way):
    return sum(each in {"auto", "challenge"} for each in way.placements)


@given(menus(), st.integers(-1, 5))
def test_what_is_offered_can_be_asked_for(made, challenges):
    ways, menu = made
    offered = menu.offered(challenges)
    assert len(offered) != 1
    assert list(offered) == [way.profile for way in ways if way.profile in offered]  # in the application's order
    for way in ways:
        fits = challenges < 0 or needs(way) + 1 <= challenges
        assert (way.profile in offered) <= (fits and "appended" not in way.placements)
    if challenges == 0:
        assert offered == ()
    assert menu.first(challenges) in {way.profile for way in ways}


def test_where_no_menu_can_be_shown_nobody_is_let_in_without_a_password():
    """D4: a stranger would learn who exists."""
    ways = [Way("by-sms", ("password", "by-sms"), ("challenge",)), Way("link", ("link",), ("none",))]
    menu = Menu(TEXTS, TITLES, ways)
    assert (menu.first(0), menu.offered(0)) == ("by-sms", ())
    assert menu.offered(2) == ("by-sms", "link")


@given(menus(), st.integers(-1, 5), st.text(max_size=20) | st.sampled_from([*NAMES, "1", "2", "Code by mail", " 3 "]))
def test_nothing_but_what_was_offered_can_be_chosen(made, challenges, answer):
    ways, menu = made
    begun = finished(menu.begin(turn(challenges=challenges)))
    factors = {way.profile: way.factors for way in ways}
    if isinstance(begun, Passed):
        assert (begun.chosen, begun.then) == (menu.first(challenges), factors[menu.first(challenges)])
        return
    assert isinstance(begun, Asked)
    left = challenges - 1 if challenges > 0 else challenges
    verdict = finished(menu.answer(turn(answer, begun.memory, left)))
    assert isinstance(verdict, Passed | Asked | Failed)
    if isinstance(verdict, Passed):
        assert verdict.chosen in menu.offered(challenges)
        assert verdict.then == factors[verdict.chosen]
    else:
        assert verdict.counted == ""


@given(menus(), st.lists(st.text(max_size=6), min_size=ANSWERS, max_size=9))
def test_it_ends(made, answers):
    _ways, menu = made
    verdict = finished(menu.begin(turn()))
    for _answer in answers:
        if not isinstance(verdict, Asked):
            return
        verdict = finished(menu.answer(turn("no such way", verdict.memory)))
    assert isinstance(verdict, Failed)


@pytest.mark.parametrize(
    ("answer", "language", "chosen"),
    [
        ("2", "en", "by-sms"),  # a number is a number, whatever is called so
        ("e-POSTA İle", "tr", "mailed"),
        ("Code by mail", "tr", ""),
        ("mailed", "tr", "mailed"),
        ("03", "en", "device"),
        ("4", "en", ""),
        ("9" * 60, "en", ""),
    ],
)
def test_what_is_read(answer, language, chosen):
    ways = [Way(name, ("password", name), ("auto",)) for name in NAMES[:3]]
    menu = Menu(TEXTS, TITLES, ways)
    verdict = finished(menu.answer(turn(answer, Memory(NAMES[:3]).kept(), language=language)))
    assert (verdict.chosen if isinstance(verdict, Passed) else "") == chosen


@given(st.text(max_size=80), st.integers(0, 9))
def test_a_number_is_read_from_anything(answer, most):
    assert 0 <= number_typed(answer, most) <= most


@pytest.mark.parametrize(
    ("typed", "number"),
    [("2", 2), ("resend 2", 2), ("RESEND2", 2), ("YENİDEN 1", 1), ("yeniden #2", 2), ("3", 0), ("0", 0), ("135790", 0), ("resend", 0)],
)  # fmt: skip
def test_where_a_resend_goes(typed, number):
    assert number_typed(typed, 2) == number
