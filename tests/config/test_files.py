"""The files that a configuration is made of and names: they are files, a pair, and private (X44, X45, X46, X67)."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.config.writing import CLIENTS, SMALL, changed, faults_of, warnings_of
from tests.servers.slapd import write_certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """ca.pem, and two pairs."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("one", "two"):
        write_certificates(folder)
        for ending in ("pem", "key"):
            (folder / f"server.{ending}").rename(folder / f"{name}.{ending}")
        (folder / f"{name}.key").chmod(0o600)
    return folder


@pytest.fixture
def folder(tmp_path, certificates):
    """Two certificates with their keys, a folder, a FIFO, and a text that is none of these."""
    shutil.copytree(certificates, tmp_path, dirs_exist_ok=True)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "text").write_text("a text\n")
    return tmp_path


PAIR = "tls: {certificate: one.pem, key: one.key, web: true}\n"
LDAP = 'urls: "ldaps://dc1.example.com"'


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("key_file: new.key\n", "key_file: folder\n", "1:11: {folder}/folder is a folder; write a file's name"),
        ("key_file: new.key\n", "key_file: fifo\n", "1:11: {folder}/fifo is no file; write a file's name"),
        (PAIR, PAIR.replace("one.pem", "none.pem"), "1:20: there is no file {folder}/none.pem"),
        (PAIR, PAIR.replace("one.key", "two.key"), "1:34: the key is not that of {folder}/one.pem: write the two files of one pair"),
        (PAIR, PAIR.replace("one.key", "text"), "1:34: certificate and key are no PEM, or the key has a password: write both as PEM, the key without"),
        (SMALL.replace(LDAP, f"{LDAP}, ca_file: ca.pem"), SMALL.replace(LDAP, f"{LDAP}, ca_file: text"), "5:64: {folder}/text has no certificate in PEM"),
        (SMALL.replace(LDAP, f"{LDAP}, ca_file: ca.pem"), SMALL.replace(LDAP, f"{LDAP}, ca_file: fifo"), "5:64: {folder}/fifo is no file; write a file's name"),
        ("database: sqlite:///new.db\n", "database: sqlite:///folder\n", "1:11: {folder}/folder is a folder; write a file's name behind it"),
        ("database: sqlite:///new.db\n", "database: sqlite:///fifo\n", "1:11: {folder}/fifo is no file; write a file's name"),
        ("database: sqlite:///new.db\n", "database: sqlite:///radius.yaml\n", "1:11: {folder}/radius.yaml is the configuration"),
        ("key_file: new.key\n", "key_file: radius.yaml\n", "1:11: {folder}/radius.yaml is the configuration; write another name"),
        ("key_file: new.key\n", "key_file: radiusd.db\n", "1:11: {folder}/radiusd.db is the `database`; write another name"),
    ],
)  # fmt: skip
def test_files_are_what_they_must_be(folder, right, wrong, told):
    assert faults_of(folder, wrong) == [told.format(folder=folder)]
    assert faults_of(folder, right) == []


def said(folder, text):
    return [line for line in warnings_of(folder, text) if "everybody on this machine" in line]


def test_secrets_are_for_their_owner_and_a_group(folder):
    """X44: a secret in the file itself, in one that it names, the key and the database."""
    (folder / "hush").write_text("a secret of twenty characters\n")
    apart = changed(SMALL, {'"a secret of twenty characters"': "file:hush"})
    for name in ("radius.yaml", "hush", "radiusd.key", "radiusd.db"):
        (folder / name).touch()
        (folder / name).chmod(0o640)
    assert said(folder, SMALL) == said(folder, apart) == []
    for name in ("radius.yaml", "hush", "radiusd.key", "radiusd.db"):
        (folder / name).chmod(0o644)
    of_key = f"1:1: everybody on this machine may read the key of all that is kept: chmod o= {folder}/radiusd.key"
    of_database = f"1:1: everybody on this machine may read the users' hashes: chmod o= {folder}/radiusd.db"
    secret = "2:37: everybody on this machine may read this secret: chmod o= "
    assert said(folder, SMALL) == [of_key, of_database, f"{secret}{folder}/radius.yaml"]
    assert said(folder, apart) == [of_key, of_database, f"{secret}{folder}/hush"]


def test_a_file_without_a_secret_may_be_read_by_everybody(folder):
    (folder / "radius.yaml").touch(0o644)
    assert said(folder, changed(SMALL, {'"a secret of twenty characters"': "env:VPN_GATEWAY_SECRET"})) == []


@pytest.mark.parametrize("written", ["radius.yaml", "more.yaml"])
def test_who_may_write_the_configuration_is_obeyed(folder, written):
    """X45: so nobody may but its owner and a group."""
    (folder / "radius.yaml").touch(0o600)
    (folder / "more.yaml").write_text(CLIENTS)
    text = "include: more.yaml\n" + SMALL.removeprefix(CLIENTS)
    assert faults_of(folder, text) == []
    (folder / written).chmod(0o666)
    told = f"1:1: everybody on this machine may write {folder}/{written}: chmod o-w {folder}/{written}"
    assert faults_of(folder, text) == [told]
