"""`radiusd check`: every fault at once, each at its line and column."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tests.servers.daemon import ROOT

EXAMPLE = ROOT / "docs" / "radius.example.yaml"


def names_of_the_environment():
    return dict.fromkeys(re.findall(r"env:([A-Z_]+)", EXAMPLE.read_text()), "a secret of twenty letters")


def test_a_good_file(here):
    here.yaml.write_text(here.yaml.read_text().replace("phone_country: TR\ntime_zone: Europe/Istanbul\n", ""))
    here.yaml.write_text(here.yaml.read_text().replace("reject_delay: 0s", "reject_delay: 1s"))
    done = here.radiusd("check")
    assert (done.code, done.out, done.err) == (0, "radius.yaml: no faults, no warnings\n", "")
    assert here.radiusd("check", "--strict").code == 0


def test_the_example_is_accepted(here):
    """Its sections that nothing acts on yet are named; no profile lets nobody in for one."""
    done = here.radiusd("--config", str(EXAMPLE), "check", environment=names_of_the_environment())
    assert done.code == 0, done.err
    assert "accepted but not active yet" in done.err
    assert "lets nobody in" not in done.err
    summary = done.out.splitlines()[-1]
    assert re.fullmatch(rf"{EXAMPLE}: no faults, [0-9]+ warnings", summary)
    assert here.radiusd("--config", str(EXAMPLE), "check", "--strict", environment=names_of_the_environment()).code == 1


def test_a_profile_that_lets_nobody_in_is_named(here):
    """Its `quorum` is stricter than what is built so far."""
    here.yaml.write_text(
        EXAMPLE.read_text()
        .replace("quorum: 1 ", "quorum: 2 ")
        .replace("approvers: [manager] ", "approvers: [manager, a@example.com] ")
    )
    done = here.radiusd("check", environment=names_of_the_environment())
    assert (
        "profile contractor-approval lets nobody in: profiles.contractor-approval.quorum is not active yet\n"
        in done.err
    )
    assert done.out.splitlines()[-1].endswith(", 1 profile closed")


MISTAKES = [
    ("hold: 55s ", "hold: 55  ", "a unit is missing"),
    ("    application: vpn\n    title", "    application: vnp\n    title", "unknown application `vnp`"),
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


def test_attributes_and_dictionaries_are_told_where_they_are_written(here):
    """X66: not at the beginning of the file."""
    text = here.yaml.read_text()
    line = 1 + text[: text.index("application: vpn}")].count("\n")
    here.yaml.write_text(text.replace("application: vpn}", "application: vpn, station: [Caller-Station-Id]}"))
    done = here.radiusd("check")
    assert re.match(rf"radius.yaml:{line}:[0-9]+: no dictionary has an attribute `Caller-Station-Id`", done.err)
    here.yaml.write_text("dictionaries:\n  - here.dict\n  - none.dict\n" + text)
    (here.path / "here.dict").write_text("ATTRIBUTE Here 250 string\n")
    done = here.radiusd("check")
    assert re.fullmatch(r"radius.yaml:3:5: there is no file none.dict\n.* has 1 fault\n", done.err)


def test_for_programs(here):
    good = json.loads(here.radiusd("check", "--json").out)
    assert (good["file"], good["faults"], good["closed_profiles"]) == ("radius.yaml", [], {})
    here.yaml.write_text(here.yaml.read_text().replace("type: local", "type: locl"))
    done = here.radiusd("check", "--json")
    assert done.code == 2
    [fault] = json.loads(done.out)["faults"]
    assert (fault["file"], type(fault["line"]), type(fault["column"])) == ("radius.yaml", int, int)
    assert "locl" in fault["message"]


def test_the_published_schema_is_that_of_the_models(here):
    """docs/radius.schema.json is made by `radiusd schema`; it is old where this fails."""
    done = here.radiusd("schema")
    assert (done.code, done.err) == (0, "")
    assert done.out == (ROOT / "docs" / "radius.schema.json").read_text()


def test_a_folder_in_place_of_the_file(here):
    done = here.radiusd("--config", str(Path(here.path)), "check")
    assert done.code == 2
    assert "there is no file" in done.err


def test_a_dictionary_that_is_refused_is_named_and_no_other_fault_is_made_of_it(here):
    """Not that a reply has an attribute that no dictionary has (X65)."""
    dictionary = here.yaml.parent / "dictionary.lab"
    dictionary.write_text("VENDOR Lab 99991\nBEGIN-VENDOR Lab\nATTRIBUTE Lab-Role 1 strnig\n")
    text = here.yaml.read_text()
    text = text.replace("{profiles: [password-only]}", "{profiles: [password-only], reply: {Lab-Role: admin}}")
    here.yaml.write_text(f"dictionaries: [dictionary.lab]\n{text}")
    refused = here.radiusd("check")
    assert refused.err.splitlines()[0] == f"{dictionary}:3:1: there is no type `strnig`; did you mean `string`?"
    assert len(refused.err.splitlines()) == 2
    dictionary.write_text("VENDOR Lab 99991\nBEGIN-VENDOR Lab\nATTRIBUTE Lab-Role 1 string\nATTRIBUTE Class 2 string\n")
    taken = here.radiusd("check")
    assert taken.code == 0
    told = "warning: Class stays the standard's, `Attr-25`; write `Vendor-99991-Attr-2` for this one"
    assert f"{dictionary}:4:1: {told}" in taken.err.splitlines()


def test_a_file_of_somebody_else_is_read_where_it_is_named_alone(here):
    """X45: else whoever may write into a folder has the administrator obey, who happens to be there."""
    os.chown(here.yaml, 12345, -1)
    done = here.radiusd("check")
    told = "radius.yaml here belongs to uid 12345, and is not read unless it is named: radiusd --config radius.yaml ..."
    assert (done.code, done.out, done.err) == (2, "", f"radiusd: {told}\n")
    assert here.radiusd("--config", "radius.yaml", "check").code == 0
    assert here.radiusd("check", environment={"RADIUSD_CONFIG": "radius.yaml"}).code == 0
