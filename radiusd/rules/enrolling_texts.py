"""What users read who enroll at the NAS's prompt, by key and language."""

from __future__ import annotations

from collections.abc import Mapping

ENROLLING: Mapping[str, Mapping[str, str]] = {
    "enroll_mail": {
        "en": "You have no mail address for codes yet. Type the one you want your codes sent to.",
        "tr": "Kodlar için kayıtlı e-posta adresiniz yok. Kodların gönderileceği adresi yazın.",
    },
    "enroll_mobile": {
        "en": "You have no mobile number for codes yet. Type yours, with its country code (+90...).",
        "tr": "Kodlar için kayıtlı cep telefonunuz yok. Numaranızı ülke koduyla yazın (+90...).",
    },
    "enroll_first": {
        "en": "Something is to be added for your codes. First type the code sent to {{ destination }}.",
        "tr": "Kodlarınız için yeni bir kayıt eklenecek. Önce şuraya gönderilen kodu yazın: {{ destination }}",
    },
    "enroll_code": {
        "en": "Type the code sent to {{ destination }}.",
        "tr": "Şuraya gönderilen kodu yazın: {{ destination }}",
    },
    "enroll_no_mail": {
        "en": "Nothing can be sent there. Type a whole mail address.",
        "tr": "Bu adrese gönderilemiyor. E-posta adresinizi tam yazın.",
    },
    "enroll_no_mobile": {
        "en": "No SMS can be sent there. Type a mobile number with its country code.",
        "tr": "Bu numaraya SMS gönderilemiyor. Cep telefonu numaranızı ülke koduyla yazın.",
    },
    "enroll_disabled": {
        "en": "That one was disabled: ask your help desk, or type another.",
        "tr": "Bu kayıt devre dışı: destek ekibiyle görüşün ya da başkasını yazın.",
    },
    "enroll_by_invitation": {
        "en": "You have nothing that codes could be sent to. Ask your help desk for an invitation, then sign in again.",
        "tr": "Kod gönderilebilecek kayıtlı adresiniz ya da numaranız yok. Destek ekibinden davet isteyin, sonra yeniden oturum açın.",
    },
    "enroll_help_desk": {
        "en": "You have nothing that codes could be sent to. Ask your help desk to add it, then sign in again.",
        "tr": "Kod gönderilebilecek kayıtlı adresiniz ya da numaranız yok. Destek ekibinden eklemesini isteyin, sonra yeniden oturum açın.",
    },
}
