"""Embeddings, by all providers. Vectors are counted, never shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.call_exchange import ApiCall, CallExchange
    from llmcassette.providers.jsonvalue import JSON

ROUTE: Final = re.compile(
    r"/(multimodal|contextualized)?embed(dings?)?$"
    r"|:(b|asyncB)?(atchE|e)mbedContents?$"
    r"|/models?/[^/]*(embed|gecko)[^/]*(/invoke|:predict)$"
    r"|/pipeline/feature-extraction/|/feature-extraction$"
)
INPUTS: Final = ("input", "inputs", "texts", "prompt", "requests", "instances", "images")
BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
BYTES_OF_A_NUMBER: Final = 4


def read(call: CallExchange) -> ApiCall | None:
    values = [document.value for document in call.payload.documents]
    sizes = [size for value in values for size in dimensions(value, "")]
    if not sizes and not call.failed:
        return None
    of = " or ".join(f"{size:,}" for size in dict.fromkeys(sizes))
    return call.call(
        "embeddings", asked(call), f"{plural(len(sizes), 'vector')} of {of} dimensions"
    )


def asked(call: CallExchange) -> str:
    given = next((call.asked[name] for name in INPUTS if name in call.asked), None)
    several = isinstance(given, list) and not is_numbers(given)
    return plural(len(arr(given)) if several else 1, "text")


def dimensions(value: JSON, name: str) -> Iterator[int]:
    """The length of each vector: an array of numbers, or base64 of 32-bit floats."""
    if is_numbers(value):
        yield len(arr(value))
    elif isinstance(value, list):
        for inner in value:
            yield from dimensions(inner, name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from dimensions(inner, key)
    elif isinstance(value, str) and name in ("embedding", "base64") and BASE64.fullmatch(value):
        yield len(value.rstrip("=")) * 3 // 4 // BYTES_OF_A_NUMBER


def without_vectors(body: bytes) -> bytes:
    """The answer with each vector replaced by its dimensions; any other body as it is."""
    value = parse(body)
    return body if value is None else json.dumps(folded(value, ""), ensure_ascii=False).encode()


def folded(value: JSON, name: str) -> JSON:
    if isinstance(value, dict):
        return {key: folded(inner, key) for key, inner in value.items()}
    sizes = (
        [] if isinstance(value, list) and not is_numbers(value) else list(dimensions(value, name))
    )
    if sizes:
        return f"({sizes[0]:,} dimensions)"
    return [folded(inner, name) for inner in value] if isinstance(value, list) else value


def is_numbers(value: JSON) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], (int, float))
