"""What the page behind an invitation says, in each language. In braces: names of values."""

from __future__ import annotations

from collections.abc import Mapping

ENROLLMENT: Mapping[str, Mapping[str, str]] = {
    "enrollment": {"en": "Your sign-in codes", "tr": "Oturum açma kodlarınız"},
    "add what": {"en": "{name}, what do you want to add?", "tr": "{name}, ne eklemek istiyorsunuz?"},
    "add what, effect": {
        "en": "Nothing is added until you have typed a code of it.",
        "tr": "Kodunu girene kadar hiçbir şey eklenmez.",
    },
    "add mail": {"en": "A mail address", "tr": "E-posta adresi"},
    "add mobile": {"en": "A mobile number", "tr": "Cep telefonu numarası"},
    "add authenticator": {"en": "An authenticator app", "tr": "Kimlik doğrulama uygulaması"},
    "ask mail": {"en": "Which mail address?", "tr": "Hangi e-posta adresi?"},
    "ask mail, effect": {
        "en": "{name}, a code is sent there. Type it here, and your sign-in codes can go there too.",
        "tr": "{name}, bu adrese bir kod gönderilecek. Kodu buraya girdikten sonra oturum açma kodlarınız oraya da gelebilir.",
    },
    "field mail": {"en": "Mail address", "tr": "E-posta adresi"},
    "ask mobile": {"en": "Which mobile number?", "tr": "Hangi cep telefonu numarası?"},
    "ask mobile, effect": {
        "en": "{name}, a code is sent there by SMS. Type it here, and your sign-in codes can go there too.",
        "tr": "{name}, bu numaraya SMS ile bir kod gönderilecek. Kodu buraya girdikten sonra oturum açma kodlarınız oraya da"
        " gelebilir.",
    },
    "field mobile": {"en": "Mobile number", "tr": "Cep telefonu numarası"},
    "ask code": {"en": "Type the code", "tr": "Kodu girin"},
    "ask code, effect": {
        "en": "It was sent to {hidden}. It can take a minute; look among unwanted mail too.",
        "tr": "Kod şu adrese gönderildi: {hidden}. Gelmesi bir dakika sürebilir; istenmeyen e-postalara da bakın.",
    },
    "ask code, by sms": {
        "en": "It was sent to {hidden} by SMS. It can take a minute.",
        "tr": "Kod şu numaraya SMS ile gönderildi: {hidden}. Gelmesi bir dakika sürebilir.",
    },
    "ask authenticator": {"en": "Scan this with your app", "tr": "Uygulamanızla okutun"},
    "ask authenticator, effect": {
        "en": "{name}, scan it with an authenticator app. Then type the code that the app shows.",
        "tr": "{name}, kimlik doğrulama uygulamasıyla okutun. Sonra uygulamanın gösterdiği kodu girin.",
    },
    "ask begin": {"en": "Set up an authenticator app", "tr": "Kimlik doğrulama uygulamasını kurun"},
    "ask begin, effect": {
        "en": "{name}, have your phone with the app at hand. The QR code that follows is for you alone.",
        "tr": "{name}, uygulamanın kurulu olduğu telefonunuzu hazır bulundurun. Göreceğiniz QR kodu yalnızca size aittir.",
    },
    "show picture": {"en": "Show the QR code", "tr": "QR kodunu göster"},
    "another picture": {"en": "Show another QR code", "tr": "Başka bir QR kodu göster"},
    "ask recovery codes": {"en": "Keep these codes", "tr": "Bu kodları saklayın"},
    "ask recovery codes, effect": {
        "en": "Each of them lets you in once, should your phone be lost. Write them down: they are shown nowhere else.",
        "tr": "Telefonunuz kaybolursa her biriyle bir kez oturum açabilirsiniz. Bir yere yazın: başka hiçbir yerde gösterilmez.",
    },
    "codes kept": {"en": "I have written them down", "tr": "Yazdım"},
    "field code": {"en": "Code", "tr": "Kod"},
    "send code": {"en": "Send the code", "tr": "Kodu gönder"},
    "confirm code": {"en": "Confirm", "tr": "Onayla"},
    "another code": {"en": "Send another code", "tr": "Yeni kod gönder"},
    "another value": {"en": "Use another one", "tr": "Başkasını kullan"},
    "choose again": {"en": "Add something else", "tr": "Başka bir şey ekle"},
    "enrolled, done": {"en": "Added", "tr": "Eklendi"},
    "enrolled, done, effect": {
        "en": "You can use it from your next sign-in on. You can close this page.",
        "tr": "Bir sonraki oturum açışınızdan itibaren kullanabilirsiniz. Bu sayfayı kapatabilirsiniz.",
    },
    "invitation over": {"en": "This invitation is over", "tr": "Bu davet artık geçerli değil"},
    "invitation over, effect": {
        "en": "Nothing can be added by it any more. Ask your help desk for a new one.",
        "tr": "Bu bağlantıyla artık bir şey eklenemez. Destek ekibinden yeni bir davet isteyin.",
    },
    "outage, enrolled": {
        "en": "It is not certain that your answer was taken. Open the link again in a moment to see.",
        "tr": "Yanıtınızın alınıp alınmadığı belli değil. Bağlantıyı biraz sonra yeniden açıp bakın.",
    },
    "outage, not shown": {
        "en": "This page cannot be shown right now. Open the link again in a moment.",
        "tr": "Bu sayfa şu anda gösterilemiyor. Bağlantıyı biraz sonra yeniden açın.",
    },
    # What came of the last answer
    "told no mail": {
        "en": "Nothing can be sent there. Is it a whole mail address, as ann@example.com?",
        "tr": "Bu adrese e-posta gönderilemez. Tam bir e-posta adresi mi, örneğin ayse@example.com?",
    },
    "told no mobile": {
        "en": "No SMS can be sent there. Write a mobile number with its country code, as +905554443322.",
        "tr": "Bu numaraya SMS gönderilemez. Cep telefonu numarasını ülke koduyla yazın, örneğin +905554443322.",
    },
    "told disabled": {
        "en": "This one was disabled. Speak to your help desk.",
        "tr": "Bu kayıt devre dışı bırakılmış. Destek ekibiyle görüşün.",
    },
    "told enrolled": {"en": "You have added this one already.", "tr": "Bunu daha önce eklemişsiniz."},
    "told too many": {
        "en": "You have as many as you may have. Ask your help desk to remove one.",
        "tr": "Ekleyebileceğiniz kadarını eklemişsiniz. Destek ekibinden birini kaldırmasını isteyin.",
    },
    "told not sent": {
        "en": "The code could not be sent. Look whether it is typed right, and try again in a moment.",
        "tr": "Kod gönderilemedi. Doğru yazıldığına bakın ve biraz sonra yeniden deneyin.",
    },
    "told no more codes": {
        "en": "Too many codes were sent lately. Try again in an hour.",
        "tr": "Son bir saatte çok fazla kod gönderildi. Bir saat sonra yeniden deneyin.",
    },
    "told code wrong": {"en": "That was not the code.", "tr": "Kod yanlış."},
    "told wrong too often": {
        "en": "That was not the code, and it counts no more. Have another one sent.",
        "tr": "Kod yanlış ve artık geçerli değil. Yeni bir kod gönderin.",
    },
    "told code expired": {
        "en": "The code counts no more. Have another one sent.",
        "tr": "Kod artık geçerli değil. Yeni bir kod gönderin.",
    },
    "told picture expired": {
        "en": "That QR code counts no more. Have another one shown.",
        "tr": "Bu QR kodu artık geçerli değil. Yenisini görüntüleyin.",
    },
    "told clock off": {
        "en": "That is the code of another time. Set the clock of your phone to automatic time.",
        "tr": "Bu kod başka bir zamana ait. Telefonunuzun saatini otomatik ayara getirin.",
    },
    "told too soon": {
        "en": "A code was sent just now. Wait half a minute before you have another one sent.",
        "tr": "Az önce bir kod gönderildi. Yenisini göndermeden önce yarım dakika bekleyin.",
    },
}
