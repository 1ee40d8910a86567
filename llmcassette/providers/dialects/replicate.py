"""Replicate's predictions: created, polled, and waited for.

https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message
from llmcassette.providers.drafts import AnswerDraft
from llmcassette.providers.failures import sse_event
from llmcassette.providers.jsonvalue import JSON, arr, integer, member, obj, text, without
from llmcassette.providers.parts import Other, Part, Text
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "replicate"
PROVIDER: Final = "replicate"
ROUTE: Final = re.compile(r"/v1/((models|deployments)/.+/)?predictions(/[^/]+(/cancel)?)?$")
MODEL: Final = re.compile(r"/(?:models|deployments)/(.+)/predictions")
URL: Final = re.compile(r"https?://\S+$|data:")
RUNNING: Final = ("starting", "processing")


def claims(_request: ParsedRequest) -> bool:
    """Never: an ``input`` has every shape."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    given = obj(request.body.get("input"))
    if not given:
        return None
    in_path = MODEL.search(request.path)
    prompt, system = text(given.get("prompt")), text(given.get("system_prompt"))
    parameters = without(request.body, "input", "version", "model", "stream")
    for key, value in without(given, "prompt", "system_prompt").items():
        parameters[member("input", key)] = value
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=in_path[1] if in_path else text(request.body.get("version")),
        system=(Text(system, "input.system_prompt"),) if system else (),
        messages=(Message("user", (Text(prompt, "input.prompt"),), "input.prompt"),),
        parameters=parameters,
        stream=request.body.get("stream") is True,
    )


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    return "status" in item and "urls" in item and "input" in item


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """An error. Predictions are no streams; their tokens come from another address."""
    return bool(item.get("error"))


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for _, item in objects(payload):
        if not recognises("", item):
            continue
        found.model = text(item.get("model")) or found.model
        found.id = text(item.get("id"))
        found.usage = read_usage(obj(item.get("metrics")))
        draft, status, output = found.draft(), text(item.get("status")), item.get("output")
        draft.role = "assistant"
        draft.finish_reason = "" if status in RUNNING else status
        for value in arr(output) if isinstance(output, list) else [output]:
            if isinstance(value, str) and not URL.match(value):
                draft.write(Text, value)
            elif value is not None:
                draft.add(read_output(value))
    return found


def read_output(value: JSON) -> Part:
    if isinstance(value, str):
        return media.referred(value, "")
    return Other("output", value)


def read_usage(metrics: dict[str, JSON]) -> Usage | None:
    prompt, output = (integer(metrics.get(f"{side}_token_count")) for side in ("input", "output"))
    if prompt is None and output is None:
        return None
    prompt, output = prompt or 0, output or 0
    return Usage(input_tokens=prompt, output_tokens=output, total=prompt + output, raw=metrics)


def error_body(status: int, message: str) -> JSON:
    return {"title": "Error", "detail": message, "status": status}


def error_event(_status: int, message: str) -> bytes:
    return sse_event({"error": message}, "error")
