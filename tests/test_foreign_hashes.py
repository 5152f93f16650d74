"""Hashes of other systems, made by the tools of those systems and verified here."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess

import bcrypt
import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st

from radiusd.passwords import foreign_hashes, hashing
from radiusd.passwords.foreign_hashes import HashError

PASSWORD = "geçici tulip 9"  # in UTF-8, which all of them hash


def openssl(*words):
    done = subprocess.run(["openssl", "passwd", *words, PASSWORD], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def slappasswd(scheme):
    tool = shutil.which("slappasswd", path="/usr/sbin:/usr/bin")
    done = subprocess.run([tool, "-h", scheme, "-s", PASSWORD], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def perl_crypt(setting):
    """What the system's own crypt makes."""
    words = ["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, setting]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def nt_password():
    """As FreeRADIUS' smbencrypt prints it, behind LM's."""
    done = subprocess.run(["smbencrypt", PASSWORD], check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]


def digest(scheme, name, salt=b""):
    octets = hashlib.new(name, PASSWORD.encode() + salt).digest() + salt
    return f"{{{scheme}}}{base64.b64encode(octets).decode()}"


def pbkdf2(name):
    made = hashlib.pbkdf2_hmac(name, PASSWORD.encode(), b"salt", 1000)
    return f"pbkdf2_{name}$1000$salt${base64.b64encode(made).decode()}"


def argon2(kind):
    return PasswordHasher(1, 8192, 1, type=kind).hash(PASSWORD)


MADE = {
    "openssl -6": lambda: openssl("-6"),
    "openssl -5": lambda: openssl("-5"),
    "openssl -1": lambda: openssl("-1"),
    "{CRYPT}$6$": lambda: "{CRYPT}" + openssl("-6"),
    "slappasswd {SSHA}": lambda: slappasswd("{SSHA}"),
    "slappasswd {SHA}": lambda: slappasswd("{SHA}"),
    "{SSHA256}": lambda: digest("SSHA256", "sha256", b"12345678"),
    "{SSHA384}": lambda: digest("SSHA384", "sha384", b"12345678"),
    "{ssha512}": lambda: digest("ssha512", "sha512", b"1234567890123456"),
    "{SHA512}": lambda: digest("SHA512", "sha512"),
    "{MD5}": lambda: digest("MD5", "md5"),
    "slappasswd {SMD5}": lambda: slappasswd("{SMD5}"),
    "slappasswd {MD5}": lambda: slappasswd("{MD5}"),
    "{NT} of Samba": lambda: "{NT}" + nt_password(),
    "/etc/shadow of Debian": lambda: perl_crypt("$y$j9T$geWWsVRzCPxxuBaVHEi.$"),
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "bcrypt of PHP": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
    "bcrypt of Django": lambda: "bcrypt$" + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "argon2 of Django": lambda: "argon2" + argon2(Type.ID),
    "argon2i": lambda: argon2(Type.I),
    "pbkdf2_sha256": lambda: pbkdf2("sha256"),
    "pbkdf2_sha1": lambda: pbkdf2("sha1"),
}


@pytest.mark.parametrize("name", MADE)
def test_the_password_is_known_again_and_no_other(name):
    stored = foreign_hashes.stored_form(MADE[name]())
    assert foreign_hashes.is_meant_as_one(stored)
    assert hashing.verify(stored, PASSWORD)
    assert not hashing.verify(stored, PASSWORD + "x")
    assert not hashing.verify(stored, "")
    assert not hashing.verify(stored, PASSWORD + "\0")
    assert hashing.needs_rehash(stored)


SHA512 = "$6$rounds=%s$saltsalt$" + "a" * 86

REFUSED = {
    "tulip": "no hash of a known format",
    "{SSHA}abcd": "no such digest; was it cut?",
    "{SHA}" + base64.b64encode(bytes(24)).decode(): "no such digest",  # salted, and does not say so
    "{SMD5}" + base64.b64encode(bytes(16)).decode(): "no such digest",
    "{NT}" + "0" * 31: "no hash of a known format",
    "$y$jCT$saltsaltsalt$" + "a" * 43: "takes longer than a sign-in can wait",
    "$gy$j9T$saltsaltsalt$" + "a" * 43: "no hash of a known format",
    "5f4dcc3b5aa765d61d8327deb882cf99": "no hash of a known format",  # MD5 without a salt
    SHA512 % "999999999": "takes longer than a sign-in can wait",
    "$2b$31$" + "a" * 21 + "O" + "a" * 31: "takes longer than a sign-in can wait",
    "$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHRzYWx0$" + "a" * 43: "takes longer than a sign-in can wait",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_hash_or_too_costly_is_refused_and_not_shown(text):
    with pytest.raises(HashError) as refused:
        foreign_hashes.stored_form(text)
    assert REFUSED[text] in str(refused.value)
    assert text not in str(refused.value)


def test_a_cost_that_can_be_waited_for_is_taken():
    assert foreign_hashes.stored_form(SHA512 % "656000") == SHA512 % "656000"


@given(st.text())
def test_no_text_is_taken_for_a_hash_by_accident_and_none_lets_anybody_in(text):
    try:
        stored = foreign_hashes.stored_form(text)
    except HashError:
        assert foreign_hashes.verify(text, b"tulip") is False
    else:
        assert not foreign_hashes.verify(stored, b"tulip")


@pytest.mark.parametrize("text", ["{SSHA}abc", "{CRYPT}", "{md5}x"])
def test_a_hash_that_was_cut_is_meant_as_one(text):
    assert foreign_hashes.is_meant_as_one(text)


@pytest.mark.parametrize("password", ["correct horse battery staple", "pa$$word 12", "{curly} brackets", "12345678"])
def test_a_password_is_not_meant_as_a_hash(password):
    assert not foreign_hashes.is_meant_as_one(password)
