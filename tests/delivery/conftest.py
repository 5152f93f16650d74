"""What the transcripts of carriers share."""

from __future__ import annotations

import logging

import pytest

from tests.delivery.carrying import FORBIDDEN
from tests.servers.slapd import write_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """ca.pem, server.pem, server.key: for localhost and 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder


@pytest.fixture(scope="session")
def others(tmp_path_factory):
    """The same of another authority."""
    folder = tmp_path_factory.mktemp("others")
    write_certificates(folder)
    return folder


@pytest.fixture(autouse=True)
def _nothing_secret_in_any_log(caplog):
    """Of ours and of the libraries', at every level; the servers' own logs are theirs."""
    caplog.set_level(logging.DEBUG)
    for name in ("mail.log", "mail.debug"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    yield
    written = " ".join(record.getMessage() + str(record.exc_text) for record in caplog.get_records("call"))
    assert not [each for each in FORBIDDEN if each in written]
