"""Who is signed in to the pages, and is signed out by a command."""

from __future__ import annotations

import json
import time

from radiusd.administration import page_sessions
from store import Store
from store.page_sessions import PageSession


def test_listed_and_ended(here):
    now = time.time()
    session = PageSession(
        "d" * 64, "4f5e6d", "local", "7", "ann", "administrator", "192.0.2.7", "Firefox", "", now - 60, now - 5, now + 3600
    )  # fmt: skip
    assert here.radiusd("page-session", "list").out.splitlines()[1:] == []
    store = Store.open(f"sqlite:///{here.path}/radiusd.db", here.path)
    store.write_now(lambda c: page_sessions.begin(c, session))
    store.close_now()
    listed = here.radiusd("page-session", "list").out
    assert listed.splitlines()[1].split()[:5] == ["4f5e6d", "ann", "local", "administrator", "192.0.2.7"]
    (told,) = json.loads(here.radiusd("page-session", "list", "--json").out)
    assert (told["id"], told["browser"], "d" * 64 in listed + str(told)) == ("4f5e6d", "Firefox", False)
    assert here.radiusd("page-session", "end", "4f5e6d").out == "ann is signed out of the pages\n"
    again = here.radiusd("page-session", "end", "4f5e6d")
    assert (again.code, again.err) == (
        1, "radiusd: there is no page session 4f5e6d; radiusd page-session list shows all\n"
    )  # fmt: skip
    reasons = here.radiusd("audit", "--user", "ann").out
    assert "page session ended by" in reasons
    assert "signed in to the pages as administrator" in reasons
