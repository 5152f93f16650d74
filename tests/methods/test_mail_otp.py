"""`method: mail_otp`: the mail that is sent and the prompt that is read."""

from __future__ import annotations

import html
import re
from datetime import timedelta, timezone

import pytest

from radiusd.handlers import KINDS
from radiusd.model.message import Mail
from radiusd.model.verdict import Failed
from tests.one_time.conversation import MORE, MORE_TR, Login, ann, seconds

ISTANBUL = timezone(timedelta(hours=3))


def mail_of(login):
    (message,) = login.messages
    assert isinstance(message.content, Mail)
    return message.content


def test_it_is_active():
    assert KINDS["mail_otp"].active


@pytest.mark.row("S99", "S115", "S138")
def test_the_mail():
    login = Login(time_zone=ISTANBUL)
    login.begins()
    mail = mail_of(login)
    assert (mail.recipient, mail.subject) == ("alice@example.com", "Your sign-in code")
    assert mail.text.splitlines() == [
        f"Your sign-in code: {login.codes[0]}",
        "",
        "Valid for: 10 minutes",
        "Who: Alice Example",
        "Application: vpn",
        "From: 192.0.2.77",
        "Asked at: 2027-01-15 11:00 UTC+3",
        "",
        "Type it where you are asked for it.",
        "If this was not you, somebody knows your password: change it and tell your help desk.",
    ]
    assert login.messages[0].carriers == ("primary", "backup")


CALLED = {
    "organisation": "Example Ltd",
    "applications": {"vpn": {"en": "Remote access", "tr": "Uzaktan erişim"}},
    "clients": {"gateway": {"en": "Head office"}},
}


@pytest.mark.row("S111")
def test_the_mail_names_titles_and_the_organisation():
    """D28: people read names, not keys."""
    login = Login(titles=CALLED, time_zone=ISTANBUL)
    login.begins(station="")
    lines = mail_of(login).text.splitlines()
    assert lines[4:7] == ["Application: Remote access", "From: Head office", "Asked at: 2027-01-15 11:00 UTC+3"]
    assert lines[-2:] == ["", "Example Ltd"]


def test_titles_are_in_the_users_language():
    login = Login(titles=CALLED, entry=ann(language="tr"))
    login.begins()
    assert "Uygulama: Uzaktan erişim" in mail_of(login).text


def test_the_administrators_own_text_is_sent_as_it_is():
    login = Login(titles=CALLED, message={"en": "{{ organisation }}: {{ code }} for {{ application }}"})
    login.begins()
    assert mail_of(login).text == f"Example Ltd: {login.codes[0]} for Remote access"


@pytest.mark.row("S140")
def test_a_turkish_user_reads_turkish():
    """S140."""
    login = Login(entry=ann(language="tr-TR", display_name="Işıl Öğüt"), time_zone=ISTANBUL)
    login.begins()
    mail = mail_of(login)
    assert mail.subject == "Oturum açma kodunuz"
    assert mail.text.startswith(f"Oturum açma kodunuz: {login.codes[0]}\n\nGeçerlilik: 10 dakika\nKullanıcı: Işıl Öğüt")
    assert "Nereden: 192.0.2.77\nİstek saati: 15.01.2027 11:00 UTC+3" in mail.text
    assert '<html lang="tr">' in mail.html
    assert login.reads == "Kod gönderildi: a***e@example.com" + MORE_TR
    login.types(login.wrong)
    assert login.reads == "Kod yanlış. Kod gönderildi: a***e@example.com" + MORE_TR
    login.types("")
    assert login.reads == "Yeni kod 30 saniye sonra gönderilebilir. Kod gönderildi: a***e@example.com" + MORE_TR
    login.later(30)
    login.types("yeniden")
    assert login.reads == "Yeni kod gönderildi; öncekiler artık geçersiz. Kod gönderildi: a***e@example.com" + MORE_TR
    login.later(600)
    login.types(login.codes[1])
    assert login.reads.startswith("Kodun süresi doldu. Yeni kod gönderildi;")


def test_the_default_language_is_for_users_without_one():
    login = Login(language="tr")
    login.begins()
    assert login.reads == "Kod gönderildi: a***e@example.com" + MORE_TR
    assert mail_of(login).subject == "Oturum açma kodunuz"


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Code for vpn"), ("tr", "Code for vpn"), ("", "Code for vpn")]
)
@pytest.mark.row("S115")
def test_one_text_for_all_languages(language, subject):
    login = Login(
        entry=ann(language=language),
        subject="Code for {{ application }}",
        message="{{ code }} for {{ user.username }}",
        prompt="Look into {{ destination }}",
    )
    login.begins()
    assert mail_of(login).subject == subject
    assert mail_of(login).text == f"{login.codes[0]} for ann"
    assert login.reads == f"Look into a***e@example.com{MORE_TR if language == 'tr' else MORE}"


def test_a_language_that_the_administrator_left_out_has_our_text():
    texts = {"subject": {"en": "Mine"}, "message": {"en": "Mine: {{ code }}"}, "prompt": {"en": "Mine"}}
    english, turkish = Login(**texts), Login(entry=ann(language="tr"), **texts)
    english.begins()
    turkish.begins()
    assert (mail_of(english).subject, english.reads) == ("Mine", "Mine" + MORE)
    assert mail_of(english).text == f"Mine: {english.codes[0]}"
    assert (mail_of(turkish).subject, turkish.reads) == (
        "Oturum açma kodunuz",
        "Kod gönderildi: a***e@example.com" + MORE_TR,
    )


def test_other_words_of_the_administrator():
    login = Login(texts={"wrong_code": {"en": "No."}, "resend_later": {"en": "Wait {{ seconds }} s."}})
    login.begins()
    login.types(login.wrong)
    assert login.reads == "No. Code sent to a***e@example.com" + MORE
    login.types("")
    assert login.reads == "Wait 30 s. Code sent to a***e@example.com" + MORE


@pytest.mark.row("S136", "S137")
def test_html_beside_the_text():
    """S136, S137: values are escaped there, and there alone."""
    login = Login(
        entry=ann(display_name="<b>Ann</b> & Co"), html={"en": "<p>{{ code }}</p><p>{{ user.display_name }}</p>"}
    )
    login.begins()
    mail = mail_of(login)
    assert mail.html == f"<p>{login.codes[0]}</p><p>&lt;b&gt;Ann&lt;/b&gt; &amp; Co</p>"
    assert "Who: <b>Ann</b> & Co\n" in mail.text


def test_our_html_says_what_the_text_says():
    login = Login(entry=ann(display_name="<b>Ann</b> & Co"), titles=CALLED)
    login.begins()
    mail = mail_of(login)
    shown = [html.unescape(each) for each in re.findall(r">([^<>\n]+)</(?:p|h1|th|td)>", mail.html)]
    facts = [line.split(": ", 1) for line in mail.text.splitlines()[:7] if line]
    told = [each for fact in facts for each in fact] + [line for line in mail.text.splitlines()[7:] if line]
    assert sorted(shown) == sorted(told)
    assert "<b>" not in mail.html


@pytest.mark.parametrize(
    ("options", "english", "turkish"),
    [
        ({}, "ours", "ours"),
        ({"html": {"tr": "<i>{{ code }}</i>"}}, "ours", "theirs"),
        ({"html": {"en": "<i>{{ code }}</i>", "tr": ""}}, "theirs", None),
        # Beside another text ours would say something else.
        ({"message": {"en": "Code {{ code }}"}}, None, "ours"),
        ({"message": {"en": "Code {{ code }}"}, "html": {"en": "<i>{{ code }}</i>"}}, "theirs", "ours"),
    ],
)
def test_html_by_language(options, english, turkish):
    """X62: a template for each language; left out, ours."""
    for language, expected in (("en", english), ("tr", turkish)):
        login = Login(entry=ann(language=language), **options)
        login.begins()
        sent = mail_of(login).html
        whose = None if sent is None else "theirs" if sent == f"<i>{login.codes[0]}</i>" else "ours"
        assert whose == expected
        assert whose != "ours" or f'<html lang="{language}">' in sent


def test_whoever_wrote_the_html_it_says_what_to_do_next():
    """Where the code comes behind the password, and many a NAS shows no text (X33)."""
    for template in ("<html><body>{{ code }}</body></html>", "{{ code }}"):
        login = Login(placement="appended", html={"en": template})
        login.begins()
        assert "Sign in again with the code behind your password." in mail_of(login).html


def test_what_a_user_wrote_is_data():
    """S19, S20: no template, no further line, no link."""
    login = Login(entry=ann(display_name="{{ 7 * 7 }}\r\nBcc: x@example.com https://evil.example"))
    login.begins()
    text = mail_of(login).text
    assert "Who: {{ 7 * 7 }} Bcc: x@example.com https:evil.example\n" in text
    assert "://" not in text
    assert "49" not in text.replace(login.codes[0], "")


@pytest.mark.parametrize(
    ("validity", "minutes"), [(30, "1"), (60, "1"), (90, "1"), (600, "10"), (659, "10"), (3600, "60")]
)
def test_the_minutes_are_never_more_than_the_code_lives(validity, minutes):
    login = Login(validity=seconds(validity), message="{{ code }} {{ minutes }}")
    login.begins()
    assert mail_of(login).text.split()[1] == minutes


def test_a_nas_without_the_users_address_is_named_itself():
    login = Login()
    login.begins(station="")
    assert "From: gateway\n" in mail_of(login).text


@pytest.mark.parametrize(
    ("address", "reason"),
    [("", "the user has no mail address"), ("ann at example", "the user's mail address is not one")],
)
def test_without_an_address_nobody_is_asked_anything(address, reason):
    """D22: the audit is told why; it is no wrong try of the user's."""
    login = Login(entry=ann(mail=address))
    assert login.begins() == Failed(reason, counted="")
    assert login.messages == []
