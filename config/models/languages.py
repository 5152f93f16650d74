"""Texts that people read, in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from config.models.forms import Texts
from config.models.values import only_known, wrong

LANGUAGES = ("en", "tr")
LONGEST_TITLE = 64  # characters; it stands in one line with others, also of an SMS


def everywhere(text: str) -> Mapping[str, str]:
    """One text for all languages."""
    return dict.fromkeys(LANGUAGES, text)


def in_each_language(fault_of: Callable[[str], str | None]) -> BeforeValidator:
    """Reads one text for all languages, or a map of languages; `fault_of` says what is wrong with a text."""

    def check(value: Any) -> Mapping[str, str]:
        texts = everywhere(value) if isinstance(value, str) else value
        if not isinstance(texts, Mapping) or not texts or not all(isinstance(text, str) for text in texts.values()):
            raise wrong("must be a text, or a map of languages: {en: ..., tr: ...}")
        only_known(texts, LANGUAGES)
        for language, text in texts.items():
            fault = fault_of(text)
            if fault is not None:
                raise wrong(fault) if isinstance(value, str) else wrong(fault, language)
        return texts

    return BeforeValidator(check, json_schema_input_type=Texts)


def _title_fault(text: str) -> str | None:
    if not text.strip():
        return "is empty"
    if not text.isprintable():
        return "must be one line without control characters"
    return f"is longer than {LONGEST_TITLE} characters" if len(text) > LONGEST_TITLE else None


Title = Annotated[Mapping[str, str], in_each_language(_title_fault)]
"""What people read in place of a name of radius.yaml, by language; of one language at least."""
