"""What a page in Chromium is looked at for: what is in sight, and what axe-core finds."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")


def all_in_sight(page: Page) -> None:
    """Whoever decides sees the facts and both buttons without scrolling, and can press them with a thumb."""
    height = page.viewport_size["height"]
    buttons = page.locator("button").all()
    assert len(buttons) == 2
    for button in buttons:
        box = button.bounding_box()
        assert box["y"] + box["height"] <= height
        assert box["height"] >= 44
        assert box["width"] >= 100
    top = buttons[0].bounding_box()["y"]
    facts = page.locator("dl").first.bounding_box()
    assert facts["y"] + facts["height"] <= top
    assert page.locator("h1").bounding_box()["y"] >= 0
    assert page.evaluate("scrollY") == 0


def serious(page: Page) -> list[str]:
    """Findings of axe-core that are serious or critical: the rule, and where."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in SERIOUS]
