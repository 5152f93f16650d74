"""What mkdocs does beside building (`hooks` of mkdocs.yml): the changes as a page, and nothing from outside.

Every page forbids the browser to load anything from elsewhere, and a build that would want to fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[2]
BESIDE = {"CHANGELOG": "changelog.md", "README": "index.md"}
POLICY = "default-src 'self' 'unsafe-inline' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'"
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
# An <a> is the reader's own step; a canonical link is only a name.
TAG = re.compile(r"<(?!a\b)[a-z][^>]*>", re.IGNORECASE)
LOADED = re.compile(
    r"""\b(?:src|srcset|href|data|poster|action)\s*=\s*["']?\s*((?:https?:)?//[^\s"'>]+)""", re.IGNORECASE
)
STYLED = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^\s"')]+)""", re.IGNORECASE)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """CHANGELOG.md is a page too."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "changelog.md", content=(ROOT / "CHANGELOG.md").read_text()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What is beside docs/ in the repository is among the pages here."""
    return re.sub(r"\(\.\./(CHANGELOG|README)\.md(#[^)]*)?\)", lambda found: f"({BESIDE[found[1]]})", markdown)


def on_post_page(output: str, **_: Any) -> str:
    """The browser is told, before anything else, to load nothing from elsewhere."""
    return output.replace("<head>", f"<head>{META}", 1)


def on_post_template(output_content: str, **_: Any) -> str:
    """The same for pages of the theme."""
    return on_post_page(output_content)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Raises Abort where a page or a style sheet would load something from elsewhere."""
    from mkdocs.exceptions import Abort

    faults = list(outside(Path(config.site_dir)))
    if faults:
        raise Abort("\n".join(["from outside:", *faults]))


def outside(site: Path) -> Iterator[str]:
    """What the pages of a built site load from elsewhere, each as FILE: URL, and the pages that do not forbid it."""
    for path in sorted(site.rglob("*")):
        if path.suffix not in {".html", ".css", ".svg"}:
            continue
        text = path.read_text()
        found = STYLED.findall(text)
        if path.suffix != ".css":
            found += [url for tag in TAG.findall(text) for url in LOADED.findall(tag)]
        if path.suffix == ".html" and META not in text:
            found.append("no Content-Security-Policy")
        yield from (f"{path.relative_to(site)}: {each}" for each in found)
