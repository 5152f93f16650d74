"""An invitation: its link goes to what is on record, and the page behind it takes an address or number and its code."""

from __future__ import annotations

import time

import pytest

from radiusd.administration import invitations as inviting_rules
from radiusd.administration.faults import Missing
from radiusd.enrollment import address_step
from store import enrollments, invitations
from store.enrolled import New
from tests.flows.inviting import Page, invited
from tests.flows.mailing import BY_SMS, MAILED, mailing, yaml
from tests.servers.running import until

WEB = yaml(MAILED % "" + BY_SMS % "").replace("web: []", "web: [127.0.0.1:0]")


async def rows(office):
    return [(row.kind, row.value, row.status) for row in await office.server.store.read(enrollments.listed)]


@pytest.mark.row("S155", "S158", "S161", "S162", "S163")
async def test_a_number_is_added_by_a_code_that_was_sent_to_it(tmp_path):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com")
        path, made = await invited(office)
        assert made.message.content.recipient == "ann@example.com"
        async with Page(office, path) as page:
            assert page.says == "ann, what do you want to add?"
            assert await page.sends(kind="mobile") == "Which mobile number?"
            assert await page.types("0555 000 00 01") == "Type the code"
            assert "It was sent to +90********01 by SMS." in page.text
            assert (office.sent[-1].recipient, office.sent[-1].subject) == ("+905550000001", "")
            assert await rows(office) == [("mobile", "+905550000001", "pending")]
            assert await page.types(office.code()) == "Added"
            assert await page.opens() == "Added"
        assert await rows(office) == [("mobile", "+905550000001", "active")]
        told = (await office.last()).reason
        assert told.startswith("+90********01 enrolled by the link that desk sent to a***n@example.com, from 127.0.0.1")
        await until(lambda: len(office.sent) == 2)
        notice = office.sent[-1]
        assert notice.recipient == "ann@example.com"
        assert "+90********01" in notice.text
        assert "tell your help desk at once" in notice.text
        challenge = await office.asks()
        assert challenge.code == "Access-Challenge"


@pytest.mark.parametrize("value", ["+905550000001", "axxn@example.com"])
async def test_who_has_one_that_looks_alike_when_partly_hidden_is_told_as_well(tmp_path, value):
    """Anybody finds a number that ends as the user's does."""
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="adan@example.com", phone="+905559999901")
        path, _made = await invited(office, kinds=("mail" if "@" in value else "mobile",))
        async with Page(office, path) as page:
            await page.types(value)
            assert await page.types(office.code()) == "Added"
        await until(lambda: len(office.sent) == 3)
        assert {message.recipient for message in office.sent[1:]} == {"adan@example.com", "+905559999901"}


async def test_the_link_counts_once_and_for_one_user(tmp_path):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com")
        path, _made = await invited(office, kinds=("mail",))
        async with Page(office, path) as page:
            await page.types("new@example.com")
            await page.types(office.code())
            assert await page.types("other@example.com") == "Added"
        assert await rows(office) == [("mail", "new@example.com", "active")]
        stored = await office.server.store.read(lambda c: c.exec_driver_sql("SELECT * FROM invitations").all())
        assert path.removeprefix("/e/") not in str(stored)


async def test_opening_it_changes_nothing(tmp_path):
    """D12: mail scanners open links."""
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com")
        path, made = await invited(office)
        async with Page(office, path) as page:
            for _ in range(3):
                await page.opens()
            await page.client.head(path)
            before = await office.server.store.read(lambda c: invitations.find(c, [made.invitation.digest]))
            assert before == made.invitation
            assert page.headers["content-security-policy"] == (
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
            assert page.headers["referrer-policy"] == "no-referrer"
            assert "<script" not in page.text
            foreign = await page.client.post(path, data={"kind": "mail"}, headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403
            assert await office.server.store.read(lambda c: invitations.find(c, [made.invitation.digest])) == before


async def test_what_can_not_be_added(tmp_path):
    async with mailing(tmp_path, WEB + "enrollment: {per_user: 1}\n") as office:
        await office.user("ann", email="ann@example.com")
        path, _made = await invited(office)
        async with Page(office, path) as page:
            await page.sends(kind="mobile")
            await page.types("+4915123456789")
            assert (page.says, page.told[:21]) == ("Which mobile number?", "No SMS can be sent th")
            await page.types("nobody@example.com")
            assert page.told.startswith("No SMS can be sent there")
            await page.sends(kind="mail")
            await page.types("nobody@")
            assert page.told.startswith("Nothing can be sent there")
            assert office.sent == []
            ann = await office.server.directories["local"].find("ann", 1e9)
            new = New("local", ann.unique_id, "ann", "mail", "one@example.com")
            made = await office.server.store.write(lambda c: enrollments.add(c, new, time.time()))
            await page.types("one@example.com")
            assert page.told == "You have added this one already."
            await page.types("two@example.com")
            assert page.told.startswith("You have as many as you may have")
            await office.server.store.write(lambda c: enrollments.disable(c, made.id))
            await page.types("one@example.com")
            assert page.told.startswith("This one was disabled")
            assert office.sent == []


async def test_wrong_codes_are_limited_and_another_code_is_sent(tmp_path, monkeypatch):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com")
        path, _made = await invited(office, kinds=("mail",))
        async with Page(office, path) as page:
            await page.types("new@example.com")
            right = office.code()
            wrong = "000000" if right != "000000" else "111111"
            tolds = []
            for _ in range(3):
                await page.types(wrong)
                tolds.append(page.told)
            assert tolds[0] == tolds[1] == "That was not the code."
            assert tolds[2].startswith("That was not the code, and it counts no more")
            await page.types(right)
            assert page.told.startswith("The code counts no more")
            await page.sends(do="again")
            assert page.told.startswith("A code was sent just now")
            monkeypatch.setattr(address_step, "RESEND_SECONDS", 0.0)
            await page.sends(do="again")
            assert (page.told, len(office.sent)) == ("", 2)
            await page.types(right)
            assert page.told == "That was not the code."
            assert await page.types(office.code()) == "Added"


async def test_codes_to_new_addresses_count_with_those_of_sign_ins(tmp_path):
    """`sends_per_hour` holds for all of them together, in whatever order they come."""
    limited = yaml(MAILED % ", sends_per_hour: 3").replace("web: []", "web: [127.0.0.1:0]")
    async with mailing(tmp_path, limited) as office:
        await office.user("ann", email="ann@example.com")
        assert (await office.asks()).code == "Access-Challenge"
        path, _made = await invited(office, kinds=("mail",))
        async with Page(office, path) as page:
            for name in ("one", "two", "three"):
                await page.types(f"{name}@example.com")
                await page.sends(do="other")
            assert len(office.sent) == 3
            await page.types("four@example.com")
            assert page.told.startswith("Too many codes were sent lately")
        assert (await office.asks(station="other")).code == "Access-Reject"
        assert len(office.sent) == 3


async def test_it_is_over_with_its_time_with_another_one_and_with_the_account(tmp_path):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com")
        first, _made = await invited(office)
        second, _made = await invited(office)
        short, _made = await invited(office, seconds=0.01)
        async with Page(office, first) as page:
            assert (page.says, page.status) == ("This invitation is over", 410)
        async with Page(office, short) as page:
            assert page.says == "This invitation is over"
        third, _made = await invited(office)
        await office.change("ann", enabled=False)
        async with Page(office, third) as page:
            assert page.says == "This invitation is over"
            assert await page.types("new@example.com") == "This invitation is over"
        async with Page(office, "/e/" + "x" * 33) as page:
            assert (page.says, page.status) == ("This link leads nowhere", 404)
        assert second != first


async def test_it_goes_to_what_is_on_record_and_nowhere_else(tmp_path):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com", phone="+905554443322")
        await office.user("bob")
        _path, made = await invited(office, to="+905554443322")
        assert made.message.content.recipient == "+905554443322"
        with pytest.raises(Missing, match="is not on record of ann"):
            await invited(office, to="mallory@example.com")
        with pytest.raises(inviting_rules.NothingOnRecord, match="nothing on record of bob"):
            await invited(office, "bob")


async def test_the_page_speaks_the_users_language(tmp_path):
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com", language="tr", first_name="Ayşe")
        path, made = await invited(office, kinds=("mail",))
        assert "Destek ekibiniz sizi davet ediyor" in made.message.content.text
        async with Page(office, path) as page:
            assert page.says == "Hangi e-posta adresi?"
            await page.types("yeni@example.com")
            assert "yeni adresinizin kodu" in office.sent[-1].subject.lower()
            assert page.says == "Kodu girin"
            await page.opens(params={"language": "en"})
            assert page.says == "Type the code"


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Set up your authenticator app"), ("tr", "Kimlik doğrulama uygulamanızı kurun")]
)
async def test_who_is_invited_to_an_app_reads_of_an_app(tmp_path, language, subject):
    """No code is sent there, so the letter does not say so."""
    async with mailing(tmp_path, WEB) as office:
        await office.user("ann", email="ann@example.com", language=language)
        _path, made = await invited(office, kinds=("authenticator",))
        assert made.message.content.subject == subject
        assert "QR" in made.message.content.text
        _path, made = await invited(office, kinds=("mail", "authenticator"))
        assert made.message.content.subject != subject
