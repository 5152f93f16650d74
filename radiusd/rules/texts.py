"""What users read, by key and language; `texts:` of radius.yaml replaces any of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TypeVar

from config.models.templates import rendered
from radiusd.rules import moments
from radiusd.rules.enrolling_texts import ENROLLING

Worded = TypeVar("Worded")
LANGUAGES = {language: language for language in moments.UNITS}
# Templates like those of radius.yaml, which may replace them.
TEXTS: Mapping[str, Mapping[str, str]] = {
    "refused": {"en": "Access denied.", "tr": "Erişim reddedildi."},
    "outage": {
        "en": "Sign-in is not possible at the moment: {{ component }} cannot be reached.",
        "tr": "Şu anda oturum açılamıyor: {{ component }} yanıt vermiyor.",
    },
    "busy": {
        "en": "Too many sign-ins are waiting at the moment. Try again in a minute.",
        "tr": "Şu anda çok fazla oturum açma isteği bekliyor. Bir dakika sonra yeniden deneyin.",
    },
    "press_enter": {"en": "Press Enter to check again.", "tr": "Durumu görmek için Enter'a basın."},
    "append_code": {
        "en": "Sign in again with the code behind your password.",
        "tr": "Parolanızın sonuna kodu ekleyerek yeniden oturum açın.",
    },
    "wrong_code": {"en": "Wrong code.", "tr": "Kod yanlış."},
    "older_code": {
        "en": "This code was replaced. Type the newest one.",
        "tr": "Bu kod yenilendi. En son gönderilen kodu girin.",
    },
    "expired_code": {"en": "The code has expired.", "tr": "Kodun süresi doldu."},
    "fresh_code": {
        "en": "A fresh code was sent; earlier ones no longer work.",
        "tr": "Yeni kod gönderildi; öncekiler artık geçersiz.",
    },
    "resend_later": {
        "en": "A fresh code can be sent in {{ wait }}.",
        "tr": "Yeni kod {{ wait }} sonra gönderilebilir.",
    },
    "resend": {
        "en": "No code yet? Press Enter, or type resend.",
        "tr": 'Kod gelmediyse Enter\'a basın ya da "yeniden" yazın.',
    },
    "type_code": {"en": "Type it where you are asked for it.", "tr": "Kodu sorulduğu yere yazın."},
    "choose": {"en": "How do you want to sign in?", "tr": "Nasıl oturum açmak istersiniz?"},
    "choose_how": {
        "en": "Type a number, or press Enter for the first.",
        "tr": "Numarasını yazın; ilki için Enter'a basmanız yeterli.",
    },
    "choose_where": {"en": "Where should the code go?", "tr": "Kod nereye gönderilsin?"},
    "refused_there": {
        "en": "That address or number refused the message.",
        "tr": "Mesaj o adrese ya da numaraya iletilemedi.",
    },
    "used_on": {"en": "used {{ day }}", "tr": "son kullanım: {{ day }}"},
    "added_on": {"en": "added {{ day }}", "tr": "eklenme: {{ day }}"},
    "resend_elsewhere": {
        "en": "No code yet? Press Enter, or type resend; resend and a number sends it elsewhere.",
        "tr": 'Kod gelmediyse Enter\'a basın ya da "yeniden" yazın; başka bir yere gönderilmesi için "yeniden" yazıp yanına numarasını ekleyin.',
    },
    "no_such_choice": {"en": "That is none of the choices.", "tr": "Böyle bir seçenek yok."},
    "app_code": {
        "en": "Type the code that your authenticator app shows.",
        "tr": "Kimlik doğrulama uygulamanızda görünen kodu girin.",
    },
    "used_code": {
        "en": "This code was used already. Wait for the next one.",
        "tr": "Bu kod zaten kullanıldı. Bir sonraki kodu bekleyin.",
    },
    "clock_off": {
        "en": "This code is of another time. Is the clock of your phone right?",
        "tr": "Bu kod şu anki saate ait değil. Telefonunuzun saati doğru mu?",
    },
    "used_recovery_code": {
        "en": "This recovery code was used already.",
        "tr": "Bu kurtarma kodu zaten kullanıldı.",
    },
    "few_recovery_codes": {
        "en": "Recovery codes left: {{ left }}. Ask your help desk for new ones.",
        "tr": "Kalan kurtarma kodu: {{ left }}. Destek ekibinden yenilerini isteyin.",
    },
    # Once a password was proved: what happened, and what to do next (D26)
    "not_approved": {
        "en": "Your sign-in was not approved. Speak to whoever approves it before you try again.",
        "tr": "Oturum açma isteğiniz onaylanmadı. Yeniden denemeden önce onay verecek kişiyle görüşün.",
    },
    "undecided": {
        "en": "Nobody has decided yet. Once your sign-in is approved, sign in again: you need not wait any more.",
        "tr": "Henüz karar verilmedi. İsteğiniz onaylanınca yeniden oturum açın; artık beklemeniz gerekmez.",
    },
    "undecided_ask_anew": {
        "en": "Nobody decided in time. Sign in again to ask once more.",
        "tr": "Süresi içinde karar verilmedi. Yeniden onay istemek için tekrar oturum açın.",
    },
    "not_confirmed": {
        "en": "It was said that this is not you, so the sign-in ended. Tell your help desk if you know nothing of that.",
        "tr": "Oturum açanın siz olmadığı bildirildiği için oturum açılmadı. Bundan haberiniz yoksa destek ekibine bildirin.",
    },
    "unconfirmed": {
        "en": "The link in your mail was not opened and confirmed yet. Once you have done so, sign in again.",
        "tr": "E-postanızdaki bağlantıdan henüz onay vermediniz. Onay verdikten sonra yeniden oturum açın.",
    },
    "unconfirmed_ask_anew": {
        "en": "The link in your mail was not confirmed in time. Sign in again for a new one.",
        "tr": "E-postanızdaki bağlantıdan süresi içinde onay vermediniz. Yeni bağlantı için yeniden oturum açın.",
    },
    "links_too_often": {
        "en": "No further link can be sent now: too many were sent lately. Try again in an hour.",
        "tr": "Son bir saatte çok fazla bağlantı gönderildiği için yenisi gönderilemiyor. Bir saat sonra yeniden deneyin.",
    },
    "asked_too_often": {
        "en": "Approval was asked for too often. Speak to whoever approves your sign-in, or try again in an hour.",
        "tr": "Çok fazla onay isteği gönderildi. Onay verecek kişiyle görüşün ya da bir saat sonra yeniden deneyin.",
    },
    "not_delivered": {
        "en": "The message for this sign-in was refused at its address or number. Tell your help desk.",
        "tr": "Bu oturum için gönderilen mesaj, alıcının adresine ya da numarasına iletilemedi. Destek ekibine haber verin.",
    },
    "no_further_code": {
        "en": "No further code can be sent now. Type the last one: it is still good.",
        "tr": "Şu anda yeni kod gönderilemiyor. Son gönderilen kodu girin; hâlâ geçerli.",
    },
    "no_code": {
        "en": "No code can be sent now: too many were sent lately. Try again in an hour.",
        "tr": "Son bir saatte çok fazla kod gönderildiği için şu anda kod gönderilemiyor. Bir saat sonra yeniden deneyin.",
    },
    "not_chosen": {
        "en": "None of the choices was typed. Sign in again.",
        "tr": "Seçeneklerden biri girilmedi. Yeniden oturum açın.",
    },
    "other_decided": {
        "en": "Another sign-in of yours was decided. Sign in again.",
        "tr": "Başka bir oturum isteğiniz için karar verildi. Yeniden oturum açın.",
    },
    # Where a password must be changed
    "password_must_change": {"en": "Your password must be changed.", "tr": "Parolanızı değiştirmeniz gerekiyor."},
    "new_password": {"en": "New password:", "tr": "Yeni parola:"},
    "new_password_again": {"en": "The new password once more:", "tr": "Yeni parola, bir kez daha:"},
    "passwords_differ": {"en": "The two were not the same.", "tr": "İki parola aynı değil."},
    "password_too_short": {
        "en": "It must have at least {{ number }} characters.",
        "tr": "En az {{ number }} karakter olmalı.",
    },
    "password_too_long": {
        "en": "It is too long to be sent from here.",
        "tr": "Buradan gönderilemeyecek kadar uzun.",
    },
    "password_unreadable": {
        "en": "It has a character that cannot be used.",
        "tr": "Kullanılamayan bir karakter içeriyor.",
    },
    "password_common": {
        "en": "It is on lists of common passwords.",
        "tr": "Yaygın parolalar listesinde yer alıyor.",
    },
    "password_of_the_user": {
        "en": "It is made of your own name or address.",
        "tr": "Kendi adınızdan ya da adresinizden oluşuyor.",
    },
    "password_not_taken": {
        "en": "The directory does not take this password.",
        "tr": "Dizin bu parolayı kabul etmiyor.",
    },
    "password_shorter": {"en": "It is too short.", "tr": "Çok kısa."},
    "password_too_easy": {"en": "It is too easy to guess.", "tr": "Tahmin edilmesi çok kolay."},
    "password_too_young": {
        "en": "The last one was set too short a time ago.",
        "tr": "Parola kısa süre önce değiştirilmiş.",
    },
    "password_used_before": {"en": "You have used it before.", "tr": "Bu parolayı daha önce kullandınız."},
    "password_rule_length": {"en": "At least {{ number }} characters.", "tr": "En az {{ number }} karakter."},
    "password_rule_mixed": {
        "en": "Three kinds of small letters, capitals, digits and signs, and not your name.",
        "tr": "Küçük harf, büyük harf, rakam ve işaretten en az üçü; adınız geçmemeli.",
    },
    "password_rule_history": {
        "en": "None of the last {{ number }}.",
        "tr": "Son {{ number }} paroladan biri olmamalı.",
    },
    "password_rule_age": {
        "en": "Not sooner than {{ number }} hours after the last change.",
        "tr": "Son değişiklikten en az {{ number }} saat sonra.",
    },
    "password_not_changed": {
        "en": "Your password was not changed. Sign in again to try once more.",
        "tr": "Parolanız değiştirilmedi. Yeniden denemek için tekrar oturum açın.",
    },
    "change_elsewhere": {
        "en": "Your password must be changed, and not here. Change it at a computer of your organisation, or ask your help desk.",
        "tr": "Parolanızın değiştirilmesi gerekiyor, ancak buradan değiştirilemez. Kurumunuzdaki bir bilgisayarda değiştirin ya da destek ekibine başvurun.",
    },
    "changed_signing_in": {
        "en": "At a sign-in to {{ application }} from {{ station }}",
        "tr": "{{ application }} uygulamasına {{ station }} üzerinden oturum açarken",
    },
    "changed_by_link": {
        "en": "By the link that your help desk sent you by mail",
        "tr": "Destek ekibinin e-postayla gönderdiği bağlantıyla",
    },
    **ENROLLING,
    "reference": {"en": "Ref {{ ref }}", "tr": "Ref {{ ref }}"},
}


class Texts:
    """The texts in every language, the administrator's words before ours.

    `overrides` are radius.yaml's `texts`: by key, by language. `language` is for users who have none.
    """

    def __init__(self, overrides: Mapping[str, Mapping[str, str]], language: str) -> None:
        self._language = language
        self._wanted = lru_cache(maxsize=64)(self._languages)
        self._fixed = lru_cache(maxsize=1024)(self._without_values)
        self._lasting = lru_cache(maxsize=1024)(self._in_words)
        self._texts = {key: {**ours, **overrides.get(key, {})} for key, ours in TEXTS.items()}

    def of(self, key: str, language: str = "", **values: str) -> str:
        """The text in that language, else in the default one.

        A region is left out where we do not know it: `tr-TR` is read as `tr`. Raises KeyError for an unknown key.
        """
        return rendered(self.choose(self._texts[key], language), values) if values else self._fixed(key, language)

    def choose(self, texts: Mapping[str, Worded], language: str) -> Worded:
        """Of texts by language the one in that language, else in the default one, in English, or in what there is."""
        for name in self._wanted(language):
            if name in texts:
                return texts[name]
        return next(iter(texts.values()))

    def spoken(self, language: str) -> str:
        """The one of our languages in which somebody is spoken to who has that language, "" for none."""
        return self.choose(LANGUAGES, language)

    def lasting(self, seconds: float, language: str = "") -> str:
        """A duration in words of that language, never longer than it is."""
        return self._lasting(seconds, language)

    def chooser(self, texts: Mapping[str, Worded]) -> Callable[[str], Worded]:
        """`choose` of these texts, for whoever asks again and again."""
        return lru_cache(maxsize=64)(partial(self.choose, texts))

    def _without_values(self, key: str, language: str) -> str:
        return rendered(self.choose(self._texts[key], language), {})

    def _in_words(self, seconds: float, language: str) -> str:
        return moments.lasting(seconds, self.spoken(language))

    def _languages(self, language: str) -> tuple[str, ...]:
        """Those to be tried for it, in order."""
        wanted = language.casefold().replace("_", "-")
        return wanted, wanted.partition("-")[0], self._language, "en"

    def refused(self, ref: str, language: str = "") -> str:
        """Of every Reject: one text for every reason, and the reference (D22)."""
        return f"{self.of('refused', language)} {self.of('reference', language, ref=ref)}"

    def outage(self, component: str, ref: str, language: str = "") -> str:
        """Of every Reject while a component is down."""
        text = self.of("outage", language, component=component)
        return f"{text} {self.of('reference', language, ref=ref)}"
