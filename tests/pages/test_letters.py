"""Our mails in HTML, shown by Chromium: legible in the light and in the dark, 320 pixels wide, and nothing is loaded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import sync_playwright

from config.models.templates import CODE, LINK, rendered
from radiusd.approval import wording
from radiusd.directories import expiry_notices
from radiusd.handlers.mail_otp import LETTERS
from radiusd.rules import letters
from tests.pages.looking import serious
from tests.pages.test_in_chromium import SEEN, contrast

LONG = {"display_name": "Müberra Gülşah Çığlıkçıoğlu-Öğütçügiller", "username": "w" * 60}
MAILS = [
    rendered(letters.templates(ours, {}, None, signed=True)[1][language], told, html=True)
    for ours, told in (
        (LETTERS, CODE),
        (wording.QUESTION, LINK | {"user": LINK["user"] | LONG, "station": "s" * 60}),
        (wording.INFORMATION, LINK),
        (expiry_notices.LETTERS, expiry_notices.OF_ONE),
        (
            expiry_notices.SPONSOR_LETTERS,
            expiry_notices.OF_MANY | {"users": expiry_notices.OF_MANY["users"] * 9, "count": 9},
        ),
    )
    for language in ours
]


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_can_be_read(chromium, scheme):
    with chromium.new_context(viewport={"width": 320, "height": 568}, color_scheme=scheme) as context:
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        grounds = set()
        for mail in MAILS:
            page.set_content(mail)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            for each in page.evaluate(SEEN):
                assert contrast(*each["colours"]) >= each["least"], each
            assert serious(page) == []
            grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert grounds == {"rgb(237, 241, 245)" if scheme == "light" else "rgb(13, 18, 24)"}
        assert asked == []


def test_a_program_that_drops_styles_and_classes_shows_dark_on_light(chromium):
    with chromium.new_context(viewport={"width": 320, "height": 568}, color_scheme="dark") as context:
        page = context.new_page()
        for mail in MAILS:
            page.set_content(re.sub(r'<style>.*?</style>|<meta name="[^>]*>| class="[^"]*"', "", mail, flags=re.DOTALL))
            for each in page.evaluate(SEEN):
                assert contrast(*each["colours"]) >= each["least"], each


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_has_no_pictures_scripts_or_forms_and_is_small(mail):
    assert not re.search(r"<(img|script|link|form|iframe|object|svg)\b|url\(|@import|src=|background=", mail)
    assert len(mail.encode()) < 8_192  # Gmail cuts off what is longer than 102 KiB
