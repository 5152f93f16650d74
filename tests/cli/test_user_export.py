"""`radiusd user export`: what it writes is what the import reads, and no password is in it (S224, B15)."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.administration import users_csv
from tests.servers.daemon import folder

FULL = """username,password,first_name,last_name,email,phone,groups,framed_ip_address,sponsor_name,sponsor_email,\
sponsor_phone,expires,description,language,reply,hours,clients,applications,enabled
ann,long tulip 9,Ann,Öz,ann@example.com,+905554443322,staff;vpn users,192.0.2.7,Bo Boss,bo@example.com,+49301234567,\
2099-12-31,"works ""at home"", mostly",tr,Filter-Id=staff;Class=OU=a;b;Cisco-AVPair=x=y,Wk0800-1800;Sa,nas,vpn,yes
bob,,=HYPERLINK(1),-1,,,,,@x,,,2099-12-31T12:30:00+03:00,'quoted,,"Class=a;Filter-Id=b
",,,,no
"""


def users(here):
    listed = json.loads(here.radiusd("user", "list", "--json").out)
    return [{name: user[name] for name in user if not name.endswith("_at")} for user in listed]


def filled(here):
    (here.path / "users.csv").write_text(FULL)
    assert here.radiusd("user", "import", "users.csv").code == 0
    return here


@pytest.mark.row("S224")
def test_what_is_written_can_be_read_elsewhere(here, tmp_path):
    filled(here)
    done = here.radiusd("user", "export", "out.csv")
    assert (done.code, done.out) == (0, "")
    assert done.err == "2 users written to out.csv, without their passwords\n"
    out = here.path / "out.csv"
    assert out.stat().st_mode & 0o777 == 0o600
    (tmp_path / "another").mkdir()
    another = folder(tmp_path / "another")
    assert another.radiusd("user", "import", str(out)).code == 0
    assert users(another) == users(here)
    assert another.radiusd("user", "export").out == out.read_text()


def test_a_spreadsheet_executes_nothing_of_it(here):
    text = filled(here).radiusd("user", "export").out
    ann, bob = csv.DictReader(text.splitlines())
    assert ann["phone"] == "'+905554443322"
    assert (bob["first_name"], bob["last_name"], bob["sponsor_name"]) == ("'=HYPERLINK(1)", "'-1", "'@x")
    assert bob["description"] == "'quoted"


def test_no_password_and_no_hash_is_in_it(here):
    text = filled(here).radiusd("user", "export").out
    assert "tulip" not in text
    assert "argon2" not in text
    assert "password" not in text.replace("must_change_password", "")


def test_for_excel(here):
    assert filled(here).radiusd("user", "export", "--bom").out.startswith("\ufeffusername,")
    assert not here.radiusd("user", "export").out.startswith("\ufeff")


def test_a_file_that_can_not_be_written(here):
    done = here.radiusd("user", "export", "no folder/out.csv")
    assert done.code == 1
    assert "no folder/out.csv can not be written: No such file or directory" in done.err


CELLS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12
)  # no field has a line break


@given(CELLS)
def test_any_cell_comes_back(text):
    assert users_csv.undone(users_csv.defused(text)) == text


@given(st.lists(st.sampled_from(["=", "+", "-", "@", "'", ";", " ", "a", "\t"]), max_size=8).map("".join))
def test_no_cell_begins_as_a_formula(text):
    defused = users_csv.defused(text)
    assert users_csv.undone(defused) == text
    for part in defused.split(";"):  # where semicolons part cells
        assert not part.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(users_csv.EXPORTED, CELLS)), max_size=3))
def test_any_rows_come_back(rows):
    rows = [row | {"username": f"u{number}"} for number, row in enumerate(rows)]
    sheet = users_csv.read(users_csv.written(rows).encode())
    assert ([dict(row.cells) for row in sheet.rows], list(sheet.faults)) == (rows, [])


def test_a_dash_is_standard_output(here):
    """X72: it made a file of that name."""
    here.radiusd("user", "add", "ann", "--random")
    done = here.radiusd("user", "export", "-")
    assert (done.code, done.out) == (0, here.radiusd("user", "export").out)
    assert done.out.startswith("username,")
    assert not (here.path / "-").exists()
