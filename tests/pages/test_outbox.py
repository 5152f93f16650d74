"""The demonstration's outbox, which this machine alone may see."""

from __future__ import annotations

import re

import pytest

from radiusd.model.message import Mail, Sms
from radiusd.web.outbox import linked
from tests.pages.serving import serving


def test_mails_and_sms_newest_first(client, outbox):
    outbox.keep("demo-mail", Mail("boss@example.com", "Ann asks", "Decide: http://127.0.0.1:8080/a/abc.", "<p>Hi</p>"))
    outbox.keep("demo-sms", Sms("+905554443322", "123456 is your code"))
    answer = client.get("/outbox")
    assert answer.status_code == 200
    assert re.findall(r"<h2>(.*?)</h2>", answer.text) == ["+905554443322", "Ann asks"]
    for text in ("boss@example.com", "demo-mail", "demo-sms", "123456 is your code"):
        assert text in answer.text
    assert '<a href="http://127.0.0.1:8080/a/abc" target="_blank" rel="noopener noreferrer">' in answer.text
    assert '<meta http-equiv="refresh" content="3">' in answer.text
    assert "http-equiv" not in client.get("/outbox?still").text
    assert client.head("/outbox").status_code == 200
    assert client.post("/outbox").status_code == 405


def test_what_a_message_says_is_data(client, outbox):
    outbox.keep("m", Mail("a@example.com", "<script>1</script>", "<script>2</script>", '"><script>3</script>'))
    answer = client.get("/outbox")
    assert "<script" not in answer.text
    assert "&#34;&gt;&lt;script&gt;3" in answer.text  # in the frame, which is a sandbox
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]  # default-src 'none' forbids all
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_newest_are_shown_as_html_and_all_as_text(client, outbox):
    """A page that shows two hundred is slow for whoever looks again and again."""
    for number in range(12):
        outbox.keep("m", Mail("a@example.com", "Many", f"text {number}.", f"<p>html {number}.</p>"))
    page = client.get("/outbox").text
    assert [number for number in range(12) if f"html {number}." in page] == list(range(2, 12))
    assert all(f"text {number}." in page for number in range(12))


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "192.0.2.1", "", "[::"]
)
def test_under_another_name_it_is_refused(client, host):
    """A page of evil.example whose name was made to lead here (DNS rebinding)."""
    answer = client.get("/outbox", headers={"host": host})
    assert answer.status_code == 403
    assert "<" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
def test_under_the_names_of_this_machine_it_is_shown(client, host):
    assert client.get("/outbox", headers={"host": host}).status_code == 200


def test_without_the_demonstration_there_is_none(tmp_path):
    with serving(tmp_path) as served, served.client() as client:
        answer = client.get("/outbox")
        assert (answer.status_code, answer.text) == (404, "not found\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("(https://a.example/x?y=1&z=2)", "https://a.example/x?y=1&amp;z=2"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('http://a.example/"onclick=1', "http://a.example/"),
    ],
)
def test_links_can_be_clicked_and_nothing_else(text, expected):
    found = re.findall(r'href="([^"]*)"', linked(text))
    assert (found or [linked(text)]) == [expected]
