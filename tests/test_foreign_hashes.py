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

from radiusd.passwords import foreign_hashes, hashing, system_crypt
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
    "$NT$ of John": lambda: "$NT$" + nt_password().lower(),
    "/etc/shadow of Debian": lambda: perl_crypt("$y$j9T$geWWsVRzCPxxuBaVHEi.$"),
    "the least cost of crypt(5)": lambda: perl_crypt("$y$j75$geWWsVRzCPxxuBaVHEi.$"),
    "/etc/shadow of ALT": lambda: perl_crypt("$gy$j9T$geWWsVRzCPxxuBaVHEi.$"),
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
    "$gy$jCT$saltsaltsalt$" + "a" * 43: "takes longer than a sign-in can wait",
    "$7$CU..../....salt$" + "a" * 43: "no hash of a known format",
    "5f4dcc3b5aa765d61d8327deb882cf99": "where it is of Windows write {NT} before it",
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


@pytest.mark.parametrize("scheme", ["y", "gy"])
def test_without_the_systems_library_it_is_told_what_to_do(monkeypatch, scheme):
    """Not taken; one that was taken elsewhere is nobody's, and `check --live` names it."""
    made = perl_crypt(f"${scheme}$j75$saltsalt$")
    assert hashing.verify(foreign_hashes.stored_form(made), PASSWORD)
    monkeypatch.setattr(system_crypt, "_library", lambda: None)
    system_crypt.knows.cache_clear()
    try:
        with pytest.raises(HashError, match=r"needs the system's libcrypt\.so\.1.*install it"):
            foreign_hashes.stored_form(made)
        assert not hashing.verify(made, PASSWORD)
        assert foreign_hashes.is_not_known_here(made)
    finally:
        system_crypt.knows.cache_clear()


@pytest.mark.parametrize("password", ["x" * 511, "x" * 512, "x" * 5000, "\0", "a\0b", "\udc80"])
def test_passwords_that_crypt_has_its_own_ideas_of(password):
    """Longer than it takes (512 octets), with a NUL, where it ends one, or no UTF-8: right or nobody's, never a crash."""
    known = len(password) < 512 and "\0" not in password and password.isascii()
    setting = "$y$j75$saltsalt$"
    stored = system_crypt._crypt(password.encode("utf-8", "surrogateescape").partition(b"\0")[0], setting.encode())
    if stored is not None:
        assert hashing.verify(stored.decode(), password) is known
    assert not hashing.verify(perl_crypt(setting), password)
