"""Fills the templates in ``files/`` and writes the page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette import __version__
from llmcassette.errors import CassetteError
from llmcassette.storage.atomic_writing import write

if TYPE_CHECKING:
    import os

    from jinja2 import Environment

__all__ = ["MISSING", "has_templates", "render", "write_page"]

MISSING: Final = "a page needs jinja2: pip install 'pytest-llmcassette[html]'"


def has_templates() -> bool:
    """Whether the templating library is installed (the extra ``html``)."""
    return find_spec("jinja2") is not None


def render(template: str, **values: object) -> str:
    """A whole page.

    Args:
        template: the name of a file in ``files/``.
        values: what it shows.

    Raises:
        CassetteError: the extra ``html`` is not installed.
    """
    if not has_templates():
        raise CassetteError(MISSING)
    from markupsafe import Markup

    style, script = read_asset("page.css"), read_asset("page.js")
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704
            policy=content_security_policy(style, script),
            version=__version__,
            **values,
        )
    )


def content_security_policy(style: str, script: str) -> str:
    """Allow these two, and images in ``data:`` URLs; https://www.w3.org/TR/CSP3/."""
    return (
        f"default-src 'none'; script-src '{source_hash(script)}'; "
        f"style-src '{source_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def write_page(path: str | os.PathLike[str], page: str) -> None:
    """Write a page atomically.

    Raises:
        CassetteError: the file cannot be written.
    """
    write(Path(path), page.encode("utf-8", "backslashreplace"))


@cache
def read_asset(name: str) -> str:
    return resources.files(__package__).joinpath("files", name).read_text("utf-8")


@cache
def environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(read_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
