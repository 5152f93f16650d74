"""Whoever is kept from a directory lest it lock them: listed and let in by an administrator (X49)."""

from __future__ import annotations

import re

from tests.flows.samba_corp import CORP, filled
from tests.servers.daemon import YAML, daemon, folder
from tests.servers.samba import PASSWORD


def test_a_user_of_a_directory_is_listed_with_the_time_and_let_in_by_name(tmp_path, domain):
    domain.user("cli-lockout")
    corp = filled(CORP, domain).replace("{", "{{").replace("}", "}}")
    yaml = YAML.replace("  local: {{type: local}}", f"  local: {{{{type: local}}}}{corp}").replace(
        "[local]", "[corp, local]"
    )
    with daemon(folder(tmp_path, yaml + "blocking: {{enabled: false}}\n")) as running:
        words = ("login", "cli-lockout", "--password-stdin", "--station", "far")
        for password in ("one", "two", "three", PASSWORD):
            assert running.radiusd(*words, input=f"{password}\n").code == 1
        for _ in range(100):  # it is written within a second
            listed = running.radiusd("block", "list").out
            if "cli-lockout" in listed:
                break
        line = listed.splitlines()[1]
        assert re.match(r"\d+ +cli-lockout +corp +anywhere +(30m|29m)", line)
        assert "3 wrong passwords within 30 minutes; corp locks the account at 5" in line
        assert running.radiusd("block", "remove", "CLI-Lockout").out == "the block of cli-lockout is removed\n"
        assert running.radiusd(*words, input=f"{PASSWORD}\n").code == 0
        assert "cli-lockout" not in running.radiusd("block", "list").out
