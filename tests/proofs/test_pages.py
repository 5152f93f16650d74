"""The approver's pages in every size, light and dark, in both languages: what must be in sight is, and axe-core is content."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from tests.config.test_called import png
from tests.pages.looking import all_in_sight, serious
from tests.pages.serving import serving
from tests.pages.states import STATES, grant, waiting, waiting_without_late
from tests.pages.test_titles import TITLES

pytestmark = pytest.mark.proof

SIZES = [(320, 568), (390, 664), (1280, 800)]
NAMES = {"en": "Christopher Montgomery-Williams", "tr": "Müberra Gülşah Çığlıkçıoğlu Öğütçü"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("pages"), organisation="Örnek Holding A.Ş.", logo=png(), **TITLES) as served:
        served.signed_in_before("203.0.113.77", served.now - 86400)
        yield served


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_page_in_every_size(served, chromium, width, height, scheme, language):
    with chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme) as context:
        page = context.new_page()
        for name, make in STATES.items():
            page.goto(f"{served.url}/a/{make(served, language=language, display_name=NAMES[language])}")
            assert serious(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        for make in (waiting, waiting_without_late, grant):
            page.goto(f"{served.url}/a/{make(served, language=language, display_name=NAMES[language])}")
            all_in_sight(page)
