"""Google's long-running operations: an answer that is fetched until it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import first_text, obj, text

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange

ROUTE: Final = re.compile(
    r"/operations/[^/]+$|:(predictLongRunning|fetchPredictOperation|import\w*|upload\w*)$"
)


def read(call: CallExchange) -> ApiCall | None:
    item = call.answered
    if "name" not in item or not (call.error or "operations/" in text(item["name"])):
        return None
    response = first_text(obj(item.get("response")), "@type").rpartition(".")[2]
    answered = f"done{response and f' ({response})'}" if item.get("done") is True else "running"
    retrieved = call.request.method == "GET" or call.request.path.endswith("Operation")
    return call.call("operation", "", answered, retrieved=retrieved)
