"""RFC 9535 queries, by the library; nothing else here knows it. Imported when first needed."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from llmcassette.errors import CassetteError, SettingsError
from llmcassette.json.spans import completed, decoded_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsonpath_rfc9535 import JSONPathQuery

    from llmcassette.json.spans import Path

__all__ = ["compile_paths", "selected"]

BOM: Final = b"\xef\xbb\xbf"
MAX_CUT_PIECE: Final = 64
"""Characters; an error further from the end is no cut."""


@lru_cache(maxsize=128)
def compile_paths(paths: tuple[str, ...]) -> tuple[JSONPathQuery, ...]:
    """The queries, read.

    Raises:
        SettingsError: one is no RFC 9535 query.
    """
    if not paths:
        return ()
    import jsonpath_rfc9535

    queries = []
    for path in paths:
        try:
            queries.append(jsonpath_rfc9535.compile(path))
        except jsonpath_rfc9535.JSONPathError as error:
            raise SettingsError(
                f"{path!r} is no JSONPath as RFC 9535 has it: {error}", field="jsonpaths"
            ) from error
    return tuple(queries)


def selected(document: bytes, paths: Sequence[str]) -> frozenset[Path]:
    """Where the queries lead in one JSON document; nowhere in a text that is no JSON.

    Raises:
        CassetteError: the document is nested too deep for a query to be answered, so that what it
            should have redacted would be written.
    """
    try:
        data: Any = parsed(document.removeprefix(BOM))
    except ValueError:
        return frozenset()
    except RecursionError as error:
        raise too_deep(paths) from error
    from jsonpath_rfc9535 import JSONPathError

    try:
        return frozenset(
            node.location for query in compile_paths(tuple(paths)) for node in query.find(data)
        )
    except (JSONPathError, RecursionError) as error:
        raise too_deep(paths) from error


def parsed(text: bytes) -> object:
    """JSON as Python values; also one that was cut, as an answer is whose connection dropped."""
    try:
        return json.loads(decoded_text(text), parse_int=exact)
    except json.JSONDecodeError as error:
        if error.pos < len(error.doc.rstrip()) - MAX_CUT_PIECE and "Unterminated" not in error.msg:
            raise
    for whole in completed(text):
        try:
            return json.loads(decoded_text(whole), parse_int=exact)
        except json.JSONDecodeError:
            continue
    raise ValueError("no JSON, neither whole nor cut")


def exact(digits: str) -> int | float:
    """Python refuses integers of more than 4,300 digits; for a comparison a double will do."""
    return int(digits) if len(digits) < 4300 else float(digits)


def too_deep(paths: Sequence[str]) -> CassetteError:
    return CassetteError(
        "a JSON body is nested too deep for the JSONPaths of the redaction"
        f" ({', '.join(paths)}); redact it by field name or with a function"
    )
