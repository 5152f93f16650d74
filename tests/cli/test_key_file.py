"""The file of keys: made once, for its owner alone."""

from __future__ import annotations

import base64
import os

import pytest

from radiusd.process import key_file
from radiusd.process.key_file import KeyFileError
from tests.servers.daemon import daemon


def test_the_first_start_makes_one_key_of_32_octets(tmp_path):
    path = tmp_path / "radiusd.key"
    assert key_file.made(path)
    assert path.stat().st_mode & 0o777 == 0o600
    keys = key_file.keys(path)
    assert [len(key) for key in keys] == [32]
    assert not key_file.made(path)
    assert key_file.keys(path) == keys


def test_older_keys_follow_the_one_for_new_ones(tmp_path):
    path, older = tmp_path / "radiusd.key", tmp_path / "older.key"
    key_file.made(path)
    key_file.made(older)
    new, old = key_file.keys(path), key_file.keys(older)
    path.write_text(path.read_text() + older.read_text())
    assert key_file.keys(path) == new + old


@pytest.mark.parametrize("content", ["", "short\n", "ü" * 43, "!" * 43])
def test_anything_else_is_refused_and_not_shown(tmp_path, content):
    path = tmp_path / "radiusd.key"
    path.write_text(content)
    with pytest.raises(KeyFileError) as refused:
        key_file.keys(path)
    assert str(path) in str(refused.value)
    assert "short" not in str(refused.value)


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "radiusd.key")
    with pytest.raises(KeyFileError, match="is no file"):
        key_file.keys(tmp_path / "radiusd.key")


LOST = "restore it from a backup, or begin with an empty database"


def test_a_key_that_is_lost_is_not_replaced(here):
    """X44: a new one would be none of the database, and hide that the right one is lost."""
    with daemon(here):
        pass
    path = here.path / "radiusd.key"
    kept = path.read_text()
    path.unlink()
    for words in (("run",), ("check",), ("check", "--live")):
        done = here.radiusd(*words)
        assert done.code != 0
        assert LOST in done.err
        assert not path.exists()
    path.write_text(f"{base64.urlsafe_b64encode(bytes(32)).decode()}\n")
    for words in (("run",), ("check",)):
        done = here.radiusd(*words)
        assert done.code != 0
        assert f"is not the key file of {here.path / 'radiusd.db'}; {LOST}" in done.err
    path.write_text(kept)
    path.chmod(0o600)
    assert here.radiusd("check").code == 0
    with daemon(here):
        pass


def test_a_database_of_users_alone_gets_its_first_key(here):
    assert here.radiusd("user", "add", "ann", "--password-stdin", input="long tulip 9\n").code == 0
    assert here.radiusd("check").code == 0
    with daemon(here):
        assert (here.path / "radiusd.key").exists()


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(KeyFileError, match="cannot be made"):
        key_file.made(tmp_path / "nowhere" / "radiusd.key")
