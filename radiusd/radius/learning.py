"""How long each NAS waits for an answer, learned from what it does while it has none.

A copy of a request that is not answered yet shows that the NAS still waits, and will for as long again as there was
between the copies. A held request that is copied no longer, or in whose place the user's next one came, or whose answer
found a closed port, shows that it gave up. A State that comes back shows that the Challenge before it came in time.

What is known of a NAS ends its held requests, too: for whom nobody listens any more, nobody need decide.

Nothing is tried out on a NAS: one that gets no answer may take the server for dead and keep all its users waiting. So
no answer is put off beyond what was seen, or is taken for granted while nothing was. Only verified packets are looked
at, and nothing is believed that was seen once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from statistics import median, median_low

from radiusd.radius.watched import CHALLENGE, LOOKED_AT, Asked, Watched
from store.seen import HOLD, NOTHING_SEEN, Waits

SHORTEST, LONGEST = 3.0, 120.0  # seconds; what was learned is never outside of them
WATCHED = 256  # requests of one client at once; they tell enough of the others
ECHO = 0.1  # seconds: copies that are closer were made by the network
GIVEN_UP = 1.05  # times the interval without a further copy ...
SLACK = 0.2  # ... and so many seconds more
MISSED = 2.0  # intervals without the copies that were expected: one may have been lost
LATE = 1.0  # seconds after the time by which a NAS was seen to give up; what is known fades where nothing confirms it
SURPRISES = 3  # requests in a row without the copies that were expected: the NAS was set up anew

Who = tuple[bytes | None, bytes | None, str]  # user, station or None where it is not known, and the NAS's address


def second(values: list[float]) -> float | None:
    """The largest that was seen twice or was exceeded; None of fewer than two."""
    return sorted(values)[-2] if len(values) > 1 else None


class Learner:
    """What one client has shown. It outlives a configuration.

    `waits` is what is known now, `written` what of it is in the database.
    """

    __slots__ = (
        "_ends",
        "_intervals",
        "_newest",
        "_one_port",
        "_proofs",
        "_surprises",
        "_tell",
        "_watched",
        "challenges_at",
        "waits",
        "written",
    )

    def __init__(self, known: Waits = NOTHING_SEEN) -> None:
        self._intervals: deque[float] = deque(maxlen=9)
        self._proofs: deque[tuple[float, int]] = deque(maxlen=4)  # it waited at least so long; in so many copies
        self._ends: deque[float | None] = deque(maxlen=6)  # it had given up by then; None: held, and no sign of that
        self._watched: dict[Asked, Watched] = {}
        self._newest: dict[Who, Watched] = {}  # held requests, the answered ones for a while
        self._one_port = known.one_port
        self._surprises = 0
        self._tell: Callable[[float], None] = lambda _: None
        self.challenges_at = known.challenges_at
        self.waits = self.written = known
        # As if it had just been seen, often enough to hold until something else is.
        if known.timeout is not None:
            self._intervals += [known.timeout] * 3
        if known.at_least is not None:
            self._proofs += [(known.at_least, known.tries or 0)] * 3
        if known.at_most is not None:
            self._ends += [known.at_most] * 3

    def follow(self, tell: Callable[[float], None]) -> None:
        """Tells the hold, at once and whenever it changes; whoever was told before is told no more."""
        self._tell = tell
        tell(self.waits.in_use)

    def again(self, exchange: Asked, now: float) -> None:
        """A further copy of a request came."""
        watched = self._watched.get(exchange) or self._watch(exchange)
        if watched is None or now - watched.last < ECHO:
            return
        watched.interval = now - watched.last
        watched.last = now
        watched.copies += 1
        self._intervals.append(watched.interval)
        self._one_port = True

    def held(self, exchange: Asked, who: Who, *, state: bool) -> None:
        """A request is held. `state`: it returned a State."""
        watched = self._watched.get(exchange) or self._watch(exchange)
        if watched is None:
            return
        before = self._newest.pop(who, None)
        # Without a station it may be another window of the user, unless it answers what was asked before.
        if before is not None and (state or who[1] is not None):
            self._followed(before, exchange, state=state)
        self._newest[who] = watched

    def closed(self, exchange: Asked) -> None:
        """The answer to a held request found that nobody listens on its port any more."""
        watched = self._watched.get(exchange)
        if watched is not None:
            watched.given_up = exchange.answered
        elif exchange.answered - exchange.received >= SHORTEST:
            self._gave_up(exchange.answered - exchange.received)
            self._conclude()

    def returned(self, at: float) -> None:
        """It returned a State, so it shows Challenges."""
        if self.challenges_at is None:
            self.challenges_at = at
            self._conclude()

    def sweep(self, now: float) -> None:
        """Draws conclusions from what was answered, and ends what nobody waits for."""
        for watched in self._watched.values():
            held = watched.exchange.held
            if held is not None and watched.exchange.reply is None and now >= self._gives_up(watched):
                held.gave_up()
        over = [watched for watched in self._watched.values() if watched.is_over(now)]
        for watched in over:
            del self._watched[watched.exchange]
            if watched.exchange.reply is not None:
                self._learn(watched, watched.exchange.answered if watched.exchange.reply else now)
        for who, watched in list(self._newest.items()):
            if watched.exchange not in self._watched and not watched.is_looked_at(now):
                del self._newest[who]
        if over:
            self._conclude()

    def _gives_up(self, watched: Watched) -> float:
        """When its NAS has given up for all that is known, of the loop's clock."""
        began = watched.exchange.received
        ends = []
        if watched.interval and self._one_port:
            # Its own copies say more than those of others.
            ends.append(watched.last + MISSED * GIVEN_UP * watched.interval + SLACK)
            if self.waits.at_most is not None and self.waits.tries and watched.copies >= self.waits.tries:
                ends.append(watched.last + GIVEN_UP * watched.interval + LATE)
        elif self.waits.timeout is not None and self._one_port:
            ends.append(began + MISSED * GIVEN_UP * self.waits.timeout + SLACK)
        if self.waits.at_most is not None and watched.shown <= self.waits.at_most + SLACK:
            ends.append(began + self.waits.at_most + LATE)
        # No NAS that was measured gives up sooner, and copies may be lost or late on a busy network.
        return max(began + SHORTEST, min(ends, default=float("inf")))

    def _watch(self, exchange: Asked) -> Watched | None:
        # One that was answered before it was watched tells nothing: it is not known which copies were lost.
        if exchange.reply or len(self._watched) >= WATCHED or len(self._newest) >= WATCHED:
            return None
        watched = self._watched[exchange] = Watched(exchange)
        return watched

    def _followed(self, before: Watched, exchange: Asked, *, state: bool) -> None:
        """The same user's next request came from the same station."""
        earlier = before.exchange
        if not earlier.reply:
            if before.given_up or state:
                return
            before.given_up = exchange.received
            if earlier.identifier == exchange.identifier and earlier.address != exchange.address:
                # A copy in all but the Authenticator, from a new port: the NAS listens on the newest alone.
                self._intervals.append(exchange.received - earlier.received)
                self._one_port = False
                before.interval = self._intervals[-1]
            return
        if earlier.reply[:1] != CHALLENGE:
            return
        waited = earlier.answered - earlier.received
        if state:
            self._waited(waited, 0)
        elif self.challenges_at is not None and exchange.received - earlier.answered < LOOKED_AT:
            self._gave_up(waited - 2 * SLACK)  # it shows Challenges, but did not show this one
        self._conclude()

    def _learn(self, watched: Watched, end: float) -> None:
        """From one request that waited until `end`."""
        began = watched.exchange.received
        gave_up_at = watched.given_up - began if watched.given_up > watched.last else 0.0
        if watched.copies > 1:
            self._surprises = 0
            self._waited(watched.shown, watched.copies)
            if end - watched.last > GIVEN_UP * watched.interval + SLACK:
                self._gave_up(watched.shown)
                return
        elif gave_up_at == 0.0 and watched.exchange.held is not None and len(self._intervals) > 1:
            expected = end - began > GIVEN_UP * median(self._intervals) + SLACK and self._one_port is True
            self._surprises += expected
            if self._surprises >= SURPRISES:
                self._forget()
                return
        if gave_up_at and (watched.interval or gave_up_at >= SHORTEST):  # sooner it was another window of the user
            self._gave_up(gave_up_at)
        elif watched.exchange.held is not None and end - began >= min(
            (known for known in self._ends if known is not None), default=SHORTEST
        ):
            self._ends.append(None)

    def _waited(self, shown: float, copies: int) -> None:
        """It waits at least so long. That speaks against one of the times when it seemed to have given up before."""
        self._proofs.append((shown, copies))
        against = next((end for end in self._ends if end is not None and end < shown - SLACK), None)
        if against is not None:
            self._ends.remove(against)

    def _gave_up(self, end: float) -> None:
        """It had given up by then. That speaks against one of the times when it waited for longer."""
        self._ends.append(end)
        against = next((proof for proof in self._proofs if proof[0] > end + SLACK), None)
        if against is not None:
            self._proofs.remove(against)

    def _forget(self) -> None:
        """The NAS was set up anew: what was learned of it is no longer so."""
        self._surprises = 0
        self._one_port = None
        for seen in (self._intervals, self._proofs, self._ends):
            seen.clear()

    def _conclude(self) -> None:
        before = self.waits.in_use
        ends = [end for end in self._ends if end is not None]
        believed = len(ends) > 1 and len(ends) * 2 >= len(self._ends)
        at_least = second([shown for shown, _copies in self._proofs])
        at_most = median_low(ends) if believed else None
        hold = min(HOLD, at_most or HOLD)
        hold = min(max(hold, at_least or 0.0, SHORTEST), LONGEST)
        tries = second([float(copies) for _shown, copies in self._proofs])
        self.waits = Waits(
            timeout=round(median(self._intervals), 1) if len(self._intervals) > 1 else None,
            tries=int(tries) if tries else None,
            at_least=None if at_least is None else round(at_least, 1),
            at_most=None if at_most is None else round(at_most, 1),
            hold=None if hold == HOLD else round(hold, 1),
            one_port=self._one_port,
            challenges_at=self.challenges_at,
        )
        if self.waits.in_use != before:
            self._tell(self.waits.in_use)


class Learning:
    """The learners of all clients, by name."""

    def __init__(self, known: Mapping[str, Waits] | None = None) -> None:
        self._learners = {name: Learner(waits) for name, waits in (known or {}).items()}

    def of(self, client: str) -> Learner:
        """The client's learner, a new one where it has none yet."""
        return self._learners.setdefault(client, Learner())

    def sweep(self, now: float) -> None:
        """Draws conclusions; to be called every second or so. `now` is of the loop's clock."""
        for learner in self._learners.values():
            learner.sweep(now)

    def unwritten(self) -> dict[str, Waits]:
        """What has changed since it was written down."""
        return {name: each.waits for name, each in self._learners.items() if each.waits != each.written}

    def wrote(self, written: Mapping[str, Waits]) -> None:
        """It is in the database."""
        for name, waits in written.items():
            self._learners[name].written = waits
