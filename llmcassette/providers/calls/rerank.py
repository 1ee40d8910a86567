"""Rerank: documents in the order of their relevance (Cohere, Voyage, Jina, Bedrock ...)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, integer, obj

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange
    from llmcassette.providers.jsonvalue import JSON

ROUTE: Final = re.compile(r"/rerank(ing)?$|/model/[^/]*rerank[^/]*/invoke$")
SHOWN: Final = 5


def read(call: CallExchange) -> ApiCall | None:
    item = call.answered
    results = arr(item.get("results")) or arr(item.get("data"))
    if not results and not call.failed:
        return None
    given = next((call.asked[k] for k in ("documents", "texts", "sources") if k in call.asked), [])
    order = ", ".join(place(obj(result)) for result in results[:SHOWN])
    more = f" and {len(results) - SHOWN} more" if len(results) > SHOWN else ""
    return call.call("rerank", plural(len(arr(given)), "document"), f"order {order}{more}")


def place(result: dict[str, JSON]) -> str:
    """``3 (0.981)``: the document's index and its score."""
    score = result.get("relevance_score", result.get("relevanceScore", result.get("score")))
    index = integer(result.get("index"))
    shown = f" ({score:.3f})" if isinstance(score, (int, float)) else ""
    return f"{'?' if index is None else index}{shown}"
