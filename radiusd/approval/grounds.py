"""What whoever is asked can judge by, in words: why they are asked, and how often the user came from there before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from store.records import Before

Texts = Mapping[str, str]

WHY: Mapping[str, Texts] = {
    "manager": {"en": "You are this user's manager", "tr": "Bu kullanıcının yöneticisi sizsiniz"},
    "sponsor": {"en": "You are this user's sponsor", "tr": "Bu kullanıcının sorumlusu sizsiniz"},
    "managers_manager": {
        "en": "You are the manager of this user's manager",
        "tr": "Bu kullanıcının yöneticisi size bağlı",
    },
    "named": {"en": "You are named to approve such sign-ins", "tr": "Bu oturumları onaylamakla siz görevlisiniz"},
    "default_recipient": {
        "en": "Nobody else answers for this user",
        "tr": "Bu kullanıcı için tanımlı bir yönetici yok",
    },
}
FIRST: Texts = {"en": "First time from here", "tr": "Buradan ilk kez"}
AGAIN: Texts = {"en": "Signed in from here before, last on {day}", "tr": "Buradan daha önce oturum açtı, son: {day}"}
APPROVED: Texts = {
    "en": "Approved from here before: {count}, last sign-in on {day}",
    "tr": "Buradan daha önce {count} kez onaylandı, son oturum: {day}",
}
REFUSED: Texts = {"en": "Rejected from here before: {count}", "tr": "Buradan daha önce {count} kez reddedildi"}


def why_asked(why: str, language: str) -> str:
    """Why somebody is asked, as model.approval.Link has it; "" where that is not known, and of the user."""
    texts = WHY.get(why)
    return "" if texts is None else texts[language]


def seen_before(before: Before, language: str, day: Callable[[float], str]) -> tuple[str, bool]:
    """What is known of earlier sign-ins from there, and whether it is unusual. `day` writes a date."""
    if before.known_since is None:
        told = FIRST[language]
    else:
        day_of_last = day(before.last_at or before.known_since)
        told = (APPROVED if before.approved else AGAIN)[language].format(count=before.approved, day=day_of_last)
    if before.refused:
        told += f". {REFUSED[language].format(count=before.refused)}"
    return told, before.known_since is None or bool(before.refused)
