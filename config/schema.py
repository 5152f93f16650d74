"""radius.yaml as a JSON Schema (draft 2020-12), for editors: made of the models that read it.

It says what may be written: the form of every value, not what it means. `radiusd check` says both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema as core

from config.kinds import Kinds
from config.models.forms import ELSEWHERE, NAME
from config.models.options import keys_of, meaning
from config.models.values import duration_text
from config.settings import DEFAULT_TYPES, Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "radius.yaml of radiusd"


def schema_of(kinds: Mapping[str, Kinds]) -> dict[str, Any]:
    """The schema. `kinds` are the models of directories, mail_servers, sms_gateways and profiles."""
    models: list[type[BaseModel]] = [Settings, *(table[name].options for table in kinds.values() for name in table)]

    asked: list[tuple[type[BaseModel], Literal["validation"]]] = [(model, "validation") for model in models]
    refs, whole = models_json_schema(asked, schema_generator=_Forms)
    definitions = whole["$defs"]
    root = definitions.pop(_name(refs[Settings, "validation"]))
    for section, table in kinds.items():
        entries = {name: refs[table[name].options, "validation"] for name in table}
        root["properties"][section]["additionalProperties"] = _by_kind(table.key, entries, DEFAULT_TYPES.get(section))
    for name, written in root["properties"].items():
        if _has_entries(written):
            written["propertyNames"] = {"pattern": NAME}
        root["properties"][name] = _or_left_empty(written)
    definitions["elsewhere"] = {"type": "string", "pattern": ELSEWHERE}
    named = _named(root, definitions)
    return {"$schema": DIALECT, "title": TITLE, **root, "$defs": {name: definitions[name] for name in sorted(named)}}


def _has_entries(written: Mapping[str, Any]) -> bool:
    """Whether it is a map whose keys are the administrator's own."""
    return written.get("type") == "object" and "additionalProperties" in written


def _or_left_empty(written: dict[str, Any]) -> dict[str, Any]:
    """A section whose every line is a comment is one that is left out."""
    about: dict[str, Any] = {key: written.pop(key) for key in ("description", "default") if key in written}
    forms = written["anyOf"] if list(written) == ["anyOf"] else [written]
    null = {"type": "null"}
    return {**about, "anyOf": forms if null in forms else [*forms, null]}


def _named(written: Any, definitions: Mapping[str, Any]) -> set[str]:
    """The definitions that it comes to."""
    found: set[str] = set()
    waiting = [written]
    while waiting:
        each = waiting.pop()
        waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
        name = _name(each) if isinstance(each, dict) and isinstance(each.get("$ref"), str) else ""
        if name and name not in found:
            found.add(name)
            waiting.append(definitions[name])
    return found


def _name(ref: JsonSchemaValue) -> str:
    return str(ref["$ref"]).rpartition("/")[2]


def _by_kind(key: str, entries: Mapping[str, JsonSchemaValue], default: str | None) -> dict[str, Any]:
    """An entry that one of its keys chooses the model of."""
    cases = []
    for name, ref in entries.items():
        condition: dict[str, Any] = {"properties": {key: {"const": name}}}
        if name != default:
            condition["required"] = [key]
        cases.append({"if": condition, "then": ref})
    known = {"anyOf": [{"enum": sorted(entries)}, {"$ref": "#/$defs/elsewhere"}]}
    entry = {"type": "object", "properties": {key: known}, "allOf": cases}
    return entry if default else {**entry, "required": [key]}


class _Forms(GenerateJsonSchema):
    """pydantic's own, in the words of radius.yaml: keys with their meaning, defaults as one writes them."""

    def model_schema(self, schema: core.ModelSchema) -> JsonSchemaValue:
        model = schema["cls"]
        written = super().model_schema(schema)
        for key in ("title", "description"):
            written.pop(key, None)
        properties = written["properties"]
        for key in keys_of(model):
            properties[key] = {"description": meaning(model, key), **properties[key]}
        return written

    def literal_schema(self, schema: core.LiteralSchema) -> JsonSchemaValue:
        written = super().literal_schema(schema)
        return {"anyOf": [written, {"$ref": "#/$defs/elsewhere"}]} if "enum" in written else written

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the key says it
        return False

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002
        """As radius.example.yaml has them."""
        return value

    def default_schema(self, schema: core.WithDefaultSchema) -> JsonSchemaValue:
        written = super().default_schema(schema)
        if isinstance(schema.get("default"), BaseModel):
            written.pop("default", None)  # its keys have defaults of their own
        return written

    def encode_default(self, dft: Any) -> Any:
        """As it is written in radius.yaml."""
        match dft:
            case None | bool() | int() | float() | str():
                return dft
            case timedelta():
                return duration_text(dft)
            case time():
                return dft.strftime("%H:%M")
            case tuple() if not hasattr(dft, "_fields"):
                return [self.encode_default(each) for each in dft]
            case Mapping():
                texts = {key: self.encode_default(each) for key, each in dft.items()}
                return next(iter(texts.values())) if texts and len(set(map(str, texts.values()))) == 1 else texts
            case BaseModel():
                return None
        return str(dft)
