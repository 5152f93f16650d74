"""Each dictionary of Debian's freeradius-common alone, beside ours."""

from __future__ import annotations

from pathlib import Path

import pytest

import dictionaries
from radiusd.radius.definitions import Definitions

pytestmark = pytest.mark.proof

THEIRS = Path("/usr/share/freeradius")


def test_each_file_of_freeradius_loads_or_is_refused_at_its_line():
    """Refused are those that FreeRADIUS itself reads behind others only."""
    refused = {}
    for file in sorted(THEIRS.glob("dictionary*")):
        faults = Definitions(dictionaries.files(), [file]).faults
        if faults:
            refused[file.name] = str(faults[0]).removeprefix(f"{THEIRS}/")
    assert refused == {
        "dictionary.compat": (
            "dictionary.compat:28:1: no dictionary has an attribute `Auth-Type`; did you mean `Ruckus-Auth-Type`?"
        ),
        "dictionary.freedhcp": (
            "dictionary.freedhcp:238:1: no dictionary has an attribute `FreeDHCP-Opcode`; did you mean `FreeDHCP-CCC`?"
        ),
        "dictionary.freeradius.evs5": (
            "dictionary.freeradius.evs5:10:1: there is no vendor `FreeRADIUS` above; write `VENDOR NAME NUMBER` first"
        ),
    }
