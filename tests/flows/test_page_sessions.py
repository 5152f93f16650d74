"""Who is signed in to the pages: what they may do, for how long, and what of it a browser keeps."""

from __future__ import annotations

import re
import time

import httpx
from sqlalchemy import update

from config import reading
from radiusd.administration import blocks, page_sessions
from radiusd.process.kinds import kinds
from store.page_tables import PAGE_SESSIONS
from tests.flows.administering import OURS, ROLES, ROOT, Pages, blocked, pages, sessions, signed_in
from tests.flows.mailing import MAILED, yaml
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.running import hashed

__all__ = ["postgres_server"]


async def test_an_auditor_reads_and_changes_nothing(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("eve", "auditors")
        block = await blocked(radiusd)
        await signed_in(radiusd, browser, "eve")
        assert ("bob" in browser.text, "Remove block" in browser.text) == (True, False)
        path = f"/admin/blocks/{block.id}/remove"
        assert await browser.opens(path) == "Your role does not allow this"
        assert await browser.sends(path, token=browser.token) == "Your role does not allow this"
        assert browser.status == 403
        await browser.opens("/admin/blocks")
        assert "bob" in browser.text


FORGED = (
    ({"Sec-Fetch-Site": "cross-site"}, {}),
    ({"Sec-Fetch-Site": "same-site"}, {}),
    ({"Origin": "https://evil.example"}, {}),
    (OURS, {"token": ""}),
    (OURS, {"token": "0" * 32}),
    (OURS, {"token": "ü"}),
)


async def test_a_form_of_another_page_does_nothing(tmp_path):
    """ASVS 3.5.1 (S13): SameSite, where the form came from, and a token of the session."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        block = await blocked(radiusd)
        await signed_in(radiusd, browser, "ann")
        genuine = browser.token
        for path in (f"/admin/blocks/{block.id}/remove", "/sign-out"):
            for headers, form in FORGED:
                told = await browser.sends(path, headers, **{"token": genuine, **form})
                assert (told, browser.status) == ("This did not come from our page", 403)
        await browser.opens("/admin/blocks")
        assert "bob" in browser.text


async def test_nobody_is_signed_in_by_a_form_of_another_page(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        told = await browser.sends("/sign-in", {"Sec-Fetch-Site": "cross-site"}, name="ann", password="tulip")
        assert (told, radiusd.sent) == ("This did not come from our page", [])


async def test_who_may_not_be_here_any_more_is_out_at_once(tmp_path):
    """ASVS 7.4.2, 7.4.3."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:

        async def block(name):
            entry = await radiusd.server.directories["local"].find(name, 1e9)
            person = (entry.directory, entry.unique_id)
            await radiusd.server.store.write(lambda c: blocks.add(c, ROOT, person, name, time.time(), seconds=60.0))

        async def end(name):
            (session,) = [each for each in await sessions(radiusd) if each.user_name == name]
            await radiusd.server.store.write(lambda c: page_sessions.end(c, ROOT, session.id, time.time()))

        ways = {
            "ann": lambda name: radiusd.change(name, enabled=False),
            "bea": lambda name: radiusd.change(name, expires_at=time.time() - 1),
            "cem": lambda name: radiusd.change(name, groups=("sales",)),
            "dan": lambda name: radiusd.change(name, password_hash=hashed("rose")),
            "eda": block,
            "fay": end,
        }
        for name, way in ways.items():
            await radiusd.person(name, "administrators")
            await signed_in(radiusd, browser, name)
            await way(name)
            assert await browser.opens("/admin/blocks") == "Sign in", name


async def test_who_signs_in_anew_leaves_no_session_behind(tmp_path):
    """ASVS 7.2.4."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        for name in ("ann", "bea"):
            await radiusd.person(name, "administrators")
            await signed_in(radiusd, browser, name)
        assert [each.user_name for each in await sessions(radiusd)] == ["bea"]


async def test_a_session_ends_when_nothing_is_asked_and_after_twelve_hours(tmp_path):
    """ASVS 7.3.1, 7.3.2."""
    async with pages(tmp_path, more="") as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        await signed_in(radiusd, browser, "ann")
        (session,) = await sessions(radiusd)
        assert session.until - session.begun_at == 12 * 3600

        async def aged(**values):
            await radiusd.server.store.write(lambda c: c.execute(update(PAGE_SESSIONS).values(**values)))

        await aged(seen_at=time.time() - 1700)
        assert await browser.opens("/admin/blocks") == "Blocked users"
        (session,) = await sessions(radiusd)
        assert session.seen_at > time.time() - 60
        await aged(seen_at=time.time() - 1801)
        assert await browser.opens("/admin/blocks") == "Sign in"
        await signed_in(radiusd, browser, "ann")
        await aged(until=time.time() - 1)
        assert await browser.opens("/admin/blocks") == "Sign in"


async def test_what_a_browser_and_the_database_keep(tmp_path):
    """ASVS 3.3, 7.2 (S12, S13): the cookie is random and the script's not; the database has its keyed digest."""
    async with pages(tmp_path, more="trusted_proxies: [127.0.0.1]\n") as radiusd:
        await radiusd.person("ann", "administrators")
        for proto, name, secure in (("http", "radiusd-session", False), ("https", "__Host-radiusd-session", True)):
            async with radiusd.browser(**{"x-forwarded-proto": proto, "x-forwarded-for": "2001:db8::7"}) as browser:
                answer = await browser.web.post("/sign-in", data={"name": "ann", "password": "tulip"}, headers=OURS)
                under_way = answer.headers["set-cookie"]
                cookie = under_way.partition(";")[0]
                answer = await browser.web.post(
                    "/sign-in", data={"typed": radiusd.code()}, headers={**OURS, "cookie": cookie}
                )
                told = next(each for each in answer.headers.get_list("set-cookie") if "session" in each)
                for each in (under_way, told):
                    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(each.split("; "))
                    assert ("Secure" in each) == secure
                    assert ("Max-Age" in each, "expires" in each.lower()) == (False, False)
                assert told.startswith(f"{name}=")
                value = told.partition(";")[0].partition("=")[2]
                assert len(value) >= 43
                session = (await sessions(radiusd))[-1]
                assert value not in repr(session) + session.digest + session.id
                assert session.source == "2001:db8::/64"
                page = await browser.web.get("/admin/blocks", headers={"cookie": f"{name}={value}"})
                assert value not in page.text
                assert page.headers["cache-control"] == "no-store"
                assert page.headers["referrer-policy"] == "no-referrer"
                assert "unsafe" not in page.headers["content-security-policy"]
                assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert len({each.digest for each in await sessions(radiusd)}) == 2


async def test_nothing_leads_anywhere_else(tmp_path):
    """ASVS 3.7.2: no address that was handed over is followed, nor the Host header."""
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        for path in ("/admin/blocks", "/sign-in?next=https://evil.example", "//evil.example/admin"):
            answer = await browser.web.get(path, headers={"host": "evil.example"})
            assert "evil" not in answer.headers.get("location", "") + answer.text


async def test_a_list_is_searched_and_read_page_by_page(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        await radiusd.person("ann", "administrators")
        await blocked(radiusd, "carol", None)

        def many(connection):
            for number in range(120):
                blocks.add(connection, ROOT, ("corp", str(number)), f"user{number:03}", time.time(), seconds=60.0)

        await radiusd.server.store.write(many)
        await signed_in(radiusd, browser, "ann")
        seen, path = [], "/admin/blocks"
        while path:
            await browser.opens(path)
            seen += re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', browser.text)
            further = re.search(r'href="\.\./([^"]*)" rel="next"', browser.text)
            path = "/" + further[1].replace("&amp;", "&") if further else ""
        assert seen == ["carol", *(f"user{number:03}" for number in range(120))]
        await browser.opens("/admin/blocks?name=USER11")
        assert re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', browser.text) == [f"user11{each}" for each in range(10)]
        await browser.opens("/admin/blocks?name=%25")
        assert "Nobody with that name is blocked." in browser.text
        await browser.opens("/admin/blocks?after=x&name=%3Cb%3E")
        assert "<b>" not in browser.text
        for wrong in ("0", "x", "9" * 30, "%2e%2e"):
            await browser.opens(f"/admin/blocks/{wrong}/remove")
            assert browser.status == 404


async def test_the_pages_can_listen_apart(tmp_path):
    """`listen.internal`: what stands on the internet has no page of administrators."""
    async with pages(tmp_path, web="web: [127.0.0.1:0], internal: [127.0.0.1:0]") as radiusd:
        answers = []
        for port in radiusd.server.web_ports:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as web:
                answers.append([(await web.get(path)).status_code for path in ("/sign-in", "/admin", "/a/x", "/")])
        assert answers == [[404, 404, 404, 200], [200, 303, 404, 404]]


async def test_without_an_application_there_is_no_page(tmp_path):
    async with pages(tmp_path) as radiusd, radiusd.browser() as browser:
        path = tmp_path / "radius.yaml"
        path.write_text(path.read_text().replace("  application: vpn\n", ""))
        await radiusd.server.reload(reading.read(path, kinds(), demo=True))
        for method, asked in (
            ("GET", "/sign-in"),
            ("GET", "/admin/blocks"),
            ("POST", "/sign-out"),
            ("POST", "/sign-in"),
        ):
            assert (await browser.web.request(method, asked, headers=OURS)).status_code == 404


async def test_sessions_and_sign_ins_go_on_at_another_node(tmp_path, postgres_server):
    """On PostgreSQL: what is asked at one is answered at the other, and one cookie is good at both."""
    text = yaml(MAILED % "", more=ROLES).replace("web: []", "web: [127.0.0.1:0]")
    async with nodes(tmp_path, postgres_server, text) as (a, b):
        first, second = Pages(a.radiusd), Pages(b.radiusd)
        async with first.browser() as browser, second.browser() as other:
            await first.person("ann", "administrators")
            await browser.begins("ann")
            other.web.cookies = browser.web.cookies
            assert await other.types(first.code()) == "Blocked users"
            browser.web.cookies = other.web.cookies
            assert await browser.opens("/admin/blocks") == "Blocked users"
            assert await browser.sends("/sign-out", token=browser.token) == "Sign in"
            assert await sessions(first) == []
