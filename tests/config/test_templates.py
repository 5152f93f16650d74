"""Templates: what is rendered in a shorter way reads as Jinja2's own."""

from __future__ import annotations

from html import unescape

import pytest
from jinja2 import UndefinedError

from config.models.templates import CODE, compiled, rendered


@pytest.mark.parametrize(
    "source",
    [
        "{{ code }}",
        "Hi {{ user.display_name }},\r\n100% of {{code}} {# a word #}\n\n",
        "{{ user['mail'] }} {{ user.items }} {{ user.display_name|upper }}",
        "{% if minutes > 5 %}{{ minutes }}{% endif %} {{ minutes - 1 }} {{ '%s' }} {",
        "{{ time }}{{ nothing }}",
        "{{ user.nothing }} {{ time }}",
        "{{ user.display_name.first }}",
    ],
)
def test_what_is_made_without_jinja_is_what_jinja_makes(source):
    def made(render):
        try:
            return render(CODE)
        except UndefinedError as error:
            return str(error)

    assert made(lambda values: rendered(source, values)) == made(compiled(source).render)


@pytest.mark.parametrize(
    "source", ["<p>{{ user.display_name }}</p>", "{% if code %}{{ user.display_name }}{% endif %}"]
)
@pytest.mark.parametrize("name", ["Ann", "<b>\"Ann\"</b> & 'Co'", "{{ code }} %s"])
def test_in_html_every_value_is_escaped(source, name):
    values = {**CODE, "user": {"display_name": name}}
    made, jinja = rendered(source, values, html=True), compiled(source, html=True).render(values)
    assert unescape(made) == unescape(jinja)
    assert not set("<>\"'") & set(made.removeprefix("<p>").removesuffix("</p>"))
