"""What /metrics shows of the server's state, read when it is asked for."""

from __future__ import annotations

from radiusd.delivery.carriers import Carriers
from radiusd.login.answering import Answering
from radiusd.login.holds import Holds
from radiusd.login.open_logins import OpenLogins
from radiusd.metrics import Gauge, Histogram
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process.directories_in_use import DirectoriesInUse
from store import Store


def gauges(
    store: Store,
    answering: Answering,
    known: OpenLogins,
    holds: Holds,
    hashes: HashQueue,
    carriers: Carriers,
    directories: DirectoriesInUse,
) -> list[Gauge]:
    """Every gauge."""
    return [
        Gauge("radiusd_waiting", "Steps of logins that wait for something.", answering.waiting),
        Gauge("radiusd_held", "Requests that wait for a decision.", lambda: len(holds)),
        Gauge("radiusd_logins_open", "Logins of several steps that are under way.", lambda: len(known)),
        Gauge("radiusd_hashes_waiting", "Passwords that wait to be hashed.", lambda: hashes.waiting),
        Gauge(
            "radiusd_database_down",
            "1 while the database cannot be used.",
            lambda: float(store.down_since() is not None),
        ),
        Gauge(
            "radiusd_directory_down",
            "1 while the directory cannot be asked.",
            lambda: {name: float(each.down() is not None) for name, each in directories.now.items()},
            "directory",
        ),
        *_of(carriers),
    ]


def histograms(carriers: Carriers) -> list[Histogram]:
    """Every histogram."""
    return [
        Histogram(
            "radiusd_delivery_seconds",
            "How long a carrier took to take a message.",
            lambda: {_named(key): (pace.cumulative, pace.seconds) for key, pace in carriers.paces.items()},
            "carrier",
        )
    ]


def _named(key: tuple[str, str]) -> str:
    return ".".join(key)


def _of(carriers: Carriers) -> list[Gauge]:
    """By carrier, named as in radius.yaml: `mail_servers.primary`."""

    def down() -> dict[str, float]:
        return {
            _named(key): float(key in carriers.down()) for key in (*carriers.sent, *carriers.failed, *carriers.down())
        }

    return [
        Gauge(
            "radiusd_messages_sent",
            "Messages that a carrier took.",
            lambda: {_named(key): float(number) for key, number in carriers.sent.items()},
            "carrier",
        ),
        Gauge(
            "radiusd_messages_failed",
            "Messages that it did not take.",
            lambda: {_named(key): float(number) for key, number in carriers.failed.items()},
            "carrier",
        ),
        Gauge(
            "radiusd_messages_delivered",
            "Messages of which a carrier told that the phone got them.",
            lambda: {_named(key): float(number) for key, number in carriers.delivered.items()},
            "carrier",
        ),
        Gauge(
            "radiusd_messages_undelivered",
            "Messages of which it told that the phone did not.",
            lambda: {_named(key): float(number) for key, number in carriers.undelivered.items()},
            "carrier",
        ),
        Gauge(
            "radiusd_carrier_slow",
            "1 while a carrier took most of its last messages slowly.",
            lambda: {_named(key): float(pace.is_slow) for key, pace in carriers.paces.items()},
            "carrier",
        ),
        Gauge(
            "radiusd_carrier_down",
            "1 while a carrier did not take its last message, or is not connected.",
            down,
            "carrier",
        ),
    ]
