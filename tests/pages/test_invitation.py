"""The page behind an invitation as people have it: on a phone, in both languages, by finger and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.pages.looking import serious
from tests.pages.test_in_chromium import SEEN, contrast, opened

__all__ = ["opened"]


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def code_of(served):
    return re.search(r"\b[0-9]{6}\b", served.sent[-1].content.text)[0]


@pytest.mark.row("S158", "S161", "S162", "S163")
@pytest.mark.parametrize(("scheme", "number"), [("light", "0555 444 33 22"), ("dark", "0555 444 33 23")])
def test_from_the_link_to_the_end(served, opened, scheme, number):
    """Every state can be read, has nothing serious for axe-core, and fits a phone."""
    page = opened(width=320, height=640, color_scheme=scheme)
    page.goto(f"{served.url}/e/{served.invited()}")
    looked(page, "ann, what do you want to add?")
    pressed(page, page.get_by_role("button", name="A mobile number"))
    looked(page, "Which mobile number?")
    assert page.get_by_label("Mobile number").evaluate("field => document.activeElement === field")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    looked(page, "Type the code")
    assert served.sent[-1].content.recipient == "+9" + number.replace(" ", "")
    page.get_by_label("Code").fill("000000" if code_of(served) != "000000" else "111111")
    pressed(page, page.get_by_role("button", name="Confirm"))
    looked(page, "Type the code")
    assert page.locator(".alert").inner_text() == "That was not the code."
    page.get_by_label("Code").fill(code_of(served))
    pressed(page, page.get_by_role("button", name="Confirm"))
    looked(page, "Added")
    page.reload()
    looked(page, "Added")


@pytest.mark.parametrize("language", ["en", "tr"])
def test_nothing_runs_out_of_a_small_window(served, opened, language):
    page = opened(width=320, height=568)
    for kinds, value in (("mail", f"{'w' * 60}@example.com"), ("mobile", "+905554443322")):
        page.goto(f"{served.url}/e/{served.invited(language=language, kinds=kinds)}")
        fits(page)
        page.locator("input").fill(value)
        pressed(page, page.locator("form .approve"))
        fits(page)
    page.goto(f"{served.url}/e/{served.invited(language=language, until=served.now)}")
    fits(page)


def test_somebody_who_looks_in_between_finds_it_as_it_stands(served, opened):
    link = f"{served.url}/e/{served.invited(kinds='mail')}"
    page = opened()
    page.goto(link)
    page.get_by_label("Mail address").fill("new@example.com")
    pressed(page, page.get_by_role("button", name="Send the code"))
    other = opened()
    other.goto(link)
    assert other.locator("h1").inner_text() == "Type the code"
    pressed(other, other.get_by_role("button", name="Use another one"))
    assert other.locator("h1").inner_text() == "Which mail address?"
    page.get_by_label("Code").fill(code_of(served))
    pressed(page, page.get_by_role("button", name="Confirm"))
    assert page.locator("h1").inner_text() == "Which mail address?"


def pressed(page, button):
    """The next page is there."""
    with page.expect_navigation():
        button.click()


def looked(page, heading):
    expect(page.locator("h1")).to_have_text(heading)
    for each in page.evaluate(SEEN):
        assert contrast(*each["colours"]) >= each["least"], (heading, each)
    assert serious(page) == []
    fits(page)


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.locator("h1").inner_text()
    for button in page.locator("button").all():
        assert button.bounding_box()["height"] >= 44
