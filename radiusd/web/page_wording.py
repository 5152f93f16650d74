"""What the pages for who signs in to them say, in each language. In braces: names of values."""

from __future__ import annotations

from collections.abc import Mapping

SIGNED_IN: Mapping[str, Mapping[str, str]] = {
    "pages": {"en": "Administration", "tr": "Yönetim"},
    # Signing in
    "sign in": {"en": "Sign in", "tr": "Oturum aç"},
    "field name": {"en": "User name", "tr": "Kullanıcı adı"},
    "field own password": {"en": "Password", "tr": "Parola"},
    "go on": {"en": "Continue", "tr": "Devam et"},
    "one more step": {"en": "One more step", "tr": "Bir adım daha"},
    "your answer": {"en": "Your answer", "tr": "Yanıtınız"},
    "begin again": {"en": "Begin again", "tr": "Baştan başla"},
    "somebody decides": {"en": "Waiting for a decision", "tr": "Karar bekleniyor"},
    "somebody decides, effect": {
        "en": "You need not do anything. This page goes on by itself once it is decided.",
        "tr": "Bir şey yapmanız gerekmiyor. Karar verildiğinde bu sayfa kendiliğinden devam eder.",
    },
    "sign-in over": {
        "en": "That sign-in is over. Begin again; what was approved meanwhile may still count.",
        "tr": "O oturum açma işlemi sona erdi. Baştan başlayın; bu arada verilen bir onay hâlâ geçerli olabilir.",
    },
    "elsewhere": {"en": "It goes on in another window", "tr": "Başka bir pencerede sürüyor"},
    "elsewhere, effect": {
        "en": "You have begun to sign in again since. Go on there.",
        "tr": "Bu arada yeniden oturum açmaya başladınız. O pencerede devam edin.",
    },
    "no role": {"en": "There is nothing for you here", "tr": "Burada sizin için bir sayfa yok"},
    "no role, effect": {
        "en": "Your sign-in was right, but you have no role on these pages. Ask your administrator for one.",
        "tr": "Oturum açma bilgileriniz doğru, ancak bu sayfalarda bir rolünüz yok. Sistem yöneticinizden isteyin.",
    },
    "one factor": {"en": "One proof is not enough here", "tr": "Burada tek doğrulama yeterli değil"},
    "one factor, effect": {
        "en": "These pages need a password and a second proof, such as a code. Your administrator can set that up.",
        "tr": "Bu sayfalar için parolanın yanında ikinci bir doğrulama gerekir, örneğin bir kod. Sistem yöneticiniz bunu"
        " ayarlayabilir.",
    },
    "outage, page": {"en": "Try again in a moment.", "tr": "Birazdan yeniden deneyin."},
    "sign out": {"en": "Sign out", "tr": "Oturumu kapat"},
    "role administrator": {"en": "Administrator", "tr": "Yönetici"},
    "role help_desk": {"en": "Help desk", "tr": "Destek"},
    "role auditor": {"en": "Auditor", "tr": "Denetçi"},
    "may not": {"en": "Your role does not allow this", "tr": "Rolünüz buna izin vermiyor"},
    "may not, effect": {"en": "Nothing was changed.", "tr": "Hiçbir şey değiştirilmedi."},
    # Blocks
    "blocked users": {"en": "Blocked users", "tr": "Engellenen kullanıcılar"},
    "user's name": {"en": "User name", "tr": "Kullanıcı adı"},
    "search": {"en": "Search", "tr": "Ara"},
    "user": {"en": "User", "tr": "Kullanıcı"},
    "blocked from": {"en": "From where", "tr": "Nereden"},
    "from anywhere": {"en": "Anywhere", "tr": "Her yer"},
    "from new stations": {"en": "Devices not used before", "tr": "Daha önce kullanılmamış cihazlar"},
    "remains": {"en": "Remaining time", "tr": "Kalan süre"},
    "until removed": {"en": "Until it is removed", "tr": "Kaldırılana dek"},
    "until then": {"en": "until", "tr": "bitiş"},
    "since": {"en": "Since", "tr": "Başlangıç"},
    "reason": {"en": "Reason", "tr": "Neden"},
    "blocked by": {"en": "by", "tr": "engelleyen:"},
    "remove block": {"en": "Remove block", "tr": "Engeli kaldır"},
    "remove block of": {"en": "Remove the block of {name}?", "tr": "{name} için engel kaldırılsın mı?"},
    "remove block, effect": {
        "en": "They can sign in again at once.",
        "tr": "Kullanıcı hemen yeniden oturum açabilir.",
    },
    "yes, remove": {"en": "Yes, remove it", "tr": "Evet, kaldır"},
    "no, back": {"en": "No, back to the list", "tr": "Hayır, listeye dön"},
    "nobody blocked": {"en": "Nobody is blocked.", "tr": "Engellenen kullanıcı yok."},
    "none found": {"en": "Nobody with that name is blocked.", "tr": "Bu adla engellenen kullanıcı yok."},
    "show all": {"en": "Show all", "tr": "Tümünü göster"},
    "first page": {"en": "First page", "tr": "İlk sayfa"},
    "next page": {"en": "Next page", "tr": "Sonraki sayfa"},
    "no block": {"en": "This block is over", "tr": "Bu engel artık yok"},
    "no block, effect": {
        "en": "It has ended by itself, or somebody has removed it.",
        "tr": "Süresi doldu ya da birisi kaldırdı.",
    },
}
