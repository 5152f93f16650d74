"""What other threads have for the loop: notices for whoever subscribed to them, and calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from store.notices import Notice

Listener = Callable[[str], None]
Call = tuple[Callable[..., object], tuple[Any, ...]]


class Telling:
    """`subscribe` is called in the loop, the rest from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def subscribe(self, subject: str, called: Listener) -> None:
        """`called` gets the key of each notice of the subject; "" where anything may have changed."""
        self._listeners.setdefault(subject, []).append(called)

    def deliver(self, told: Sequence[Notice]) -> None:
        """One of subject "" is for everybody."""
        self.hand_out(told, [])

    def hand_out(self, told: Sequence[Notice], calls: Iterable[Call]) -> None:
        """Notices and then the calls: who waits for a change finds the caches without it."""
        try:
            self._loop.call_soon_threadsafe(self._call, chain(self._calls_of(told), calls) if told else iter(calls))
        except RuntimeError:
            # The loop is closed: nobody waits for it any more.
            return

    def _calls_of(self, told: Sequence[Notice]) -> list[Call]:
        calls: list[Call] = []
        for subject, key in dict.fromkeys(told):
            if subject:
                calls += [(listener, (key,)) for listener in self._listeners.get(subject, ())]
            else:
                calls += [(listener, ("",)) for listeners in self._listeners.values() for listener in listeners]
        return calls

    def _call(self, calls: Iterator[Call]) -> None:
        """Makes every call, also where one raises: the loop reports it, and goes on with the next."""
        finished = False
        try:
            for called, arguments in calls:
                called(*arguments)
            finished = True
        finally:
            if not finished:
                self._loop.call_soon(self._call, calls)
