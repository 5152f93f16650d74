"""What the pages say, in each language."""

from __future__ import annotations

from collections.abc import Mapping

from radiusd.web.enrollment_wording import ENROLLMENT
from radiusd.web.page_wording import SIGNED_IN
from radiusd.web.password_wording import PASSWORDS

NAMES = {"en": "English", "tr": "Türkçe"}

# In braces: names of values. Turkish is worded so that no name needs a suffix, which would follow its last vowel.
WORDING: Mapping[str, Mapping[str, str]] = {
    "approval": {"en": "Sign-in approval", "tr": "Oturum açma onayı"},
    "language": {"en": "Language", "tr": "Dil"},
    # What is asked
    "asks": {"en": "{name} asks to sign in", "tr": "{name} oturum açmak istiyor"},
    "asks, over": {"en": "{name} asks to sign in", "tr": "{name} oturum açmak istiyor"},
    "waits": {
        "en": "They are waiting for your answer. If you approve by {time}, they are signed in at once.",
        "tr": "Kullanıcı yanıtınızı bekliyor. {time} saatine kadar onaylarsanız oturumu hemen açılır.",
    },
    "waits, late": {
        "en": "They are waiting for your answer. If you approve by {time}, they are signed in at once; if later, they can"
        " sign in by trying again within {lasts}.",
        "tr": "Kullanıcı yanıtınızı bekliyor. {time} saatine kadar onaylarsanız oturumu hemen açılır; daha sonra"
        " onaylarsanız {lasts} içinde yeniden deneyerek oturum açabilir.",
    },
    "grant": {
        "en": "They are not waiting any more. If you approve now, they can sign in by trying again within {lasts}.",
        "tr": "Kullanıcı artık beklemiyor. Şimdi onaylarsanız {lasts} içinde yeniden deneyerek oturum açabilir.",
    },
    "not waiting": {
        "en": "They are not waiting any more, so there is nothing to approve. If they still need to sign in, they try"
        " again and you get a new request.",
        "tr": "Kullanıcı artık beklemiyor; onaylanacak bir istek kalmadı. Hâlâ oturum açması gerekiyorsa yeniden dener ve"
        " size yeni bir istek gelir.",
    },
    "waits at the prompt": {
        "en": "They were told to press Enter. If you approve by {time}, they are signed in when they do.",
        "tr": "Kullanıcıdan Enter tuşuna basması istendi. {time} saatine kadar onaylarsanız bastığı anda oturumu açılır.",
    },
    "waits at the prompt, late": {
        "en": "They were told to press Enter. If you approve, they are signed in when they do, or can sign in by trying"
        " again within {lasts}.",
        "tr": "Kullanıcıdan Enter tuşuna basması istendi. Onaylarsanız bastığı anda oturumu açılır ya da {lasts} içinde"
        " yeniden deneyerek oturum açabilir.",
    },
    "no station, effect": {
        "en": "Where it comes from is not known. Your answer is for the request that waits now.",
        "tr": "İsteğin nereden geldiği bilinmiyor. Yanıtınız yalnızca şu anda bekleyen istek için geçerlidir.",
    },
    "in line": {
        "en": "Another request of this user has stood in line behind it since {time}. Your approval does not let that"
        " one in.",
        "tr": "Bu kullanıcının sırada bekleyen bir isteği daha var, başlangıcı {time}. Onayınız o istek için geçerli"
        " olmaz.",
    },
    "in line, more": {
        "en": "{count} more requests of this user stand in line behind it, the first since {time}. Your approval does not"
        " let those in.",
        "tr": "Bu kullanıcının sırada bekleyen {count} isteği daha var, ilki {time}. Onayınız o istekler için geçerli"
        " olmaz.",
    },
    # What keeps a user out, whatever is decided
    "hindered, blocked": {
        "en": "{name} is blocked at the moment, so an approval lets nobody in.",
        "tr": "{name} şu anda engellenmiş durumda; onaylasanız da oturum açamaz.",
    },
    "hindered, disabled": {
        "en": "The account of {name} is disabled, so an approval lets nobody in.",
        "tr": "{name} adlı kullanıcının hesabı devre dışı; onaylasanız da oturum açamaz.",
    },
    "hindered, expired": {
        "en": "The account of {name} has expired, so an approval lets nobody in.",
        "tr": "{name} adlı kullanıcının hesabının süresi dolmuş; onaylasanız da oturum açamaz.",
    },
    "hindered, gone": {
        "en": "There is no account of {name} any more, so an approval lets nobody in.",
        "tr": "{name} adlı kullanıcının hesabı artık yok; onaylasanız da oturum açamaz.",
    },
    "warning": {"en": "If you do not expect this, reject it.", "tr": "Bu isteği beklemiyorsanız reddedin."},
    "approve": {"en": "Approve", "tr": "Onayla"},
    "reject": {"en": "Reject", "tr": "Reddet"},
    "revoke": {"en": "Revoke the approval", "tr": "Onayı geri al"},
    "revoke, until": {
        "en": "You can revoke it as long as nobody has signed in with it.",
        "tr": "Kullanıcı oturum açana kadar onayı geri alabilirsiniz.",
    },
    "nothing yet": {
        "en": "Nothing is decided until you press a button.",
        "tr": "Düğmelerden birine basana kadar karar verilmiş sayılmaz.",
    },
    # What was decided
    "approved": {"en": "Approved", "tr": "Onaylandı"},
    "approved, waited for": {
        "en": "{name} is being signed in.",
        "tr": "{name} için oturum açılıyor.",
    },
    "approved, kept": {
        "en": "{name} can sign in by trying again, until {time}.",
        "tr": "{name}, {time} saatine kadar yeniden deneyerek oturum açabilir.",
    },
    "approved, at the prompt": {
        "en": "{name} is signed in on pressing Enter, or by trying again until {time}.",
        "tr": "{name}, Enter tuşuna basarak ya da {time} saatine kadar yeniden deneyerek oturum açabilir.",
    },
    "approved, not arrived": {
        "en": "{name} was let in, but the answer did not arrive. They can sign in by trying again, until {time}.",
        "tr": "{name} için oturum açıldı ancak yanıt kullanıcıya ulaşmadı. {time} saatine kadar yeniden deneyerek oturum"
        " açabilir.",
    },
    "not used": {"en": "Approved, but not used", "tr": "Onaylandı ama kullanılmadı"},
    "not used, effect": {
        "en": "{name} did not sign in with it in time. The approval does not count any more.",
        "tr": "{name} zamanında oturum açmadı. Onay artık geçerli değil.",
    },
    "not arrived, effect": {
        "en": "{name} was let in, but the answer did not arrive. The approval does not count any more.",
        "tr": "{name} için oturum açıldı ancak yanıt kullanıcıya ulaşmadı. Onay artık geçerli değil.",
    },
    "used": {"en": "Approved and signed in", "tr": "Onaylandı, oturum açıldı"},
    "used, when": {"en": "{name} signed in at {time}.", "tr": "{name} oturum açtı: {time}."},
    "refused": {"en": "Rejected", "tr": "Reddedildi"},
    "refused, effect": {"en": "{name} was not let in.", "tr": "{name} oturum açamadı."},
    "revoked": {"en": "Approval revoked", "tr": "Onay geri alındı"},
    "revoked, effect": {
        "en": "{name} cannot sign in with it any more.",
        "tr": "{name} artık bu onayla oturum açamaz.",
    },
    "if unexpected": {
        "en": "If you did not expect this request, tell your administrator: somebody may know this user's password.",
        "tr": "Bu istek beklediğiniz bir istek değilse sistem yöneticinize bildirin: kullanıcının parolası başkasının eline"
        " geçmiş olabilir.",
    },
    "look again": {"en": "Look again", "tr": "Yenile"},
    "expired": {"en": "This link has expired", "tr": "Bu bağlantının süresi doldu"},
    "expired, effect": {
        "en": "Nothing was decided by it, and nothing can be any more. If somebody still needs to sign in, they try"
        " again and you get a new request.",
        "tr": "Bu bağlantıyla karar verilmedi, artık verilemez de. Hâlâ oturum açması gereken biri varsa yeniden dener ve"
        " size yeni bir istek gelir.",
    },
    "withdrawn": {"en": "This request was withdrawn", "tr": "Bu istek geri çekildi"},
    "withdrawn, effect": {
        "en": "There is nothing left to decide, and nobody was let in by it.",
        "tr": "Karar verilecek bir şey kalmadı; bu istekle kimse oturum açmadı.",
    },
    "information": {"en": "{name} signed in", "tr": "{name} oturum açtı"},
    "information, effect": {
        "en": "This is for your information; there is nothing to decide. If you did not expect it, tell your"
        " administrator.",
        "tr": "Bilginize sunulur; yapmanız gereken bir şey yok. Beklemediğiniz bir durumsa sistem yöneticinize bildirin.",
    },
    # What is known of it
    "who": {"en": "Who", "tr": "Kullanıcı"},
    "application": {"en": "Application", "tr": "Uygulama"},
    "profile": {"en": "Way to sign in", "tr": "Oturum açma yolu"},
    "station": {"en": "From", "tr": "Nereden"},
    "no station": {"en": "not known", "tr": "bilinmiyor"},
    "nas": {"en": "Through", "tr": "Ağ cihazı"},
    "when": {"en": "Asked at", "tr": "İstek saati"},
    "signed in at": {"en": "Signed in at", "tr": "Oturum saati"},
    "until": {"en": "Decide by", "tr": "Karar için son saat"},
    "why": {"en": "Why you", "tr": "Neden siz"},
    "decided": {"en": "Decided by", "tr": "Karar veren"},
    "revoked by": {"en": "Revoked by", "tr": "Geri alan"},
    "you": {"en": "you", "tr": "siz"},
    # What went wrong
    "unknown": {"en": "This link leads nowhere", "tr": "Bu bağlantı geçerli değil"},
    "unknown, effect": {
        "en": "Part of it may be missing. Open it from the message once more, or copy the whole of it.",
        "tr": "Bir bölümü eksik olabilir. Mesajdan yeniden açın ya da tamamını kopyalayın.",
    },
    "front": {"en": "Nothing to decide here", "tr": "Burada yanıtlanacak bir istek yok"},
    "front, effect": {
        "en": "This address is for links that come by mail or SMS. Open the link in your message.",
        "tr": "Bu adres, e-posta veya SMS ile gelen bağlantılar içindir. Mesajınızdaki bağlantıyı açın.",
    },
    "too many": {"en": "Too many links that lead nowhere", "tr": "Çok fazla geçersiz bağlantı denendi"},
    "too many, effect": {
        "en": "Wait a minute, then open the link from your message.",
        "tr": "Bir dakika bekleyip bağlantıyı mesajınızdan açın.",
    },
    "foreign": {"en": "This did not come from our page", "tr": "Bu istek sayfamızdan gönderilmedi"},
    "foreign, effect": {
        "en": "Nothing was decided. Open the link from your message and decide there.",
        "tr": "Karar verilmedi. Bağlantıyı mesajınızdan açıp kararınızı orada verin.",
    },
    "unclear": {"en": "That was no decision", "tr": "Kararınız anlaşılamadı"},
    "unclear, effect": {
        "en": "Nothing was decided. Open the link from your message and press one of the buttons.",
        "tr": "Karar verilmedi. Bağlantıyı mesajınızdan açıp düğmelerden birine basın.",
    },
    "outage": {"en": "Not possible at the moment", "tr": "Şu anda işlem yapılamıyor"},
    "outage, shown": {
        "en": "Our database cannot be reached. Open the link again in a moment.",
        "tr": "Veritabanına ulaşılamıyor. Bağlantıyı biraz sonra yeniden açın.",
    },
    "outage, decided": {
        "en": "Our database cannot be reached, and it is not certain that your decision was taken. Open the link again in"
        " a moment to see.",
        "tr": "Veritabanına ulaşılamıyor; kararınızın alınıp alınmadığı belli değil. Bağlantıyı biraz sonra yeniden açıp"
        " bakın.",
    },
    # The demonstration's outbox
    "outbox": {"en": "Outbox", "tr": "Giden kutusu"},
    "outbox, what": {
        "en": "What a real server would send by mail and SMS. The demonstration shows it here instead.",
        "tr": "Gerçek bir sunucunun e-posta ve SMS ile göndereceği mesajlar. Deneme sunucusu göndermez, burada gösterir.",
    },
    "outbox, empty": {
        "en": "Nothing was sent yet. Sign in with one of the lines of the banner.",
        "tr": "Henüz mesaj gönderilmedi. Açılıştaki satırlardan biriyle oturum açın.",
    },
    "outbox, to": {"en": "To", "tr": "Alıcı"},
    "outbox, fresh": {"en": "New messages appear by themselves.", "tr": "Yeni mesajlar kendiliğinden görünür."},
    "outbox, still": {"en": "Hold still", "tr": "Durdur"},
    "outbox, refresh": {"en": "Show new messages", "tr": "Yeni mesajları göster"},
    "mail": {"en": "Mail", "tr": "E-posta"},
    "sms": {"en": "SMS", "tr": "SMS"},
    **ENROLLMENT,
    **PASSWORDS,
    **SIGNED_IN,
}
