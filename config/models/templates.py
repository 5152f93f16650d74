"""Templates of radius.yaml: Jinja2's sandbox, where every variable must exist.

Each option says with what its template is rendered; here it is rendered once with samples, so that an unknown
variable is found before a user is. Senders render with `compiled`, so what was checked is what is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from html import escape as quoted
from typing import Annotated, Any
from xml.sax.saxutils import escape

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BeforeValidator

from config.faults import instead
from config.models.languages import in_each_language
from config.models.values import wrong
from config.secret import Secret

Samples = Mapping[str, Any]

USER: Samples = {
    "username": "ann",
    "display_name": "Ann Example",
    "mail": "ann@example.com",
    "mobile": "+905554443322",
}
LOGIN: Samples = {
    "user": USER,
    "application": "vpn",
    "profile": "contractor-approval",
    "client": "vpn-gateway",
    "station": "192.0.2.77",
    "time": "18:00",
    "organisation": "Example",
}
NEXT_STEP = "Type it where you are asked for it."
CODE: Samples = {**LOGIN, "code": "123456", "validity": "10 minutes", "minutes": 10, "next_step": NEXT_STEP}
LINK: Samples = {
    **LOGIN,
    "link": "https://mfa.example.com/a/token",
    "validity": "1 hour",
    "until": "19:00",
    "seen": "First time from here",
    "approver": {"name": "Sam Example", "why": "You are this user's manager"},
    "minutes": 60,
}
DESTINATION: Samples = {"destination": "a***e@example.com"}
SMS: Samples = {"recipient": "+905554443322", "message": "123456 is your sign-in code."}


def _environment(*, html: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=html)
    environment.globals.clear()  # a template has what it is given and no more; and is rendered in half the time
    environment.filters["json"] = json.dumps
    environment.filters["xml"] = lambda text: escape(str(text), {'"': "&quot;", "'": "&apos;"})
    return environment


TEXT = _environment(html=False)
HTML = _environment(html=True)


@lru_cache(maxsize=1024)
def compiled(source: str, *, html: bool = False) -> Template:
    """The template, ready to be rendered; with `html` every value is escaped. Raises jinja2.TemplateError."""
    return (HTML if html else TEXT).from_string(source)


def rendered(source: str, values: Mapping[str, Any], *, html: bool = False) -> str:
    """The template's text with those values. Raises jinja2.TemplateError."""
    if "{" not in source:
        return source
    plain = _plain(source)
    if plain is not None:
        text, names = plain
        try:
            found = [values[name] if item is None else values[name][item] for name, item in names]
        except (KeyError, TypeError):
            pass  # the template says better what is missing
        else:
            return text % tuple([quoted(str(each)) for each in found] if html else found)
    return compiled(source, html=html).render(values)


@lru_cache(maxsize=1024)
def _plain(source: str) -> tuple[str, tuple[tuple[str, str | None], ...]] | None:
    """A template of variables and their items alone, as text for `%` and their names; None of any other.

    Most are: this is made into text in a tenth of the time.
    """
    text, names = "", list[tuple[str, str | None]]()
    for part in TEXT.parse(source).body:
        for node in part.nodes if isinstance(part, nodes.Output) else (part,):
            match node:
                case nodes.TemplateData(data=data):
                    text += data.replace("%", "%%")
                    continue
                case nodes.Name(name=name):
                    names.append((name, None))
                case nodes.Getattr(node=nodes.Name(name=name), attr=item) if not hasattr(dict, item):
                    names.append((name, item))
                case _:
                    return None
            text += "%s"
    return text, tuple(names)


def names(source: str, variable: str) -> bool:
    """Whether a template that compiles has that variable in it."""
    return variable in meta.find_undeclared_variables(TEXT.parse(source))


def template_fault(source: str, samples: Samples, *, html: bool = False, secret: bool = False) -> str | None:
    """What is wrong with a template, None where it renders. With `secret` nothing of its text is told."""
    try:
        unknown = sorted(meta.find_undeclared_variables((HTML if html else TEXT).parse(source)) - set(samples))
        if unknown:
            return f"has the unknown variable `{unknown[0]}` in its template{instead(unknown[0], samples)}"
        compiled(source, html=html).render(samples)
    except TemplateSyntaxError as error:
        cause = "" if secret else f": {error.message}"
        return f"is not a valid template (line {error.lineno} of it){cause}"
    except UndefinedError as error:
        return f"names what is not there in its template: {error.message}"
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        return f"is a template that can not be rendered ({type(error).__name__})"
    return None


def secret_template(value: Any, samples: Samples) -> Secret:
    """Checks and hides a template that may hold a password or token."""
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise wrong("must be a text in quotes")
    fault = template_fault(value, samples, secret=True)
    if fault is not None:
        raise wrong(fault)
    return Secret(value)


def localized(samples: Samples, *, html: bool = False) -> BeforeValidator:
    """Reads a template in each language. A language left out: ours is taken."""
    return in_each_language(lambda source: template_fault(source, samples, html=html))


CodeTexts = Annotated[Mapping[str, str], localized(CODE)]
LinkTexts = Annotated[Mapping[str, str], localized(LINK)]
CodeHtml = Annotated[Mapping[str, str], localized(CODE, html=True)]
LinkHtml = Annotated[Mapping[str, str], localized(LINK, html=True)]
