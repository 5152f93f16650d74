"""The page behind a link to set another password as people have it: on a phone, in both languages, light and dark."""

from __future__ import annotations

import httpx
import pytest

from tests.pages.test_in_chromium import opened
from tests.pages.test_invitation import chromium, fits, looked, pressed

__all__ = ["chromium", "opened"]

NEW = "gravel-otter-71"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_link_to_the_end(served, opened, scheme):
    """Every state can be read, has nothing serious for axe-core, and fits a phone; nothing typed can be seen."""
    page = opened(width=320, height=640, color_scheme=scheme)
    page.goto(f"{served.url}/p/{served.reset()}")
    looked(page, "Set another password")
    first, again = page.get_by_label("New password"), page.get_by_label("Once more")
    assert first.evaluate("field => document.activeElement === field")
    assert page.get_by_text("It must have at least 8 characters.").is_visible()
    assert [each.get_attribute("type") for each in (first, again)] == ["password", "password"]
    first.fill(NEW)
    again.fill("gravel-otter-72")
    pressed(page, page.get_by_role("button", name="Set it"))
    looked(page, "Set another password")
    assert page.locator(".alert").inner_text() == "The two were not the same."
    assert NEW not in page.content()
    first.fill(NEW)
    again.fill(NEW)
    pressed(page, page.get_by_role("button", name="Set it"))
    looked(page, "Your password was set")
    page.reload()
    looked(page, "Your password was set")


@pytest.mark.parametrize("language", ["en", "tr"])
def test_nothing_runs_out_of_a_small_window(served, opened, language):
    page = opened(width=320, height=568)
    for link in (served.reset(), served.reset(until=served.now)):
        page.goto(f"{served.url}/p/{link}?language={language}")
        fits(page)
    page.goto(f"{served.url}/p/{served.reset()}?language={language}")
    page.locator("#first").fill("x")
    page.locator("#again").fill("x")
    pressed(page, page.locator("form .approve"))
    fits(page)


def test_links_that_lead_nowhere(served, opened):
    page = opened()
    page.goto(f"{served.url}/p/{'A' * 33}")
    looked(page, "This link leads nowhere")
    page.goto(f"{served.url}/p/{served.reset(until=served.now)}")
    looked(page, "This link is over")


def test_a_form_that_no_browser_sends_sets_nothing(served):
    """Of octets that are no text nobody knows which password they would be."""
    link = served.reset()
    for typed in ("gravel%ED%A0%80otter-71", "gravel%00otter-71", "gravel%E2%80%AEotter-71", "%FF" * 20):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        content = f"first={typed}&again={typed}"
        page = httpx.post(f"{served.url}/p/{link}", content=content, headers=headers, follow_redirects=True).text
        assert "Set another password" in page
    assert "Set another password" in httpx.get(f"{served.url}/p/{link}").text
