"""200 sign-ins with a mailed code through ocserv, which cuts a State at its first zero octet: none is lost (D27)."""

from __future__ import annotations

import pytest

from tests.flows.test_ocserv import everybody_signs_in, gateway

pytestmark = pytest.mark.proof

SIGN_INS = 200


async def test_no_sign_in_is_lost(tmp_path):
    async with gateway(tmp_path, "by-mail") as (at, vpn, home):
        await everybody_signs_in(at, vpn, home, SIGN_INS)
