"""Objects that a provider keeps: files, vector stores, assistants, threads, runs, conversations.

They are created, changed, fetched, listed and deleted. Only runs, and compaction, call a model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.jsonvalue import arr, first_text, integer, obj, text
from llmcassette.providers.payload import objects
from llmcassette.providers.services import service

if TYPE_CHECKING:
    from llmcassette.providers.call_exchange import ApiCall, CallExchange
    from llmcassette.providers.jsonvalue import JSON

NOUNS: Final = {
    "files": "file",
    "uploads": "upload",
    "vector_stores": "vector store",
    "file_batches": "file batch",
    "assistants": "assistant",
    "threads": "thread",
    "runs": "run",
    "steps": "run step",
    "conversations": "conversation",
    "items": "item",
    "input_items": "input item",
    "compact": "compaction",
    "cachedContents": "cached content",
    "jobs": "job",
    "evals": "eval",
    "containers": "container",
    "client_secrets": "client secret",
    "sessions": "session",
    "skills": "skill",
    "chat_completions": "stored completion",
}
"""The last collection in a path, and one object of it."""

ROUTE: Final = re.compile(rf"/({'|'.join(NOUNS)})(/|:|$)|/responses/.")
OF_A_THREAD: Final = {"messages": "message"}
LISTS: Final = ("data", "files", "cachedContents")
VERBS: Final = {"POST": "create", "GET": "fetch", "DELETE": "delete"}
ACTIONS: Final = ("cancel", "complete", "content", "parts", "search", "submit_tool_outputs")


def read(call: CallExchange) -> ApiCall | None:
    """A provider's object, at a provider's host or by the ``object`` in the answer."""
    if not (service(call.request.host) or text(call.answered.get("object"))):
        return None
    steps = [step for step in call.request.path.split("/") if step]
    nouns = NOUNS | (OF_A_THREAD if "threads" in steps else {"responses": "response"})
    at = max((i for i, step in enumerate(steps) if step.partition(":")[0] in nouns), default=-1)
    if at < 0 or (steps[at] == "responses" and steps[at] == steps[-1]):
        return None
    noun, rest = nouns[steps[at].partition(":")[0]], steps[at + 1 :]
    item = run_in(call) or call.answered
    action = rest[-1] if rest and rest[-1] in ACTIONS else ""
    listed = next((arr(item[name]) for name in LISTS if isinstance(item.get(name), list)), None)
    if listed is not None and not action:
        return call.call(f"{noun}s", "list", plural(len(listed), noun))
    verb = action.replace("_", " ") or ("change" if rest and call.request.method == "POST" else "")
    verb = verb or VERBS.get(call.request.method, "change")
    status = first_text(item, "status", "state")
    deleted = "deleted" if item.get("deleted") is True else ""
    asked = " ".join(filter(None, (verb, quoted_text(call.asked.get("content")))))
    answered = deleted or status or quoted_text(item.get("content")) or size(call, item)
    retrieved = call.request.method == "GET"
    return call.call(noun, asked, answered, retrieved=retrieved, item=item)


def run_in(call: CallExchange) -> dict[str, JSON]:
    """The last run in a stream of an assistant's events; empty for other answers."""
    items = [item for _, item in objects(call.payload)]
    runs = [item for item in items if item.get("object") == "thread.run"]
    return runs[-1] if call.payload.streamed and runs else {}


def quoted_text(content: JSON) -> str:
    """The text of an assistant's message, in quotes."""
    parts = (obj(obj(part).get("text")).get("value") for part in arr(content))
    found = text(content) or "".join(map(text, parts))
    return f'"{found}"' if found else ""


def size(call: CallExchange, item: dict[str, JSON]) -> str:
    """The size of a file, as stated or as it came."""
    count = integer(item.get("bytes"))
    if count is None:
        return "" if item else plural(len(call.response.body), "byte")
    return plural(count, "byte")
