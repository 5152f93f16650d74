"""`method: sms_otp`: the SMS that is sent and the prompt that is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from radiusd.handlers import KINDS
from radiusd.model.message import Sms
from radiusd.model.verdict import Failed
from radiusd.rules.sms import parts
from tests.one_time.conversation import MORE, MORE_TR, Login, ann

GSM_7 = frozenset(  # of the default alphabet (3GPP TS 23.038), as far as our texts need it
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;-'\"!?()/@_\n"
)
ONE_SMS = 160  # characters of that alphabet
ONE_SMS_UCS2 = 70  # where there is one beyond it


def sms_of(login):
    (message,) = login.messages
    assert isinstance(message.content, Sms)
    return message.content


def test_it_is_active():
    assert KINDS["sms_otp"].active


def test_the_sms():
    login = Login("sms")
    login.begins()
    assert sms_of(login) == Sms("+905554443322", f"{login.codes[0]} is your sign-in code for vpn. Valid for 5 minutes.")
    assert login.messages[0].carriers == ("first", "second")
    assert login.reads == "Code sent to +90********22" + MORE


def test_a_turkish_user_reads_turkish():
    login = Login("sms", entry=ann(language="tr"))
    login.begins()
    assert sms_of(login).text == f"Oturum açma kodunuz: {login.codes[0]} (vpn). 5 dakika geçerlidir."
    assert login.reads == "Kod gönderildi: +90********22" + MORE_TR


def test_our_text_is_one_sms():
    """Each further part costs as much again, and phones show them late."""
    login = Login("sms", code_length=10)
    login.begins(application="a-rather-long-name-of-an-application-in-radius-yaml")
    text = sms_of(login).text
    assert len(text) <= ONE_SMS
    assert set(text) <= GSM_7
    turkish = Login("sms", entry=ann(language="tr"), code_length=8)
    turkish.begins(application="intranet")
    assert len(sms_of(turkish).text) <= ONE_SMS_UCS2


def test_the_administrators_text():
    login = Login("sms", message="{{ code }} is your sign-in code.", prompt="SMS to {{ destination }}")
    login.begins()
    assert sms_of(login).text == f"{login.codes[0]} is your sign-in code."
    assert login.reads == "SMS to +90********22" + MORE


@pytest.mark.parametrize("number", ["05554443322", "0555 444 33 22", "+90 (555) 444-33-22"])
def test_a_number_as_directories_have_it(number):
    """D10."""
    login = Login("sms", entry=ann(mobile=number))
    login.begins()
    assert sms_of(login).recipient == "+905554443322"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "the user has no mobile number"),
        (
            "see the list",
            "the user's mobile number can not be read; write it with its country code, for example +905554443322",
        ),
        ("+4915123456789", "the user's mobile number is of DE, and enrollment.countries has TR only"),
    ],
)
def test_without_a_number_that_may_be_used_nobody_is_asked_anything(number, reason):
    login = Login("sms", entry=ann(mobile=number))
    assert login.begins() == Failed(reason, counted="")
    assert login.messages == []


def test_any_country_where_none_is_named():
    login = Login("sms", entry=ann(mobile="+4915123456789"), countries=())
    login.begins()
    assert login.reads == "Code sent to +49*********89" + MORE


def test_the_sms_names_the_title_of_the_application():
    """D28."""
    login = Login("sms", titles={"applications": {"vpn": {"en": "Remote access"}}, "organisation": "Example Ltd"})
    login.begins()
    code = login.codes[0]
    assert login.messages[0].content.text == f"{code} is your sign-in code for Remote access. Valid for 5 minutes."


@pytest.mark.row("S111")
def test_a_message_of_yours_may_name_the_profile():
    """D28."""
    login = Login(
        "sms", titles={"profiles": {"office": {"en": "the office"}}}, message={"en": "{{ code }}: {{ profile }}"}
    )
    login.begins()
    assert login.messages[0].content.text == f"{login.codes[0]}: the office"


BEHIND = {
    "en": "Sign in again with the code behind your password.",
    "tr": "Parolanızın sonuna kodu ekleyerek yeniden oturum açın.",
}
LONG = {
    "vpn": {
        "en": "Remote access to the network of the head office in Ankara",
        "tr": "Ankara merkez ofisi ağına uzaktan erişim",
    }
}


@pytest.mark.parametrize("placement", ["challenge", "appended"])
@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("applications", [{}, LONG])
@pytest.mark.parametrize("code_length", [6, 10])
def test_our_text_takes_one_part(placement, language, applications, code_length):
    """X62: also in Turkish, and behind the password, and with a long title, which is left out rather than paid for."""
    login = Login(
        "sms", entry=ann(language=language), titles={"applications": applications}, placement=placement,
        code_length=code_length, validity=timedelta(minutes=15),
    )  # fmt: skip
    login.begins()
    text = sms_of(login).text
    assert parts(text) == 1
    assert login.codes[0] in text
    if placement == "appended":
        assert BEHIND[language] in text


def test_a_text_of_the_administrators_is_sent_as_it_is():
    text = "{{ code }} – {{ application }}, şu anda girin. " + "x" * 70
    login = Login("sms", message={"en": text})
    login.begins()
    assert sms_of(login).text == text.replace("{{ code }}", login.codes[0]).replace("{{ application }}", "vpn")
