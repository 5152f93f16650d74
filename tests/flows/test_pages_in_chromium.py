"""The pages that people sign in to, in Debian's Chromium: how they look, and what fingers and keys do."""

from __future__ import annotations

from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect

from tests.flows.administering import blocked, pages
from tests.flows.mailing import APPROVED, MAILED
from tests.pages.looking import SERIOUS

FIRST_PAINT = 50 * 1024
SIZES = ((390, 664), (1280, 800))


@asynccontextmanager
async def chromium():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        await browser.close()


async def serious(page):
    found = (await Axe().run(page)).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in SERIOUS]


async def test_without_a_script_and_without_a_mouse(tmp_path):
    async with pages(tmp_path) as radiusd, chromium() as browser:
        await radiusd.person("ann", "administrators")
        await blocked(radiusd)
        context = await browser.new_context(java_script_enabled=False, locale="en-GB")
        page = await context.new_page()
        await page.goto(radiusd.url + "/admin")
        keys = page.keyboard
        await keys.type("ann")  # the field has the focus
        await keys.press("Tab")
        await keys.type("tulip")
        await keys.press("Enter")
        await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        await keys.type(radiusd.code())
        await keys.press("Enter")
        await expect(page.get_by_role("heading", name="Blocked users")).to_be_visible()
        await page.get_by_role("searchbox").focus()
        await keys.type("bob")
        await keys.press("Enter")
        await page.get_by_role("link", name="Remove block").focus()
        await keys.press("Enter")
        await expect(page.get_by_role("heading", name="Remove the block of bob?")).to_be_visible()
        await page.get_by_role("button", name="Yes, remove it").focus()
        await keys.press("Enter")
        await expect(page.get_by_text("Nobody is blocked.")).to_be_visible()
        await page.get_by_role("link", name="Türkçe").click()
        await page.get_by_role("button", name="Oturumu kapat").click()
        await expect(page.get_by_role("heading", name="Oturum aç")).to_be_visible()
        await page.go_back()
        assert await page.get_by_text("bob").count() == 0  # nothing of it was kept


async def test_a_page_that_waits_goes_on_by_itself(tmp_path):
    async with pages(tmp_path, APPROVED % "") as radiusd, chromium() as browser:
        await radiusd.person("ann", "administrators", sponsor_email="boss@example.com")
        context = await browser.new_context(java_script_enabled=False, locale="tr-TR")
        page = await context.new_page()
        await page.goto(radiusd.url + "/sign-in")
        await page.get_by_label("Kullanıcı adı").fill("ann")
        await page.get_by_label("Parola").fill("tulip")
        await page.get_by_role("button", name="Devam et").click()
        await expect(page.get_by_role("heading", name="Karar bekleniyor")).to_be_visible()
        await radiusd.decides(await radiusd.token(), approve=True)
        await expect(page.get_by_role("heading", name="Engellenen kullanıcılar")).to_be_visible(timeout=20_000)


async def test_every_page_in_both_sizes(tmp_path):
    """axe-core finds nothing serious, nothing is wider than the screen, and the first page is light."""
    async with pages(tmp_path, MAILED % "") as radiusd, chromium() as browser:
        await radiusd.person("ann", "administrators")
        await blocked(radiusd, "müberra.gülşah.çiğlikçioğlu-öğütçügiller", station="2001:db8:1234:5678::/64")
        await blocked(radiusd, "bob", None)
        for width, height, scheme, locale in ((*SIZES[0], "light", "tr-TR"), (*SIZES[1], "dark", "en-GB")):
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale
            )
            page = await context.new_page()
            octets = 0

            async def arrived(response):
                nonlocal octets
                octets += len(await response.body()) if response.ok else 0

            async def looked_at(page=page, width=width):
                assert await serious(page) == []
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                for button in await page.locator("button, a.button").all():
                    assert (await button.bounding_box())["height"] >= 44

            page.on("response", arrived)
            await page.goto(radiusd.url + "/sign-in", wait_until="networkidle")
            assert 0 < octets < FIRST_PAINT
            await looked_at()
            for password in ("rose", "tulip"):
                await page.locator("#name").fill("ann")
                await page.locator("#password").fill(password)
                await page.locator("button.go").click()
                await page.wait_for_load_state()
                await looked_at()
            await page.locator("#typed").fill(radiusd.code())
            await page.locator("button.go").click()
            await page.wait_for_load_state()
            await looked_at()
            await page.locator("a.button").first.click()
            await page.wait_for_load_state()
            await looked_at()
            await context.close()
