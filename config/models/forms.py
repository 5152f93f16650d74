"""How values are written in radius.yaml, in JSON Schema's words: what types and models say of themselves to editors.

A pattern is one that ECMA-262 and Python read alike.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

Form = dict[str, Any]

ELSEWHERE = "^(env|file|literal):"
"""How a text begins that is taken from the environment or a file, or that is meant as it stands."""
DURATION: Form = {"type": "string", "pattern": f"{ELSEWHERE}|^[0-9]{{1,12}}[smhd]$"}
SPAN: Form = {"type": "string", "pattern": f"{ELSEWHERE}|^0*[1-9][0-9]{{0,11}}[smhd]$"}
TEXTS: Form = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"en": {"type": "string"}, "tr": {"type": "string"}},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}
NAME = r"^[^\s!-,./:-?\[-^`{-~@-][^\u0000-\u001f!-,/:-?\[-^`{-~]{0,63}$"
"""The name of an entry."""


def form(written: Form) -> WithJsonSchema:
    """Says of a type how it is written."""
    return WithJsonSchema(written)


def pattern(*expressions: str) -> WithJsonSchema:
    """Says of a type that it is a text that one of these finds, or one from elsewhere."""
    return WithJsonSchema({"type": "string", "pattern": "|".join([ELSEWHERE, *expressions])})


def word_or(word: str, other: Form) -> WithJsonSchema:
    """Says of a type that it is that word, something else, or nothing."""
    return WithJsonSchema({"anyOf": [{"const": word}, other, {"type": "null"}]})


Texts = Annotated[Any, form(TEXTS)]


class _OneOrSeveral:
    """Says of a list that one value may stand for a list of one, and how many there must be."""

    def __init__(self, least: int) -> None:
        self._least = {"minItems": least} if least else {}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Form:
        several = {"type": "array", "items": handler(schema)["items"], **self._least}
        return {"anyOf": [several["items"], several]}


class _NoneTwice:
    """Says of a list that it has no entry twice."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Form:
        written = handler(schema)
        for each in written.get("anyOf", [written]):
            if each.get("type") == "array":
                each["uniqueItems"] = True
        return written


ONE_OR_SEVERAL = _OneOrSeveral(0)
AT_LEAST_ONE = _OneOrSeveral(1)
NONE_TWICE = _NoneTwice()

# What a section says of several keys at once: `json_schema_extra` of its model.


def has(*keys: str) -> Form:
    """All of these are there, and not null."""
    return {"required": [*keys], "properties": {key: {"not": {"type": "null"}} for key in keys}}


def all_of(*rules: Form) -> Form:
    return {"allOf": [*rules]}


def together(one: str, other: str) -> Form:
    """Both keys, or neither."""
    return all_of({"if": has(one), "then": has(other)}, {"if": has(other), "then": has(one)})


def not_both(one: str, other: str) -> Form:
    return {"if": has(one), "then": {"not": has(other)}}


def where(key: str, value: object, then: Form, *, default: object = None) -> Form:
    """What holds where a key has that value; `default` is its value where it is left out."""
    condition: Form = {"properties": {key: {"const": value}}}
    return {"if": condition if value == default else {**condition, "required": [key]}, "then": then}
