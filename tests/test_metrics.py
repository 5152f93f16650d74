"""What /metrics says."""

from __future__ import annotations

import pytest

from radiusd.delivery.pace import Pace
from radiusd.metrics import Counts, Gauge, Histogram, Metrics


def values(metrics):
    """The page as a dict: name with labels -> value."""
    lines = [line for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_counters_are_read_at_each_scrape():
    counts = Counts()
    metrics = Metrics(counts)
    vpn = counts.client("vpn")
    vpn.requests += 5
    vpn.accepts += 3
    vpn.rejects += 1
    vpn.challenges += 1
    vpn.without_message_authenticator += 2
    first = values(metrics)
    assert first['radiusd_requests_total{client="vpn",kind="access"}'] == 5
    assert first['radiusd_replies_total{client="vpn",kind="accept"}'] == 3
    assert first['radiusd_message_authenticator_total{client="vpn",present="no"}'] == 2
    vpn.accepts += 1
    assert values(metrics)['radiusd_replies_total{client="vpn",kind="accept"}'] == 4


def test_discards_by_reason():
    counts = Counts()
    counts.client("vpn").discards["wrong Message-Authenticator"] = 2
    assert values(Metrics(counts))['radiusd_discards_total{client="vpn",reason="wrong Message-Authenticator"}'] == 2


def test_unknown_addresses_are_one_number():
    """A flood of forged sources must not fill the memory of whoever scrapes."""
    counts = Counts()
    counts.unknown_clients += 100_000
    page = values(Metrics(counts))
    assert page["radiusd_unknown_clients_total"] == 100_000
    assert not [name for name in page if "unknown" in name and "{" in name]


def test_a_client_keeps_its_counters():
    """A reload makes new clients, and a counter that fell would read as a restart."""
    counts = Counts()
    counts.client("vpn").accepts += 3
    assert counts.client("vpn").accepts == 3
    assert counts.client("wifi").accepts == 0


def test_gauges_are_asked():
    down = {"corp": 1.0, "local": 0.0}
    metrics = Metrics(
        Counts(),
        [
            Gauge("radiusd_hash_queue_length", "Passwords that wait to be hashed.", lambda: 4),
            Gauge("radiusd_directory_down", "1 where it cannot be asked.", lambda: down, "directory"),
        ],
    )
    page = values(metrics)
    assert page["radiusd_hash_queue_length"] == 4
    assert page['radiusd_directory_down{directory="corp"}'] == 1
    assert page['radiusd_directory_down{directory="local"}'] == 0
    down["corp"] = 0.0
    assert values(metrics)['radiusd_directory_down{directory="corp"}'] == 0


@pytest.mark.row("S97")
def test_times_are_buckets():
    pace = Pace()
    for seconds in (0.01, 0.2, 0.2, 4.0, 99.0):
        pace.took(seconds)
    of = {"mail_servers.post": (pace.cumulative, pace.seconds)}
    page = values(
        Metrics(Counts(), histograms=[Histogram("radiusd_delivery_seconds", "How long.", lambda: of, "carrier")])
    )
    named = 'radiusd_delivery_seconds_bucket{carrier="mail_servers.post",le="%s"}'
    assert [page[named % le] for le in ("0.05", "0.25", "5.0", "30.0", "+Inf")] == [1, 3, 4, 4, 5]
    assert page['radiusd_delivery_seconds_count{carrier="mail_servers.post"}'] == 5
    assert round(page['radiusd_delivery_seconds_sum{carrier="mail_servers.post"}'], 2) == 103.41


def test_the_process_itself():
    page = values(Metrics(Counts()))
    assert page["process_resident_memory_bytes"] > 1_000_000
    assert any(name.startswith("radiusd_build_info") for name in page)


def test_names_with_quotes_stay_inside_their_label():
    counts = Counts()
    counts.client('a"} 1\nevil{x="').accepts += 1
    page = Metrics(counts).text().decode()
    assert not any(line.startswith("evil") for line in page.splitlines())
