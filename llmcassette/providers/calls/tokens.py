"""Token counts, tokens of a text, and moderation: what is asked about a text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, integer, obj, text

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange

ROUTE: Final = re.compile(
    r"/count[-_]tokens$|:countTokens$|/input_tokens$|/(de)?tokenize$|/moderations$|/tokenize-text$"
)
COUNTS: Final = ("input_tokens", "totalTokens", "inputTokens", "total_tokens", "count")


def read(call: CallExchange) -> ApiCall | None:
    item = call.answered
    if call.request.path.endswith("/moderations"):
        results = [obj(result) for result in arr(item.get("results"))]
        categories = [obj(each.get("categories")) for each in results]
        flagged = [name for each in categories for name, hit in each.items() if hit is True]
        answered = f"flagged: {', '.join(flagged)}" if flagged else "not flagged"
        return call.call("moderation", "", answered) if results or call.failed else None
    if call.request.path.endswith("/detokenize"):
        return call.call("detokenize", "", f'"{text(item.get("text"))}"')
    counts = (integer(item.get(name)) for name in COUNTS)
    count = next((found for found in counts if found is not None), None)
    if count is None and "tokens" in item:
        count = len(arr(item["tokens"]))
    if count is None and not call.failed:
        return None
    found = call.call("token count", "", plural(count or 0, "token"))
    return replace(found, usage=None)
