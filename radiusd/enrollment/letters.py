"""What is written to users about their addresses and numbers: a code to a new one, an invitation, and that one was added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from config.models.templates import rendered
from radiusd.enrollment.addresses import Destination
from radiusd.model.message import Mail, Sms
from radiusd.rules import letters
from radiusd.rules.letters import Fact, Letter

KINDS = {
    "mail": {"en": "mail address", "tr": "e-posta adresi"},
    "mobile": {"en": "mobile number", "tr": "cep telefonu numarası"},
    "authenticator": {"en": "authenticator app", "tr": "kimlik doğrulama uygulaması"},
}
WHO = {"en": Fact("Who", "{{ user.display_name }}"), "tr": Fact("Kullanıcı", "{{ user.display_name }}")}


class Text(NamedTuple):
    """One kind of message, by mail and by SMS."""

    mail: Mapping[str, Letter]
    sms: Mapping[str, str]


CODE = Text(
    {
        "en": Letter(
            title="The code for your new address",
            code="{{ code }}",
            facts=(Fact("Valid for", "{{ validity }}"), WHO["en"]),
            notes=(
                "Type it where you asked for it: then your sign-in codes can come here.",
                "If you did not ask for it, somebody may know your password: tell your help desk.",
            ),
        ),
        "tr": Letter(
            title="Yeni adresinizin kodu",
            code="{{ code }}",
            facts=(Fact("Geçerlilik", "{{ validity }}"), WHO["tr"]),
            notes=(
                "İstediğiniz yere yazın: oturum açma kodlarınız bundan sonra buraya da gelebilir.",
                "Bu kodu siz istemediyseniz parolanız başkasının elinde olabilir: destek ekibine haber verin.",
            ),
        ),
    },
    {
        "en": "{{ code }} is the code for your new number. Valid for {{ validity }}.",
        "tr": "Yeni numaranızın kodu: {{ code }}. {{ validity }} geçerlidir.",
    },
)
INVITATION = Text(
    {
        "en": Letter(
            title="Add an address or number of yours",
            link="{{ link }}",
            button="Open the page",
            facts=(WHO["en"], Fact("Link valid for", "{{ validity }}")),
            notes=(
                "Your help desk invites you. What you add is sent a code, and later your sign-in codes can go there.",
                "The link is for you alone: whoever has it could add an address of theirs. Pass it on to nobody.",
            ),
        ),
        "tr": Letter(
            title="Adresinizi ya da numaranızı ekleyin",
            link="{{ link }}",
            button="Sayfayı aç",
            facts=(WHO["tr"], Fact("Bağlantının geçerliliği", "{{ validity }}")),
            notes=(
                "Destek ekibiniz sizi davet ediyor. Eklediğiniz yere bir kod gönderilir; oturum açma kodlarınız oraya da gelebilir.",
                "Bağlantı yalnızca sizin içindir: eline geçiren kendi adresini ekleyebilir. Kimseyle paylaşmayın.",
            ),
        ),
    },
    {
        "en": "Add an address or number for your sign-in codes: {{ link }}",
        "tr": "Oturum açma kodlarınız için adres ya da numara ekleyin: {{ link }}",
    },
)
APP_INVITATION = Text(
    {
        "en": Letter(
            title="Set up your authenticator app",
            link="{{ link }}",
            button="Open the page",
            facts=(WHO["en"], Fact("Link valid for", "{{ validity }}")),
            notes=(
                "Your help desk invites you. The page shows a QR code: scan it with the app, and type the code that it shows.",
                "The link is for you alone: whoever has it could set up an app of theirs. Pass it on to nobody.",
            ),
        ),
        "tr": Letter(
            title="Kimlik doğrulama uygulamanızı kurun",
            link="{{ link }}",
            button="Sayfayı aç",
            facts=(WHO["tr"], Fact("Bağlantının geçerliliği", "{{ validity }}")),
            notes=(
                "Destek ekibiniz sizi davet ediyor. Sayfadaki QR kodunu uygulamayla okutun, görünen kodu girin.",
                "Bağlantı yalnızca sizin içindir: eline geçiren kendi uygulamasını ekleyebilir. Kimseyle paylaşmayın.",
            ),
        ),
    },
    {
        "en": "Set up your authenticator app for sign-ins: {{ link }}",
        "tr": "Oturum açmak için kimlik doğrulama uygulamanızı kurun: {{ link }}",
    },
)
ADDED = Text(
    {
        "en": Letter(
            title="Your sign-ins: {{ what }} added",
            facts=(Fact("Added", "{{ added }}"), WHO["en"], Fact("At", "{{ time }}")),
            notes=(
                "From now on it can be used to sign in.",
                "If this was not you, tell your help desk at once: somebody else can sign in as you.",
            ),
        ),
        "tr": Letter(
            title="Oturum açma bilgileriniz: {{ what }} eklendi",
            facts=(Fact("Eklenen", "{{ added }}"), WHO["tr"], Fact("Saat", "{{ time }}")),
            notes=(
                "Bundan sonra oturum açmak için kullanılabilir.",
                "Ekleyen siz değilseniz hemen destek ekibine haber verin: başkası sizin adınıza oturum açabilir.",
            ),
        ),
    },
    {
        "en": "{{ added }} was added to your sign-ins. Not you? Tell your help desk at once.",
        "tr": "Oturum açma bilgilerinize {{ added }} eklendi. Siz değilseniz hemen destek ekibine haber verin.",
    },
)


def called(kind: str, language: str) -> str:
    """What a kind of enrollment is called."""
    return KINDS[kind][language if language in KINDS[kind] else "en"]


def written(text: Text, to: Destination, language: str, told: Mapping[str, Any]) -> Mail | Sms:
    """The message to that destination. `told` has what the templates name, and `organisation`, "" for none."""
    if to.recipient.startswith("+") and "@" not in to.recipient:
        return Sms(to.recipient, rendered(text.sms[language], told))
    letter, organisation = text.mail[language], "{{ organisation }}" if told["organisation"] else ""
    plain = letters.text_of(letter, organisation=organisation)
    html = letters.html_of(letter, language, organisation=organisation)
    return Mail(to.recipient, rendered(letter.title, told), rendered(plain, told), rendered(html, told, html=True))
