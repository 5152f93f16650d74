"""A hundred codes in a row by the mail servers of Debian, as their packages configure them: each is delivered at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.debian_mail import beside

pytestmark = pytest.mark.proof

SENDS = Path(__file__).parent / "hundred_codes.py"
AS_IT_IS = "0"  # as many a connection as without a setting


def codes(count):
    return [f"{number:06}" for number in range(count)]


@pytest.mark.parametrize("package", ["postfix", "exim4-daemon-light", "opensmtpd"])
def test_a_hundred_codes_in_a_row_are_delivered_at_once(package, tmp_path):
    assert json.loads(beside(package, tmp_path, [SENDS, "100", AS_IT_IS])) == codes(100)


def test_exim_keeps_what_comes_after_the_tenth_of_a_connection(tmp_path):
    """Why ten: without a limit of ours ten of thirty arrive; the others wait for its next queue run."""
    assert len(json.loads(beside("exim4-daemon-light", tmp_path, [SENDS, "30", "1000"]))) == 10


def test_opensmtpd_takes_a_hundred_of_a_connection(tmp_path):
    """It refuses the next one as if it had too many recipients; a new connection takes it."""
    assert json.loads(beside("opensmtpd", tmp_path, [SENDS, "120", "1000"])) == codes(120)
