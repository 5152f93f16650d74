"""Signing in with an address or a number that was enrolled beside the directory's."""

from __future__ import annotations

import time

import pytest

from store import enrollments
from store.enrolled import New
from tests.flows.mailing import BY_SMS, MAILED, mailing, state_of, yaml
from tests.servers.running import until


async def enrolled(office, value="+905550000001", kind="mobile"):
    """Enrolls it for ann, and waits until the server knows."""
    ann = await office.server.directories["local"].find("ann", 1e9)
    new = New("local", ann.unique_id, "ann", kind, value, created_by="root")
    made = await office.server.store.write(lambda c: enrollments.add(c, new, time.time()))
    await until(lambda: made in office.server._memories.enrolled.addresses.of(ann))
    return made


async def changed(office, change, number):
    """Does it, and waits until the server knows."""
    after = await office.server.store.write(lambda c: change(c, number))
    left = [] if change is enrollments.remove else [after]
    rows = office.server._memories.enrolled.addresses._rows
    await until(lambda: [row for of_user in rows.values() for row in of_user if row.id == number] == left)


@pytest.mark.row("S154", "S168", "S173")
async def test_who_has_no_number_is_refused_until_one_is_enrolled(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "")) as office:
        await office.user("ann")
        assert (await office.asks()).code == "Access-Reject"
        assert (await office.last()).reason == "the user has no mobile number"
        made = await enrolled(office)
        challenge = await office.asks()
        assert challenge["Reply-Message"].startswith("Code sent to +90********01")
        assert office.sent[-1].recipient == "+905550000001"
        assert (await office.answers(challenge, office.code())).code == "Access-Accept"
        row = await office.server.store.read(lambda c: enrollments.get(c, made.id))
        assert (row.last_used_station, row.last_used_client) == ("pc", "nas")
        assert row.last_used_at == pytest.approx(time.time(), abs=60)


@pytest.mark.row("S171")
async def test_one_that_was_removed_lets_nobody_in_by_the_code_that_went_there(tmp_path):
    """Though the user has another way to the same factor: their directory's own address."""
    async with mailing(tmp_path, yaml(MAILED % "")) as office:
        await office.user("ann")
        made = await enrolled(office, "stolen@example.com", "mail")
        challenge = await office.asks()
        assert office.sent[-1].recipient == "stolen@example.com"
        await office.change("ann", email="ann@example.com")
        await changed(office, enrollments.remove, made.id)
        assert (await office.answers(challenge, office.code())).code == "Access-Reject"
        assert (await office.last()).reason == "s***n@example.com can be used no more"


@pytest.mark.row("S170", "S171")
async def test_a_disabled_one_is_sent_nothing_and_lets_nobody_in(tmp_path):
    async with mailing(tmp_path, yaml(BY_SMS % "")) as office:
        await office.user("ann")
        made = await enrolled(office)
        challenge = await office.asks()
        await changed(office, enrollments.disable, made.id)
        assert (await office.answers(challenge, office.code())).code == "Access-Reject"
        assert (await office.asks(station="other")).code == "Access-Reject"
        assert (await office.last()).reason == "+90********01 is disabled, and there is no other"
        assert len(office.sent) == 1
        await changed(office, enrollments.enable, made.id)
        challenge = await office.asks(station="third")
        assert (await office.answers(challenge, office.code(), station="third")).code == "Access-Accept"
        await changed(office, enrollments.remove, made.id)
        assert (await office.asks(station="fourth")).code == "Access-Reject"


@pytest.mark.row("S176")
async def test_of_several_the_one_used_last_is_sent_to(tmp_path):
    """D14, on a NAS that can show one Challenge: the directory's own first; then whichever let the user in last."""
    async with mailing(tmp_path, yaml(BY_SMS % "", client="challenge: 1")) as office:
        await office.user("ann", phone="+905554443322")
        made = await enrolled(office)
        challenge = await office.asks()
        assert office.sent[-1].recipient == "+905554443322"
        assert (await office.answers(challenge, office.code())).code == "Access-Accept"
        rows = await office.server.store.read(enrollments.listed)
        own = next(row for row in rows if row.automatic)
        assert own.value == "+905554443322"
        await office.server.store.write(lambda c: enrollments.use(c, made.id, time.time() + 1, "pc", "nas"))
        addresses = office.server._memories.enrolled.addresses
        await until(
            lambda: any(row.last_used_at for row in addresses._rows["local", own.unique_id] if row.id == made.id)
        )
        await office.asks(station="other")
        assert office.sent[-1].recipient == "+905550000001"


@pytest.mark.row("S156")
async def test_what_the_directory_has_counts_where_a_rule_says_so(tmp_path):
    rule = "enrollment: {automatic: [{directory: local, attribute: group_name, values: [staff]}]}\n"
    async with mailing(tmp_path, yaml(MAILED % "", more=rule)) as office:
        await office.user("ann", email="ann@example.com", groups=("staff",))
        await office.user("bob", email="bob@example.com")
        assert (await office.asks()).code == "Access-Challenge"
        assert (await office.asks("bob")).code == "Access-Reject"
        assert (await office.last()).reason == "the user has enrolled no mail address"


async def test_users_of_the_directory_alone_leave_no_row(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as office:
        await office.user("ann", email="ann@example.com")
        challenge = await office.asks()
        assert state_of(challenge)
        assert (await office.answers(challenge, office.code())).code == "Access-Accept"
        assert await office.server.store.read(enrollments.listed) == []
