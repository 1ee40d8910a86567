"""The notations that other tools write cassettes in, brought to YAML."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, Literal

from llmcassette.errors import CassetteError
from llmcassette.formats.document import TOO_DEEP

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Notation", "as_yaml"]

Notation = Literal["yaml", "json", "toml"]

_PAIR: Final = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)")


def as_yaml(text: str, path: Path | None, notation: Notation) -> str:
    """JSON as YAML, which has other escapes; TOML as the YAML that cassetter would write."""
    try:
        data = json.loads(text) if notation == "json" else _restored(tomllib.loads(text))
        dumped = json.dumps(data, default=str)
    except RecursionError:
        raise CassetteError(TOO_DEEP, path=path, line=1) from None  # the YAML is one line
    except ValueError as error:
        raise CassetteError(f"not {notation.upper()}: {error}", path=path) from None
    return _PAIR.sub(_one_escape, dumped).replace("\x7f", "\\x7f")


def _one_escape(found: re.Match[str]) -> str:
    """JSON's two escapes for a character above U+FFFF as YAML's one."""
    if found[1] is None:
        return found[0]
    return f"\\U{ord(bytes.fromhex(found[1] + found[2]).decode('utf-16-be')):08x}"


def _restored(data: dict[str, Any]) -> dict[str, Any]:
    """Cassetter's TOML as in its YAML: ``body_type`` and ``body_content`` make a ``body``.

    TOML has a JSON body as text, which is kept as it is.
    """
    interactions = data.get("interactions")
    for interaction in interactions if isinstance(interactions, list) else ():
        for message in interaction.values() if isinstance(interaction, dict) else ():
            if isinstance(message, dict) and "body_type" in message:
                kind = message.pop("body_type")
                content = message.pop("body_content", None)
                kind = "text" if kind == "json" else kind
                message["body"] = {"type": kind, "content": content}
    return data
