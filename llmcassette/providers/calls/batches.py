"""Batches: created, polled, cancelled, and their results."""

from __future__ import annotations

import re
from dataclasses import replace
from math import fsum
from typing import TYPE_CHECKING, Final

from llmcassette.providers.call_exchange import plural
from llmcassette.providers.completion import Usage
from llmcassette.providers.jsonvalue import arr, first_text, integer, obj
from llmcassette.providers.payload import objects
from llmcassette.providers.token_counts import usage_of_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.call_exchange import ApiCall, CallExchange
    from llmcassette.providers.jsonvalue import JSON

ROUTE: Final = re.compile(
    r"/batches(/[^/]+)?(/(cancel|results))?(:cancel)?$"
    r"|/batch/jobs(/[^/]+)?(/cancel)?$"
    r"|:batchGenerateContent$|/batchPredictionJobs(/[^/]+)?$|/model-invocation-job"
    r"|/files/[^/]+/content$"
)
MARKS: Final = ("processing_status", "request_counts", "requestCounts", "batchStats", "endpoint")


def read(call: CallExchange) -> ApiCall | None:
    lines = [item for _, item in objects(call.payload)]
    answers = [answer for line in lines if (answer := answer_in(line)) is not None]
    if answers:
        failed = sum(is_failed(line) for line in lines)
        answered = plural(len(lines), "result") + (f", {failed} failed" if failed else "")
        found = call.call("batch results", "", answered, retrieved=True)
        return replace(found, usage=total_usage(call, answers), id=call.request.path)
    item = call.answered
    if call.request.path.endswith("/content") or not (is_batch(item) or call.failed):
        return None
    if "data" in item:
        return call.call("batches", "list", f"{len(arr(item['data'])):,} listed")
    status = first_text(item, "processing_status", "status", "state") or state(item)
    counts = obj(item.get("request_counts")) or obj(obj(item.get("metadata")).get("batchStats"))
    told = ", ".join(f"{value} {key}" for key, value in counts.items() if value)
    retrieved = call.request.method == "GET"
    found = call.call("batch", asked(call.asked), f"{status} ({told})" if told else status)
    return replace(found, usage=None, retrieved=retrieved)  # its results state the tokens


def is_batch(item: dict[str, JSON]) -> bool:
    kind = first_text(item, "object", "type")
    listed = [obj(each) for each in arr(item.get("data"))]
    return (
        kind in ("batch", "message_batch")
        or any(name in item or name in obj(item.get("metadata")) for name in MARKS)
        or any(is_batch(each) for each in listed)
    )


def state(item: dict[str, JSON]) -> str:
    """The state inside Gemini's operation."""
    return first_text(obj(item.get("metadata")), "state") or ("done" if item.get("done") else "")


def asked(body: dict[str, JSON]) -> str:
    """``3 requests`` for a batch that carries them; the name of the file with them else."""
    batch = obj(body.get("batch"))
    inner = obj(batch.get("inputConfig")) or obj(batch.get("input_config"))
    requests = arr(body.get("requests")) or arr(obj(inner.get("requests")).get("requests"))
    if requests:
        return plural(len(requests), "request")
    return first_text(body, "endpoint")


def answer_in(line: dict[str, JSON]) -> dict[str, JSON] | None:
    """The answer in one line of the results, by OpenAI, Mistral, Anthropic or Gemini."""
    if "custom_id" not in line and "key" not in line:
        return None
    response, result = obj(line.get("response")), obj(line.get("result"))
    return obj(response.get("body")) or obj(result.get("message")) or response


def is_failed(line: dict[str, JSON]) -> bool:
    status = integer(obj(line.get("response")).get("status_code")) or 200
    kind = first_text(obj(line.get("result")), "type") or "succeeded"
    return bool(line.get("error")) or status >= 400 or kind != "succeeded"


def total_usage(call: CallExchange, answers: list[dict[str, JSON]]) -> Usage | None:
    """The tokens of all answers, added up."""
    stated = list(usages(call, answers))
    if not stated:
        return None
    costs = [usage.cost for usage in stated if usage.cost is not None]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in stated),
        output_tokens=sum(usage.output_tokens for usage in stated),
        total=sum(usage.total for usage in stated),
        cost=fsum(costs) if len(costs) == len(stated) else None,
    )


def usages(call: CallExchange, answers: list[dict[str, JSON]]) -> Iterator[Usage]:
    for answer in answers:
        if usage := usage_of_call(answer, call.response.headers):
            yield usage
