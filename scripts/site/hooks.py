"""Hooks of mkdocs: the stylesheet, and ``llms.txt``, a list of all pages for language models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation, Section
    from mkdocs.structure.pages import Page

HERE = Path(__file__).parent


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the stylesheet, which isn't documentation and so not in docs/."""
    files.append(File.generated(config, "site.css", abs_src_path=str(HERE / "site.css")))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Write the list and the text of all pages, by https://llmstxt.org."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}"]
    for item in nav.items:
        pages = [item] if item.is_page else _pages(item)
        lines += ["", f"## {item.title or pages[0].title}", ""]
        lines += [_line(page) for page in pages]
    files.append(File.generated(config, "llms.txt", content="\n".join(lines) + "\n"))
    return nav


def _pages(section: Section) -> list[Page]:
    found: list[Page] = []
    for item in section.children:
        found += [item] if item.is_page else _pages(item)
    return found


def _line(page: Page) -> str:
    text = page.file.content_string
    title, _, rest = text.removeprefix("# ").partition("\n")
    first = re.split(r"(?<=[.:])\s", rest.strip(), maxsplit=1)[0]
    about = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", " ".join(first.split())).rstrip(":")
    return f"- [{title.strip()}]({page.url}): {about}"
