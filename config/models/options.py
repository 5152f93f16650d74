"""The base of every section's model: frozen, strict, and no unknown keys. What an entry says of itself beside its keys.

Who adds a method or a type says here, by overriding, what checks, advice and wiring must know of it: none of them knows
one by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from config.models.languages import Title
from config.models.values import Distinct, NotEmpty, only_known

PASSWORD = "password"  # noqa: S105 - the factor of that name, which is no profile
NEW_PASSWORD = "new-password"  # noqa: S105 - the step that a password adds which must be changed


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
        """What people read in its place: in that language, whatever its region, else in the one it has, else its name."""
        titles = self.title or {}
        return titles.get(language.casefold()[:2]) or next(iter(titles.values()), self.name)


class Advice(NamedTuple):
    """What is accepted of an entry and not advisable; `at` are the keys below it, none where it is the whole entry."""

    message: str
    at: tuple[str | int, ...] = ()


class TypedOptions(Named):
    """An entry that `type:` chooses: a directory, a mail server, an SMS gateway."""

    for_the_demo: ClassVar[bool] = False  # it sends nothing

    type: str = Field(description="Which of its kind it is.")

    def advice(self) -> Iterator[Advice]:
        """What one should not want of its values."""
        yield from ()


class DirectoryOptions(TypedOptions):
    """A directory."""

    alone: ClassVar[bool] = False  # there is one of its type at most

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        """What it sends by, in order: entries of `mail_servers` and `sms_gateways`, by section."""
        return {}

    @property
    def hangs_for(self) -> timedelta | None:
        """How long a server that hangs keeps the next one from being asked; None where there is no next one."""
        return None

    @property
    def answers_within(self) -> timedelta | None:
        """How long an answer of it is waited for; None where it is not asked over a network."""
        return None

    @property
    def stripped_from_names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The domains and the realms that may stand around a name and are no part of it."""
        return (), ()

    @property
    def asks_for_new_passwords(self) -> bool:
        """Whether its users are asked for another password where theirs must be changed."""
        return False

    def lacks(self, _what: str, /) -> bool:
        """Whether its users have none of this: `mail`, `mobile` or `manager`."""
        return False

    def attribute_fault(self, _attribute: str, /) -> str | None:
        """Why a rule can not ask for an attribute of its users."""
        return None

    def attribute_advice(self, _attribute: str, /) -> str | None:
        """Why none of its users can have an attribute."""
        return None

    def value_advice(self, _attribute: str, _value: str, /) -> str | None:
        """Why no user's attribute can have what a rule wants."""
        return None


class Text(NamedTuple):
    """What a profile sends: a template, or one for each language; it must have the variable `needs` in it.

    `validity` is what its `minutes` tell.
    """

    key: str
    sources: str | Mapping[str, str]
    needs: str
    validity: timedelta


class Idle(NamedTuple):
    """A key that nothing looks at as the others are, and why."""

    key: str
    why: str


class ProfileOptions(Titled):
    """What every profile has, whichever its method. `directories` in order: the first that has the user counts."""

    is_a_factor: ClassVar[bool] = False  # its profiles may come before an approval (D15)
    needs_nothing: ClassVar[bool] = False  # it is open to whom policies let in, whatever they have (D7)
    sends_links: ClassVar[bool] = False

    method: str = Field(description="What the user must do.")
    directories: Distinct[NotEmpty[str]] = Field(
        description="Where the user is looked up, in order; who has the name is it."
    )

    @property
    def passed_first(self) -> tuple[str, ...]:
        """What comes before it, in order: PASSWORD, or other profiles by name."""
        return (PASSWORD,)

    @property
    def profiles_first(self) -> tuple[str, ...]:
        """The profiles among them."""
        return tuple(each for each in self.passed_first if each != PASSWORD)

    @property
    def is_password_alone(self) -> bool:
        """Whether a right password lets the user in, and nothing else is asked."""
        return self.needs_nothing and not self.asks_somebody and not self.profiles_first

    @property
    def lacks_for_a_role(self) -> str:
        """Why who signs in by it has no role on the pages (D19), as what follows the profile's name; "" where they may."""
        return "asks nothing but the password" if self.is_password_alone else ""

    @property
    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        """What it sends by, in order: entries of `mail_servers` and `sms_gateways`, by section."""
        return {}

    @property
    def sends_otherwise_by(self) -> str | None:
        """The profile by whose carriers its message goes where none of its own takes it."""
        return None

    @property
    def needs_of_a_user(self) -> str:
        """What a user's entry must have, as `DirectoryOptions.lacks` has it; "" for nothing."""
        return ""

    @property
    def must_leave_within(self) -> timedelta | None:
        """How long the answer waits for a message to leave."""
        return None

    @property
    def link_base(self) -> str | None:
        """With what the links begin that it sends; None for `public_url`."""
        return None

    @property
    def asks_somebody(self) -> bool:
        """Whether somebody must press a link before the user is in."""
        return False

    @property
    def decided_within(self) -> timedelta | None:
        """How long somebody has to press it."""
        return None

    def texts(self) -> Iterator[Text]:
        """The texts of its messages that must have something in them."""
        yield from ()

    def advice(self, _gateways: Sequence[TypedOptions], /) -> Iterator[Advice]:
        """What one should not want of its values, where its SMS go by those gateways."""
        yield from ()

    def idle(self) -> Iterator[Idle]:
        """What has no effect as the other keys are."""
        yield from ()

    def hidden(self) -> Iterator[str]:
        """What is not to be had where a NAS shows no challenge, each as what follows the profile's name."""
        yield from ()
