"""`organisation:`, who people deal with when they sign in."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import BeforeValidator, Field

from config.models.forms import form
from config.models.languages import LONGEST_TITLE
from config.models.options import Options
from config.models.values import Line, wrong

LARGEST_LOGO = 64 * 1024  # octets; a page has it at once also over a slow line
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = b"\x00\x00\x00\rIHDR"


def _png(value: Any) -> Any:
    """The octets of a picture, which has its signature and begins with its header (PNG, sections 5.2 and 11.2.2)."""
    if value is None:
        return None
    if not isinstance(value, bytes):
        raise wrong("must be `file:` and the name of a PNG, for example file:logo.png")
    if not value.startswith(SIGNATURE + HEADER):
        raise wrong("{value} is no PNG")
    if len(value) > LARGEST_LOGO:
        raise wrong(f"{{value}} is larger than {LARGEST_LOGO // 1024} KiB")
    return value


Png = Annotated[bytes, BeforeValidator(_png), form({"type": "string", "pattern": "^file:"})]


class OrganisationSettings(Options):
    """`name` None: pages and mails name none. `logo`: the octets of a PNG."""

    name: Annotated[Line, MaxLen(LONGEST_TITLE)] | None = Field(
        None, description="What pages and our mails call it; `{{ organisation }}` in templates. Left out: nothing."
    )
    logo: Annotated[Png | None, Field(repr=False)] = Field(
        None, description="Shown on the pages: `file:PATH` of a PNG, at most 64 KiB."
    )
