"""`radiusd check`: every fault at once, each at its line and column."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

from tests.servers.daemon import ROOT, folder

EXAMPLE = ROOT / "docs" / "radius.example.yaml"


def names_of_the_environment():
    return dict.fromkeys(re.findall(r"env:([A-Z_]+)", EXAMPLE.read_text()), "a secret of twenty letters")


def test_a_good_file(here):
    here.yaml.write_text(here.yaml.read_text().replace("phone_country: TR\ntime_zone: Europe/Istanbul\n", ""))
    done = here.radiusd("check")
    assert (done.code, done.out, done.err) == (0, "radius.yaml: no faults, no warnings\n", "")
    assert here.radiusd("check", "--strict").code == 0


def test_the_example_is_accepted(here):
    """Its sections that nothing acts on yet are named, and so are the profiles that let nobody in."""
    done = here.radiusd("--config", str(EXAMPLE), "check", environment=names_of_the_environment())
    assert done.code == 0, done.err
    assert "accepted but not active yet" in done.err
    assert "radiusd: profile email-link lets nobody in: the method mail_auth is not active yet\n" in done.err
    assert "profile office-mail lets nobody in" not in done.err
    summary = done.out.splitlines()[-1]
    assert re.fullmatch(rf"{EXAMPLE}: no faults, [0-9]+ warnings, [0-9]+ profiles closed", summary)
    assert here.radiusd("--config", str(EXAMPLE), "check", "--strict", environment=names_of_the_environment()).code == 1


MISTAKES = [
    ("hold: 55s ", "hold: 55  ", "a unit is missing"),
    ("    application: vpn\n    message", "    application: vnp\n    message", "unknown application `vnp`"),
    ("status_server: true", "status_sever: true", "unknown key `status_sever`"),
    ("method: password", "method: pasword", "unknown method `pasword`"),
    ("code_length: 6", "code_length: six", "`code_length`"),
    ("[primary, backup]      # failover", "[primary, bakup]      # failover", "unknown mail server `bakup`"),
    ("Session-Timeout: 28800", "Session-Timeout: [ ]", "`Session-Timeout`"),
    ("on_outage: reject", "on_outage: rejcet", "rejcet"),
    ("  - profile: contractor-approval", "  - profile: contractor", "contractor"),
    ("env:SMTP_PASSWORD", "env:SMTP_PASWORD", "SMTP_PASWORD"),
]


def test_ten_mistakes_are_reported_in_one_run_each_where_it_is(here):
    text = EXAMPLE.read_text()
    lines = {}
    for right, wrong, message in MISTAKES:
        assert text.count(right) >= 1, right
        lines[message] = text[: text.index(right)].count("\n") + 1 + right[: right.find(right.strip())].count("\n")
        text = text.replace(right, wrong, 1)
    here.yaml.write_text(text)
    done = here.radiusd("check", environment=names_of_the_environment())
    assert (done.code, done.out) == (2, "")
    told = done.err.splitlines()
    for message, line in lines.items():
        found = [each for each in told if message in each]
        assert found, f"{message} is not in:\n{done.err}"
        assert re.match(rf"radius.yaml:{line}:[0-9]+: ", found[0]), f"{found[0]} is not in line {line}"
    assert told[-1] == f"radiusd: radius.yaml has {len(told) - 1} faults"


def test_for_programs(here):
    good = json.loads(here.radiusd("check", "--json").out)
    assert (good["file"], good["faults"], good["closed_profiles"]) == ("radius.yaml", [], {})
    here.yaml.write_text(here.yaml.read_text().replace("type: local", "type: locl"))
    done = here.radiusd("check", "--json")
    assert done.code == 2
    [fault] = json.loads(done.out)["faults"]
    assert (fault["file"], type(fault["line"]), type(fault["column"])) == ("radius.yaml", int, int)
    assert "locl" in fault["message"]


def test_live(here):
    """Binds, opens the database, asks the directories; and leaves nothing behind."""
    done = here.radiusd("check", "--live")
    assert done.code == 0, done.out + done.err
    told = dict(line.rsplit(": ", 1) for line in done.out.splitlines()[:-1])
    assert told[f"listen.authentication 127.0.0.1:{here.ports['authentication']}"] == "ok"
    assert told["directory local"] == "ok"
    assert not (here.path / "radiusd.db").exists()


def test_live_finds_a_port_in_use(here):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", here.ports["authentication"]))
        done = here.radiusd("check", "--live")
    assert done.code == 1
    assert f"listen.authentication 127.0.0.1:{here.ports['authentication']}: in use by another program\n" in done.out
    assert done.out.endswith("1 of what was tried failed\n")


LDAP = """
directories:
  corp:
    type: ldap
    urls: [ldap://127.0.0.1:{port}]
    bind_dn: cn=radius
    bind_password: not to be shown
    base_dn: dc=example
    user_filter: (uid={{username}})
    timeout: 1s
  local: {{type: local}}
"""


def test_live_finds_a_directory_that_is_down(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        here = folder(tmp_path)
        yaml = here.yaml.read_text().replace("\ndirectories:\n  local: {type: local}\n", LDAP.format(port=port))
        here.yaml.write_text(yaml.replace("directories: [local]", "directories: [corp, local]"))
        done = here.radiusd("check", "--live")
    assert done.code == 1
    [line] = [line for line in done.out.splitlines() if line.startswith("directory corp: ")]
    assert line != "directory corp: ok"
    assert "directory local: ok" in done.out
    assert "not to be shown" not in done.out + done.err


def test_a_folder_in_place_of_the_file(here):
    done = here.radiusd("--config", str(Path(here.path)), "check")
    assert done.code == 2
    assert "there is no file" in done.err
