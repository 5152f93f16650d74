"""The file of keys: made once, for its owner alone."""

from __future__ import annotations

import pytest

from radiusd.process import key_file
from radiusd.process.key_file import KeyFileError


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


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(KeyFileError, match="cannot be made"):
        key_file.made(tmp_path / "nowhere" / "radiusd.key")
