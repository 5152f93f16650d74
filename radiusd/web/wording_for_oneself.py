"""What the pages say to somebody who is asked about their own sign-in, where it differs from what they say to others."""

from __future__ import annotations

from collections.abc import Mapping

from radiusd.web.wording import WORDING

OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "approval": {"en": "Sign-in", "tr": "Oturum açma"},
    # What is asked
    "asks": {"en": "Confirm that it is you", "tr": "Oturum açan siz misiniz?"},
    "asks, over": {"en": "This sign-in is over", "tr": "Bu oturum isteği sona erdi"},
    "waits": {
        "en": "If you confirm by {time}, you are signed in at once, where you are waiting. This page signs nobody in here.",
        "tr": "{time} saatine kadar onaylarsanız beklediğiniz yerde oturumunuz hemen açılır. Bu sayfada oturum açılmaz.",
    },
    "waits, late": {
        "en": "If you confirm by {time}, you are signed in at once, where you are waiting. If you do it later, you can sign"
        " in by trying again within {lasts}.",
        "tr": "{time} saatine kadar onaylarsanız beklediğiniz yerde oturumunuz hemen açılır; daha sonra onaylarsanız {lasts}"
        " içinde yeniden deneyerek oturum açabilirsiniz.",
    },
    "grant": {
        "en": "Your sign-in is not waiting any more. If you confirm now, you can sign in by trying again within {lasts}.",
        "tr": "Oturum isteğiniz artık beklemiyor. Şimdi onaylarsanız {lasts} içinde yeniden deneyerek oturum açabilirsiniz.",
    },
    "not waiting": {
        "en": "Your sign-in is not waiting any more, so there is nothing to confirm. Sign in again and you get a new link."
        " If it was not you, say so.",
        "tr": "Oturum isteğiniz artık beklemiyor; onaylanacak bir şey kalmadı. Yeniden oturum açarsanız size yeni bir"
        " bağlantı gelir. Oturum açmak isteyen siz değildiyseniz bildirin.",
    },
    "waits at the prompt": {
        "en": "You were told to press Enter where you sign in. Confirm by {time}, then press it.",
        "tr": "Oturum açtığınız yerde Enter tuşuna basmanız istendi. {time} saatine kadar onaylayın, sonra tuşa basın.",
    },
    "waits at the prompt, late": {
        "en": "You were told to press Enter where you sign in. Confirm, then press it, or sign in again within {lasts}.",
        "tr": "Oturum açtığınız yerde Enter tuşuna basmanız istendi. Onaylayıp tuşa basın ya da {lasts} içinde yeniden"
        " oturum açın.",
    },
    "no station, effect": {
        "en": "Where it comes from is not known. Confirm only if you are signing in at this moment.",
        "tr": "İsteğin nereden geldiği bilinmiyor. Yalnızca şu anda oturum açıyorsanız onaylayın.",
    },
    "in line": {
        "en": "Another request in your name has stood in line behind it since {time}. Your answer does not let that one in.",
        "tr": "Sizin adınıza sırada bekleyen bir istek daha var, başlangıcı {time}. Yanıtınız o istek için geçerli olmaz.",
    },
    "in line, more": {
        "en": "{count} more requests in your name stand in line behind it, the first since {time}. Your answer does not let"
        " those in.",
        "tr": "Sizin adınıza sırada bekleyen {count} istek daha var, ilki {time}. Yanıtınız o istekler için geçerli olmaz.",
    },
    "hindered, blocked": {
        "en": "You are blocked at the moment: you are not signed in even if you confirm. Ask your help desk.",
        "tr": "Şu anda oturum açmanız engellenmiş durumda; onaylasanız da oturumunuz açılmaz. Destek ekibine başvurun.",
    },
    "hindered, disabled": {
        "en": "Your account is disabled: you are not signed in even if you confirm. Ask your help desk.",
        "tr": "Hesabınız devre dışı; onaylasanız da oturumunuz açılmaz. Destek ekibine başvurun.",
    },
    "hindered, expired": {
        "en": "Your account has expired: you are not signed in even if you confirm. Ask your help desk.",
        "tr": "Hesabınızın süresi dolmuş; onaylasanız da oturumunuz açılmaz. Destek ekibine başvurun.",
    },
    "hindered, gone": {
        "en": "Your account is not there any more, so nobody is signed in.",
        "tr": "Hesabınız artık yok; onaylasanız da oturum açılmaz.",
    },
    "warning": {
        "en": "Confirm only if you are signing in right now.",
        "tr": "Yalnızca şu anda oturum açıyorsanız onaylayın.",
    },
    "approve": {"en": "Yes, it is me", "tr": "Evet, benim"},
    "reject": {"en": "No, it is not me", "tr": "Hayır, ben değilim"},
    "revoke": {"en": "Take it back", "tr": "Onayı geri al"},
    "revoke, until": {
        "en": "You can take it back as long as nobody has signed in with it.",
        "tr": "Bu onayla oturum açılmadığı sürece geri alabilirsiniz.",
    },
    "nothing yet": {
        "en": "Opening this page has changed nothing.",
        "tr": "Bu sayfayı açmakla hiçbir şey değişmedi.",
    },
    # What was said
    "approved": {"en": "Confirmed", "tr": "Onaylandı"},
    "approved, waited for": {
        "en": "You are being signed in, where you are waiting. You can close this page.",
        "tr": "Beklediğiniz yerde oturumunuz açılıyor. Bu sayfayı kapatabilirsiniz.",
    },
    "approved, kept": {
        "en": "You can sign in by trying again, until {time}.",
        "tr": "{time} saatine kadar yeniden deneyerek oturum açabilirsiniz.",
    },
    "approved, at the prompt": {
        "en": "Press Enter where you sign in, or sign in again until {time}.",
        "tr": "Oturum açtığınız yerde Enter tuşuna basın ya da {time} saatine kadar yeniden oturum açın.",
    },
    "approved, not arrived": {
        "en": "You were let in, but the answer did not arrive. You can sign in by trying again, until {time}.",
        "tr": "Oturumunuz açıldı ancak yanıt cihazınıza ulaşmadı. {time} saatine kadar yeniden deneyerek oturum"
        " açabilirsiniz.",
    },
    "not used": {"en": "Confirmed, but not used", "tr": "Onaylandı ama kullanılmadı"},
    "not used, effect": {
        "en": "Nobody signed in with it in time, and it does not count any more. Sign in again and you get a new link.",
        "tr": "Zamanında oturum açılmadığı için onayınız artık geçerli değil. Yeniden oturum açarsanız size yeni bir bağlantı"
        " gelir.",
    },
    "not arrived, effect": {
        "en": "You were let in, but the answer did not arrive. Sign in again and you get a new link.",
        "tr": "Oturumunuz açıldı ancak yanıt cihazınıza ulaşmadı. Yeniden oturum açarsanız size yeni bir bağlantı gelir.",
    },
    "used": {"en": "Confirmed and signed in", "tr": "Onaylandı, oturum açıldı"},
    "used, when": {
        "en": "You signed in at {time}. This link is of no use any more.",
        "tr": "Oturum açtınız: {time}. Bu bağlantı artık kullanılamaz.",
    },
    "refused": {"en": "You said that this was not you", "tr": "Siz olmadığınızı bildirdiniz"},
    "refused, effect": {"en": "Nobody was let in.", "tr": "Kimsenin oturum açmasına izin verilmedi."},
    "revoked": {"en": "Taken back", "tr": "Onay geri alındı"},
    "revoked, effect": {
        "en": "Nobody can sign in with it any more.",
        "tr": "Bu onayla artık oturum açılamaz.",
    },
    "if unexpected": {
        "en": "If it happens again, tell your administrator: somebody may be trying to sign in as you.",
        "tr": "Yinelenirse sistem yöneticinize bildirin: birisi sizin adınıza oturum açmaya çalışıyor olabilir.",
    },
    "expired, effect": {
        "en": "Nobody was let in by it, and nobody can be any more. Sign in again and you get a new link.",
        "tr": "Bu bağlantıyla oturum açılmadı, artık açılamaz da. Yeniden oturum açarsanız size yeni bir bağlantı gelir.",
    },
    "withdrawn": {"en": "This sign-in has ended", "tr": "Bu oturum isteği sona erdi"},
    "withdrawn, effect": {
        "en": "There is nothing left to confirm, and nobody was let in by it.",
        "tr": "Onaylanacak bir şey kalmadı; bu bağlantıyla kimse oturum açmadı.",
    },
    "who": {"en": "You", "tr": "Kullanıcı"},
    "until": {"en": "Confirm by", "tr": "Onay için son saat"},
    "decided": {"en": "Answered by", "tr": "Yanıtlayan"},
    "revoked by": {"en": "Taken back by", "tr": "Geri alan"},
}
FOR_ONESELF: Mapping[str, Mapping[str, str]] = {**WORDING, **OTHERWISE}
