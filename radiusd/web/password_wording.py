"""What the page behind a link for another password says, in each language. In braces: names of values."""

from __future__ import annotations

from collections.abc import Mapping

PASSWORDS: Mapping[str, Mapping[str, str]] = {
    "password": {"en": "Your password", "tr": "Parolanız"},
    "set password": {"en": "Set another password", "tr": "Yeni parola belirleyin"},
    "set password, effect": {
        "en": "{name}, the old one ends in the same moment, and so does all that was signed in with it.",
        "tr": "{name}, eski parolanız aynı anda geçersiz olur; onunla açılmış oturumların da yeniden açılması gerekir.",
    },
    "field password": {"en": "New password", "tr": "Yeni parola"},
    "field password again": {"en": "Once more", "tr": "Bir kez daha"},
    "confirm password": {"en": "Set it", "tr": "Belirle"},
    "password set": {"en": "Your password was set", "tr": "Parolanız belirlendi"},
    "password set, effect": {
        "en": "You are not signed in here. Use it where you sign in. You can close this page.",
        "tr": "Bu sayfada oturum açılmadı. Yeni parolanızı oturum açarken kullanın. Bu sayfayı kapatabilirsiniz.",
    },
    "reset over": {"en": "This link is over", "tr": "Bu bağlantı artık geçerli değil"},
    "reset over, effect": {
        "en": "No password can be set by it any more. Ask your help desk for a new one.",
        "tr": "Bu bağlantıyla artık parola belirlenemez. Destek ekibinden yeni bir bağlantı isteyin.",
    },
    "outage, password": {
        "en": "It is not certain that your password was set. Open the link again in a moment to see.",
        "tr": "Parolanızın belirlenip belirlenmediği belli değil. Bağlantıyı biraz sonra yeniden açıp bakın.",
    },
    "told passwords_differ": {"en": "The two were not the same.", "tr": "İki parola aynı değil."},
    "told password_too_short": {
        "en": "It must have at least {number} characters.",
        "tr": "En az {number} karakter olmalı.",
    },
    "told password_too_long": {
        "en": "It is too long: sign-ins carry {number} octets.",
        "tr": "Çok uzun; oturum açarken en fazla {number} bayt gönderilebilir.",
    },
    "told password_unreadable": {
        "en": "It has a character that cannot be used.",
        "tr": "Kullanılamayan bir karakter içeriyor.",
    },
    "told password_common": {
        "en": "It is on lists of common passwords.",
        "tr": "Yaygın parolalar listesinde yer alıyor.",
    },
    "told password_of_the_user": {
        "en": "It is made of your own name or address.",
        "tr": "Kendi adınızdan ya da adresinizden oluşuyor.",
    },
}
