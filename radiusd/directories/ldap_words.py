"""How filters and DNs are written in radius.yaml, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable

from config.models.rules import expression_of
from config.models.values import wrong
from radiusd.directories import ldap_messages
from radiusd.directories.ldap_messages import BadFilter


def user_filter(value: str) -> str:
    """A filter that finds who has the name, and nobody else (RFC 4515)."""
    if "{username}" not in value:
        raise wrong("must have {username} in it: else it finds anybody")
    others = re.findall(r"\{[^{}]*\}", value.replace("{username}", ""))
    if others:
        raise wrong(f"has {others[0]} in it; there is {{username}} alone")
    if value.count("(") != value.count(")") or not value.startswith("(") or not value.endswith(")"):
        raise wrong("is not a filter of RFC 4515: its parentheses do not match")
    bare = re.search(r"\(!\s*([^()\s][^()]*)\)", value)
    if bare:
        raise wrong(f"is not a filter of RFC 4515: write (!({bare[1]})) for (!{bare[1]})")
    try:
        ldap_messages.search("", value, [], size=1, seconds=1)
    except BadFilter:
        raise wrong("is not a filter of RFC 4515; in a value ( is written \\28, ) \\29, * \\2a and \\ \\5c") from None
    _finds_one(value)
    return value


def _finds_one(value: str) -> None:
    """Raises where a filter finds others than who has the name."""
    for found in re.finditer(r"(\(!\s*)?\(([^()=]*[^()=:<>~]:?)([<>~]?)=([^()]*\{username\}[^()]*)\)", value):
        negated, attribute, otherwise, wanted = found.groups()
        if negated:
            raise wrong(f"finds everybody but who has the name: (!({attribute.strip()}={wanted}))")
        if otherwise or "*" in wanted:
            raise wrong(f"finds others than who has the name; write ({attribute.strip()}={{username}})")


# What RFC 4514 has, and the spaces and semicolons that servers still take of RFC 2253.
_RDN = r"\s*(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)\s*=(?:[^,;+\\\"]|\\.|\"(?:[^\"\\]|\\.)*\")+"
_DN = re.compile(rf"{_RDN}(?:[,;+]{_RDN})*")


def is_dn(value: str) -> bool:
    """Whether it has the form of a DN (RFC 4514) of at least one part."""
    return _DN.fullmatch(value) is not None


def base(value: str) -> str:
    """The DN of an entry."""
    if not is_dn(value):
        parts = value.split(".")
        if len(parts) > 1 and all(re.fullmatch(r"[A-Za-z0-9-]+", part) for part in parts):
            raise wrong(f"{{value}} is not a DN; write {','.join(f'dc={part}' for part in parts)}")
        raise wrong("{value} is not a DN; write for example ou=people,dc=example,dc=com")
    return value


def alone(what: str, sign: str) -> Callable[[str], str]:
    """What takes a name without the sign that stands between it and the user's."""

    def taken(value: str) -> str:
        if sign in value:
            bare = max(value.split(sign), key=len)
            raise wrong(f"{{value}} has {sign} in it; write {bare}, the {what} alone")
        return value

    return taken


def no_dn(value: str) -> str | None:
    """What is wrong with a value of memberOf, which holds whole DNs."""
    expression = expression_of(value)
    if expression is not None:
        # Sets of letters and digits have no comma, and every DN of a directory has one.
        if re.search(r"[.,\\\[|]", re.sub(r"\[(\w-\w|\w)*\]", "", expression)):
            return None
        return f"memberOf holds whole DNs, and an expression must match the whole: `{value}` matches nobody; write `/{expression},.*/`"
    beginning, star, _rest = value.partition("*")
    if star and ("=" in beginning or len(beginning) <= len("uid")):
        return None
    if "=" not in value:
        return f"memberOf holds whole DNs, so `{value}` matches nobody; write `CN={value.strip('*')},*`"
    spaced = re.sub(r"(?<!\\),\s+(?=\w+=)", ",", value)
    if spaced != value:
        return f"directories tell DNs without a space behind a comma, so `{value}` matches nobody; write `{spaced}`"
    if not star and "," not in value:
        return f"a value is compared with the whole DN, so `{value}` matches nobody; write `{value},*`"
    return None
