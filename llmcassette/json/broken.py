"""What breaks a text that is meant to be JSON or YAML, for people who edited it by hand."""

from __future__ import annotations

import json
import re
from typing import Final

__all__ = ["broken_json", "conflict_marker"]

CONFLICT: Final = re.compile(r"^(?:<{7}|>{7})(?: .*)?$", re.MULTILINE)
LIKE_JSON: Final = re.compile(r"""\s*(?:\{\s*["}<]|\[\s*[\[{"\d\]-])""")
"""How objects and arrays begin, unlike other texts in brackets."""


def conflict_marker(text: str) -> int | None:
    """Index of the first marker that an unresolved merge leaves in a text (gitattributes(5))."""
    found = CONFLICT.search(text)
    return None if found is None else found.start()


def broken_json(text: str) -> str:
    """What breaks a JSON object or array, and where, such as ``broken at line 2, column 9: ...``.

    Empty for JSON that is whole, that only ends too early, or for a text that is meant as something
    else. Lines and columns count from 1.
    """
    if not LIKE_JSON.match(text):
        return ""
    marker = conflict_marker(text)
    if marker is not None:
        return f"merge conflict at line {text.count(chr(10), 0, marker) + 1}"
    try:
        json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            return ""
        what = error.msg[0].lower() + error.msg[1:]
        return f"broken at line {error.lineno}, column {error.colno}: {what}"
    except (ValueError, RecursionError):  # too long a number, or nested too deep
        return ""
    return ""
