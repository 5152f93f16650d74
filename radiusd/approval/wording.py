"""What approvers and users read where radius.yaml says nothing, or nothing in their language."""

from __future__ import annotations

from collections.abc import Mapping

Wording = Mapping[str, str]

SUBJECT: Wording = {
    "en": "{{ user.display_name }} asks to sign in",
    "tr": "{{ user.display_name }} oturum açmak istiyor",
}
MESSAGE: Wording = {
    "en": "{{ user.display_name }} ({{ user.username }}) asks to sign in to {{ application }} from {{ station }}. "
    "Decide: {{ link }}",
    "tr": "{{ user.display_name }} ({{ user.username }}), {{ application }} uygulamasında {{ station }} üzerinden "
    "oturum açmak istiyor. Karar vermek için: {{ link }}",
}
INFORMING_SUBJECT: Wording = {
    "en": "{{ user.display_name }} signed in to {{ application }}",
    "tr": "{{ user.display_name }}, {{ application }} uygulamasında oturum açtı",
}
INFORMING_MESSAGE: Wording = {
    "en": "{{ user.display_name }} ({{ user.username }}) signed in to {{ application }} from {{ station }} at "
    "{{ time }}. Nothing is asked of you. Details: {{ link }}",
    "tr": "{{ user.display_name }} ({{ user.username }}), {{ application }} uygulamasında {{ station }} üzerinden "
    "oturum açtı. Zaman: {{ time }}. Bir şey yapmanız gerekmiyor. Ayrıntılar: {{ link }}",
}
# Before subject and message of the question itself, whoever wrote them (D25)
REMINDER_SUBJECT: Wording = {"en": "Reminder: {{ subject }}", "tr": "Hatırlatma: {{ subject }}"}
REMINDER: Wording = {
    "en": "{{ user.display_name }} is back, and has been asking since {{ since }}; nobody has decided yet. {{ message }}",
    "tr": "{{ user.display_name }} yeniden geldi; isteği {{ since }} itibarıyla bekliyor ve henüz karar verilmedi. "
    "{{ message }}",
}
WAITING: Wording = {"en": "Waiting for manager approval", "tr": "Yönetici onayı bekleniyor"}
