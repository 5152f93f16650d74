"""`radiusd user import`: a file of another product, judged line by line, taken as a whole or not at all (S223, B15)."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

from tests.servers.daemon import daemon

HEADING = "username,password,email,phone,groups,framed_ip_address,expires,description,enabled\n"
ANN = "ann,long tulip 9,ann@example.com,05554443322,staff;vpn,192.0.2.7,2099-12-31,at home,yes\n"
BOB = "bob,,bob@example.com,,staff,,never,,no\n"


def users(here):
    return {user["username"]: user for user in json.loads(here.radiusd("user", "list", "--json").out)}


def put(here, text, name="users.csv"):
    octets = text if isinstance(text, bytes) else text.encode()
    (here.path / name).write_bytes(octets)
    return name


def imported(here, text, *words):
    return here.radiusd("user", "import", put(here, text), *words)


@pytest.fixture
def there(here):
    """ann and bob are users."""
    done = imported(here, HEADING + ANN + BOB)
    assert done.code == 0, done
    return here


@pytest.mark.row("S223")
def test_new_users(here):
    done = imported(here, HEADING + ANN + BOB)
    assert done.code == 0
    assert done.out == "2 users added, 0 changed, 0 left as they are\n"
    assert done.err == "radiusd: bob without a password; `radiusd user bulk passwords` makes them\n"
    ann, bob = users(here)["ann"], users(here)["bob"]
    assert (ann["phone"], ann["groups"], ann["framed_ip_address"]) == ("+905554443322", ["staff", "vpn"], "192.0.2.7")
    assert (ann["expires"], ann["description"], ann["enabled"]) == ("2099-12-31", "at home", True)
    assert (bob["expires"], bob["enabled"]) == (None, False)
    rows = json.loads(here.radiusd("audit", "--user", "ann", "--json").out)
    assert any("imported from users.csv" in json.dumps(row) for row in rows)


def test_a_dry_run_tells_each_line_and_writes_nothing(there):
    changed = ANN.replace("staff;vpn", "staff").replace("192.0.2.7", "192.0.2.8").replace("long tulip 9", "rose 123456")
    cid = "cid,long rose 77,,,,,,,\n"
    done = imported(there, HEADING + changed + BOB + cid, "--dry-run", "--update")
    assert done.code == 0
    assert done.out.splitlines() == [
        (
            'line 2: ann changes: groups "staff;vpn" -> "staff", framed_ip_address "192.0.2.7" -> "192.0.2.8", '
            "password is set"
        ),
        "line 3: bob stays the same",
        "line 4: cid is new",
        "1 user would be added, 1 would be changed, 1 left as they are",
    ]
    assert "cid" not in users(there)
    assert users(there)["ann"]["framed_ip_address"] == "192.0.2.7"


def test_the_same_file_again_changes_nothing(there):
    done = imported(there, HEADING + ANN + BOB)
    assert (done.code, done.out) == (0, "0 users added, 0 changed, 2 left as they are\n")


def test_users_who_are_there_are_not_changed_unasked(there):
    text = HEADING + ANN.replace("at home", "at work") + "cid,long rose 77,,,,,,,\n"
    done = imported(there, text)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "radiusd: ann is there already, and would change: --update allows that, --only-new leaves them as they are, "
        "--dry-run shows it. Nothing was written\n"
    )
    assert "cid" not in users(there)
    done = imported(there, text, "--only-new")
    assert done.out == "1 user added, 0 changed, 1 left as they are\n"
    assert users(there)["ann"]["description"] == "at home"
    done = imported(there, text, "--update")
    assert done.out == "0 users added, 1 changed, 1 left as they are\n"
    assert users(there)["ann"]["description"] == "at work"


FAULTS = [
    ("ann,short,,,,,,,\n", "users.csv:3: password: "),
    ("ann,,a@b@c,,,,,,\n", "users.csv:3: email: a@b@c is no e-mail address"),
    ("ann,,,0212,,,,,\n", "users.csv:3: phone: 0212 is no phone number"),
    ("ann,,,,,192.0.2.300,,,\n", "users.csv:3: framed_ip_address: 192.0.2.300 is no IPv4 address (192.0.2.7)"),
    ("ann,,,,,,12/31/2099,,\n", "users.csv:3: expires: 12/31/2099 is no date"),
    ("ann,,,05554443322 ext. 12,,,,,\n", "users.csv:3: phone: 05554443322 ext. 12 has an extension"),
    ("ann,,,,,,,,perhaps\n", "users.csv:3: enabled: perhaps is neither yes nor no"),
    ("ann,,,,,,,\n", "users.csv:3: 8 cells, but there are 9 columns"),
    ("ann,,,,,,,,\nANN,,,,,,,,\n", "users.csv:4: username: ANN is ann, as on line 3"),
    (
        "ann,,,,,192.0.2.7,,,\nbob,,,,,192.0.2.7,,,\n",
        "users.csv:4: framed_ip_address: 192.0.2.7 is ann's already, as line 3 has it",
    ),
    ("ann,{SSHA}abcd,,,,,,,\n", "users.csv:3: password: the text after {SSHA} is no such digest; was it cut?"),
    ('ann,"two\nlines",,,,,,,"\n', "users.csv:3: a quotation mark is not closed"),
]


@pytest.mark.parametrize(("lines", "message"), FAULTS)
def test_a_fault_names_its_line_and_column_and_nothing_is_written(here, lines, message):
    done = imported(here, HEADING + "zoe,long rose 77,,,,,,,\n" + lines)
    assert (done.code, done.out) == (2, "")
    assert message in done.err, done.err
    assert done.err.endswith("radiusd: users.csv has 1 fault; nothing was written\n")
    assert "short" not in done.err
    assert users(here) == {}


def test_all_faults_at_once(here):
    done = imported(here, HEADING + ",,bob@example.com,,,,,,\nann,,a@,,,,,,maybe\n" + BOB)
    assert done.err.count("users.csv:3:") == 2
    assert "users.csv has 3 faults" in done.err


def test_a_column_that_has_no_place_here(here):
    text = "username,passwort,shoe size\nann,long tulip 9,42\n"
    done = imported(here, text)
    assert done.code == 2
    assert "users.csv:1: passwort: there is no such column here; did you mean password?" in done.err
    assert "--ignore passwort --ignore 'shoe size'" in done.err
    done = imported(here, text, "--ignore", "passwort", "--ignore", "shoe size")
    assert done.out == "1 user added, 0 changed, 0 left as they are\n"


WHOLE = [
    ("", "the file is empty"),
    ("ann,bob\ncid,dan\n", "its first line names no column"),
    ("email\nann@example.com\n", "no column is `username`; there is email"),
    ("username,email\nann,x\n".encode("utf-16"), "it is UTF-16, not UTF-8"),
    ("username,last_name\nann,Öz\n".encode("windows-1254"), "line 2 is not UTF-8"),
]


@pytest.mark.parametrize(("text", "message"), WHOLE)
def test_a_file_that_can_not_be_read_at_all(here, text, message):
    done = imported(here, text)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


FILES = {
    "a spreadsheet with semicolons": "\ufeffKullanıcı;E-Mail;Username;Expiration Date\n;ann@example.com;ann;2099-12-31\n",
    "OpenWISP, without a line of names": "ann,cleartext$long tulip 9,ann@example.com,Ann,Öz\n",
    "daloRADIUS": "username,password,firstname,lastname,email,notes,user_groups\n"
    'ann,long tulip 9,Ann,Öz,ann@example.com,,"staff"\n',
    "tabs": "sAMAccountName\tmail\tgivenName\tsn\nann\tann@example.com\tAnn\tÖz\n",
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_others(here, name):
    words = ("--ignore", "Kullanıcı") if "spread" in name else ()
    done = imported(here, FILES[name], *words)
    assert done.code == 0, done
    assert users(here)["ann"]["email"] == "ann@example.com"


def test_a_list_without_names_of_columns(here):
    done = imported(here, "ann,ann@example.com\n", "--columns", "username,email")
    assert done.code == 0
    assert users(here)["ann"]["email"] == "ann@example.com"


def test_standard_input(here):
    done = here.radiusd("user", "import", "-", input=HEADING + ANN)
    assert (done.code, done.out) == (0, "1 user added, 0 changed, 0 left as they are\n")


def test_a_running_server_knows_them_at_once(here):
    with daemon(here):
        asked = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        assert "Access-Reject" in asked.out
        assert imported(here, HEADING + ANN).code == 0
        asked = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n")
        assert asked.out == "Access-Accept\n  Framed-IP-Address = 192.0.2.7\n"


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nusername;password\r\nann;plum tree 7\r\n",
        '"sep=|"\r\nusername|password\r\nann|plum tree 7\r\n',
        '#TYPE System.Management.Automation.PSCustomObject\r\n"SamAccountName","Password"\r\n"ann","plum tree 7"\r\n',
    ],
)
def test_what_excel_and_powershell_write_above_the_names_is_no_name(here, text):
    """X72."""
    assert imported(here, text).out == "1 user added, 0 changed, 0 left as they are\n"
    bad = imported(here, text.replace("ann", "an n\x07"), "--dry-run")
    assert bad.err.startswith("users.csv:3: ")


RADCHECK = """id,username,attribute,op,value
1,ann,Cleartext-Password,:=,{SSHA} is no hash
2,ann,Expiration,:=,31 Dec 2099
3,bob,MD5-Password,:=,%s
4,bob,Framed-IP-Address,=,192.0.2.9
5,cid,NT-Password,:=,0x0CB6948805F797BF2A82807973B89537
6,cid,Auth-Type,:=,Reject
7,dan,Crypt-Password,:=,%s
8,ann,Login-Time,:=,Al0000-2359
9,bob,Login-Time,:=,Su2300-0700|Su0700-2300|Sa|Wk0000-2400
"""
TULIP = {
    "md5": hashlib.md5(b"long tulip 9").hexdigest(),
    "crypt": subprocess.run(
        ["openssl", "passwd", "-6", "long tulip 9"], check=True, capture_output=True, text=True
    ).stdout.strip(),
}


@pytest.mark.parametrize("form", ["named", "without names", "of mysql"])
def test_freeradius_radcheck_is_read_with_its_passwords(here, form):
    """X72: an attribute a line; it was advised to leave the passwords out."""
    text = RADCHECK % (TULIP["md5"], TULIP["crypt"])
    if form == "without names":
        text = text.partition("\n")[2]
    if form == "of mysql":
        text = text.replace(",", "\t")
    done = imported(here, text)
    assert (done.code, done.out) == (0, "4 users added, 0 changed, 0 left as they are\n")
    assert done.err.startswith(
        "radiusd: 1 user with a hash of Windows (NT), which whoever has read it can use as the password"
    )
    found = users(here)
    assert (found["ann"]["expires"], found["bob"]["framed_ip_address"]) == ("2099-12-31", "192.0.2.9")
    assert found["ann"]["hours"] == ["Mo-Su 00:00-24:00"]
    assert found["bob"]["hours"] == ["Su 00:00-07:00", "Su 23:00-24:00", "Su 07:00-23:00", "Mo-Sa 00:00-24:00"]
    assert [name for name in found if not found[name]["enabled"]] == ["cid"]
    here.radiusd("user", "enable", "cid")
    with daemon(here):
        for name, password in (
            ("ann", "{SSHA} is no hash"),
            ("bob", "long tulip 9"),
            ("cid", "test"),
            ("dan", "long tulip 9"),
        ):
            assert here.radiusd("login", name, "--password-stdin", input=f"{password}\n").out.startswith(
                "Access-Accept"
            )
            wrong = here.radiusd("login", name, "--password-stdin", input=f"{password}x\n")
            assert "Access-Reject" in wrong.out


def test_an_attribute_without_a_place_is_named_and_left_out_by_its_name(here):
    text = RADCHECK % (TULIP["md5"], TULIP["crypt"]) + "8,ann,Simultaneous-Use,:=,1\n9,ann,Auth-Type,:=,LDAP\n"
    text += "10,ann,User-Password,:=,rose\n11,bob,MD5-Password,:=,zz\n"
    done = imported(here, text)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "users.csv:11: Simultaneous-Use: there is no place for this attribute here",
        "users.csv:12: Auth-Type: only Auth-Type Reject is understood, as a disabled user",
        "users.csv:13: User-Password: ann has a value for `password` already; keep one of them",
        "users.csv:14: MD5-Password: bob has a value for `password_hash` already; keep one of them",
        "radiusd: what has no place here is left out with --ignore Simultaneous-Use",
        "radiusd: users.csv has 4 faults; nothing was written",
    ]
    text = text[: text.index("9,ann,Auth")]
    assert imported(here, text, "--ignore", "Simultaneous-Use").code == 0


@pytest.mark.parametrize(
    "date", ["31 Dec 2099", "31.12.2099", "Dec 31 2099", "31-Dec-2099", "December 31, 2099", "2099-12-31"]
)
def test_days_as_others_write_them(here, date):
    """X72."""
    assert imported(here, f"username;expires\nann;{date}\n").code == 0
    assert users(here)["ann"]["expires"] == "2099-12-31"


def test_a_moment_as_freeradius_writes_it(here):
    assert imported(here, "username;expires\nann;31 Dec 2099 9:30:00\n").code == 0
    assert users(here)["ann"]["expires_at"] == "2099-12-31T06:30:00.000Z"


def test_hashes_of_windows_by_the_name_of_their_column(here):
    """As Samba exports them; in another column the same digits might be MD5."""
    digits = "0cb6948805f797bf2a82807973b89537"
    text = f"uid,sambaNTPassword\nann,{digits.upper()}\nbob,0x{digits}\ncid,$NT${digits}\ndan,\n"
    done = imported(here, text)
    assert (done.code, done.out) == (0, "4 users added, 0 changed, 0 left as they are\n")
    assert "radiusd: 3 users with a hash of Windows (NT)" in done.err
    live = here.radiusd("check", "--live").out
    assert "local users, password hashes: ann, bob, cid still have one of Windows (NT)" in live
    with daemon(here):
        for name in ("ann", "bob", "cid"):
            assert here.radiusd("login", name, "--password-stdin", input="test\n").out.startswith("Access-Accept")
    assert imported(here, f"uid,password_hash\neve,{digits}\n").err.startswith(
        "users.csv:2: password_hash: 32 hexadecimal digits may be a hash of Windows, or MD5"
    )
    both = imported(here, f"uid,password,nt_password\neve,plum tree 7,{digits}\n").err
    assert both.startswith("users.csv:2: nt_password: there is a password too; keep one of them\n")


RADREPLY = """id,username,attribute,op,value
1,ann,Filter-Id,=,staff
2,ann,Class,+=,OU=a;b
3,ann,Class,+=,OU=c
4,bob,Framed-IP-Address,:=,192.0.2.9
5,bob,Session-Timeout,:=,600
"""


def test_freeradius_radreply_gives_users_attributes_of_their_own(here):
    """To users who are there; never taken for one that is asked of a request."""
    for name in ("ann", "bob"):
        here.radiusd("user", "add", name, "--password-stdin", input="long tulip 9\n")
    assert "there is no place for this attribute here" in imported(here, RADREPLY, "--update").err
    done = imported(here, RADREPLY, "--radreply", "--update")
    assert (done.code, done.out, done.err) == (0, "0 users added, 2 changed, 0 left as they are\n", "")
    found = users(here)
    assert found["ann"]["reply"] == ["Filter-Id=staff", "Class=OU=a;b", "Class=OU=c"]
    assert (found["bob"]["reply"], found["bob"]["framed_ip_address"]) == (["Session-Timeout=600"], "192.0.2.9")
    with daemon(here):
        accepted = here.radiusd("login", "ann", "--password-stdin", input="long tulip 9\n").out
    assert "Filter-Id: staff" in accepted or "Filter-Id = staff" in accepted, accepted
    bad = RADREPLY + "6,ann,Reply-Message,=,Hello %{User-Name}\n7,bob,NAS-Port,==,1\n8,bob,Filter-ID,=,x\n"
    assert imported(here, bad, "--radreply", "--update").err.splitlines()[:3] == [
        "users.csv:5: reply: no dictionary has an attribute `Filter-ID`; did you mean `Filter-Id`?",
        "users.csv:7: Reply-Message: FreeRADIUS reckons this value anew at each sign-in; here it would be sent as it is written",
        "users.csv:8: NAS-Port: `==` adds nothing to a reply; only += := = are read",
    ]
    assert "it is no such table" in imported(here, "username,email\nann,a@example.com\n", "--radreply").err
