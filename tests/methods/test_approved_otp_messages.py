"""What approvers and users read of an approval."""

from __future__ import annotations

import re
from datetime import timedelta, timezone

import pytest

from radiusd.model.message import Sms
from radiusd.rules.sms import parts
from store import blocks
from tests.methods.approving import AT, Login, person


@pytest.mark.row("S9")
async def test_approver_and_user_read_titles_each_in_their_language(store):
    """D28: the approver's language is that of the server, since nothing is known of them; the user's is Turkish."""
    titles = {"organisation": "Example Ltd", "applications": {"vpn": {"en": "Remote access", "tr": "Uzaktan erişim"}}}
    titles["profiles"] = {"contractors": {"en": "With an approval", "tr": "Onayla"}}
    said = {"en": "Wait: {{ application }}", "tr": "{{ application }} ({{ profile }})..."}
    login = Login(store, titles=titles, waiting_message=said)
    waiting = await login.begins(entry=person(language="tr"))
    assert waiting.prompt == "Uzaktan erişim (Onayla)..."
    (message,) = waiting.messages
    link = f"https://mfa.example.com/a/{login.tokens[0]}"
    lines = message.content.text.splitlines()
    assert "Application: Remote access" in lines
    assert link in lines
    assert lines[-1] == "Example Ltd"
    assert "Example Ltd</p>" in message.content.html


@pytest.mark.row("S14", "S15", "S23")
async def test_by_sms(store):
    login = Login(store, delivery="sms", sms_gateways=("gateway",), server="https://mfa.example.com")
    await login.begins()
    (message,) = login.messages
    assert message.carriers == ("gateway",)
    assert isinstance(message.content, Sms)
    assert message.content.recipient == "+905550000003"
    link = f"https://mfa.example.com/a/{login.tokens[0]}"
    assert message.content.text == f"Ann Example asks to sign in: vpn, 192.0.2.77. {link}"


@pytest.mark.row("S11")
async def test_a_link_begins_with_the_profiles_server(store):
    """And with public_url where it has none, as in every other test."""
    login = Login(store, server="https://approve.example.net/mfa/")
    (message,) = (await login.begins()).messages
    assert re.search(r"^https://approve\.example\.net/mfa/a/[A-Za-z0-9]{32,}$", message.content.text, re.MULTILINE)


@pytest.mark.row("S12", "S16")
async def test_each_reads_their_own_language(store):
    """The user's prompt, and the approver's message: theirs, else the default; radius.yaml's words before ours."""
    turkish = person(language="tr-TR")
    assert (await Login(store).begins(entry=turkish)).prompt == "Yönetici onayı bekleniyor"
    login = Login(store, language="tr")
    assert (await login.begins(entry=person(language="en"))).prompt == "Waiting for manager approval"
    assert login.messages[0].content.subject == "Ann Example oturum açmak istiyor"
    login = Login(store, language="tr", subject={"en": "Only English"}, message={"tr": "{{ minutes }} {{ link }}"})
    await login.begins()
    assert login.messages[0].content.subject == "Ann Example oturum açmak istiyor"
    assert login.messages[0].content.text.startswith("60 https://mfa.example.com/a/")
    one_for_all = Login(store, waiting_message=dict.fromkeys(("en", "tr"), "Wait, {{ user.username }}"))
    assert (await one_for_all.begins(entry=turkish)).prompt == "Wait, ann"


async def test_what_users_are_called_can_not_write_the_message(store):
    login = Login(store)
    await login.begins(entry=person(first_name="Ann\r\nBcc: x@y.example", last_name="http://evil.example/a/1"))
    content = login.messages[0].content
    assert "\n" not in content.subject
    assert "Who: Ann Bcc: x@y.example http:evil.example/a/1 (ann)\n" in content.text
    assert content.text.count("://") == 1
    assert content.html.count("://") == 3  # the button, and the link written out as one
    shown = await login.desk.look(login.tokens[0], AT + 1)
    assert "\n" not in shown.display_name


NAMES = {"first_name": "Gülşah", "last_name": "Çığlıkçıoğlu-Öğütçü", "sponsor_name": "Işıl Şükriye"}


TITLED = {
    "applications": {"vpn": {"en": "Remote access to the head office", "tr": "Merkez ofise uzaktan erişim (VPN)"}}
}


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("options", [{}, {"type": "manager_information"}])
async def test_our_sms_takes_one_part(store, options, language):
    """X62: names in letters that GSM has, where only that makes it one; the reminder too."""
    by_sms = {"delivery": "sms", "sms_gateways": ("gateway",), "language": language, "titles": TITLED}
    login = Login(store, **options, **by_sms)
    await login.begins(entry=person(**NAMES), station="2001:db8:10:20:30:40:50:60")
    if not options:
        await login.comes_back(AT + 600, entry=person(**NAMES))
    for message, token in zip(login.messages, login.tokens, strict=True):
        assert parts(message.content.text) == 1
        assert "Gülsah Çiglikcioglu-Ögütcü" in message.content.text
        assert message.content.text.endswith(f"https://mfa.example.com/a/{token}")
    assert len(login.messages) == (1 if options else 2)


async def test_a_mail_says_in_turkish_what_there_is_to_judge_by(store):
    """X62: times with their zone, until when, whom it is for and why; in HTML too."""
    await store.write(lambda c: blocks.know_station(c, "local", "7", "192.0.2.77", AT - 86400))
    login = Login(store, language="tr", zone=timezone(timedelta(hours=3)))
    await login.begins(entry=person(**NAMES))
    mail = login.messages[0].content
    told = {
        "Kullanıcı": "Gülşah Çığlıkçıoğlu-Öğütçü (ann)",
        "Uygulama": "vpn",
        "Nereden": "192.0.2.77 – Buradan daha önce oturum açtı, son: 14.01.2027",
        "İstek saati": "15.01.2027 11:00 UTC+3",
        "Son saat": "15.01.2027 12:00 UTC+3",
        "Neden siz": "Işıl Şükriye – Bu kullanıcının sorumlusu sizsiniz",
    }
    for label, value in told.items():
        assert f"\n{label}: {value}\n" in mail.text
        assert re.search(rf">{label}</th><td [^>]*>{re.escape(value)}</td>", mail.html)
    assert re.findall(r'href="([^"]+)"', mail.html) == [f"https://mfa.example.com/a/{login.tokens[0]}"] * 2
    assert "Onayla veya reddet</a>" in mail.html


async def test_html_of_the_administrators(store):
    """A template for each language; where the text is theirs and there is no HTML of theirs, the text is sent alone."""
    html = {"tr": "<p>{{ approver.name }}: {{ user.display_name }} {{ link }}</p>"}
    login = Login(store, language="tr", html=html)
    await login.begins(entry=person(sponsor_name="<Sam>"))
    assert login.messages[0].content.html == (
        f"<p>&lt;Sam&gt;: Ann Example https://mfa.example.com/a/{login.tokens[0]}</p>"
    )
    login = Login(store, message={"en": "Decide: {{ link }}"})
    await login.begins()
    assert login.messages[0].content.html is None
