"""The site is built without a warning, from this machine alone, and loads nothing from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright

from tests.docs.generated import DOCS
from tests.docs.site_hooks import META, outside

# What the theme's scripts could ask for, and what in a page would make them: nothing of it is in ours.
FOREIGN_SCRIPTS = re.compile(r'class="mermaid|data-md-component="source"|giscus|data-md-component="consent"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=DOCS.parent, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_is_built(site):
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert [page for page in pages if not (site / page).exists()] == []
    assert "Unreleased" in (site / "changelog.html").read_text()


def test_nothing_is_loaded_from_elsewhere(site):
    assert list(outside(site)) == []
    assert [page.name for page in site.rglob("*.html") if FOREIGN_SCRIPTS.search(page.read_text())] == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.com/x.js"></script>',
        "<link rel=stylesheet href=//example.com/x.css>",
        '<img alt="" srcset="https://example.com/x.png 2x">',
        "<style>@import 'https://example.com/x.css'</style>",
        "<p style='background: url(https://example.com/x.png)'>",
    ],
)
def test_what_would_be_is_found(tmp_path, text):
    (tmp_path / "page.html").write_text(f"<html><head>{META}</head>{text}</html>")
    (found,) = outside(tmp_path)
    assert found.startswith("page.html: ")
    assert "example.com/x" in found


def test_a_link_is_none(tmp_path):
    (tmp_path / "page.html").write_text(f'<html><head>{META}</head><a href="https://example.com/">there</a></html>')
    assert list(outside(tmp_path)) == []


def test_a_page_that_does_not_forbid_it_is_found(tmp_path):
    (tmp_path / "page.html").write_text("<html><head></head></html>")
    assert list(outside(tmp_path)) == ["page.html: no Content-Security-Policy"]


PHONE = 390  # pixels
SMALLEST = 10.0  # pixels, of letters that can be read


def test_a_drawing_can_be_read_on_a_phone(site):
    """X73: its letters keep their size and it is pushed aside, while the page itself is not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": PHONE, "height": 800})
        page.goto((site / "concepts.html").as_uri())
        drawings = page.locator('.md-typeset img[src$=".svg"]')
        assert drawings.count() >= 5
        for number in range(drawings.count()):
            shown = drawings.nth(number).evaluate("image => image.getBoundingClientRect().width / image.naturalWidth")
            assert shown * 12.5 >= SMALLEST  # the smallest text of a drawing
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
        browser.close()


def test_sizes_and_benchmarks_tell_the_same():
    """X73: what is measured stands in one place, and is repeated as it is there."""
    sizes = (DOCS / "operation.md").read_text().partition("## Sizes")[2]
    benchmarks = (DOCS / "benchmarks.md").read_text()
    held = re.search(r"each request that is held (\S+ KiB)", sizes)[1]
    codes = re.search(r"\| codes, password remembered \| (\S+ sign-ins a second)", sizes)[1]
    assert held in benchmarks
    assert codes in benchmarks
