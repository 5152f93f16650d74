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
WAITING: Wording = {"en": "Waiting for manager approval", "tr": "Yönetici onayı bekleniyor"}
