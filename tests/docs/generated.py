"""What in docs/ is made of the code: `python -m tests.docs.generated` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.docs import commands_page, features_page, flow_pictures, nas_pages, reasons_page, settings_page

DOCS = Path(__file__).parents[2] / "docs"


def files() -> Iterator[tuple[str, str]]:
    """Each file by its name below docs/."""
    yield "settings.md", settings_page.page()
    yield "commands.md", commands_page.page()
    yield "reasons.md", reasons_page.page()
    yield "features.md", features_page.page()
    yield from ((f"pictures/{name}", text) for name, text in flow_pictures.pictures())
    yield from ((f"nas/{name}", text) for name, text in nas_pages.pages().items())


if __name__ == "__main__":
    for name, text in files():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text)
