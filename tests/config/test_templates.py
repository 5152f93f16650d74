"""Templates: what is rendered in a shorter way reads as Jinja2's own."""

from __future__ import annotations

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
