"""The pages as people have them, in Debian's Chromium: how they look, and what fingers and keys do."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from radiusd.model.message import Mail
from tests.pages.looking import all_in_sight, serious
from tests.pages.states import STATES, grant, waiting

LONG_NAME = "Müberra Gülşah Çığlıkçıoğlu-Öğütçügiller Şükriye Işıl Hacıahmetoğulları Üzümcüoğlu-Yağcızâde Kılıç"
LONG = {"display_name": LONG_NAME, "user_name": "w" * 100, "client": "v" * 60, "nas": "n" * 100, "station": "s" * 100}

# Each text that is shown, with its colour and size and the colour behind it, and each border and outline of a control.
SEEN = """() => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return {r, g, b, a};
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a), g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a), a: 1,
  });
  const behind = element => {
    if (!element) return {r: 255, g: 255, b: 255, a: 1};
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? own : over(own, behind(element.parentElement));
  };
  const list = colour => [colour.r, colour.g, colour.b];
  const seen = [];
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const texts = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
    if (texts.length) {
      const below = behind(element);
      seen.push({what: texts[0].data.trim(), size: parseFloat(style.fontSize), bold: Number(style.fontWeight) >= 700,
                 colours: [list(over(parse(style.color), below)), list(below)], least: 4.5});
    }
    if (element.tagName === "BUTTON") {
      const around = behind(element.parentElement);
      const edge = parse(style.borderTopColor);
      const visible = edge.a ? over(edge, behind(element)) : behind(element);
      seen.push({what: "edge of " + element.innerText, colours: [list(visible), list(around)], least: 3});
    }
  }
  return seen;
}"""


def contrast(one, other) -> float:
    """Of two colours in sRGB. Source: WCAG 2.2, "contrast ratio" and "relative luminance"."""

    def luminance(colour):
        parts = [value / 255 for value in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, served):
    """Opens a window; what it asked of anybody else, and what its console says, fails the test."""
    windows, faults = [], []

    def open_window(width=390, height=844, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en", **options)
        windows.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(served.url) or faults.append(asked.url))
        return page

    yield open_window
    for context in windows:
        context.close()
    # That a page is 404 or 410 is told on the console, and is meant.
    assert [fault for fault in faults if "404 (Not Found)" not in fault and "410 (Gone)" not in fault] == []


def test_the_measure_of_contrast():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(served, opened, outbox, scheme):
    outbox.keep("demo", Mail("a@example.com", "Subject", "Decide: http://localhost/a/b"))
    page = opened(color_scheme=scheme)
    grounds = set()
    for path in [*(f"/a/{make(served)}" for make in STATES.values()), "/outbox?still"]:
        page.goto(served.url + path)
        seen = page.evaluate(SEEN)
        assert len(seen) > 3
        for each in seen:
            assert contrast(*each["colours"]) >= each["least"], (path, each)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 1
    dark = sum(map(int, grounds.pop().removeprefix("rgb(").removesuffix(")").split(","))) < 300
    assert dark == (scheme == "dark")


@pytest.mark.parametrize("language", ["en", "tr"])
def test_nothing_runs_out_of_the_window(served, opened, language):
    page = opened()
    for make in STATES.values():
        for changes in ({}, LONG):
            page.goto(f"{served.url}/a/{make(served, language=language, **changes)}")
            for width in (320, 390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                inside = (
                    "[...document.querySelectorAll('main *')].every(e => e.getBoundingClientRect().right <= innerWidth)"
                )
                assert page.evaluate(inside)


def test_facts_and_both_buttons_are_seen_without_scrolling(served, opened):
    """On the smallest phone; tests/proofs/test_pages.py has all sizes."""
    page = opened(320, 568)
    page.goto(f"{served.url}/a/{waiting(served)}")
    all_in_sight(page)
    assert page.get_by_role("link", name="Türkçe").bounding_box()["height"] >= 40


def test_both_buttons_stay_in_sight_however_long_the_names_are(served, opened):
    page = opened(320, 568)
    page.goto(f"{served.url}/a/{waiting(served, **LONG)}")
    for button in page.locator("button").all():
        box = button.bounding_box()
        assert box["y"] + box["height"] <= 568


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_approve_does_not_outweigh_reject(served, opened, scheme):
    page = opened(color_scheme=scheme)
    page.goto(f"{served.url}/a/{waiting(served)}")
    approve, reject = page.locator("button").all()
    assert [approve.bounding_box()[key] for key in ("width", "height")] == [
        reject.bounding_box()[key] for key in ("width", "height")
    ]
    weight = "e => ['fontSize', 'fontWeight', 'borderWidth', 'boxShadow'].map(each => getComputedStyle(e)[each]).join()"
    assert approve.evaluate(weight) == reject.evaluate(weight)
    fill = "e => getComputedStyle(e).backgroundColor.match(/[0-9]+/g).map(Number)"
    assert contrast(approve.evaluate(fill), reject.evaluate(fill)) < 1.5


def test_axe_finds_nothing_serious(served, opened):
    page = opened()
    page.goto(f"{served.url}/a/{waiting(served)}")
    assert serious(page) == []


def test_a_scanner_with_scripts_decides_nothing(served, chromium):
    """It is a whole browser, obeys no policy, and follows what it finds."""
    token = waiting(served)
    with chromium.new_context(bypass_csp=True) as context:
        page = context.new_page()
        for _ in range(3):
            page.goto(f"{served.url}/a/{token}")
            opened = "Promise.all([...document.links].map(a => fetch(a.href).then(answer => answer.status)))"
            assert page.evaluate(opened) == [200]
            page.evaluate("fetch(location.href, {method: 'HEAD'}).then(() => 0)")
            page.mouse.move(200, 700)
            page.keyboard.press("Enter")
            page.keyboard.press("Space")
    assert served.row(token).status == "open"


def test_no_script_runs_even_if_one_got_into_the_page(served, chromium):
    url = f"{served.url}/a/{waiting(served)}"
    script = "window.ran = true"
    with chromium.new_context() as context, chromium.new_context(bypass_csp=True) as careless:
        page = context.new_page()
        page.goto(url)
        with pytest.raises(Error, match="Content Security Policy"):
            page.add_script_tag(content=script)
        assert page.evaluate("window.ran") is None
        page = careless.new_page()
        page.goto(url)
        page.add_script_tag(content=script)
        assert page.evaluate("window.ran")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_click_approves(served, opened, scripts):
    token = waiting(served)
    page = opened(java_script_enabled=scripts)
    page.goto(f"{served.url}/a/{token}")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Approved")).to_be_visible()
    assert page.url == f"{served.url}/a/{token}"
    assert served.row(token).status == "approved"
    decided = served.row(token)
    page.reload()
    page.go_back()
    assert served.row(token) == decided


def test_a_double_click_decides_once(served, opened):
    token = waiting(served)
    told = len(served.told())
    page = opened()
    page.goto(f"{served.url}/a/{token}")
    page.get_by_role("button", name="Reject").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", name="Rejected")).to_be_visible()
    assert served.row(token).status == "refused"
    assert len(served.told()) == told + 1


def test_two_windows_tell_the_same(served, opened):
    token = waiting(served)
    first, second = opened(), opened()
    for page in (first, second):
        page.goto(f"{served.url}/a/{token}")
    first.get_by_role("button", name="Reject").click()
    expect(first.get_by_role("heading", name="Rejected")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("heading", name="Rejected")).to_be_visible()


def test_with_the_keyboard_alone(served, opened):
    token = grant(served)
    page = opened()
    page.goto(f"{served.url}/a/{token}")
    focused = "document.activeElement.innerText"
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # an Enter too many approves nobody
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Approve"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Reject"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rejected")).to_be_visible()
    assert served.row(token).status == "refused"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_can_be_seen(served, opened, scheme):
    page = opened(color_scheme=scheme)
    page.goto(f"{served.url}/a/{waiting(served)}")
    for _ in range(3):
        page.keyboard.press("Tab")
        style, width, colour, ground = page.evaluate(
            """() => { const own = getComputedStyle(document.activeElement);
            const card = getComputedStyle(document.querySelector(
              document.activeElement.tagName === "BUTTON" ? ".card" : "body"));
            return [own.outlineStyle, parseFloat(own.outlineWidth), own.outlineColor, card.backgroundColor]; }"""
        )
        assert (style, width) == ("solid", 3)
        pair = [[int(part) for part in text[4:-1].split(",")] for text in (colour, ground)]
        assert contrast(*pair) >= 3


def test_who_wants_no_motion_gets_none(served, opened):
    for wish, duration in (("reduce", "0s"), ("no-preference", "0.12s, 0.12s")):
        page = opened(reduced_motion=wish)
        page.goto(f"{served.url}/a/{waiting(served)}")
        found = page.get_by_role("button", name="Approve").evaluate("e => getComputedStyle(e).transitionDuration")
        assert set(found.split(", ")) == set(duration.split(", "))


def test_the_other_language_is_a_click_away_and_stays(served, opened):
    page = opened()
    page.goto(f"{served.url}/a/{waiting(served)}")
    page.get_by_role("link", name="Türkçe").click()
    expect(page.get_by_role("heading", name="Ann Example oturum açmak istiyor")).to_be_visible()
    page.get_by_role("button", name="Reddet").click()
    expect(page.get_by_role("heading", name="Reddedildi")).to_be_visible()


def test_a_screen_reader_hears_the_question_then_the_facts_then_the_choice(served, opened):
    page = opened()
    page.goto(f"{served.url}/a/{waiting(served)}")
    heard = page.locator("body").aria_snapshot()
    order = [
        "main",
        'heading "Ann Example asks to sign in" [level=1]',
        "term: Who",
        'button "Approve"',
        'button "Reject"',
    ]
    places = [heard.index(text) for text in [*order, "navigation"]]
    assert places == sorted(places)


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else, with what `server.body` says."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def elsewhere():
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_no_other_page_can_frame_it(served, chromium, elsewhere):
    token = waiting(served)
    elsewhere.body = f'<iframe src="{served.url}/a/{token}"></iframe>'
    with chromium.new_context() as context:
        page = context.new_page()
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(f"http://localhost:{elsewhere.server_port}/")
        page.wait_for_function("performance.getEntriesByType('resource').length || true")
        assert page.frames[1].locator("button").count() == 0
        assert "frame-ancestors" in " ".join(refused)


def test_no_other_page_can_click(served, chromium, elsewhere):
    """Even one that knows the link."""
    token = waiting(served)
    elsewhere.body = (
        f'<form method="post" action="{served.url}/a/{token}">'
        '<button name="decision" value="approve">Win a prize</button></form>'
    )
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"http://localhost:{elsewhere.server_port}/")
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", name="This did not come from our page")).to_be_visible()
    assert served.row(token).status == "open"


def test_from_the_outbox_to_the_decision(served, opened, outbox):
    token = waiting(served)
    link = f"{served.url}/a/{token}"
    outbox.keep("demo", Mail("boss@example.com", "Ann asks", f"Decide: {link}", f'<p><a href="{link}">Decide</a></p>'))
    page = opened(1280, 800)
    page.goto(f"{served.url}/outbox?still")
    article = page.locator("article").first
    with page.context.expect_page() as first:
        article.get_by_role("link", name=link).click()
    expect(first.value.get_by_role("heading", name="Ann Example asks to sign in")).to_be_visible()
    with page.context.expect_page() as second:
        article.frame_locator("iframe").get_by_role("link", name="Decide").click()
    second.value.get_by_role("button", name="Approve").click()
    expect(second.value.get_by_role("heading", name="Approved")).to_be_visible()
    assert served.row(token).status == "approved"


def test_new_messages_appear_in_the_outbox(served, opened, outbox):
    page = opened(1280, 800)
    page.goto(f"{served.url}/outbox")
    outbox.keep("demo", Mail("boss@example.com", "One more", "text"))
    expect(page.get_by_role("heading", name="One more")).to_be_visible(timeout=15_000)
