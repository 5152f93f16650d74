"""docs/settings.md: every key of radius.yaml, made of the models that read it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.checks.inactive import INACTIVE
from config.difference import shown
from config.models.options import meaning
from config.models.rules import Match
from config.models.values import NoneAs
from config.models.wording import Wording
from config.settings import DEFAULT_TYPES, KINDS, Settings
from radiusd.process.kinds import kinds

# How a value is written, by what reads it: the first that is known.
FORMS = {
    "_listener": "ADDRESS:PORT",
    "_network": "address or network",
    "_located": "file",
    "_png": "`file:` of a PNG",
    "_zone": "time zone",
    "_country": "country, as `TR`",
    "_encoding": "encoding",
    "_secret": "secret",
    "_time_of_day": 'time, as `"18:00"`',
    "_day": "date, as `2026-12-20`",
    "_url": "URL",
    "_link_base": "https URL",
    "_ldap_url": "URL of LDAP",
    "_host": "host",
    "_mail_address": "mail address",
    "recipient": "mail address or number",
    "_approver": "approver",
    "_choice": "`once`, `today` or duration",
    "_challenge": "`true`, `false` or number",
    "_for_each_kind": "number, or keys",
    "worded": "texts by name",
    "_json": "JSON",
    "_pattern": "pattern",
    "_attribute": "attribute",
    "duration": "duration",
}
PLAIN = {str: "text", int: "number", bool: "`true` or `false`", timedelta: "duration"}
Path = tuple[str, ...]


class Row(NamedTuple):
    """One key. `key` is below its section's heading."""

    key: str
    meaning: str
    form: str
    default: str


def page() -> str:
    """The whole page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# radius.yaml"
    yield ""
    yield "Every key, with what it means, how it is written and what it is where it is left out. A key that is not here is"
    yield "a mistake, and `radiusd check` says where it is and what was meant. [An example](radius.example.yaml) has nearly all."
    yield "[A JSON Schema](radius.schema.json) lets an editor complete keys and mark what is wrong."
    yield ""
    yield "- A **duration** has a unit: `30s`, `10m`, `8h`, `30d`."
    yield "- **env:NAME** or **file:PATH** may stand for any text; secrets belong there. `literal:` before a text that really"
    yield "  begins so."
    yield "- Where **several** values may stand, one may stand without brackets."
    yield "- A **text** for users is one for all, or one for each language: `{en: ..., tr: ...}`."
    yield "- A relative **file** is beside radius.yaml."
    yield "- Only `true` and `false` are that (YAML 1.2). A key stands once."
    simple = [name for name in Settings.model_fields if not _is_section(name)]
    yield from _section("General", [_row(Settings, name, ()) for name in simple])
    yield ""
    yield f"The names of `texts`: {_or(list(Wording.model_fields), 'and')}."
    for name in Settings.model_fields:
        if _is_section(name):
            yield from _of_section(name)


def _is_section(name: str) -> bool:
    return name in KINDS or _model(Settings.model_fields[name].annotation) is not None


def _of_section(name: str) -> Iterator[str]:
    model = _model(Settings.model_fields[name].annotation)
    about = meaning(Settings, name)
    if name in KINDS:
        about += f" Each has a name of yours, and `{kinds()[name].key}` says which it is."
        yield from ("", f"## {name}", "", about)
        for kind in sorted(kinds()[name]):
            yield from _of_kind(name, kind)
    elif model is not None:
        origin = get_origin(Settings.model_fields[name].annotation)
        many = {None: "", tuple: "A list."}.get(origin, "Each has a name of yours.")
        path = (name,) if origin in {None, tuple} else (name, "*")
        yield from _section(name, list(_rows(model, path)), " ".join(filter(None, [about, many, _inactive((name,))])))


def _of_kind(section: str, name: str) -> Iterator[str]:
    kind = kinds()[section][name]
    yield from ("", f"### {section}, {kinds()[section].key}: {name}", "")
    if not kind.active:
        yield "Read and checked, but not active yet: " + (
            "such a profile lets nobody in." if section == "profiles" else "nothing is sent by it."
        )
        yield ""
    rows = sorted(_rows(kind.options, (section, "*")), key=lambda row: row.key not in {"method", "type"})
    default = f"`{name}`" if DEFAULT_TYPES.get(section) == name else "needed"
    yield from _table([row._replace(default=default) if row.key == "type" else row for row in rows])


def _section(title: str, rows: list[Row], about: str = "") -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if about:
        yield from (about, "")
    yield from _table(rows)


def _table(rows: list[Row]) -> Iterator[str]:
    yield "| key | meaning | form | default |"
    yield "|---|---|---|---|"
    for row in rows:
        yield f"| `{row.key}` | {row.meaning} | {row.form} | {row.default} |"


def _rows(model: type[BaseModel], path: Path, before: str = "") -> Iterator[Row]:
    for name, info in model.model_fields.items():
        key = info.alias or name
        row = _row(model, name, path)
        yield row._replace(key=before + key)
        inner = _model(info.annotation)
        if inner is not None and inner is not Match:
            many = "[]." if "tuple" in str(info.annotation) else "."
            yield from _rows(inner, (*path, key), before + key + many)


def _row(model: type[BaseModel], name: str, path: Path) -> Row:
    info = model.model_fields[name]
    key = info.alias or name
    told = [meaning(model, key), _inactive((*path, key), info)]
    cell = " ".join(filter(None, told)).replace("|", "\\|")
    return Row(key, cell, form(info.annotation, info.metadata), _default(info))


def _inactive(path: Path, info: FieldInfo | None = None) -> str:
    """What of it is not active yet."""
    for entry in INACTIVE:
        if tuple(entry.path.split(".")) == path:
            choices = get_args(info.annotation) if info is not None and get_origin(info.annotation) is Literal else ()
            missing = [each for each in choices if entry.when(each)]
            return f"**Not active yet: {_or(missing)}.**" if len(missing) < len(choices) else "**Not active yet.**"
    return ""


def _model(annotation: Any) -> type[BaseModel] | None:
    """The one section within a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model, get_args(annotation))), None)


def form(annotation: Any, metadata: list[Any]) -> str:
    """How a value is written."""
    readers = [getattr(getattr(each, "func", None), "__name__", "") for each in metadata]
    word = next((each.word for each in metadata if isinstance(each, NoneAs)), "")
    if word:
        return f"duration or `{word}`"
    if any("in_each_language" in getattr(getattr(each, "func", None), "__qualname__", "") for each in metadata):
        return "text"
    known = next((FORMS[each] for each in readers if each in FORMS), "")
    if known and get_origin(annotation) is not tuple:
        return known
    origin, inner = get_origin(annotation), [each for each in get_args(annotation) if each not in {type(None), ...}]
    if origin is Annotated:
        return form(inner[0], list(annotation.__metadata__))
    if origin is Literal:
        return _or(inner)
    if origin in {Union, types.UnionType}:
        return form(inner[0], [])
    if origin is tuple:
        if _model(annotation) is not None:
            return "list of rules, as in `policies`" if _model(annotation) is Match else "list"
        return f"one or several: {form(inner[0], [])}"
    if origin is not None and issubclass(origin, Mapping):
        return "keys and values"
    if _model(annotation):
        return "keys"
    return PLAIN.get(annotation, "text") + _bounds(metadata)


def _bounds(metadata: list[Any]) -> str:
    low = next((each.ge for each in metadata if hasattr(each, "ge")), None)
    high = next((each.le for each in metadata if hasattr(each, "le")), None)
    if high is None:
        return f" from {low}" if low else ""
    return f", {low} to {high}"


def _or(values: list[Any], word: str = "or") -> str:
    texts = [f"`{value}`" for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    value = info.get_default(call_default_factory=True)
    word = next((each.word for each in info.metadata if isinstance(each, NoneAs)), "")
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, Mapping) and len(set(value.values())) == 1:
        value = next(iter(value.values()))
    if value is None or value in ((), {}):
        return f"`{word}`" if word else "none"
    return f"`{shown(value)}`".replace("|", "\\|")
