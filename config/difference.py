"""What changed between two settings, for whoever reloads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time, timedelta

from pydantic import BaseModel

from config.models.options import keys_of
from config.models.values import NoneAs, duration_text
from config.secret import Secret
from config.settings import Settings
from config.yaml.nodes import Path

LONGEST = 120


def difference(old: Settings, new: Settings) -> list[str]:
    """One line for each thing that changed; of secrets, and of texts from the environment or files, only that they did."""
    hidden = old.from_outside | new.from_outside
    return list(_models(old, new, (), hidden))


def _models(old: BaseModel, new: BaseModel, path: Path, hidden: frozenset[Path]) -> Iterator[str]:
    for key, name in keys_of(type(new)).items():
        info = type(new).model_fields[name]
        before, after = getattr(old, name), getattr(new, name)
        none = next((mark.word for mark in info.metadata if isinstance(mark, NoneAs)), "null")
        if not info.repr and before != after:
            yield f"{_dotted((*path, key))}: changed"
        elif info.repr:
            yield from _values(before, after, (*path, key), hidden, none)


def _values(old: object, new: object, path: Path, hidden: frozenset[Path], none: str = "null") -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, BaseModel) and isinstance(new, BaseModel) and type(old) is type(new):
        yield from _models(old, new, path, hidden)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in new:
                yield f"{_dotted((*path, key))}: removed"
            elif key not in old:
                yield f"{_dotted((*path, key))}: added"
            else:
                yield from _values(old[key], new[key], (*path, key), hidden)
    elif _has_models(old) or _has_models(new):
        yield from _lists(old, new, path, hidden)
    elif _is_secret(old) or _is_secret(new) or any(where[: len(path)] == path for where in hidden):
        yield f"{_dotted(path)}: changed"
    else:
        yield f"{_dotted(path)}: {shown(old, none)} -> {shown(new, none)}"


def _lists(old: object, new: object, path: Path, hidden: frozenset[Path]) -> Iterator[str]:
    """Lists of sections: by their index, from 0 as in a fault's path; order means something there."""
    before = old if isinstance(old, tuple) else ()
    after = new if isinstance(new, tuple) else ()
    for index, (one, other) in enumerate(zip(before, after, strict=False)):
        yield from _values(one, other, (*path, index), hidden)
    for index in range(len(after), len(before)):
        yield f"{_dotted((*path, index))}: removed"
    for index in range(len(before), len(after)):
        yield f"{_dotted((*path, index))}: added"


def _has_models(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in value)


def _is_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_is_secret(item) for item in value.values())
    if isinstance(value, BaseModel):
        return any(_is_secret(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, tuple | list):
        return any(_is_secret(item) for item in value)
    return isinstance(value, Secret)


def _dotted(path: Path) -> str:
    return ".".join(str(key) for key in path)


def shown(value: object, none: str = "null") -> str:
    """As it would be written in radius.yaml, shortened."""
    if value is None:
        return none
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        text = f"[{', '.join(shown(item) for item in value)}]"
    elif isinstance(value, Mapping):
        text = f"{{{', '.join(f'{key}: {shown(item)}' for key, item in value.items())}}}"
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        keys = {key: getattr(value, name) for key, name in keys_of(type(value)).items() if fields[name].repr}
        text = shown(keys)
    else:
        text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
