"""What the transcripts of the command line share."""

from __future__ import annotations

import pytest

from tests.servers.daemon import Folder, folder


@pytest.fixture
def here(tmp_path) -> Folder:
    """A folder with a radius.yaml that has users in the database."""
    return folder(tmp_path)
