"""What is left of the time that a NAS waits: the server, `check` and the advice have one rule."""

from __future__ import annotations

import pytest

from config.patience import hold_for, patience
from radiusd.metrics import Counts
from radiusd.nas import advice
from radiusd.process import building
from radiusd.radius.learning import Learning
from tests.config.test_mistakes import CODES
from tests.config.writing import changed, settings_of, warnings_of

HOLDS = {3: 2.25, 4: 3.0, 6: 4.5, 8: 6.0, 10: 8.0, 60: 58.0}


@pytest.mark.parametrize(("hold", "left"), HOLDS.items())
def test_two_seconds_are_for_the_way_or_a_quarter_of_what_is_short(hold, left):
    assert patience(hold) == left
    assert hold_for(left) == hold


def of_a_nas(hold: int, sending: int) -> str:
    changes = {
        "application: vpn}": f"application: vpn, hold: {hold}s}}",
        "mail_servers: [post]}": f"mail_servers: [post], send_within: {sending}s}}",
        "sms_gateways: [gate]}": "sms_gateways: [gate], send_within: 1s}",
    }
    return changed(CODES, changes)


@pytest.mark.parametrize("hold", HOLDS)
def test_check_warns_of_what_the_server_has_no_time_for(tmp_path, hold):
    """Also below 8 s: a code that must leave within what is left is said to be in time, and one second more is not."""
    settings = settings_of(tmp_path, of_a_nas(hold, 1))
    clients = building.clients_of(settings, building.dictionary_of(settings), Counts(), frozenset(), Learning())
    client = clients.of(("192.0.2.1", 40000))
    assert client is not None
    left = int(client.patience)
    assert not [line for line in warnings_of(tmp_path, of_a_nas(hold, left)) if "must leave within" in line]
    (told,) = [line for line in warnings_of(tmp_path, of_a_nas(hold, left + 1)) if "must leave within" in line]
    assert (
        told.endswith(
            f"must leave within {left + 1}s: let the NAS wait, and write `hold: {-(-hold_for(left + 1) // 1):g}s`"
        )
        or hold == 60
    )


def test_the_advice_is_as_long(tmp_path):
    settings = settings_of(tmp_path, changed(of_a_nas(60, 20), {", hold: 60s": ""}))
    need = advice.needed(settings, settings.clients["nas"])
    assert need.seconds == 60.0  # a decision
    plain = changed(of_a_nas(60, 20), {", hold: 60s": "", "[boss, code, text]": "[code, text]"})
    settings = settings_of(tmp_path, plain)
    assert advice.needed(settings, settings.clients["nas"]).seconds == hold_for(20.0) == 22.0


def test_a_nas_that_serves_one_at_a_time_need_not_wait_for_a_decision(tmp_path):
    """Nothing is held on it; but a code must have left before it is answered."""
    text = changed(of_a_nas(60, 20), {", hold: 60s": ", one_at_a_time: true"})
    settings = settings_of(tmp_path, text)
    assert advice.needed(settings, settings.clients["nas"]).seconds == hold_for(20.0)
