"""What other systems export: read as they write it, and what can not be taken over told with its place."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from radiusd.rules import google_migration, otpauth
from radiusd.rules.otpauth import Unreadable
from radiusd.rules.time_steps import Parameters
from radiusd.rules.token_exports import read

SECRET = b"12345678901234567890"
BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def parts(text, **given):
    """Account, issuer and parameters of what is taken over, or why not."""
    octets = text if isinstance(text, bytes) else text.encode()
    return [
        (each.account, each.offered.issuer, each.offered.parameters) if each.offered else (each.account, each.why)
        for each in read(octets, **given)
    ]


# Google Authenticator: the message as protobuf's own encoder writes it.


def varint(number):
    octets = b""
    while number > 0x7F:
        octets += bytes([number & 0x7F | 0x80])
        number >>= 7
    return octets + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    octets = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(octets)) + octets


def account(secret=SECRET, name="ann", issuer="Example", algorithm=1, digits=1, kind=2, counter=None):
    message = (
        field(1, secret) + field(2, name) + field(3, issuer) + field(4, algorithm) + field(5, digits) + field(6, kind)
    )
    return message if counter is None else message + field(7, counter)


def migration(*accounts):
    payload = b"".join(field(1, each) for each in accounts) + field(2, 1) + field(3, len(accounts)) + field(4, 0) + field(5, 4711)  # fmt: skip
    return "otpauth-migration://offline?data=" + quote(base64.b64encode(payload).decode(), safe="")


def test_google_authenticator():
    assert parts(migration(account(), account(name="Example:Ayşe", algorithm=2, digits=2, issuer=""))) == [
        ("ann", "Example", Parameters(BASE32)),
        ("Ayşe", "Example", Parameters(BASE32, "sha256", 8)),
    ]


def test_what_google_authenticator_has_that_we_do_not_take():
    told = parts(
        migration(account(kind=1, counter=5), account(secret=b"1234567890"), account(algorithm=4), account(secret=b""))
    )
    assert [why for _name, why in told] == [
        "it counts (HOTP), and only codes of a time are taken",
        "its secret has 80 bits, and less than 112 can be guessed: make a new one",
        "it has another algorithm or another number of digits than are known here",
        "its secret has no, or more than 128 octets",
    ]


def test_a_plus_that_nobody_encoded():
    """Some programs hand the address on with its data decoded."""
    text = migration(account(secret=bytes(range(240, 256)) * 2))
    assert "%2B" in text
    assert parts(text.replace("%2B", "+"))[0][0] == "ann"


@given(st.binary(max_size=300))
def test_no_message_does_more_than_be_refused(octets):
    text = "otpauth-migration://offline?data=" + quote(base64.b64encode(octets).decode(), safe="")
    try:
        for each in google_migration.read(text):
            assert each.offered or each.why
    except Unreadable:
        pass


@given(
    st.lists(
        st.builds(account, name=st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)),
        min_size=1,
        max_size=12,
    ),
    st.data(),
)
def test_a_message_that_is_cut_off_is_refused_or_has_fewer(accounts, data):
    payload = b"".join(field(1, each) for each in accounts)
    whole = google_migration.read(
        "otpauth-migration://offline?data=" + base64.b64encode(payload).decode().replace("+", "%2B")
    )
    assert len(whole) == len(accounts)
    cut = payload[: data.draw(st.integers(0, len(payload) - 1))]
    try:
        fewer = google_migration.read(
            "otpauth-migration://offline?data=" + base64.b64encode(cut).decode().replace("+", "%2B")
        )
    except Unreadable:
        return
    assert len(fewer) < len(accounts)


def test_a_number_without_an_end():
    text = base64.b64encode(b"\xff" * 20).decode()
    with pytest.raises(Unreadable, match="a number that is too long"):
        google_migration.read("otpauth-migration://offline?data=" + quote(text, safe=""))


# privacyIDEA


def test_privacyidea_as_csv():
    """As `pi-tokenjanitor find export --format csv` writes it, and with `--b32`."""
    text = (
        f"ann@corp, TOTP0001, {SECRET.hex()}, totp, 6, 30\nbob@corp, TOTP0002, {BASE32}, totp, 8, 60\n"
        f"carol@corp, OATH0003, {SECRET.hex()}, hotp, 6\nn/a, TOTP0004, {SECRET.hex()}, totp, 6, 30\n"
        f"dan@corp, TOTP0005, {SECRET.hex()}, totp, 6, None"
    )
    assert parts(text) == [
        ("ann", "", Parameters(BASE32)),
        ("bob", "", Parameters(BASE32, "sha1", 8, 60)),
        ("carol", "it is of the kind hotp; only totp is taken"),
        ("", "", Parameters(BASE32)),
        ("dan", "it has a period of 'None', which is no number"),
    ]


TOKEN = {
    "serial": "TOTP0001", "type": "totp", "otpkey": SECRET.hex(), "otplen": 8, "counter": 60000001, "issuer": "privacyIDEA",
    "user": {"login": "ann", "realm": "corp", "resolver": "ad", "uid": "7"},
    "info_list": {"timeStep": "60", "hashlib": "sha256", "timeShift": "-118.0"},
}  # fmt: skip


def test_privacyidea_encrypted():
    key = Fernet.generate_key()
    text = Fernet(key).encrypt(json.dumps([TOKEN, TOKEN | {"type": "push"}]).encode())
    first, second = read(text, key=key.decode())
    assert (first.account, first.offered.parameters) == ("ann", Parameters(BASE32, "sha256", 8, 60))
    assert (first.drift, first.step) == (-2, 60000000)
    assert second.why == "it is of the kind push; only totp is taken"


def test_privacyidea_with_no_key_or_another_one():
    text = Fernet(Fernet.generate_key()).encrypt(b"[]")
    with pytest.raises(Unreadable, match="--key has the key"):
        read(text)
    for key in (Fernet.generate_key().decode(), "no key", "ş"):
        with pytest.raises(Unreadable, match="can not be decrypted"):
            read(text, key=key)


# multiOTP

USER = """multiotp-database-format-v3
; Comment
algorithm=totp
autolock_time=0
delta_time=60
email=ann@example.com
last_login=1796136000
number_of_digits=6
time_interval=30
token_algo_suite=HMAC-SHA1
"""


def encrypted(label, value, key):
    mixed = bytes(
        a ^ ord(label[at % len(label)]) ^ ord(key[at % len(key)]) for at, a in enumerate(value.encode())
    )  # fmt: skip
    return base64.b64encode(mixed).decode()


def test_multiotp():
    (one,) = read((USER + f"token_seed={SECRET.hex()}\n").encode(), name="ann.db")
    assert (one.account, one.offered.parameters, one.drift, one.step) == ("ann", Parameters(BASE32), 2, 59871200)


def test_multiotp_encrypted():
    text = USER + f"token_seed:={encrypted('token_seed', SECRET.hex(), 'MuLtIoTp key')}\n"
    assert parts(text, name="id0x616e6e.db", key="MuLtIoTp key") == [("ann", "", Parameters(BASE32))]
    for key in ("", "another key"):
        assert parts(text, name="ann.db", key=key) == [
            ("ann", "its secret is encrypted: --key has the encryption key of multiOTP")
        ]


def test_of_multiotp_who_counts_is_not_taken():
    assert parts(USER.replace("totp\n", "hotp\n"), name="ann.db") == [
        ("ann", "it is of the kind hotp; only totp is taken")
    ]


# All of them


def test_addresses_one_a_line():
    text = f"# ours\n{otpauth.address(Parameters(BASE32), 'Example', 'ann')}\n\notpauth://hotp/bob?secret={BASE32}\n{migration(account(name='carol'))}\n"
    assert [(each.where, each.account or each.why) for each in read(text.encode())] == [
        ("line 2", "ann"), ("line 4", "it is of the kind hotp; only totp is taken"), ("line 5, account 1", "carol"),
    ]  # fmt: skip


@pytest.mark.parametrize("octets", [b"", b"hello\nworld", b"\xff\xfe", b"a,b\n", b"a,b,c,d,e\n1,2\n"])
def test_what_is_none_of_these(octets):
    with pytest.raises(Unreadable):
        read(octets)


@given(st.binary(max_size=300), st.text(max_size=10))
def test_any_file_is_read_or_refused(octets, key):
    for each in (
        octets,
        b"multiotp-database-format-v3\n" + octets,
        b"gAAAA" + octets,
        b"otpauth-migration://offline?data=" + octets,
    ):
        try:
            for taken in read(each, name="ann.db", key=key):
                assert taken.offered or taken.why
        except Unreadable:
            continue
