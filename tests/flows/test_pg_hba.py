"""PostgreSQL asks for its users' passwords: one packet, 3 s, no Challenge, no station. What can be had of it all the same."""

from __future__ import annotations

from contextlib import asynccontextmanager

from tests.flows.office import BOSS, SECRET, office, station_of
from tests.servers.pg_hba import IDENTIFIER, pg_hba
from tests.servers.running import until

CLIENT = "hold: 3s, challenge: false"


@asynccontextmanager
async def database(tmp_path, profile):
    async with office(tmp_path, profile, CLIENT) as at:
        with pg_hba(at.radiusd.port, SECRET, "ann") as postgres:
            yield at, postgres


async def test_by_password(tmp_path):
    async with database(tmp_path, "password-only") as (at, postgres):
        ann = await postgres.signs_in("ann", "tulip")
        assert ann.accepted, ann.text
        assert station_of(await at.radiusd.last()) == ("gate", IDENTIFIER, "", "ann")
        wrong = await postgres.signs_in("ann", "rose")
        assert not wrong.accepted
        assert 'RADIUS authentication failed for user "ann"' in wrong.text


async def test_by_code_behind_the_password(tmp_path):
    """The password alone brings the mail, the password with the code lets in, once."""
    async with database(tmp_path, "by-mail") as (at, postgres):
        assert not (await postgres.signs_in("ann", "tulip")).accepted
        code = await at.code()
        assert not (await postgres.signs_in("ann", "tulip" + ("111111" if code != "111111" else "222222"))).accepted
        assert (await postgres.signs_in("ann", "tulip" + code)).accepted
        assert not (await postgres.signs_in("ann", "tulip" + code)).accepted
        assert at.box.count == 1
        assert len(await at.accepts()) == 1


async def test_by_approval_after_it_was_refused(tmp_path):
    """A hold of 3 s ends just before it gives up: the approval lets the next try in, after the password, once (D2)."""
    async with database(tmp_path, "by-boss") as (at, postgres):
        assert not (await postgres.signs_in("ann", "tulip")).accepted
        await at.boss_presses()
        assert not (await postgres.signs_in("ann", "rose")).accepted
        assert (await postgres.signs_in("ann", "tulip")).accepted
        assert not (await postgres.signs_in("ann", "tulip")).accepted
        await until(lambda: len(at.box.of(BOSS)) == 2)
        assert len(await at.accepts()) == 1
