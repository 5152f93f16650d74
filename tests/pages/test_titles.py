"""The page says who asks: the organisation with its logo, and titles in the language of the page (D28)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.config.test_called import png
from tests.pages.serving import serving
from tests.pages.states import expired, waiting
from tests.pages.test_approval import facts, inner

TITLES = {
    "applications": {"vpn": {"en": "Remote access", "tr": "Uzaktan erişim"}},
    "clients": {"vpn-gateway": {"en": "VPN of the head office", "tr": "Merkez VPN"}},
    "profiles": {"contractor-approval": {"en": "With an approval", "tr": "Onayla"}},
}


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("called"), organisation="Example & Sons", logo=png(), **TITLES) as served:
        yield served


@pytest.mark.parametrize(
    ("language", "to", "through", "way"),
    [
        ("en", "Remote access", "VPN of the head office", ("Way to sign in", "With an approval")),
        ("tr", "Uzaktan erişim", "Merkez VPN", ("Oturum açma yolu", "Onayla")),
    ],
)
def test_titles_in_the_language_of_the_page(called, language, to, through, way):
    with called.client() as client:
        page = client.get(f"/a/{waiting(called, language=language)}").text
    assert list(facts(page).items())[6] == way
    read = list(facts(page).values())
    assert read[1] == to
    assert read[5] == f"{through} fw1.example.com · 192.0.2.10"


def test_who_follows_the_switch_of_language_reads_other_titles(called):
    token = waiting(called)
    with called.client() as client:
        assert facts(client.get(f"/a/{token}?language=tr").text)["Uygulama"] == "Uzaktan erişim"


def test_every_page_says_whose_it_is(called):
    with called.client() as client:
        for token in (waiting(called), expired(called), "nothing"):
            page = client.get(f"/a/{token}").text
            assert inner(page, "title")[0].endswith(" · Example & Sons")
            assert '<bdi class="organisation">Example &amp; Sons</bdi>' in page


def test_the_logo_is_a_file_of_ours_that_browsers_keep(called):
    with called.client() as client:
        answer = client.get(f"/a/{waiting(called)}")
        (source,) = [each.split('"')[0] for each in answer.text.split('<img src="')[1:]]
        assert "img-src 'self';" in answer.headers["content-security-policy"]
        logo = client.get(f"/a/{source}")
        assert (logo.status_code, logo.content, logo.headers["content-type"]) == (200, png(), "image/png")
        assert "immutable" in logo.headers["cache-control"]
        assert logo.headers["content-security-policy"].startswith("default-src 'none'")
        assert client.head(f"/a/{source}").status_code == 200
        assert client.get("/static/logo.0123456789abcdef.png").status_code == 404


def test_without_organisation_and_titles_the_page_is_as_it_was(served, client):
    page = client.get(f"/a/{waiting(served)}").text
    assert 'class="organisation"' not in page
    assert "<img" not in page
    assert facts(page)["Application"] == "vpn"
    assert "Way to sign in" not in facts(page)
    assert client.get("/static/logo.0123456789abcdef.png").status_code == 404


def test_the_longest_name_stays_in_the_narrowest_window(tmp_path):
    with serving(tmp_path, organisation="W" * 64, logo=png(), **TITLES) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 320, "height": 640})
        page.goto(f"{served.url}/a/{waiting(served)}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        browser.close()


def test_chromium_shows_the_logo_and_nothing_is_refused(called):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{called.url}/a/{waiting(called)}")
        expect(page.get_by_text("Example & Sons")).to_be_visible()
        assert page.locator("img").evaluate("image => image.complete && image.naturalWidth") == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert said == []
        browser.close()
