"""A link by mail, in an address that was removed or disabled before somebody pressed its button."""

from __future__ import annotations

import pytest

from store import enrollments
from tests.flows.linked import linked
from tests.flows.test_enrolled import changed, enrolled
from tests.flows.test_links import CONFIRMED
from tests.servers.running import until


def is_used(at, made):
    rows = at.radiusd.server._memories.enrolled.addresses._rows.values()
    return any(row.id == made.id and row.last_used_at for of_user in rows for row in of_user)


@pytest.mark.row("S170", "S171")
@pytest.mark.parametrize("change", [enrollments.remove, enrollments.disable])
async def test_the_link_in_an_address_that_is_theirs_no_more_lets_nobody_in(tmp_path, change):
    async with linked(tmp_path) as at:
        made = await enrolled(at.radiusd, "stolen@example.com", "mail")
        await at.radiusd.server.store.write(lambda c: enrollments.use(c, made.id, 1.0, "pc", "gate"))
        await until(lambda: is_used(at, made))
        asked = at.begins()
        link = await at.link("stolen@example.com")
        await changed(at.radiusd, change, made.id)
        await at.browser.presses(link, "approve")
        refused = await asked
        assert refused.code == "Access-Reject"
        assert await at.why(refused) == "s***n@example.com can be used no more"
        again = at.begins(station="203.0.113.10")
        assert await at.presses() in CONFIRMED
        assert (await again).code == "Access-Accept"
