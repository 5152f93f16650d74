"""How long a NAS waits, learned from what it does: NASes of every time-out and number of tries, and odd ones."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.patience import patience
from radiusd.radius import packet
from radiusd.radius.exchanges import Exchange
from radiusd.radius.learning import LONGEST, SHORTEST, Learner, Learning
from store.seen import HOLD, Waits

ANN = ("ann", b"pc", "192.0.2.1")
SOMEBODY = ("ann", None, "192.0.2.1")  # of a NAS that names no station
ACCEPT, REJECT, CHALLENGE = (
    bytes((code,)) for code in (packet.ACCESS_ACCEPT, packet.ACCESS_REJECT, packet.ACCESS_CHALLENGE)
)
SILENCE = b""


class Kept:
    """A request that is kept open: the engine ends it when it is told to."""

    def __init__(self, nas, exchange):
        self.nas, self.exchange = nas, exchange

    def gave_up(self):
        if self.exchange not in self.nas.given_up:
            self.nas.given_up.append(self.exchange)


class Played:
    """A NAS whose requests are held, and the learner that sees what comes of them."""

    def __init__(self, timeout=60.0, tries=1, known=None):
        self.learner = Learner() if known is None else Learner(known)
        self.timeout, self.tries = timeout, tries
        self.now = 100.0
        self.ports = 1024
        self.hold = 0.0
        self.given_up = []
        self.learner.follow(self.follow)

    def follow(self, hold):
        self.hold = hold

    @property
    def waits(self):
        return self.timeout * self.tries

    def exchange(self, at, identifier=1):
        self.ports += 1
        datagram = bytes((packet.ACCESS_REQUEST, identifier)) + bytes(18)
        exchange = Exchange(None, ("192.0.2.1", self.ports), datagram, None, None, at, at)
        exchange.held = Kept(self, exchange)
        return exchange

    def asks(self, *, reply=REJECT, who=ANN, until=None, lost=(), state=False):
        """A request is held until the server's patience ends, or until then. Whether the NAS still waited."""
        exchange = self.exchange(self.now)
        self.learner.held(exchange, who, state=state)
        end = self.now + (patience(self.hold) if until is None else until)
        copies = [self.now + number * self.timeout for number in range(1, self.tries) if number not in lost]
        for at in copies:
            if at < end or not reply:
                self.learner.again(exchange, at)
        self.answers(exchange, reply, end)
        heard = end - self.now < self.waits
        self.now = max(end, self.now + self.waits) + 200.0
        self.learner.sweep(self.now)
        return heard

    def answers(self, exchange, reply, at):
        exchange.reply, exchange.answered = reply, at
        self.learner.sweep(at + 0.5)

    @property
    def seen(self):
        waits = self.learner.waits
        return waits.timeout, waits.tries, waits.at_least, waits.at_most, waits.hold


TIMEOUTS = st.floats(0.3, 30.0).map(lambda seconds: round(seconds, 2))


@given(TIMEOUTS, st.integers(2, 10), st.integers(3, 12))
def test_a_nas_is_answered_before_it_gives_up(timeout, tries, requests):
    """Whatever its time-out and tries, from the third request on; one of less than the shortest hold can not be."""
    nas = Played(timeout, tries)
    heard = [nas.asks() for _ in range(requests)]
    assert SHORTEST <= nas.hold <= LONGEST
    assert nas.hold <= max(HOLD, nas.waits + 0.1)
    # Where it gives up a moment before the server's answer, it can not be told from one whose next copy is late.
    assume(not 0.0 <= patience(HOLD) - nas.waits < 0.3 + timeout / 20)
    assert all(heard[2:]) or nas.waits < patience(SHORTEST) + 0.01


@given(TIMEOUTS, st.integers(2, 10))
def test_a_nas_that_gets_silence_shows_all(timeout, tries):
    """Where a newer request has the answer, the copies of the older one tell how often it is sent."""
    nas = Played(timeout, tries)
    for _ in range(3):
        nas.asks(reply=SILENCE)
    known = pytest.approx(nas.waits, abs=0.06)
    assert nas.seen[:4] == (pytest.approx(timeout, abs=0.06), tries, known, known)
    assert nas.hold == pytest.approx(min(max(nas.waits, SHORTEST), LONGEST), abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 400), st.integers(0, 5), st.sampled_from("hacns")), max_size=60))
def test_whatever_comes(events):
    """Never outside of the limits; what is kept is bounded; what is written down makes the same hold."""
    nas = Played()
    exchanges = []
    for pause, number, event in events:
        nas.now += pause
        if event == "h" or not exchanges:
            exchanges.append(nas.exchange(nas.now, identifier=number))
            nas.learner.held(exchanges[-1], ANN if number < 4 else SOMEBODY, state=number == 1)
        else:
            exchange = exchanges[-1 - number % len(exchanges)]
            if event == "a":
                nas.learner.again(exchange, nas.now)
            elif exchange.reply is None:
                nas.answers(exchange, {"c": CHALLENGE, "n": ACCEPT, "s": SILENCE}[event], nas.now)
        nas.learner.sweep(nas.now)
        assert SHORTEST <= nas.hold <= LONGEST
        again = Learner(nas.learner.waits)
        again.returned(0.0)
        assert (again.waits.hold, again.waits.timeout) == (nas.learner.waits.hold, nas.learner.waits.timeout)
    assert len(nas.learner._watched) <= len(exchanges)


@given(TIMEOUTS, st.integers(2, 10), st.floats(0.2, 400.0), st.integers(1, 10))
def test_one_odd_request_changes_nothing(timeout, tries, odd, copies):
    """A NAS that was restarted, a network that lost packets: seen once, it is not believed."""
    nas = Played(timeout, tries)
    for _ in range(6):
        nas.asks(reply=SILENCE)
    before = nas.hold
    nas.timeout, nas.tries = odd, copies
    nas.asks(reply=SILENCE)
    assert nas.hold == pytest.approx(before, abs=0.15)


def test_three_tries_of_a_second():
    nas = Played(1.0, 3)
    assert not nas.asks()
    assert nas.hold == HOLD  # seen once
    assert not nas.asks()
    assert nas.seen == (1.0, 3, 3.0, 3.0, 3.0)
    assert all(nas.asks() for _ in range(50))
    assert nas.seen == (1.0, 3, 3.0, 3.0, 3.0)


def test_three_tries_of_five_seconds():
    """It is in time with the answer, so it shows two of them; that is no less than it was taken to wait."""
    nas = Played(5.0, 3)
    assert all(nas.asks() for _ in range(20))
    assert nas.seen == (5.0, 2, 10.0, None, None)


def test_seven_seconds_are_waited_for_twice():
    nas = Played(7.0, 2)
    assert all(nas.asks() for _ in range(20))
    assert nas.seen == (7.0, 2, 14.0, None, 14.0)


def test_nothing_is_tried_out():
    """One try of a minute shows nothing: as if nothing was known. Nor do logins that are decided early."""
    nas = Played(60.0, 1)
    assert all(nas.asks() for _ in range(20))
    assert nas.learner.waits == Waits()
    nas = Played(5.0, 3)
    for _ in range(20):
        nas.asks(until=3.0)
    assert nas.learner.waits == Waits()


def test_a_nas_that_is_set_up_anew():
    """Shorter: noticed at once. Longer: once what was expected does not come."""
    nas = Played(7.0, 2)
    nas.asks()
    nas.asks()
    nas.timeout, nas.tries = 1.0, 3
    assert [nas.asks() for _ in range(5)] == [False, False, True, True, True]
    assert nas.hold == 3.0
    nas.timeout, nas.tries = 30.0, 2
    for _ in range(3):
        assert nas.asks()
    assert nas.hold == HOLD


def test_a_copy_is_lost():
    nas = Played(1.0, 6)
    for lost in ((), (1,), (), (3, 4), (), (5,)):
        nas.asks(reply=SILENCE, lost=lost)
    assert nas.seen[:2] == (1.0, 6)
    assert nas.hold == 6.0


def test_copies_that_the_network_made():
    nas = Played(5.0, 2)
    for _ in range(4):
        exchange = nas.exchange(nas.now)
        nas.learner.held(exchange, ANN, state=False)
        for at in (0.001, 5.0, 5.001):
            nas.learner.again(exchange, nas.now + at)
        nas.answers(exchange, REJECT, nas.now + 8.0)
        nas.now += 100.0
    assert nas.seen == (5.0, 2, 10.0, None, None)


def plays_renewing(nas, interval, identifier):
    """A try, and the next from a new port; only the newest is listened to."""
    first = nas.exchange(nas.now, identifier)
    nas.learner.held(first, ANN, state=False)
    second = nas.exchange(nas.now + interval, identifier)
    nas.learner.held(second, ANN, state=False)
    nas.answers(first, SILENCE, nas.now + 8.0)
    nas.answers(second, REJECT, nas.now + interval + 8.0)
    nas.now += 300.0
    nas.learner.sweep(nas.now)


def test_each_try_from_a_new_port():
    """openvpn-auth-radius: the same Identifier, another Authenticator and port; each port is listened to for one try."""
    nas = Played()
    for _ in range(3):
        plays_renewing(nas, 5.0, identifier=7)
    assert nas.seen == (5.0, None, None, 5.0, 5.0)
    assert nas.learner.waits.one_port is False
    nas = Played(5.0, 2)
    nas.asks()
    assert nas.learner.waits.one_port is True


def asks_by_hand(nas, pauses, reply=REJECT):
    """The user asks again by hand after that many seconds each, while the request before is still held."""
    for pause in pauses:
        nas.ports += 1
        first = nas.exchange(nas.now, nas.ports % 256)
        nas.learner.held(first, ANN, state=False)
        second = nas.exchange(nas.now + pause, (nas.ports + 7) % 256)
        nas.learner.held(second, ANN, state=False)
        nas.answers(first, SILENCE, nas.now + 8.0)
        nas.answers(second, reply, nas.now + pause + 8.0)
        nas.now += 300.0
        nas.learner.sweep(nas.now)


def test_the_user_asks_again_each_time():
    """One try of five seconds: nothing but the next request shows that it gave up."""
    nas = Played(5.0, 1)
    asks_by_hand(nas, [6.0, 6.5, 7.0])
    assert nas.seen == (None, None, None, 6.5, 6.5)
    nas = Played(60.0, 1)
    asks_by_hand(nas, [0.5, 1.0, 0.7])  # a second window
    assert nas.learner.waits == Waits(at_least=None)


def test_the_user_asks_again_once_in_a_while():
    nas = Played(60.0, 1)
    for _ in range(5):
        asks_by_hand(nas, [5.0])
        for _ in range(3):
            nas.asks(reply=ACCEPT)
    assert nas.hold == HOLD


def loops(nas, times, waits):
    """A Challenge after the server's patience; its State comes back if the NAS still waited, or the user begins again."""
    taken = []
    for _ in range(times):
        first = nas.exchange(nas.now)
        nas.learner.held(first, ANN, state=False)
        nas.answers(first, CHALLENGE, nas.now + patience(nas.hold))
        taken.append(first.answered - first.received < waits)
        second = nas.exchange(first.answered + 10.0)
        nas.learner.held(second, ANN, state=taken[-1])
        nas.answers(second, ACCEPT, second.received + 1.0)
        nas.now += 500.0
        nas.learner.sweep(nas.now)
    return taken


def test_challenges_that_come_too_late():
    """Of a NAS that shows Challenges, one that is not answered came too late: five seconds, once, are found out."""
    nas = Played()
    nas.learner.returned(nas.now)
    assert all(loops(nas, 10, waits=30.0))
    assert nas.seen == (None, None, 8.0, None, None)
    assert not any(loops(nas, 3, waits=5.0))
    assert all(loops(nas, 30, waits=5.0)[-20:])
    assert SHORTEST < nas.hold < 8.0


def test_a_nas_that_shows_no_challenges():
    """Nothing is to be learned from Challenges that are not answered."""
    nas = Played()
    loops(nas, 10, waits=0.0)
    assert nas.hold == HOLD


def test_it_is_no_more_than_it_should_be():
    """Ten thousand held requests: a few tell enough."""
    nas = Played()
    for number in range(10_000):
        exchange = nas.exchange(nas.now)
        nas.learner.held(exchange, (str(number), b"pc", "192.0.2.1"), state=False)
        nas.learner.again(exchange, nas.now + 3.0)
    assert len(nas.learner._watched) == len(nas.learner._newest) == 256
    nas.learner.sweep(nas.now + 1000.0)  # all were dropped
    assert len(nas.learner._watched) == len(nas.learner._newest) == 0
    assert nas.learner.waits.hold is None


def asks_once(nas, waits):
    """One packet; the port is closed when the NAS gives up, so the kernel answers our answer. Whether it was heard."""
    exchange = nas.exchange(nas.now)
    nas.learner.held(exchange, SOMEBODY, state=False)
    nas.answers(exchange, REJECT, nas.now + patience(nas.hold))
    heard = exchange.answered - exchange.received < waits
    if not heard:
        nas.learner.closed(exchange)
    nas.now += 300.0
    nas.learner.sweep(nas.now)
    return heard


@pytest.mark.parametrize("waits", [3.0, 5.0])
def test_one_packet_and_a_closed_port(waits):
    """PostgreSQL (3 s), proftpd, Apache, Perl (5 s), which name no station or send no copies: found out all the same."""
    nas = Played()
    heard = [asks_once(nas, waits) for _ in range(20)]
    assert not heard[0]
    assert all(heard[-8:])
    assert SHORTEST <= nas.hold <= 8.0
    assert nas.learner.waits.at_most <= 8.0


def test_one_closed_port_is_not_believed():
    """A user who pressed Ctrl-C, once in a while."""
    nas = Played()
    for _ in range(4):
        asks_once(nas, waits=2.0)
        for _ in range(3):
            asks_once(nas, waits=60.0)
    assert nas.hold == HOLD


def test_a_port_that_is_closed_at_once():
    """Sooner than the shortest time-out there is: the user ended it, not the NAS."""
    nas = Played()
    for _ in range(6):
        exchange = nas.exchange(nas.now)
        nas.learner.held(exchange, SOMEBODY, state=False)
        nas.answers(exchange, ACCEPT, nas.now + 1.5)
        nas.learner.closed(exchange)
        nas.now += 300.0
        nas.learner.sweep(nas.now)
    assert nas.learner.waits == Waits()


def test_an_error_that_comes_late():
    """After the answer was looked at already."""
    nas = Played()
    for _ in range(3):
        exchange = nas.exchange(nas.now)
        nas.learner.held(exchange, SOMEBODY, state=False)
        nas.answers(exchange, REJECT, nas.now + 8.0)
        nas.learner.sweep(exchange.answered + 1.0)
        nas.learner.closed(exchange)
        nas.now += 300.0
    assert nas.learner.waits.at_most == 8.0


def test_states_without_a_station():
    """radcli: 40 s, the first copy after 10 s. What came back shows that the Challenge after 8 s was in time."""
    nas = Played()
    for _ in range(3):
        first = nas.exchange(nas.now)
        nas.learner.held(first, SOMEBODY, state=False)
        nas.answers(first, CHALLENGE, nas.now + 8.0)
        second = nas.exchange(nas.now + 15.0)
        nas.learner.held(second, SOMEBODY, state=True)
        nas.answers(second, ACCEPT, nas.now + 16.0)
        nas.now += 300.0
        nas.learner.sweep(nas.now)
    assert nas.seen == (None, None, 8.0, None, None)


def test_two_windows_without_a_station():
    """The opposite: another request of that user may be another window, and tells nothing."""
    nas = Played()
    for _ in range(4):
        first = nas.exchange(nas.now)
        nas.learner.held(first, SOMEBODY, state=False)
        nas.learner.held(nas.exchange(nas.now + 5.0), SOMEBODY, state=False)
        nas.answers(first, REJECT, nas.now + 8.0)
        nas.now += 300.0
        nas.learner.sweep(nas.now)
    assert nas.learner.waits == Waits()


def is_held(nas, hold, copies=()):
    """A request that is held for so long by `hold:`, and when it is given up, in seconds; None where it never is."""
    exchange = nas.exchange(nas.now)
    nas.learner.held(exchange, ANN, state=False)
    copies = list(copies)
    for tenth in range(int(hold * 10)):
        at = tenth / 10
        while copies and copies[0] <= at:
            nas.learner.again(exchange, nas.now + copies.pop(0))
        nas.learner.sweep(nas.now + at)
        if exchange in nas.given_up:
            nas.answers(exchange, REJECT, nas.now + at)
            nas.now += 300.0
            nas.learner.sweep(nas.now)
            return at
    nas.answers(exchange, REJECT, nas.now + hold)
    nas.now += 300.0
    nas.learner.sweep(nas.now)
    return None


def test_a_held_request_ends_when_two_copies_are_missed():
    """One may have been lost. Nothing is known of a NAS that has sent none yet."""
    nas = Played()
    assert is_held(nas, 60.0, copies=(5.0, 10.0)) == pytest.approx(20.7, abs=0.2)
    assert is_held(nas, 60.0, copies=(5.0, 15.0, 20.0)) == pytest.approx(30.7, abs=0.2)
    assert is_held(Played(), 60.0) is None


def test_a_held_request_ends_with_the_tries():
    """Three of five seconds, learned: whoever has sent the third copy listens for five seconds more."""
    nas = Played(5.0, 3)
    for _ in range(3):
        nas.asks(reply=SILENCE)
    assert nas.seen[1:4] == (3, 15.0, 15.0)
    assert is_held(nas, 60.0, copies=(5.0, 10.0)) == pytest.approx(16.0, abs=0.4)
    # Its first one was ended by the user: no copy comes.
    assert is_held(nas, 60.0) == pytest.approx(10.7, abs=0.2)


def test_what_ends_requests_fades():
    """A NAS that waits longer now, by one packet: what was learned of it is given up, as nothing confirms it."""
    nas = Played()
    for _ in range(3):
        asks_once(nas, waits=3.0)
    known = nas.learner.waits.at_most
    ends = [is_held(nas, 60.0) for _ in range(8)]
    assert ends[0] == pytest.approx(known + 1.0, abs=0.2)
    assert ends[-1] is None


def test_what_is_written_down():
    learning = Learning({"nas": Waits(timeout=1.0, tries=3, at_least=3.0, at_most=3.0, hold=3.0)})
    told = []
    learning.of("nas").follow(told.append)
    learning.of("new").follow(told.append)
    assert told == [3.0, HOLD]
    assert learning.unwritten() == {}
    learning.of("new").returned(17.0)
    assert learning.unwritten() == {"new": Waits(challenges_at=17.0)}
    learning.wrote(learning.unwritten())
    learning.of("new").returned(18.0)
    assert learning.unwritten() == {}
