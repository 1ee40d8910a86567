"""Errors for YAML files that are not go-vcr version 2, with the name of their format."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from yaml.events import ScalarEvent

from llmcassette.errors import shown_path
from llmcassette.formats.document import Document, Mapping, Node
from llmcassette.formats.nodes import describe, plain_int

if TYPE_CHECKING:
    from llmcassette.errors import CassetteError

__all__ = ["format_name", "refuse"]


def _convert(document: Document) -> str:
    """The command that converts a file in its place."""
    if document.path is None:
        return "llmcassette convert reads it"
    path = shlex.quote(shown_path(document.path))
    return f"convert it with `llmcassette convert --force {path} {path}`"


def refuse(
    document: Document, root: Node, version: Node | None, first: Node | None
) -> CassetteError:
    """The error for a file whose version is not 2.

    Args:
        document: the file.
        root: all of its content.
        version: its ``version``, if it has one.
        first: its first interaction, if it has one.
    """
    name = format_name(first)
    if version is None:
        if name is not None:
            return document.error(
                f"this is a {name} cassette; {_convert(document)}", root, field="version"
            )
        return document.error(
            "is missing; a go-vcr cassette has `version: 2`. Is this a cassette?",
            root,
            field="version",
        )
    number = plain_int(version)
    if number == 1 and name is not None:
        return document.error(
            f"this is a {name} cassette (version 1); {_convert(document)}", version, field="version"
        )
    if number == 1 and first is not None:
        keys = ", ".join(_keys(first)) or describe(first)
        return document.error(
            "version 1, but neither go-vcr's nor vcrpy's: "
            f"expected an HTTP request and response, found {keys}",
            version,
            field="version",
        )
    if number == 1:
        return document.error(
            "version 1 without interactions; only version 2 is read",
            version,
            field="version",
        )
    what = describe(version) if number is None else f"version {number}"
    return document.error(
        f"expected version 2, found {what}; llmcassette convert reads files of go-vcr version 1, "
        "vcrpy and cassetter",
        version,
        field="version",
    )


def format_name(first: Node | None) -> str | None:
    """The format of an interaction: ``vcrpy``, ``cassetter``, ``go-vcr``; else ``None``."""
    request, response = _value(first, "request"), _value(first, "response")
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        return None
    keys = _keys(request)
    if "uri" in keys:
        status = _value(response, "status")
        return "cassetter" if isinstance(status, ScalarEvent) else "vcrpy"
    return "go-vcr" if "url" in keys and "method" in keys else None


def _keys(node: Node | None) -> list[str]:
    if not isinstance(node, Mapping):
        return []
    return [key.value for key, _ in node.pairs if isinstance(key, ScalarEvent)]


def _value(node: Node | None, name: str) -> Node | None:
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            if isinstance(key, ScalarEvent) and key.value == name:
                return value
    return None
