"""Our mails in HTML, as templates: the frame, in which each kind of message puts its heading, facts and what to do.

They load nothing and have no pictures, are read by programs that know neither styles nor dark mode, and fit a window of
320 pixels. Tables give the layout, since Outlook on Windows knows nothing else; what the dark style changes has a class,
since styles stand in the elements for the programs that drop those of the head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from msgspec.structs import replace

from radiusd.model.message import Mail

WIDEST = 520  # pixels
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif"
TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
# In braces alone: `{{` and `{%` would begin something in a template.
STYLE = """
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
.ground { background: #0d1218 !important; }
.card { background: #161e27 !important; border-color: #2b3743 !important; }
.text { color: #e9eff5 !important; }
.quiet { color: #9fafbe !important; }
.line { border-color: #2b3743 !important; }
.code { background: #232e3a !important; color: #e9eff5 !important; }
.button { background: #8ec2ff !important; color: #0d1218 !important; }
}
"""


BODY = re.compile(r".*?<body\b[^>]*>", re.DOTALL | re.IGNORECASE)
# Of whom nothing but the user name is known is not named twice.
WHOLE_NAME = "{{ user.display_name }}{% if user.username != user.display_name %} ({{ user.username }}){% endif %}"


class Fact(NamedTuple):
    """What stands before a value, and the value: a template."""

    label: str
    value: str


class Letter(NamedTuple):
    """What a message says, each of it a template. `code` and `link` are "" where it has none.

    `button` is what the link is called, `notes` are said at the end. The facts are said of each of the list whose name is
    `every`, which is `each` in them; "": once.
    """

    title: str
    facts: Sequence[Fact]
    notes: Sequence[str]
    code: str = ""
    link: str = ""
    button: str = ""
    every: str = ""


def templates(
    ours: Mapping[str, Letter], message: Mapping[str, str], html: Mapping[str, str] | None, *, signed: bool
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The templates of a mail by language: its text, and its HTML, which is "" where there is none.

    `message` and `html` are what radius.yaml has. Beside a text of theirs no HTML of ours is sent: it would say something
    else. `signed` with the organisation's name.
    """
    organisation = "{{ organisation }}" if signed else ""
    texts = {language: text_of(letter, organisation=organisation) for language, letter in ours.items()}
    shown = {language: html_of(letter, language, organisation=organisation) for language, letter in ours.items()}
    theirs = {**dict.fromkeys(message, ""), **(html or {})}
    texts, shown = {**texts, **message}, {**shown, **theirs}
    return texts, shown


def with_last(mail: Mail, said: str) -> Mail:
    """The mail with a sentence at its end, where it does not say it yet."""
    text, html = mail.text, mail.html
    if said not in text:
        text = f"{text.rstrip()}\n\n{said}\n"
    if html is not None and escape(said) not in html:
        head, end, rest = html.rpartition("</body>")
        html = f"{head}{_paragraph(said)}{end}{rest}" if end else f"{html}{_paragraph(said)}"
    return replace(mail, text=text, html=html)


def with_first(mail: Mail, said: str) -> Mail:
    """The mail with a sentence before all else."""
    html = mail.html
    if html is not None:
        body = BODY.match(html)
        at = body.end() if body else 0
        html = f"{html[:at]}{_paragraph(said)}{html[at:]}"
    return replace(mail, text=f"{said}\n\n{mail.text}", html=html)


def _paragraph(said: str) -> str:
    return f'<p style="margin:12px 16px;{FONT};font-weight:bold">{escape(said)}</p>'


def html_of(letter: Letter, language: str, *, organisation: str = "") -> str:
    """The letter as a template in HTML. `organisation` is a template too."""
    parts = [
        f'<p class="quiet" style="margin:0 0 12px;color:#526071;font-weight:bold">{organisation}</p>'
        if organisation
        else "",
        f'<h1 class="text" style="margin:0 0 16px;font-size:20px;line-height:1.3;color:#14202b">{letter.title}</h1>',
        _code(letter.code),
        _facts(letter.facts, letter.every),
        _button(letter.link, letter.button),
        *(f'<p class="text" style="margin:16px 0 0;color:#14202b">{note}</p>' for note in letter.notes),
        _written_out(letter.link),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{letter.title}</title>\n<style>{STYLE}</style>\n</head>\n"
        '<body class="ground" style="margin:0;padding:0;background:#edf1f5">\n'
        f'{TABLE} class="ground" style="background:#edf1f5"><tr><td align="center" style="padding:12px 8px">\n'
        f'<!--[if mso]><table role="presentation" width="{WIDEST}"><tr><td><![endif]-->\n'
        f'{TABLE} class="card" style="max-width:{WIDEST}px;background:#ffffff;border:1px solid #d5dde6;'
        'border-radius:12px"><tr>\n'
        f'<td class="text" align="left" style="padding:20px;{FONT};font-size:16px;line-height:1.5;color:#14202b;'
        f'word-break:break-word">\n{body}\n</td></tr></table>\n'
        "<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n"
    )


def text_of(letter: Letter, *, organisation: str = "") -> str:
    """The same as a template without HTML, facts in lines of their own."""
    facts = "\n".join(f"{fact.label}: {fact.value}" for fact in letter.facts)
    if letter.every:
        facts = f"{{% for each in {letter.every} %}}{facts}{{% if not loop.last %}}\n{{% endif %}}{{% endfor %}}"
    first = f"{letter.title}: {letter.code}" if letter.code else letter.title
    link = f"{letter.button}:\n{letter.link}" if letter.link else ""
    return "\n\n".join(part for part in (first, facts, link, "\n".join(letter.notes), organisation) if part) + "\n"


def _code(code: str) -> str:
    if not code:
        return ""
    return (
        '<p class="code" style="margin:0 0 16px;padding:12px 16px;border-radius:8px;background:#e8edf2;color:#14202b;'
        "font-family:Consolas,Menlo,'DejaVu Sans Mono',monospace;font-size:30px;line-height:1.2;font-weight:bold;"
        f'letter-spacing:3px">{code}</p>'
    )


def _facts(facts: Sequence[Fact], every: str) -> str:
    rows = "\n".join(
        f'<tr><th class="quiet line" scope="row" align="left" valign="top" width="104" style="padding:6px 12px 6px 0;'
        f'border-top:1px solid #d5dde6;color:#526071;font-weight:normal">{fact.label}</th>'
        f'<td class="text line" valign="top" style="padding:6px 0;border-top:1px solid #d5dde6;color:#14202b;'
        f'font-weight:bold">{fact.value}</td></tr>'
        for fact in facts
    )
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" style="font-size:15px;line-height:1.4">\n'
        + (f"{{% for each in {every} %}}{rows}\n{{% endfor %}}" if every else rows)
        + "\n</table>"
    )


def _button(link: str, name: str) -> str:
    """A cell, since Outlook on Windows gives a link no padding."""
    if not link:
        return ""
    return (
        f'{TABLE} style="margin:16px 0 0"><tr><td class="button" align="center" bgcolor="#0b5cab" style="border-radius:8px;'
        f'background:#0b5cab;mso-padding-alt:14px 20px"><a class="button" href="{link}" style="display:block;'
        "padding:14px 20px;border-radius:8px;background:#0b5cab;color:#ffffff;font-weight:bold;font-size:18px;"
        f'text-decoration:none">{name}</a></td></tr></table>'
    )


def _written_out(link: str) -> str:
    if not link:
        return ""
    return (
        '<p style="margin:16px 0 0;font-size:13px;line-height:1.4"><a class="quiet" style="color:#526071" '
        f'href="{link}">{link}</a></p>'
    )
