"""`key_file` gets a new first line: what was begun under the old key goes on, and what is new is made with the new one."""

from __future__ import annotations

import asyncio

import pytest

from radiusd.process.key_file import WrongKey
from radiusd.rules.links import LinkState
from tests.flows.mailing import APPROVED, MAILED, mailing, state_of, yaml
from tests.servers.running import until

OLD, NEW = b"o" * 32, b"n" * 32
PROFILES = MAILED % "" + APPROVED % ""
POLICIES = """policies:
  - {profile: mailed, directory: local, attribute: username, values: [ann], required: true}
  - {profile: approved, directory: local, attribute: username, values: [bob], required: true}
"""


def server(folder, *keys):
    return mailing(folder, yaml(PROFILES, client="hold: 2s", more=POLICIES), keys=keys)


@pytest.fixture
async def begun(tmp_path):
    """Under the old key a code is out, and a manager was asked after whose time the NAS gave up."""
    async with server(tmp_path, OLD) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        await radiusd.user("bob", email="bob@example.com", sponsor_email="boss@example.com")
        challenge = await radiusd.asks("ann")
        code = radiusd.code()
        held = asyncio.create_task(radiusd.asks("bob", timeout=4.0))
        token = await radiusd.token(count=2)
        await held
        return state_of(challenge), code, token


async def test_a_code_and_a_link_of_the_old_key_count_still(tmp_path, begun):
    state, code, token = begun
    async with server(tmp_path, NEW, OLD) as radiusd:
        assert (await radiusd.asks("ann", code, State=state)).code == "Access-Accept"
        assert (await radiusd.asks("ann", code, State=state)).code == "Access-Reject"
        assert (await radiusd.decides(token, approve=True)).state is LinkState.APPROVED
        assert (await radiusd.asks("bob")).code == "Access-Accept"


async def test_what_is_new_is_made_with_the_new_key(tmp_path, begun):
    async with server(tmp_path, NEW, OLD) as radiusd:
        challenge = await radiusd.asks("ann", station="another pc")
        await until(lambda: len(radiusd.sent) == 1)
        state, code = state_of(challenge), radiusd.code()
    async with server(tmp_path, NEW) as radiusd:
        assert (await radiusd.asks("ann", begun[1], State=begun[0])).code == "Access-Reject"
        assert (await radiusd.decides(begun[2], approve=True)).state is LinkState.UNKNOWN
        assert (await radiusd.asks("ann", code, State=state, station="another pc")).code == "Access-Accept"


async def test_without_the_old_key_it_does_not_start(tmp_path, begun):
    with pytest.raises(WrongKey, match="is not the key file of this database"):
        async with server(tmp_path, NEW):
            pass
    async with server(tmp_path, OLD) as radiusd:
        assert (await radiusd.asks("ann", begun[1], State=begun[0])).code == "Access-Accept"
