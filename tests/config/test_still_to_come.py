"""What `radiusd check` calls not active yet in the administrator's contract: nothing but what is listed here, with why."""

from __future__ import annotations

import re

from config.checks.inactive import INACTIVE
from config.reading import read
from radiusd.process.kinds import kinds
from tests.config.writing import ENVIRONMENT, EXAMPLE

LATER = {
    "listen.radsec": "RADIUS over TLS",
    "tls.client_ca": "RADIUS over TLS",
    "clients.*.tls": "RADIUS over TLS",
    "clients.*.coa_port": "running sessions are ended by Disconnect-Request, and no sessions are kept yet",
    "blocking.end_sessions": "running sessions are ended by Disconnect-Request, and no sessions are kept yet",
    "workers": "several processes on one machine",
    "profiles.*.quorum": "decisions of several people",
    "profiles.*.escalate_after": "decisions of several people",
    "absences": "decisions of several people: the deputy of somebody who is away",
    "profiles.*.confirm": "a number to compare needs the approver's page and the user's prompt to change together",
    "profiles.*.grant.choices": "an approval for longer than one sign-in, which must be revoked with its sessions",
    "profiles.*.notify": "one summary a day: `daily`",
    "blocking.suspicious": "attacks that are seen across users and stations",
    "blocking.not_me": "a report from a message needs a page",
}
"""By the keys of radius.yaml."""


def inactive() -> set[str]:
    """Every key and kind that may be written and that nothing acts on."""
    of_kinds = {
        f"{section}.*.{table.key}: {name}"
        for section, table in kinds().items()
        for name in table
        if not table[name].active
    }
    return {entry.path for entry in INACTIVE} | of_kinds


def test_nothing_else_is_inactive():
    assert inactive() == LATER.keys()


def test_of_the_contract_nothing_else_is_called_inactive():
    warnings = [str(fault) for fault in read(EXAMPLE, kinds(), environ=ENVIRONMENT).warnings]
    told = {
        found[1] for warning in warnings if (found := re.search(r"`([^`]+)` is accepted but not active yet", warning))
    }
    known = {path.rpartition(".")[2] for path in LATER}
    assert told
    assert told <= known
