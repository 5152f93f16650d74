"""Signing in to the pages, and who may do what there: what a browser sends, what it is shown, what the audit has."""

from __future__ import annotations

import asyncio

import pytest

from config import reading
from radiusd.process.kinds import kinds
from tests.flows.administering import blocked, pages, sessions, signed_in
from tests.flows.mailing import APPROVED, BY_SMS, MAILED
from tests.flows.totp import APP, Totp

LINK = "  link: {method: mail_auth, directories: [local], mail_servers: [out], methods: [password]}\n"


@pytest.mark.row("S258", "S259", "S260", "S271", "S272")
async def test_from_the_password_to_a_block_that_is_removed(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators", first_name="Ann", last_name="Example")
        block = await blocked(radiusd, station="203.0.113.9")
        assert await browser.opens("/admin") == "Sign in"
        assert await browser.begins("ann") == "One more step"
        assert "Code sent to a***n@example.com" in browser.text
        assert await browser.types(radiusd.code()) == "Blocked users"
        for shown in ("Ann Example", "Administrator", "bob", "203.0.113.9", "29 minutes", "by <bdi>root</bdi>"):
            assert shown in browser.text
        assert await browser.opens(f"/admin/blocks/{block.id}/remove") == "Remove the block of bob?"
        assert await browser.sends(f"/admin/blocks/{block.id}/remove", token=browser.token) == "Blocked users"
        assert "Nobody is blocked." in browser.text
        last = await radiusd.last()
        assert (last.user_name, last.reason) == ("bob", "block removed by ann")
        assert "on the pages" in last.detail
        assert (await radiusd.asks("bob", station="203.0.113.9")).code == "Access-Challenge"  # S272
        assert await browser.sends(f"/admin/blocks/{block.id}/remove", token=browser.token) == "This block is over"


async def test_what_the_audit_has_of_a_sign_in_and_a_sign_out(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        await signed_in(radiusd, browser, "ann")
        assert await browser.sends("/sign-out", token=browser.token) == "Sign in"
        told = [(row.client, row.step, row.reason or row.outcome) for row in await radiusd.audit()]
        assert told[-2:] == [
            ("", "admin", "signed in to the pages as administrator by ann"), ("", "admin", "page session ended by ann"),
        ]  # fmt: skip
        assert [(client, step) for client, step, _ in told[:2]] == [("pages", "begin"), ("pages", "answer")]
        assert await browser.opens("/admin/blocks") == "Sign in"


async def test_by_a_code_of_an_app(tmp_path):
    async with pages(tmp_path, APP % "") as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        phone = await Totp(radiusd.radiusd).phone()
        await browser.begins("ann")
        assert await browser.types(phone.wrong) in {"One more step", "Sign in"}
        if browser.path == "/sign-in" and "One more step" not in browser.text:
            await browser.begins("ann")
        assert await browser.types(phone.shows()) == "Blocked users"


async def test_by_an_approval_that_is_waited_for(tmp_path):
    async with pages(tmp_path, APPROVED % "") as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "help desk", sponsor_email="boss@example.com")
        assert await browser.begins("ann") == "Waiting for a decision"
        assert browser.headers["refresh"] == "1; url=sign-in?wait"  # the browser asks anew by itself
        waiting = asyncio.create_task(browser.opens("/sign-in?wait"))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert await waiting == "Blocked users"
        assert "Help desk" in browser.text


async def test_an_approval_that_is_refused_and_one_that_is_not_waited_for(tmp_path):
    async with pages(tmp_path, APPROVED % "") as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "help desk", sponsor_email="boss@example.com")
        await browser.begins("ann")
        await radiusd.decides(await radiusd.token(), approve=False)
        await radiusd.tells("decision: reject")
        assert await browser.opens("/sign-in") == "Sign in"
        assert (browser.status, "Ref " in browser.told) == (403, True)
        assert await browser.opens("/sign-in?wait") == "Sign in"
        assert await browser.sends("/sign-in", do="over") == "Sign in"


async def test_who_begins_again_is_waited_for_no_more(tmp_path):
    async with pages(tmp_path, APPROVED % "") as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "help desk", sponsor_email="boss@example.com")
        await browser.begins("ann")
        assert await browser.sends("/sign-in", do="over") == "Sign in"
        await radiusd.tells("hold: reject")


async def test_the_menu(tmp_path):
    async with pages(tmp_path, MAILED % "" + BY_SMS % "") as radiusd, radiusd.browser() as browser:
        path = tmp_path / "radius.yaml"
        path.write_text(path.read_text().replace("vpn: {profiles", "vpn: {choose: ask, profiles"))
        await radiusd.server.reload(reading.read(path, kinds(), demo=True))
        await radiusd.person("ann", "auditors", phone="+905554443322")
        assert await browser.begins("ann") == "One more step"
        assert "1: mailed, 2: by-sms" in browser.text
        await browser.types("2")
        assert "Code sent to +90********22" in browser.text
        assert await browser.types(radiusd.code()) == "Blocked users"


async def test_what_is_typed_is_taken_as_it_is(tmp_path):
    """A password may begin or end with a blank, and have any letters; around a code blanks are nothing."""
    password = f" {'😀' * 60}ç& "
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.user("ann", password, email="ann@example.com", groups=("administrators",))
        assert await browser.begins("ann", password.strip()) == "Sign in"
        assert await browser.begins(" ANN ", password) == "One more step"
        assert await browser.types(f" {radiusd.code()} ") == "Blocked users"


async def test_whoever_is_refused_reads_the_same(tmp_path):
    """ASVS 6.3.8 (S9): a wrong password, an unknown name and a disabled account are one page."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        await radiusd.person("dan", "administrators", enabled=False)
        for name, password in (("ann", "rose"), ("nobody", "tulip"), ("dan", "tulip")):
            assert await browser.begins(name, password) == "Sign in"
            assert (browser.status, browser.told[:-8]) == (403, "Access denied. Ref ")
            assert f'value="{name}"' in browser.text
            assert password not in browser.text
        assert await sessions(radiusd) == []


async def test_who_has_no_role_is_told_so(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("bob", "sales")
        await browser.begins("bob")
        assert await browser.types(radiusd.code()) == "There is nothing for you here"
        assert (browser.status, await sessions(radiusd)) == (403, [])
        assert await browser.opens("/admin/blocks") == "Sign in"


@pytest.mark.parametrize("profiles", ["  plain: {method: password, directories: [local]}\n", LINK])
async def test_a_password_alone_and_a_link_give_no_role(tmp_path, profiles):
    """D19 (S52, S71)."""
    async with pages(tmp_path, profiles) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        heading = await browser.begins("ann")
        if heading == "Waiting for a decision":
            waiting = asyncio.create_task(browser.opens("/sign-in?wait"))
            await radiusd.decides(await radiusd.token(), approve=True)
            heading = await waiting
        assert (heading, browser.status) == ("One proof is not enough here", 403)
        assert await sessions(radiusd) == []
        warnings = [str(each) for each in radiusd.server._settings.warnings]
        assert any("gives nobody a role, and opens no page" in each for each in warnings)


async def test_no_step_can_be_skipped(tmp_path):
    """ASVS 2.3.1 (S29): a code without the password before it is none."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser, radiusd.browser() as other:
        await radiusd.person("ann", "administrators")
        await browser.begins("ann")
        assert await other.types(radiusd.code()) == "Sign in"
        assert "is over" in other.told
        assert (other.status, await sessions(radiusd)) == (410, [])
