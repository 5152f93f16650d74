"""What approvers and users read where radius.yaml says nothing, or nothing in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from radiusd.rules.letters import WHOLE_NAME, Fact, Letter

Wording = Mapping[str, str]

SUBJECT: Wording = {
    "en": "{{ user.display_name }} asks to sign in",
    "tr": "{{ user.display_name }} oturum açmak istiyor",
}
QUESTION: Mapping[str, Letter] = {
    "en": Letter(
        title="{{ user.display_name }} asks to sign in",
        facts=(
            Fact("Who", WHOLE_NAME),
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }} – {{ seen }}"),
            Fact("Asked at", "{{ time }}"),
            Fact("Decide by", "{{ until }}"),
            Fact("Why you", "{{ approver.name }} – {{ approver.why }}"),
        ),
        link="{{ link }}",
        button="Approve or reject",
        notes=("If you do not expect this, reject it. Nothing is decided by opening the page.",),
    ),
    "tr": Letter(
        title="{{ user.display_name }} oturum açmak istiyor",
        facts=(
            Fact("Kullanıcı", WHOLE_NAME),
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }} – {{ seen }}"),
            Fact("İstek saati", "{{ time }}"),
            Fact("Son saat", "{{ until }}"),
            Fact("Neden siz", "{{ approver.name }} – {{ approver.why }}"),
        ),
        link="{{ link }}",
        button="Onayla veya reddet",
        notes=("Bu isteği beklemiyorsanız reddedin. Sayfayı açmakla karar vermiş olmazsınız.",),
    ),
}
INFORMING_SUBJECT: Wording = {
    "en": "{{ user.display_name }} signed in to {{ application }}",
    "tr": "{{ user.display_name }} oturum açtı: {{ application }}",
}
INFORMATION: Mapping[str, Letter] = {
    "en": Letter(
        title="{{ user.display_name }} signed in",
        facts=(
            Fact("Who", WHOLE_NAME),
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }} – {{ seen }}"),
            Fact("Signed in at", "{{ time }}"),
            Fact("Why you", "{{ approver.name }} – {{ approver.why }}"),
        ),
        link="{{ link }}",
        button="Details",
        notes=(
            "This is for your information: there is nothing to decide.",
            "If you did not expect it, tell your administrator.",
        ),
    ),
    "tr": Letter(
        title="{{ user.display_name }} oturum açtı",
        facts=(
            Fact("Kullanıcı", WHOLE_NAME),
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }} – {{ seen }}"),
            Fact("Oturum saati", "{{ time }}"),
            Fact("Neden siz", "{{ approver.name }} – {{ approver.why }}"),
        ),
        link="{{ link }}",
        button="Ayrıntılar",
        notes=(
            "Bilginize sunulur; karar vermeniz gerekmez.",
            "Beklemediğiniz bir durumsa sistem yöneticinize bildirin.",
        ),
    ),
}
# By SMS, longest first: the first that takes one part is sent. In Turkish of the letters that GSM's alphabet has too.
QUESTION_SMS: Mapping[str, Sequence[str]] = {
    "en": (
        "{{ user.display_name }} asks to sign in: {{ application }}, {{ station }}. {{ link }}",
        "{{ user.display_name }} asks to sign in: {{ application }}. {{ link }}",
        "{{ user.username }} asks to sign in. {{ link }}",
    ),
    "tr": (
        "{{ user.display_name }} onay bekliyor: {{ application }}, {{ station }}. {{ link }}",
        "{{ user.display_name }} onay bekliyor: {{ application }}. {{ link }}",
        "{{ user.username }} onay bekliyor. {{ link }}",
    ),
}
INFORMATION_SMS: Mapping[str, Sequence[str]] = {
    "en": (
        "{{ user.display_name }} signed in: {{ application }}, {{ station }}. Nothing to decide. {{ link }}",
        "{{ user.display_name }} signed in: {{ application }}. {{ link }}",
        "{{ user.username }} signed in. {{ link }}",
    ),
    "tr": (
        "Yeni oturum: {{ user.display_name }}, {{ application }}, {{ station }}. Onay gerekmez. {{ link }}",
        "Yeni oturum: {{ user.display_name }}, {{ application }}. {{ link }}",
        "Yeni oturum: {{ user.username }}. {{ link }}",
    ),
}


CONFIRM_SUBJECT: Wording = {"en": "Confirm that it is you", "tr": "Oturum açan siz misiniz?"}
CONFIRMATION: Mapping[str, Letter] = {
    "en": Letter(
        title="Confirm that it is you",
        facts=(
            Fact("Who", WHOLE_NAME),
            Fact("Application", "{{ application }}"),
            Fact("From", "{{ station }} – {{ seen }}"),
            Fact("Asked at", "{{ time }}"),
            Fact("Valid until", "{{ until }}"),
        ),
        link="{{ link }}",
        button="Is it you?",
        notes=(
            "Somebody wants to sign in with your name. The page that opens asks whether it is you; opening it signs nobody in.",
            "If it is not you, say so there: then nobody gets in.",
        ),
    ),
    "tr": Letter(
        title="Oturum açan siz misiniz?",
        facts=(
            Fact("Kullanıcı", WHOLE_NAME),
            Fact("Uygulama", "{{ application }}"),
            Fact("Nereden", "{{ station }} – {{ seen }}"),
            Fact("İstek saati", "{{ time }}"),
            Fact("Son saat", "{{ until }}"),
        ),
        link="{{ link }}",
        button="Yanıtla",
        notes=(
            "Adınıza oturum açılmak isteniyor. Sayfada bunun siz olup olmadığınız sorulur; sayfayı açmakla oturum açılmaz.",
            "Siz değilseniz sayfada bunu belirtin: kimse oturum açamaz.",
        ),
    ),
}


class Ours(NamedTuple):
    """What one kind of message says."""

    subject: Wording
    letter: Mapping[str, Letter]
    sms: Mapping[str, Sequence[str]]


ASKING = Ours(SUBJECT, QUESTION, QUESTION_SMS)
INFORMING = Ours(INFORMING_SUBJECT, INFORMATION, INFORMATION_SMS)
CONFIRMING = Ours(CONFIRM_SUBJECT, CONFIRMATION, {})  # by mail alone
# Before subject and message of the question itself, whoever wrote them (D25)
REMINDER_SUBJECT: Wording = {"en": "Reminder: {{ subject }}", "tr": "Hatırlatma: {{ subject }}"}
REMINDER: Wording = {
    "en": "{{ user.display_name }} is back, and has been asking since {{ since }}; nobody has decided yet.",
    "tr": "{{ user.display_name }} yeniden denedi; {{ since }} tarihinden beri onay bekliyor, henüz karar verilmedi.",
}
REMINDER_SMS: Wording = {"en": "Reminder: ", "tr": "Tekrar: "}
UNKNOWN_PLACE: Wording = {"en": "Where it comes from is not known", "tr": "Nereden geldiği bilinmiyor"}
WAITING: Wording = {"en": "Waiting for manager approval", "tr": "Yönetici onayı bekleniyor"}
CONFIRM: Wording = {
    "en": "Open the link in the mail that was sent to you",
    "tr": "Size gönderilen e-postadaki bağlantıyı açın",
}
