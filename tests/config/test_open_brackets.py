"""A bracket that nothing closes is a fault with a place, wherever the file ends."""

from __future__ import annotations

import pytest

from config.faults import SettingsError
from config.reading import read


@pytest.mark.parametrize("text", ["clients: [\n", "clients: [", "clients: {\n", "logging: {}\nclients: [1,\n"])
def test_an_open_bracket_at_the_end_is_told(tmp_path, text):
    path = tmp_path / "radius.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="is never closed"):
        read(path, {})
