"""Lists of models, and one model's description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, first_text

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange

ROUTE: Final = re.compile(
    r"/(models|foundation-models|available-models|inference-profiles)(/.+)?$|/api/(tags|show|ps)$"
)
LISTS: Final = ("data", "models", "modelSummaries", "inferenceProfileSummaries")
OF_A_MODEL: Final = ("supportedGenerationMethods", "modelfile", "max_input_tokens")


def read(call: CallExchange) -> ApiCall | None:
    item = call.answered
    given = [document.value for document in call.payload.documents]
    listed = next((arr(item[name]) for name in LISTS if isinstance(item.get(name), list)), None)
    if listed is None and call.payload.streamed:
        listed = given
    if listed is not None and call.request.method in ("GET", ""):
        return call.call("models", "", plural(len(listed), "model"))
    name = first_text(item, "id", "name", "display_name") or call.model
    is_model = item.get("object") == "model" or item.get("type") == "model"
    if (
        is_model
        or any(member in item for member in OF_A_MODEL)
        or (call.failed and call.request.method == "GET")
    ):
        return call.call("model", name, "described")
    return None
