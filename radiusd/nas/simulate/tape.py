"""Writes down what happens in a sign-in, with the seconds since it began."""

from __future__ import annotations

from collections.abc import Callable

from radiusd.nas.simulate.transcript import Arrow, Event, Held, Lane, Mark, Tone, Transcript, in_order

HELD_AFTER = 2.0  # seconds without an answer after which a request is held, and not merely looked at


class Tape:
    """Of one sign-in. `clock` is the loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._events: list[Event] = []
        self._held: list[Held] = []
        self._first: float | None = None  # when the request that waits for its answer was sent first
        self._copies: list[tuple[float, bool]] = []  # when, and whether a server sees a request of its own in it
        self._silent: list[tuple[float, float]] = []  # requests that were never answered
        self._other = ""

    @property
    def now(self) -> float:
        """Seconds since the sign-in began."""
        return self._clock() - self._began

    def arrow(self, source: Lane, target: Lane, text: str, tone: Tone = "plain", at: float | None = None) -> None:
        """`at` is in seconds since the sign-in began, None for now."""
        self._events.append(Arrow(self.now if at is None else at, source, target, text, tone))

    def notes(self, text: str) -> None:
        """What the server does, as far as can be told from outside."""
        self._events.append(Mark(self.now, Lane.SERVER, text))

    def gives_up(self, lane: Lane, text: str) -> None:
        self._events.append(Mark(self.now, lane, text, cross=True))

    def request(self, text: str) -> None:
        """The first copy of a request leaves."""
        self._first = self.now
        self.arrow(Lane.NAS, Lane.SERVER, text)

    def request_again(self, text: str, *, new: bool) -> None:
        """A further copy leaves."""
        at = self.now
        self._copies.append((at, new))
        self.arrow(Lane.NAS, Lane.SERVER, text, "again", at)

    def reply(self, text: str, tone: Tone) -> None:
        """The answer to the request comes."""
        self._over(held=self._first is not None and self.now - self._first >= HELD_AFTER)
        self.arrow(Lane.SERVER, Lane.NAS, text, tone)

    def unanswered(self) -> None:
        """No answer came."""
        if self._first is not None:
            self._silent.append((self._first, self.now))
        self._over(held=False)

    def message(self, way: str, text: str) -> None:
        """A message of the server's reached the user; it was on its way before the answer that came last.

        Where none came, it was on its way once the request was there.
        """
        self._other = way
        replies = [number for number, event in enumerate(self._events) if _is_reply(event)]
        place = replies[-1] if replies else self._first_request() + 1
        at = self._events[place - (not replies)].at
        self._events.insert(place, Arrow(at, Lane.SERVER, Lane.OTHER, "a code", "plain"))
        self._events.append(Arrow(self.now, Lane.OTHER, Lane.USER, text, "plain"))

    def asked(self, ago: float) -> None:
        """Somebody was asked to decide so many seconds ago; what was never answered was held, then."""
        self._other = "manager"
        at = max(self._events[self._first_request()].at, self.now - ago)  # clocks differ a little
        place = next((number for number, event in enumerate(self._events) if event.at > at), len(self._events))
        self._events.insert(place, Arrow(at, Lane.SERVER, Lane.OTHER, "who asks, and a link", "plain"))
        self._hold_silent()

    def transcript(self) -> Transcript:
        """All of it."""
        if self._other == "manager":
            self._hold_silent()
        held = tuple(sorted(self._held, key=lambda each: each.at))
        copies = [
            Mark(at, Lane.SERVER, "joins the sign-in that waits" if new else "a duplicate: no second message")
            for at, new in self._copies
            if any(each.at <= at <= each.until for each in held)
        ]
        return Transcript(in_order([*self._events, *copies]), held, self._other)

    def _first_request(self) -> int:
        """Which event it is."""
        requests = (number for number, event in enumerate(self._events) if _is_request(event))
        return next(requests, 0)

    def _hold_silent(self) -> None:
        for first, end in self._silent:
            self._held.append(Held(first, end))
        self._silent = []

    def _over(self, *, held: bool) -> None:
        if held and self._first is not None:
            self._held.append(Held(self._first, self.now))
        self._first = None


def _is_request(event: Event) -> bool:
    return isinstance(event, Arrow) and (event.source, event.target) == (Lane.NAS, Lane.SERVER)


def _is_reply(event: Event) -> bool:
    return isinstance(event, Arrow) and (event.source, event.target) == (Lane.SERVER, Lane.NAS)
