"""What a local user may do beside what their profile asks: transcripts over RADIUS, for users of the database."""

from __future__ import annotations

import pytest

from tests.servers.running import running


async def signs_in(radiusd, password="tulip", name="ann"):
    return (await radiusd.nas().asks(User_Name=name, User_Password=password)).code


@pytest.mark.row("S207", "S216")
async def test_a_password_that_must_be_changed_lets_nobody_in(tmp_path):
    """Neither right nor remembered; a wrong one counts as ever, a right one does not."""
    async with running(tmp_path) as radiusd:
        await radiusd.user("ann")
        assert await signs_in(radiusd) == "Access-Accept"
        await radiusd.change("ann", must_change_password=True)
        for password, reason in (("tulip", "the password must be changed first"), ("rose", "password wrong")) * 2:
            assert await signs_in(radiusd, password) == "Access-Reject"
            assert (await radiusd.last()).reason == reason
        assert [row.detail.count("failures counted: 2") for row in await radiusd.audit()][-1] == 0
        await radiusd.change("ann", must_change_password=False)
        assert await signs_in(radiusd) == "Access-Accept"
