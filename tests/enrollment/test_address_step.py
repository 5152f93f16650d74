"""The step of an address, in any order of answers: nothing counts that was not proved in time, and within its tries."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from radiusd.enrollment import address_step
from radiusd.enrollment.address_step import AddressStep, Rules
from radiusd.enrollment.destinations import of_mail, of_mobile
from radiusd.enrollment.enrolled import Enrolled
from radiusd.enrollment.post import Post, Routes
from radiusd.model.entry import Entry
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store, enrollments
from tests.one_time.conversation import finished

ANN = Entry("local", "1", "ann", mail="ann@example.com")
VALUES = ("one@example.com", "two@example.com", "ann@example.com", "no address")
MOVES = st.one_of(
    st.tuples(st.just("type"), st.sampled_from(VALUES)),
    st.tuples(st.just("code"), st.sampled_from(["last", "before", "wrong"])),
    st.tuples(st.sampled_from(["again", "other"]), st.just("")),
    st.tuples(st.just("later"), st.sampled_from([1.0, 31.0, 601.0])),
)


class Now:
    """The store without a wait, as a command has it."""

    def __init__(self, store):
        self.store = store

    async def read(self, function):
        return self.store.read_now(function)


class Page:
    """One user's invitation, as Reception takes its steps: what is written is written, what is sent is kept."""

    def __init__(self, store):
        self.store, self.at, self.memory, self.sent, self.enrolled = store, 1000.0, "", [], []
        enrolled, texts = Enrolled(store), Texts({}, "en")
        mail = of_mail(enrolled.addresses, None)
        mobile = of_mobile(enrolled.addresses, None, "TR", ("TR",))
        post = Post(Routes(("out",), (), 100), texts, Titles(texts), UTC, mail, mobile)
        self.step = AddressStep("mail", Now(store), [b"k" * 32], post, Rules(2, "TR", ("TR",)))

    def takes(self, taken):
        def write(connection):
            return all(each(connection) for each in taken.writes)

        if not self.store.write_now(write):
            return
        self.memory = taken.memory
        if taken.message is not None:
            code = re.search(r"\b[0-9]{6}\b", taken.message.content.text)[0]
            self.sent.append((taken.message.content.recipient, code, self.at))
        if taken.enrolled:
            self.enrolled.append(self.sent[-1][0])

    def types(self, text):
        self.takes(finished(self.step.take(ANN, self.memory, text, self.at, "test")))

    def moves(self, move, what):
        if move == "type":
            self.types(what)
        elif move == "later":
            self.at += float(what)
        elif move == "other":
            self.types("")
        elif move == "again":
            self.takes(finished(self.step.again(ANN, self.memory, self.at, "test")))
        elif move == "code" and self.sent:
            codes = {
                "last": self.sent[-1][1],
                "before": self.sent[0][1],
                "wrong": f"{(int(self.sent[-1][1]) + 1) % 10**6:06}",
            }
            self.types(codes[what])


@pytest.fixture(scope="module")
def emptied():
    """One database for all examples, and nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/radiusd.db")

        def emptied():
            store.write_now(lambda c: enrollments.forget(c, "local", ["1"]))
            return store

        yield emptied
        store.close_now()


@example(moves=[("type", VALUES[0]), *[("code", "wrong")] * 3, ("code", "last")])
@example(moves=[("type", VALUES[0]), ("later", 601.0), ("code", "last")])
@given(moves=st.lists(MOVES, min_size=3, max_size=12))
def test_in_any_order(emptied, moves):
    store = emptied()
    page, wrong = Page(store), 0
    for move, what in moves:
        before, sent, memory = len(page.enrolled), len(page.sent), page.memory
        page.moves(move, what)
        if len(page.sent) > sent:
            wrong = 0
        if move == "code" and memory and page.memory and len(page.enrolled) == before:
            wrong += 1
        if len(page.enrolled) > before:
            _recipient, code, sent_at = page.sent[-1]
            typed = {"last": code, "before": page.sent[0][1]}[what]
            assert (move, typed) == ("code", code)
            assert page.at < sent_at + address_step.VALIDITY_SECONDS
            assert wrong < address_step.ATTEMPTS
    rows = store.read_now(enrollments.listed)
    active = [row.value for row in rows if row.status == "active"]
    assert sorted(active) == sorted(set(page.enrolled))
    # At most `per_user`, those that wait included.
    assert store.read_now(lambda c: enrollments.count(c, "local", "1", page.at)) <= 2


@pytest.fixture
def page(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path}/radiusd.db")
    yield Page(store)
    store.close_now()


def test_the_code_of_one_is_nothing_for_another(page):
    """A code that was sent to one address does not prove another one, nor another user's."""
    page.types("one@example.com")
    first = page.sent[-1][1]
    page.types("")
    page.types("two@example.com")
    if first != page.sent[-1][1]:
        page.types(first)
    assert page.enrolled == []
    other = Entry("local", "2", "bob")
    taken = finished(page.step.take(other, page.memory, page.sent[-1][1], page.at, "test"))
    assert taken.enrolled == ""


def test_an_administrator_may_have_vouched_for_it_meanwhile(page):
    page.types("one@example.com")
    [row] = page.store.read_now(enrollments.listed)
    page.store.write_now(lambda c: enrollments.verify(c, row.id, page.at))
    page.types(page.sent[-1][1])
    assert page.enrolled == ["one@example.com"]
    assert [each.status for each in page.store.read_now(enrollments.listed)] == ["active"]
