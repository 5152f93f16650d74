"""The base of every section's model: frozen, strict, and no unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from config.models.values import Distinct, NotEmpty, Title, only_known


class Options(BaseModel):
    """A section of radius.yaml. Frozen; a key it does not know is a fault."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            only_known(data, keys_of(cls))
        return data


def keys_of(model: type[BaseModel]) -> Mapping[str, str]:
    """The keys that a section may have in radius.yaml, each with the name of its attribute."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def meaning(model: type[BaseModel], key: str) -> str:
    """What a key means: the words beside its field, else those of the model that it is inherited from.

    Raises KeyError where nobody wrote it down.
    """
    name = keys_of(model)[key]
    for each in model.__mro__:
        field = each.model_fields.get(name) if issubclass(each, BaseModel) else None
        if field is not None and field.description:
            return field.description
    raise KeyError(f"{model.__name__}.{key}")


class Named(Options):
    """An entry under a name; `name` is its key."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        return self._name


class Titled(Named):
    """An entry that people read of. `title` None: they read its name."""

    title: Title | None = Field(None, description="What people read in place of the name it has here.")

    def called(self, language: str) -> str:
        """What people read in its place: in that language, else in the one it has, else its name."""
        titles = self.title or {}
        return titles.get(language) or next(iter(titles.values()), self.name)


class TypedOptions(Named):
    """An entry that `type:` chooses: a directory, a mail server, an SMS gateway."""

    type: str = Field(description="Which of its kind it is.")


class ProfileOptions(Titled):
    """What every profile has, whichever its method. `directories` in order: the first that has the user counts."""

    method: str = Field(description="What the user must do.")
    directories: Distinct[NotEmpty[str]] = Field(
        description="Where the user is looked up, in order; who has the name is it."
    )
