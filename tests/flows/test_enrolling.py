"""Enrolling at the NAS's prompt: who lacks an address or number types it, and then the code that went there (S151 to S162)."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from radiusd.administration import needs
from radiusd.administration.explanation import Explaining
from radiusd.handlers import enrolling
from radiusd.process.building import application_of, behaviour_of, dictionary_of
from radiusd.process.tools import tools_of
from store import enrollments
from store.enrolled import New
from tests.flows.inviting import Page, invited
from tests.flows.mailing import BY_SMS, MAILED, mailing, yaml
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.proxy import radclient
from tests.servers.running import until

__all__ = ["postgres_server"]

PASSWORD = "enrollment: {first: password%s}\n"


def by_sms(first="", client="hold: 20s"):
    return yaml(BY_SMS % "", client=client, more=first)


async def rows(office):
    return [
        (row.kind, row.value, row.status, row.created_by) for row in await office.server.store.read(enrollments.listed)
    ]


@pytest.mark.row("S151", "S154", "S161", "S162")
async def test_a_number_is_enrolled_by_whoever_knows_the_password(tmp_path):
    """`first: password`: the number, its code, and they are in; the next time it is a code like any other."""
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann", email="ann@example.com")
        asked = await office.asks()
        assert asked["Reply-Message"] == (
            "You have no mobile number for codes yet. Type yours, with its country code (+90...)."
        )
        assert asked["Prompt"] == "Echo"
        assert office.sent == []
        code = await office.answers(asked, "0555 000 00 01")
        assert code["Reply-Message"] == (
            "Type the code sent to +90********01. No code yet? Press Enter, or type resend."
        )
        assert office.sent[-1].recipient == "+905550000001"
        accepted = await office.answers(code, office.code())
        assert accepted.code == "Access-Accept"
        assert await rows(office) == [("mobile", "+905550000001", "active", "user, at a sign-in")]
        await until(lambda: office.sent[-1].recipient == "ann@example.com")
        assert "+90********01" in office.sent[-1].text
        told = {row.outcome: row for row in await office.audit()}
        assert "+90********01 enrolled" in told["accept"].detail
        assert told["enrolled"].reason == "+90********01 enrolled at a sign-in through nas from pc"
        await until(lambda: office.server._memories.enrolled.addresses._rows)
        again = await office.asks(station="other")
        assert again["Reply-Message"].startswith("Code sent to +90********01")
        told = " ".join(reply["Reply-Message"] for reply in (asked, code, again))
        assert not re.search(r"https?://|\b[0-9]{6}\b", told)


async def test_what_is_on_record_proves_it_first(tmp_path):
    """`first: directory`, the default: a code to the entry's own mail; then the number; then its code."""
    async with mailing(tmp_path, by_sms()) as office:
        await office.user("ann", email="ann@example.com", language="tr")
        first = await office.asks()
        assert first["Reply-Message"].startswith("Kodlarınız için yeni bir kayıt eklenecek.")
        assert (office.sent[-1].recipient, "a***n@example.com" in first["Reply-Message"]) == ("ann@example.com", True)
        right = office.code()
        wrong = await office.answers(first, "000000" if right != "000000" else "111111")
        assert wrong["Reply-Message"].startswith("Kod yanlış.")
        asked = await office.answers(wrong, right)
        assert asked["Reply-Message"].startswith("Kodlar için kayıtlı cep telefonunuz yok.")
        code = await office.answers(asked, "+905550000001")
        assert (await office.answers(code, office.code())).code == "Access-Accept"
        assert [row[1] for row in await rows(office)] == ["+905550000001"]


async def test_a_mail_address_is_enrolled_alike(tmp_path):
    more = "enrollment: {automatic: [], first: password}\n"
    async with mailing(tmp_path, yaml(MAILED % "", more=more)) as office:
        await office.user("ann", email="ann@example.com")
        asked = await office.asks()
        assert asked["Reply-Message"].startswith("You have no mail address for codes yet.")
        code = await office.answers(asked, "ann@home.example")
        assert (await office.answers(code, office.code())).code == "Access-Accept"
        assert [row[:2] for row in await rows(office)] == [("mail", "ann@home.example")]


@pytest.mark.parametrize(
    ("more", "groups", "may"),
    [
        (", allowed: [{directory: local, attribute: group_name, values: [staff]}]", ("staff",), True),
        (", allowed: [{directory: local, attribute: group_name, values: [staff]}]", (), False),
        (", self_service: false", ("staff",), False),
    ],
)
@pytest.mark.row("S151", "S153")
async def test_who_may_enroll_is_said_by_rules(tmp_path, more, groups, may):
    async with mailing(tmp_path, by_sms(PASSWORD % more)) as office:
        await office.user("ann", groups=groups)
        reply = await office.asks()
        if may:
            assert reply.code == "Access-Challenge"
        else:
            assert (reply.code, reply["Reply-Message"][:14]) == ("Access-Reject", "Access denied.")
            assert (await office.last()).reason == "the user has no mobile number"


@pytest.mark.row("S152")
async def test_one_whom_no_rule_lets_is_let_by_an_invitation(tmp_path):
    more = ", allowed: [{directory: local, attribute: group_name, values: [staff]}]"
    text = by_sms(PASSWORD % more).replace("web: []", "web: [127.0.0.1:0]")
    async with mailing(tmp_path, text) as office:
        await office.user("ann", email="ann@example.com")
        assert (await office.asks()).code == "Access-Reject"
        path, _made = await invited(office, kinds=("mobile",))
        async with Page(office, path) as page:
            await page.types("+905550000001")
            assert await page.types(office.code()) == "Added"
        await until(lambda: office.server._memories.enrolled.addresses._rows)
        assert (await office.asks(station="other")).code == "Access-Challenge"


async def test_where_an_invitation_is_needed_the_user_is_told_what_to_do(tmp_path):
    async with mailing(tmp_path, by_sms("enrollment: {first: invitation}\n")) as office:
        await office.user("ann", email="ann@example.com")
        refused = await office.asks()
        assert refused.code == "Access-Reject"
        assert refused["Reply-Message"].startswith(
            "You have nothing that codes could be sent to. Ask your help desk for an inv"
        )
        assert (await office.asks(password="wrong"))["Reply-Message"].startswith("Access denied.")


@pytest.mark.parametrize("challenge", ["false", "1"])
async def test_a_nas_that_shows_too_little_enrolls_nobody(tmp_path, challenge):
    async with mailing(tmp_path, by_sms(PASSWORD % "", client=f"hold: 20s, challenge: {challenge}")) as office:
        await office.user("ann")
        refused = await office.asks()
        assert refused.code == "Access-Reject"
        assert refused["Reply-Message"].startswith(
            "You have nothing that codes could be sent to. Ask your help desk to add"
        )
        assert office.sent == []


async def test_who_has_nothing_that_proves_them_is_refused_as_ever(tmp_path):
    async with mailing(tmp_path, by_sms()) as office:
        await office.user("ann")
        refused = await office.asks()
        assert refused["Reply-Message"].startswith("Access denied.")
        assert (await office.last()).reason == "the user has no mobile number"


async def test_what_can_not_be_enrolled_is_asked_for_again_and_not_for_ever(tmp_path):
    async with mailing(tmp_path, by_sms(PASSWORD % ", countries: [TR]")) as office:
        await office.user("ann")
        reply = await office.asks()
        for typed in ("hello", "+4915123456789", "ann@example.com", "+90555"):
            reply = await office.answers(reply, typed)
            assert reply["Reply-Message"].startswith("No SMS can be sent there."), typed
        assert (await office.answers(reply, "12")).code == "Access-Reject"
        assert office.sent == []
        assert await rows(office) == []


async def test_wrong_codes_end_it_and_count(tmp_path):
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann")
        reply = await office.answers(await office.asks(), "+905550000001")
        right = office.code()
        for number in range(3):
            wrong = f"{(int(right) + number + 1) % 1000000:06}"
            reply = await office.answers(reply, wrong)
        assert reply.code == "Access-Reject"
        assert (await office.last()).reason == "code wrong, 3 times"
        assert await rows(office) == []
        assert (await office.answers(await office.asks(), "+905550000001")).code == "Access-Challenge"


async def test_no_more_codes_to_new_numbers_than_an_hour_allows(tmp_path, monkeypatch):
    """Whoever has the password makes no more messages go out than `sends_per_hour` says, to whatever numbers."""
    monkeypatch.setattr(enrolling, "RESEND_SECONDS", 0.0)
    limited = yaml(BY_SMS % ", sends_per_hour: 3", more=PASSWORD % "")
    async with mailing(tmp_path, limited) as office:
        await office.user("ann")
        for number in range(5):
            reply = await office.answers(
                await office.asks(station=f"pc{number}"), f"+90555000000{number}", station=f"pc{number}"
            )
        assert reply.code == "Access-Reject"
        assert len(office.sent) == 2  # a third is kept for stations that the user has signed in from


async def test_a_fresh_code_is_sent_and_the_one_before_it_is_void(tmp_path, monkeypatch):
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann")
        reply = await office.answers(await office.asks(), "+905550000001")
        early = await office.answers(reply, "resend")
        assert early["Reply-Message"].startswith("A fresh code can be sent in ")
        monkeypatch.setattr(enrolling, "RESEND_SECONDS", 0.0)
        fresh = await office.answers(early, "resend")
        first, second = office.code(0), office.code(1)
        if first != second:
            fresh = await office.answers(fresh, first)
            assert fresh["Reply-Message"].startswith("Wrong code.")
        assert (await office.answers(fresh, second)).code == "Access-Accept"


async def test_an_administrator_who_adds_it_meanwhile_ends_the_step(tmp_path):
    """The way in is another one by then: nobody gets in by what was begun (D18)."""
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann")
        reply = await office.answers(await office.asks(), "+905550000001")
        ann = await office.server.directories["local"].find("ann", 1e9)
        new = New("local", ann.unique_id, "ann", "mobile", "+905550000002")
        await office.server.store.write(lambda c: enrollments.add(c, new, 1.0))
        await until(lambda: office.server._memories.enrolled.addresses._rows)
        assert (await office.answers(reply, office.code())).code == "Access-Reject"
        assert [row[1] for row in await rows(office)] == ["+905550000002"]


async def test_begun_at_one_node_and_ended_at_the_other(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, by_sms(PASSWORD % "")) as (a, b):
        await a.user("ann")
        code = await b.answers(await a.asks(), "+905550000001")
        replies = await asyncio.gather(a.answers(code, b.code()), b.answers(code, b.code()))
        assert sorted(reply.code for reply in replies) == ["Access-Accept", "Access-Reject"]
        assert [row[:3] for row in await rows(a)] == [("mobile", "+905550000001", "active")]
        for node in (a, b):
            await until(lambda node=node: node.server._memories.enrolled.addresses._rows)
        assert (await b.asks(station="other"))["Reply-Message"].startswith("Code sent to +90********01")


async def test_on_the_wire_with_radclient(tmp_path):
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann")
        secret, port = "correct horse battery", office.radiusd.port
        ann = {"User_Name": "ann", "Calling_Station_Id": "pc"}
        asked = await radclient(port, secret, {**ann, "User_Password": "tulip"})
        code = await radclient(port, secret, {**ann, "User_Password": "+905550000001", "State": asked["State"]})
        assert code["Reply-Message"].startswith("Type the code sent to +90********01.")
        accept = await radclient(port, secret, {**ann, "User_Password": office.code(), "State": code["State"]})
        assert accept.code == "Access-Accept"


async def test_what_would_happen_is_told_before(tmp_path):
    """`radiusd explain --user`, and `radiusd enrollment missing`."""
    async with mailing(tmp_path, by_sms(PASSWORD % "")) as office:
        await office.user("ann")
        server = office.server
        tools = tools_of(server._settings, server.store, server.directories, [b"k" * 32], server._memories.enrolled)
        application = application_of(server._settings, "vpn", tools, dictionary_of(server._settings))
        told = await Explaining(
            store=server.store, application=application, behaviour=behaviour_of(server._settings.clients["nas"]),
            identities=server._identities, standing=server._standing, client="nas", station="pc", now=time.time(),
            deadline=asyncio.get_running_loop().time() + 5,
        ).foresee("ann")  # fmt: skip
        assert (told.outcome, told.profile) == ("challenge", "by-sms")
        assert (
            "by-sms by enrolling: You have no mobile number for codes yet. Type yours, with its country code (+90...)."
            in told.steps
        )
        ann = await server.directories["local"].find("ann", 1e9)
        [need] = needs.of([application], ann)
        assert (need.enrolls, need.refused) == (True, False)
        assert need.told() == "is asked at the prompt of vpn, for by-sms: the user has no mobile number"
        assert await rows(office) == []
