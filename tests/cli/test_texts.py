"""What users read."""

from __future__ import annotations

import pytest

from config.models.languages import LANGUAGES
from config.models.wording import Wording
from radiusd.rules.texts import TEXTS, Texts


def test_every_text_exists_in_every_language():
    assert {key: set(texts) for key, texts in TEXTS.items()} == {key: set(LANGUAGES) for key in TEXTS}


def test_whatever_may_be_worded_otherwise_is_a_text_of_ours():
    assert set(Wording.model_fields) == set(TEXTS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("", "Access denied. Ref 7K3F9QXM"),
        ("en", "Access denied. Ref 7K3F9QXM"),
        ("tr", "Erişim reddedildi. Ref 7K3F9QXM"),
        ("tr-TR", "Erişim reddedildi. Ref 7K3F9QXM"),
        ("TR_tr", "Erişim reddedildi. Ref 7K3F9QXM"),
        ("de", "Access denied. Ref 7K3F9QXM"),
    ],
)
def test_the_language_of_a_user(language, text):
    assert Texts({}, "en").refused("7K3F9QXM", language) == text


def test_the_default_language_is_for_users_without_one():
    texts = Texts({}, "tr")
    assert texts.refused("7K3F9QXM") == "Erişim reddedildi. Ref 7K3F9QXM"
    assert texts.refused("7K3F9QXM", "en") == "Access denied. Ref 7K3F9QXM"


def test_an_outage_names_the_component():
    text = Texts({}, "en").outage("corp", "7K3F9QXM")
    assert text == "Sign-in is not possible at the moment: corp cannot be reached. Ref 7K3F9QXM"


def test_the_administrators_words_go_first_and_keep_the_reference():
    texts = Texts({"refused": {"en": "No."}, "outage": {"en": "{{ component }} is being repaired."}}, "en")
    assert texts.refused("7K3F9QXM") == "No. Ref 7K3F9QXM"
    assert texts.refused("7K3F9QXM", "tr") == "Erişim reddedildi. Ref 7K3F9QXM"
    assert texts.outage("corp", "7K3F9QXM") == "corp is being repaired. Ref 7K3F9QXM"


def test_an_unknown_key_is_a_bug():
    with pytest.raises(KeyError):
        Texts({}, "en").of("welcome")
