"""The page of a link by which a user is asked about their own sign-in: what it says, and what fingers do in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.pages.looking import all_in_sight, serious
from tests.pages.states import OWN
from tests.pages.test_approval import facts, inner

ENGLISH = {
    "waiting": ("Confirm that it is you", "If you confirm by 14:04:08 (UTC+3), you are signed in at once, where"),
    "waiting_without_late": ("Confirm that it is you", "If you confirm by 14:04:08 (UTC+3), you are signed in at once"),
    "grant": ("Confirm that it is you", "Your sign-in is not waiting any more. If you confirm now"),
    "not_waiting": ("This sign-in is over", "Your sign-in is not waiting any more, so"),
    "withdrawn": ("This sign-in has ended", "There is nothing left to confirm"),
    "at_the_prompt": ("Confirm that it is you", "You were told to press Enter where you sign in."),
    "blocked": ("Confirm that it is you", "You are blocked at the moment"),
    "gone": ("Confirm that it is you", "Your account is not there any more"),
    "in_line": ("Confirm that it is you", "2 more requests in your name stand in line"),
    "approved": ("Confirmed", "You are being signed in, where you are waiting."),
    "approved_at_the_prompt": ("Confirmed", "Press Enter where you sign in"),
    "approved_and_disabled": ("Confirmed", "Your account is disabled"),
    "taken_back": ("Confirmed", "You were let in, but the answer did not arrive."),
    "revoked": ("Taken back", "Nobody can sign in with it any more."),
    "kept": ("Confirmed", "You can sign in by trying again, until 14:08:20 (UTC+3)."),
    "over": ("Confirmed, but not used", "Nobody signed in with it in time"),
    "used": ("Confirmed and signed in", "You signed in at 14:03 (UTC+3)."),
    "refused": ("You said that this was not you", "Nobody was let in."),
    "expired": ("This link has expired", "Nobody was let in by it"),
}
TURKISH = {
    "waiting": ("Oturum açan siz misiniz?", "14:04:08 (UTC+3) saatine kadar onaylarsanız beklediğiniz yerde"),
    "waiting_without_late": ("Oturum açan siz misiniz?", "14:04:08 (UTC+3) saatine kadar onaylarsanız"),
    "grant": ("Oturum açan siz misiniz?", "Oturum isteğiniz artık beklemiyor. Şimdi onaylarsanız"),
    "not_waiting": ("Bu oturum isteği sona erdi", "Oturum isteğiniz artık beklemiyor; onaylanacak"),
    "withdrawn": ("Bu oturum isteği sona erdi", "Onaylanacak bir şey kalmadı"),
    "at_the_prompt": ("Oturum açan siz misiniz?", "Oturum açtığınız yerde Enter tuşuna basmanız istendi."),
    "blocked": ("Oturum açan siz misiniz?", "Şu anda oturum açmanız engellenmiş durumda"),
    "gone": ("Oturum açan siz misiniz?", "Hesabınız artık yok"),
    "in_line": ("Oturum açan siz misiniz?", "Sizin adınıza sırada bekleyen 2 istek daha var"),
    "approved": ("Onaylandı", "Beklediğiniz yerde oturumunuz açılıyor."),
    "approved_at_the_prompt": ("Onaylandı", "Oturum açtığınız yerde Enter tuşuna basın"),
    "approved_and_disabled": ("Onaylandı", "Hesabınız devre dışı"),
    "taken_back": ("Onaylandı", "Oturumunuz açıldı ancak yanıt cihazınıza ulaşmadı."),
    "revoked": ("Onay geri alındı", "Bu onayla artık oturum açılamaz."),
    "kept": ("Onaylandı", "14:08:20 (UTC+3) saatine kadar yeniden deneyerek"),
    "over": ("Onaylandı ama kullanılmadı", "Zamanında oturum açılmadığı için"),
    "used": ("Onaylandı, oturum açıldı", "Oturum açtınız: 14:03 (UTC+3)."),
    "refused": ("Siz olmadığınızı bildirdiniz", "Kimsenin oturum açmasına izin verilmedi."),
    "expired": ("Bu bağlantının süresi doldu", "Bu bağlantıyla oturum açılmadı"),
}
BUTTONS = {"en": ("Yes, it is me", "No, it is not me"), "tr": ("Evet, benim", "Hayır, ben değilim")}
ASKED = ("waiting", "waiting_without_late", "grant", "at_the_prompt", "blocked", "gone", "in_line")


@pytest.mark.row("S52")
@pytest.mark.parametrize(("language", "expected"), [("en", ENGLISH), ("tr", TURKISH)])
@pytest.mark.parametrize("state", OWN)
def test_every_state_in_both_languages(served, client, state, language, expected):
    answer = client.get(f"/a/{OWN[state](served, language=language)}", headers={"accept-language": language})
    title, effect = expected[state.removesuffix("_for_oneself")]
    assert inner(answer.text, "h1") == [title]
    assert [each for each in inner(answer.text, "p") if each.startswith(effect)], inner(answer.text, "p")
    if state.removesuffix("_for_oneself") in ASKED:
        assert tuple(inner(answer.text, "button")) == BUTTONS[language]
    else:
        assert BUTTONS[language][0] not in inner(answer.text, "button")
    assert "Ann Example asks" not in answer.text
    assert "Approve" not in answer.text


def test_what_is_told(served, client):
    shown = facts(client.get(f"/a/{OWN['waiting_for_oneself'](served)}").text)
    assert shown == {
        "You": "Ann Example ann",
        "Application": "vpn",
        "From": "203.0.113.77 First time from here",
        "Asked at": "14:03 (UTC+3)",
        "Through": "vpn-gateway fw1.example.com · 192.0.2.10",
        "Confirm by": "15:03 (UTC+3)",
    }


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize(
    ("decision", "heading", "status"), [(0, "Confirmed", "approved"), (1, "You said that this was not you", "refused")]
)
def test_a_click(served, chromium, decision, heading, status):
    """The browser that opens it is signed in nowhere: it keeps nothing (D19)."""
    token = OWN["waiting_for_oneself"](served)
    with chromium.new_context(viewport={"width": 320, "height": 568}) as context:
        page = context.new_page()
        page.goto(f"{served.url}/a/{token}")
        assert served.row(token).status == "open"
        all_in_sight(page)
        assert serious(page) == []
        page.get_by_role("button", name=BUTTONS["en"][decision]).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert served.row(token).status == status


@pytest.mark.parametrize("language", ["en", "tr"])
def test_nothing_runs_out_of_the_window(served, chromium, language):
    with chromium.new_context(viewport={"width": 320, "height": 568}) as context:
        page = context.new_page()
        for state, make in OWN.items():
            page.goto(f"{served.url}/a/{make(served, language=language)}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, state
