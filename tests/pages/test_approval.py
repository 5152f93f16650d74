"""What a link shows and what a click does, over HTTP."""

from __future__ import annotations

import html
import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.pages.serving import serving
from tests.pages.states import (
    STATES,
    approved,
    grant,
    kept,
    not_waiting,
    refused,
    refused_by_another,
    unknown,
    used,
    waiting,
)

# Status, title, the beginning of what follows it, and the buttons.
BUTTONS = ("Approve", "Reject")
REVOKE = ("Revoke the approval",)
ENGLISH = {
    "waiting": (
        200,
        "Ann Example asks to sign in",
        "They are waiting for your answer. If you approve by 14:04:08 (UTC+3),",
        BUTTONS,
    ),
    "waiting_without_late": (200, "Ann Example asks to sign in", "They are waiting for your answer", BUTTONS),
    "grant": (200, "Ann Example asks to sign in", "They are not waiting any more. If you approve now", BUTTONS),
    "not_waiting": (200, "Ann Example asks to sign in", "They are not waiting any more, so", ("Reject",)),
    "withdrawn": (200, "This request was withdrawn", "There is nothing left to decide", ()),
    "at_the_prompt": (200, "Ann Example asks to sign in", "They were told to press Enter. If you approve,", BUTTONS),
    "blocked": (200, "Ann Example asks to sign in", "Ann Example is blocked at the moment, so an", BUTTONS),
    "gone": (200, "Ann Example asks to sign in", "There is no account of Ann Example any more, so", BUTTONS),
    "in_line": (200, "Ann Example asks to sign in", "2 more requests of this user stand in line", BUTTONS),
    "approved": (200, "Approved", "Ann Example is being signed in.", REVOKE),
    "approved_at_the_prompt": (200, "Approved", "Ann Example is signed in on pressing Enter, or", REVOKE),
    "approved_and_blocked": (200, "Approved", "Ann Example is blocked at the moment, so an", REVOKE),
    "approved_and_disabled": (200, "Approved", "The account of Ann Example is disabled, so an", REVOKE),
    "taken_back": (200, "Approved", "Ann Example was let in, but the answer did not arrive.", REVOKE),
    "revoked": (200, "Approval revoked", "Ann Example cannot sign in with it any more.", ()),
    "kept": (200, "Approved", "Ann Example can sign in by trying again, until 14:08:20 (UTC+3).", REVOKE),
    "over": (200, "Approved, but not used", "Ann Example did not sign in with it in time.", ()),
    "used": (200, "Approved and signed in", "Ann Example signed in at 14:03 (UTC+3).", ()),
    "refused": (200, "Rejected", "Ann Example was not let in.", ()),
    "refused_by_another": (200, "Rejected", "Ann Example was not let in.", ()),
    "expired": (410, "This link has expired", "Nothing was decided by it", ()),
    "information": (200, "Ann Example signed in", "This is for your information", ()),
    "unknown": (404, "This link leads nowhere", "Part of it may be missing.", ()),
}
TURKISH_BUTTONS = ("Onayla", "Reddet")
TURKISH_REVOKE = ("Onayı geri al",)
TURKISH = {
    "waiting": (
        200,
        "Ann Example oturum açmak istiyor",
        "Kullanıcı yanıtınızı bekliyor. 14:04:08 (UTC+3) saatine",
        TURKISH_BUTTONS,
    ),
    "waiting_without_late": (
        200,
        "Ann Example oturum açmak istiyor",
        "Kullanıcı yanıtınızı bekliyor. 14:04:08",
        TURKISH_BUTTONS,
    ),
    "grant": (
        200,
        "Ann Example oturum açmak istiyor",
        "Kullanıcı artık beklemiyor. Şimdi onaylarsanız",
        TURKISH_BUTTONS,
    ),
    "not_waiting": (200, "Ann Example oturum açmak istiyor", "Kullanıcı artık beklemiyor; onaylanacak", ("Reddet",)),
    "withdrawn": (200, "Bu istek geri çekildi", "Karar verilecek bir şey kalmadı", ()),
    "at_the_prompt": (200, "Ann Example oturum açmak istiyor", "Kullanıcıdan Enter tuşuna basması", TURKISH_BUTTONS),
    "blocked": (200, "Ann Example oturum açmak istiyor", "Ann Example şu anda engellenmiş durumda;", TURKISH_BUTTONS),
    "gone": (
        200,
        "Ann Example oturum açmak istiyor",
        "Ann Example adlı kullanıcının hesabı artık yok",
        TURKISH_BUTTONS,
    ),
    "in_line": (
        200,
        "Ann Example oturum açmak istiyor",
        "Bu kullanıcının sırada bekleyen 2 isteği daha var",
        TURKISH_BUTTONS,
    ),
    "approved": (200, "Onaylandı", "Ann Example için oturum açılıyor.", TURKISH_REVOKE),
    "approved_at_the_prompt": (200, "Onaylandı", "Ann Example, Enter tuşuna basarak ya da", TURKISH_REVOKE),
    "approved_and_blocked": (200, "Onaylandı", "Ann Example şu anda engellenmiş durumda;", TURKISH_REVOKE),
    "approved_and_disabled": (200, "Onaylandı", "Ann Example adlı kullanıcının hesabı devre dışı", TURKISH_REVOKE),
    "taken_back": (200, "Onaylandı", "Ann Example için oturum açıldı ancak yanıt", TURKISH_REVOKE),
    "revoked": (200, "Onay geri alındı", "Ann Example artık bu onayla oturum açamaz.", ()),
    "kept": (200, "Onaylandı", "Ann Example, 14:08:20 (UTC+3) saatine kadar", TURKISH_REVOKE),
    "over": (200, "Onaylandı ama kullanılmadı", "Ann Example zamanında oturum açmadı.", ()),
    "used": (200, "Onaylandı, oturum açıldı", "Ann Example oturum açtı: 14:03 (UTC+3).", ()),
    "refused": (200, "Reddedildi", "Ann Example oturum açamadı.", ()),
    "refused_by_another": (200, "Reddedildi", "Ann Example oturum açamadı.", ()),
    "expired": (410, "Bu bağlantının süresi doldu", "Bu bağlantıyla karar verilmedi", ()),
    "information": (200, "Ann Example oturum açtı", "Bilginize sunulur;", ()),
    "unknown": (404, "Bu bağlantı geçerli değil", "Bir bölümü eksik olabilir.", ()),
}


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split()).replace(" ,", ",").replace(" .", ".")


def inner(page: str, element: str) -> list[str]:
    return [text_of(found) for found in re.findall(rf"<{element}\b[^>]*>(.*?)</{element}>", page, re.DOTALL)]


def facts(page: str) -> dict[str, str]:
    return dict(zip(inner(page, "dt"), inner(page, "dd"), strict=True))


@pytest.mark.parametrize(("language", "expected"), [("en", ENGLISH), ("tr", TURKISH)])
@pytest.mark.parametrize("state", STATES)
def test_every_state_in_both_languages(served, client, state, language, expected):
    token = STATES[state](served, language=language)
    answer = client.get(f"/a/{token}", headers={"accept-language": language})
    status, title, effect, buttons = expected[state]
    assert answer.status_code == status
    assert inner(answer.text, "title") == inner(answer.text, "h1") == [title]
    assert [each for each in inner(answer.text, "p") if each.startswith(effect)]
    assert inner(answer.text, "button") == list(buttons)
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_who_from_where_through_what_when_and_until_when(served, client):
    page = client.get(f"/a/{waiting(served)}").text
    assert facts(page) == {
        "Who": "Ann Example ann",
        "Application": "vpn",
        "From": "203.0.113.77 First time from here",
        "Asked at": "14:03 (UTC+3)",
        "Why you": "You are this user's manager",
        "Through": "vpn-gateway fw1.example.com · 192.0.2.10",
        "Decide by": "15:03 (UTC+3)",
    }
    assert '<time datetime="2026-11-23T15:03:20+03:00">15:03\xa0(UTC+3)</time>' in page
    assert "If you do not expect this, reject it." in inner(page, "p")


def test_what_is_not_known_is_said(served, client):
    token = waiting(served, station="", nas="", display_name="", until=served.now + 86400)
    page = client.get(f"/a/{token}").text
    shown = facts(page)
    assert (shown["Who"], shown["From"], shown["Through"]) == ("ann", "not known", "vpn-gateway 192.0.2.10")
    assert "Where it comes from is not known. Your answer is for the request that waits now." in page
    assert "in line" not in page
    assert "is not known" not in client.get(f"/a/{waiting(served)}").text
    assert shown["Decide by"] == "24 November 2026 14:03 (UTC+3)"


def test_to_look_changes_nothing(served, client):
    """Mail scanners open every link, some more than once (D12)."""
    token = waiting(served)
    before = served.row(token)
    for _ in range(3):
        assert client.get(f"/a/{token}").status_code == 200
    head = client.head(f"/a/{token}")
    assert (head.status_code, head.text) == (200, "")
    assert client.get(f"/a/{token}?decision=approve").status_code == 200
    assert served.row(token) == before
    assert client.put(f"/a/{token}", data={"decision": "approve"}).status_code == 405
    assert served.row(token) == before


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "refused")])
def test_a_click_decides_and_is_written_down(served, client, decision, status):
    token = waiting(served)
    answer = client.post(f"/a/{token}", data={"decision": decision})
    assert answer.status_code == 303
    assert answer.headers["location"] == token  # relative, so that a proxy may serve it anywhere
    row = served.row(token)
    assert (row.status, row.decided_by, row.decided_from) == (status, "boss@example.com", "127.0.0.1")
    shown = client.get(answer.request.url.join(answer.headers["location"])).text
    assert facts(shown)["Decided by"] == "you 14:03 (UTC+3)"
    assert set(inner(shown, "button")).isdisjoint(BUTTONS)


def test_what_is_decided_stays(served, client):
    token = approved(served)
    before = served.row(token)
    served.now += 5
    assert client.post(f"/a/{token}", data={"decision": "reject"}).status_code == 303
    assert served.row(token) == before
    assert inner(client.get(f"/a/{token}").text, "h1") == ["Approved"]


def test_who_of_two_decided(served, client):
    shown = facts(client.get(f"/a/{refused_by_another(served)}").text)
    assert shown["Decided by"] == "b***s@example.com 14:03 (UTC+3)"


def test_racing_clicks_decide_once(served):
    token = waiting(served)
    told = len(served.told())

    def click(number: int) -> int:
        with served.client() as client:
            data = {"decision": "approve" if number % 2 else "reject"}
            return client.post(f"/a/{token}", data=data).status_code

    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(click, range(20))) == {303}
    assert len(served.told()) == told + 1


def test_where_nobody_waits_only_a_refusal_counts(served, client):
    token = not_waiting(served)
    client.post(f"/a/{token}", data={"decision": "approve"})
    assert served.row(token).status == "open"
    client.post(f"/a/{token}", data={"decision": "reject"})
    assert served.row(token).status == "refused"


def test_a_late_approval_is_kept(served, client):
    token = grant(served)
    client.post(f"/a/{token}", data={"decision": "approve"})
    assert "can sign in by trying again, until 14:08:20 (UTC+3)" in text_of(client.get(f"/a/{token}").text)
    served.now += 301
    assert inner(client.get(f"/a/{token}").text, "h1") == ["Approved, but not used"]


def test_after_its_time_nothing_is_decided(served, client):
    token = waiting(served)
    served.now += 3601
    assert client.post(f"/a/{token}", data={"decision": "reject"}).status_code == 303
    assert client.get(f"/a/{token}").status_code == 410
    assert served.row(token).status == "open"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"decision=maybe", "application/x-www-form-urlencoded"),
        (b"decision=approve&decision=reject", "application/x-www-form-urlencoded"),
        (b'{"decision": "approve"}', "application/json"),
        (b"decision=\xff", "application/x-www-form-urlencoded"),
        (b"a=1&" * 9 + b"decision=approve", "application/x-www-form-urlencoded"),
        (b"decision=approve&more=" + b"x" * 5000, "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_decision_decides_nothing(served, client, content, kind):
    token = waiting(served)
    answer = client.post(f"/a/{token}", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    assert inner(answer.text, "h1") == ["That was no decision"]
    assert served.row(token).status == "open"


@pytest.mark.parametrize(
    ("headers", "decides"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "null"}, True),
        ({"origin": "https://evil.example"}, False),
    ],
)
def test_forms_of_other_pages_are_refused(served, client, headers, decides):
    token = waiting(served)
    answer = client.post(f"/a/{token}", data={"decision": "approve"}, headers=headers)
    assert answer.status_code == (303 if decides else 403)
    assert served.row(token).status == ("approved" if decides else "open")


def test_the_page_s_own_origin_is_ours(served, client):
    token = waiting(served)
    answer = client.post(f"/a/{token}", data={"decision": "approve"}, headers={"origin": served.url})
    assert answer.status_code == 303


def test_nothing_is_kept_framed_or_loaded_from_elsewhere(served, client):
    for path in (f"/a/{waiting(served)}", f"/a/{unknown(served)}"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "style-src 'self'", "form-action 'self'"} <= set(policy)
        assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert "://" not in answer.text


def test_a_forged_host_is_nowhere_in_the_answer(served, client):
    token = waiting(served)
    shown = client.get(f"/a/{token}", headers={"host": "evil.example"})
    assert shown.status_code == 200
    decided = client.post(f"/a/{token}", data={"decision": "reject"}, headers={"host": "evil.example"})
    for answer in (shown, decided):
        assert "evil" not in answer.text + repr(answer.headers)


def test_style_and_icon_are_kept_for_ever_under_names_that_change(served, client):
    page = client.get(f"/a/{waiting(served)}")
    found = re.findall(r'<link rel="(?:icon|stylesheet)" href="([^"]+)"', page.text)
    assert len(found) == 2
    for link in found:
        answer = client.get(page.request.url.join(link))
        assert answer.status_code == 200
        assert re.fullmatch(r"/static/(page|icon)\.[0-9a-f]{16}\.(css|svg)", answer.request.url.path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert client.get("/static/page.css").status_code == 404
    assert client.get("/static/page.0000000000000000.css").status_code == 404


def test_what_users_are_called_is_data(served, client):
    names = "<script>alert(1)</script>", "{{ 7 * 7 }} {name} %s", "a\r\nSet-Cookie: b=c", "see https://evil.example/"
    for name in names:
        answer = client.get(f"/a/{waiting(served, display_name=name, station=name)}")
        assert "<script" not in answer.text
        assert "49" not in facts(answer.text)["Who"]
        assert "set-cookie" not in answer.headers
        assert "://" not in answer.text
    assert facts(client.get(f"/a/{waiting(served, display_name='A' * 300)}").text)["Who"] == "A" * 99 + "… ann"


@pytest.mark.parametrize(
    ("recipient", "browser", "query", "language"),
    [
        ("tr", "en", "", "tr"),
        ("", "tr-TR,tr;q=0.9,en;q=0.5", "", "tr"),
        ("", "de,en;q=0.1,tr;q=0.9", "", "tr"),
        ("", "tr;q=0, en", "", "en"),
        ("", "", "", "en"),
        ("de", "tr;q=x", "", "en"),
        ("tr_TR", "en", "?language=en", "en"),
        ("tr", "en", "?language=xx", "tr"),
    ],
)
def test_whose_language(served, client, recipient, browser, query, language):
    token = waiting(served, language=recipient)
    answer = client.get(f"/a/{token}{query}", headers={"accept-language": browser})
    assert answer.headers["content-language"] == language


def test_the_language_that_was_chosen_stays(served, client):
    token = waiting(served)
    answer = client.post(f"/a/{token}?language=tr", data={"decision": "approve"})
    assert answer.headers["location"] == f"{token}?language=tr"


@pytest.mark.parametrize("token", ["short", "a" * 129, "x" * 31 + "!", "x" * 31 + "%2e", "x" * 31 + "ş", "%00" * 32])
def test_what_is_no_token_is_not_looked_up(served, client, token):
    """The page is that of an unknown link, also while the database is gone."""
    desk, served.desk = served.desk, None
    try:
        answer = client.get(f"/a/{token}")
    finally:
        served.desk = desk
    assert answer.status_code == 404
    assert inner(answer.text, "h1") == ["This link leads nowhere"]


def test_guessing_is_slowed_for_the_one_who_guesses_and_nobody_with_a_link(tmp_path):
    """Not even from the same address, which may be a proxy's that all share (X39)."""
    with serving(tmp_path, proxies=["127.0.0.0/8"]) as served, served.client() as client:
        token = waiting(served)
        guesser, other = {"x-forwarded-for": "198.51.100.1"}, {"x-forwarded-for": "198.51.100.2"}
        answers = [client.get(f"/a/{unknown(served)}", headers=guesser) for _ in range(40)]
        assert [answer.status_code for answer in answers] == [404] * 30 + [429] * 10
        assert answers[-1].headers["retry-after"] == "60"
        decide = {"data": {"decision": "approve"}, "headers": guesser}
        assert client.post(f"/a/{unknown(served)}", **decide).status_code == 429
        assert client.get(f"/a/{unknown(served)}", headers=other).status_code == 404
        assert client.get(f"/a/{token}", headers=guesser).status_code == 200
        assert client.post(f"/a/{token}", **decide).status_code == 303
        assert served.row(token).decided_from == "198.51.100.1"


def test_an_address_that_anybody_can_write_is_not_believed(served, client):
    token = waiting(served)
    client.post(f"/a/{token}", data={"decision": "approve"}, headers={"x-forwarded-for": "198.51.100.2"})
    assert served.row(token).decided_from == "127.0.0.1"


def test_without_the_database_it_is_said(tmp_path):
    with serving(tmp_path) as served, served.client() as client:
        token = waiting(served)
        served.close_database()
        for answer in (client.get(f"/a/{token}"), client.post(f"/a/{token}", data={"decision": "approve"})):
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert inner(answer.text, "h1") == ["Not possible at the moment"]


class Broken:
    """A desk with a bug."""

    async def look(self, *_arguments):
        raise RuntimeError("a bug")

    async def decide(self, *_arguments, **_named):
        raise RuntimeError("a bug")


def test_no_token_is_in_any_log(tmp_path, caplog, capfd):
    """Also where the database is gone, and where there is a bug."""
    caplog.set_level(logging.DEBUG)
    with serving(tmp_path) as served, served.client() as client:
        token = waiting(served)
        desk, served.desk = served.desk, Broken()
        last = {"connection": "close"}  # uvicorn ends it after a bug
        assert client.get(f"/a/{token}", headers=last).status_code == 500
        assert client.post(f"/a/{token}", data={"decision": "approve"}, headers=last).status_code == 500
        served.desk = desk
        assert client.get(f"/a/{token}").status_code == 200
        assert client.post(f"/a/{token}", data={"decision": "approve"}).status_code == 303
        served.close_database()
        assert client.get(f"/a/{token}").status_code == 503
        assert client.post(f"/a/{token}", data={"decision": "approve"}).status_code == 503
    output = "".join(capfd.readouterr())
    lines = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join([output, *map(caplog.handler.format, lines)])
    assert "a bug" in logged
    assert "approval not shown" in logged
    assert token not in logged


@pytest.mark.parametrize("behind", [".", ")", "/", "%2F", ">", "%22", ",", "-", "%E2%80%9D"])
def test_what_a_mail_program_put_behind_the_link_is_forgiven(served, client, behind):
    """The page is at the link itself, so that its style and its form are where they are for everybody."""
    token = waiting(served)
    answer = client.get(f"/a/{token}{behind}", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, f"/a/{token}")
    assert answer.history[0].status_code == 303
    answer = client.get(f"/a/{token}{behind}?language=tr", follow_redirects=True)
    assert answer.url.query == b"language=tr"
    answer = client.post(f"/a/{token}{behind}", data={"decision": "approve"}, follow_redirects=True)
    assert (answer.status_code, inner(answer.text, "h1")) == (200, ["Approved"])


def test_a_slash_in_a_link_of_nobody_leaves_the_style_where_it_is(served, client):
    answer = client.get("/a/nothing/of/ours")
    assert answer.status_code == 404
    style = re.search(r'href="([^"]*page[^"]*css)"', answer.text)[1]
    assert client.get(str(answer.url.join(style))).status_code == 200


def test_an_approval_that_let_nobody_in_yet_is_revoked_by_whoever_was_asked(served, client):
    """By any of them; it is written down, and the page tells it to all (D2)."""
    token = kept(served)
    deputy = served.another_link(token, recipient="deputy@example.com")
    assert client.post(f"/a/{deputy}", data={"decision": "revoke"}).status_code == 303
    row = served.row(token)
    assert (row.status, row.revoked_by, row.revoked_at) == ("revoked", "deputy@example.com", served.now)
    page = client.get(f"/a/{token}").text
    assert (facts(page)["Decided by"], facts(page)["Revoked by"]) == (
        "you 14:03 (UTC+3)",
        "d***y@example.com 14:03 (UTC+3)",
    )
    assert facts(client.get(f"/a/{deputy}").text)["Revoked by"] == "you 14:03 (UTC+3)"
    assert served.told()[-1] == "revoked: revoked by deputy@example.com from 127.0.0.1"
    # Not twice, and it cannot be given again.
    for decision in ("revoke", "approve", "reject"):
        client.post(f"/a/{token}", data={"decision": decision})
    assert served.row(token) == row


def test_who_is_signed_in_already_is_not_revoked(served, client):
    token = used(served)
    before = served.row(token)
    assert inner(client.get(f"/a/{token}").text, "button") == []
    client.post(f"/a/{token}", data={"decision": "revoke"})
    assert served.row(token) == before


def test_of_one_in_line_the_page_says_since_when(served, client):
    token = waiting(served, station="", in_line=1, in_line_since=served.now - 65)
    page = text_of(client.get(f"/a/{token}").text)
    assert (
        "Another request of this user has stood in line behind it since 14:02 (UTC+3). Your approval does not let"
        in page
    )


def test_what_there_is_to_judge_by(served, client):
    """X75: whether the user came from there before, how often, and what was decided then."""
    place = "198.51.100.23"

    def seen(**changes):
        return facts(client.get(f"/a/{waiting(served, station=place, **changes)}").text)["From"]

    assert seen() == f"{place} First time from here"
    # The sign-in that is asked about is none of those before it.
    served.signed_in_before(place, served.now)
    assert seen() == f"{place} First time from here"
    served.now += 86400
    assert seen() == f"{place} Signed in from here before, last on 23 November 2026"
    for _ in range(2):
        used(served, station=place)
    refused(served, station=place)
    served.now += 86400
    told = f"{place} Approved from here before: 2, last sign-in on 23 November 2026. Rejected from here before: 1"
    assert seen() == told
    assert "Buradan daha önce 2 kez onaylandı, son oturum: 23 Kasım 2026" in seen_in_turkish(served, client, place)
    assert (
        facts(client.get(f"/a/{waiting(served, station='elsewhere')}").text)["From"] == "elsewhere First time from here"
    )


def seen_in_turkish(served, client, place):
    return facts(client.get(f"/a/{waiting(served, station=place, language='tr')}").text)["Nereden"]


@pytest.mark.parametrize(
    ("why", "english", "turkish"),
    [
        ("manager", "You are this user's manager", "Bu kullanıcının yöneticisi sizsiniz"),
        ("sponsor", "You are this user's sponsor", "Bu kullanıcının sorumlusu sizsiniz"),
        ("managers_manager", "You are the manager of this user's manager", "Bu kullanıcının yöneticisi size bağlı"),
        ("named", "You are named to approve such sign-ins", "Bu oturumları onaylamakla siz görevlisiniz"),
        ("default_recipient", "Nobody else answers for this user", "Bu kullanıcı için tanımlı bir yönetici yok"),
    ],
)
def test_why_whoever_is_asked_is_asked(served, client, why, english, turkish):
    token = waiting(served, why=why)
    assert facts(client.get(f"/a/{token}").text)["Why you"] == english
    assert facts(client.get(f"/a/{token}?language=tr").text)["Neden siz"] == turkish


def test_whoever_is_told_can_judge_too(served, client):
    shown = facts(client.get(f"/a/{STATES['information'](served, station='198.51.100.99')}").text)
    assert shown["From"] == "198.51.100.99 First time from here"
    assert shown["Signed in at"] == "14:03 (UTC+3)"
    assert shown["Why you"] == "You are this user's manager"


def test_facts_and_buttons_come_before_conditions(served, client):
    page = client.get(f"/a/{waiting(served)}").text
    places = [
        page.index(text) for text in ("203.0.113.77", "Why you", 'value="reject"', "If you approve by", "Through")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("language", "title", "effect"),
    [
        ("en", "Nothing to decide here", "This address is for links that come by mail or SMS."),
        ("tr", "Burada yanıtlanacak bir istek yok", "Bu adres, e-posta veya SMS ile gelen bağlantılar içindir."),
    ],
)
def test_the_address_without_a_link_says_what_it_is_for(client, language, title, effect):
    """X73: it was a bare "not found". Style and icon are found from there too."""
    answer = client.get("/", headers={"accept-language": language})
    assert (answer.status_code, inner(answer.text, "h1")) == (200, [title])
    assert effect in text_of(answer.text)
    for path in re.findall(r'<link rel="\w+" href="([^"]+)"', answer.text):
        assert client.get(f"/{path}").status_code == 200
    assert "<form" not in answer.text
