"""Text from the wire, as a database can keep it; and several texts in one column."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def is_storable(text: str) -> bool:
    """Whether every database takes it: PostgreSQL refuses NUL, and a lone surrogate has no UTF-8."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    r"""The text with NUL as \x00, octets that were not UTF-8 as \xNN, and other lone surrogates as \uNNNN."""
    if is_storable(text):
        return text
    try:
        octets = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "backslashreplace")
    return octets.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


class StorableText(TypeDecorator[str]):
    """Text, made storable on its way in. What is looked up is changed in the same way."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - the same for every database
        return storable(value) if isinstance(value, str) else value


class StorableTexts(TypeDecorator[tuple[str, ...]]):
    """Several texts in order, as a JSON array; "" is none, which is what nodes of the release before write."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - the same for every database
        return json.dumps([storable(each) for each in value], ensure_ascii=False) if value else ""

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:  # noqa: ARG002 - as above
        return tuple(json.loads(value)) if value else ()
