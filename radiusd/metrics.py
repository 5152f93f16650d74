"""What is counted, and how Prometheus reads it.

The path of a packet adds to plain integers; names, labels and text are made when somebody asks for /metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import radiusd

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from prometheus_client.registry import CollectorRegistry


class ClientCounts:
    """What came from one client of radius.yaml, and what it got, since the start. All of it was counted once verified."""

    __slots__ = (
        "accepts",
        "accounting",
        "challenges",
        "discards",
        "duplicates",
        "rejects",
        "requests",
        "status",
        "with_message_authenticator",
        "without_message_authenticator",
    )

    def __init__(self) -> None:
        self.requests = 0  # Access-Requests, retransmissions not counted
        self.accounting = 0
        self.status = 0
        self.duplicates = 0
        self.accepts = 0
        self.rejects = 0
        self.challenges = 0
        self.with_message_authenticator = 0
        self.without_message_authenticator = 0
        self.discards: dict[str, int] = {}  # by reason; reasons are texts of ours, so there are few

    def totals(self) -> dict[str, int]:
        """Every counter by name; of discards, by `discarded: REASON`."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "discards"}
        return named | {f"discarded: {reason}": number for reason, number in self.discards.items()}


class Counts:
    """All counters of this process. They outlive a reload, and a client that is taken out and put back."""

    __slots__ = ("bugs", "clients", "unknown_clients")

    def __init__(self) -> None:
        self.clients: dict[str, ClientCounts] = {}
        self.unknown_clients = 0  # packets from addresses without a client; the addresses are no labels
        self.bugs = 0  # requests that were dropped because the program failed

    def client(self, name: str) -> ClientCounts:
        """The client's counters, new ones where it has none yet."""
        return self.clients.setdefault(name, ClientCounts())


class Gauge(NamedTuple):
    """A value that is asked for when /metrics is. `read` gives one number, or one per value of `label`."""

    name: str
    help: str
    read: Callable[[], float | Mapping[str, float]]
    label: str = ""


class Histogram(NamedTuple):
    """How long something took, by the values of `label`: `read` gives for each how many took no longer than so many
    seconds, all of them last, and the seconds of all together.
    """

    name: str
    help: str
    read: Callable[[], Mapping[str, tuple[Sequence[tuple[str, int]], float]]]
    label: str


class Metrics:
    """The page of /metrics."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, counts: Counts, gauges: Iterable[Gauge] = (), histograms: Iterable[Histogram] = ()) -> None:
        self._counts = counts
        self._gauges = tuple(gauges)
        self._histograms = tuple(histograms)
        self._registry: CollectorRegistry | None = None

    def text(self) -> bytes:
        """The page, in Prometheus's text format 0.0.4."""
        # Imported here: most processes are never asked.
        from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
        from prometheus_client.exposition import generate_latest

        if self._registry is None:
            self._registry = CollectorRegistry(auto_describe=False)
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
            PlatformCollector(registry=self._registry)
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: else the registry would read every gauge when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric of ours as it is now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        build = GaugeMetricFamily("radiusd_build_info", "The version that runs.", labels=["version"])
        build.add_metric([radiusd.__version__], 1)
        yield build
        yield from self._of_clients()
        yield CounterMetricFamily(
            "radiusd_unknown_clients", "Packets from addresses that no client has.", self._counts.unknown_clients
        )
        yield CounterMetricFamily(
            "radiusd_bugs", "Requests dropped because the program failed; the log has the traceback.", self._counts.bugs
        )
        for gauge in self._gauges:
            value = gauge.read()
            if isinstance(value, Mapping):
                family = GaugeMetricFamily(gauge.name, gauge.help, labels=[gauge.label])
                for label, number in value.items():
                    family.add_metric([label], number)
                yield family
            else:
                yield GaugeMetricFamily(gauge.name, gauge.help, value)

        for histogram in self._histograms:
            times = HistogramMetricFamily(histogram.name, histogram.help, labels=[histogram.label])
            for label, (buckets, seconds) in histogram.read().items():
                times.add_metric([label], buckets, seconds)
            yield times

    def _of_clients(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        requests = CounterMetricFamily(
            "radiusd_requests", "Verified requests, by client and kind.", labels=["client", "kind"]
        )
        replies = CounterMetricFamily(
            "radiusd_replies", "Answers to Access-Requests, by client and kind.", labels=["client", "kind"]
        )
        protected = CounterMetricFamily(
            "radiusd_message_authenticator",
            "Requests with a right Message-Authenticator, and without any.",
            labels=["client", "present"],
        )
        discards = CounterMetricFamily(
            "radiusd_discards", "Packets of known clients that got no answer.", labels=["client", "reason"]
        )
        for name, counts in list(self._counts.clients.items()):
            requests.add_metric([name, "access"], counts.requests)
            requests.add_metric([name, "accounting"], counts.accounting)
            requests.add_metric([name, "status"], counts.status)
            requests.add_metric([name, "duplicate"], counts.duplicates)
            replies.add_metric([name, "accept"], counts.accepts)
            replies.add_metric([name, "reject"], counts.rejects)
            replies.add_metric([name, "challenge"], counts.challenges)
            protected.add_metric([name, "yes"], counts.with_message_authenticator)
            protected.add_metric([name, "no"], counts.without_message_authenticator)
            for reason, number in list(counts.discards.items()):
                discards.add_metric([name, reason], number)
        yield from (requests, replies, protected, discards)
