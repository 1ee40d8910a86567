"""Text completions: a prompt in, a text out, in the spellings of all who have them.

OpenAI's and vLLM's ``/v1/completions``, Anthropic's ``/v1/complete``, Cohere's ``/v1/generate``,
watsonx, Aleph Alpha, Hugging Face, and Titan, Llama, Mistral, Cohere, AI21 and Claude 2 on Bedrock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message
from llmcassette.providers.drafts import AnswerDraft
from llmcassette.providers.failures import openai_error, sse_event
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    first_text,
    integer,
    obj,
    others,
    text,
    without,
)
from llmcassette.providers.parts import Text
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "text_completion"
PROVIDER: Final = "openai-compatible"
ON_BEDROCK: Final = r"titan-t|llama|cohere\.command|ai21\.j2|claude-(v|instant)|mistral\.mi[sx]tral"
ROUTE: Final = re.compile(
    r"(?<!/chat)/completions$|/v1/(complete|generate)$|/ml/v1/text/generation(_stream)?$"
    rf"|/model/[^/]*({ON_BEDROCK})[^/]*(/[^/]+)?/invoke(-with-response-stream)?$"
)
MODEL: Final = re.compile(r"/(?:model|engines|deployments)/(.+)/(?:invoke|completions)")

PROMPTS: Final = ("prompt", "inputText", "input", "inputs")
LISTS: Final = ("choices", "generations", "results", "completions", "outputs")
TEXTS: Final = ("text", "outputText", "generated_text", "completion", "generation")
REASONS: Final = (
    "finish_reason", "completionReason", "stop_reason", "finishReason"
)  # fmt: skip
METRICS: Final = "amazon-bedrock-invocationMetrics"
INPUT: Final = (
    "prompt_tokens", "inputTextTokenCount", "prompt_token_count", "input_token_count",
    "inputTokenCount", "num_tokens_prompt_total", "input_tokens",
)  # fmt: skip
OUTPUT: Final = (
    "completion_tokens", "tokenCount", "totalOutputTextTokenCount", "generation_token_count",
    "generated_token_count", "outputTokenCount", "num_tokens_generated", "output_tokens",
)  # fmt: skip


def claims(request: ParsedRequest) -> bool:
    """Hugging Face's and SageMaker's endpoints have addresses of their own."""
    return isinstance(request.body.get("inputs"), str) and "parameters" in request.body


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    name = next((name for name in PROMPTS if isinstance(body.get(name), (str, list))), None)
    if name is None or "messages" in body:
        return None
    given = body[name]
    prompts = [(given, name)] if isinstance(given, str) else list(elements(given, name))
    in_path = MODEL.search(request.path)
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=first_text(body, "model", "model_id") or (in_path[1] if in_path else ""),
        messages=tuple(
            Message("user", (Text(text(prompt), path),), path) for prompt, path in prompts
        ),
        parameters=without(body, name, "model", "model_id", "stream"),
        stream=body.get("stream") is True or request.path.endswith("stream"),
    )


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    if item.get("object") == "text_completion":
        return True
    return any(has_text(choice) for choice, _ in choices(item))


def has_text(choice: dict[str, JSON]) -> bool:
    return any(isinstance(choice.get(name), str) for name in TEXTS) or "data" in choice


def choices(item: dict[str, JSON]) -> Iterator[tuple[dict[str, JSON], int]]:
    """The alternatives with their index; an answer without a list is the only one."""
    listed = next((arr(item[name]) for name in LISTS if isinstance(item.get(name), list)), None)
    if listed is None:
        if has_text(item) and "data" not in item:
            yield item, 0
        return
    for i, value in enumerate(listed):
        index = integer(obj(value).get("index"))
        yield obj(value), i if index is None else index


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """An error, Bedrock's metrics, or Cohere's last event; OpenAI's streams end with ``[DONE]``."""
    return bool(item.get("error")) or METRICS in item or item.get("is_finished") is True


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    counts: dict[str, JSON] = {}
    for _, item in objects(payload):
        found.model = first_text(item, "model", "model_id", "model_version") or found.model
        found.id = text(item.get("id")) or found.id
        places = [item, obj(item.get("usage")), obj(item.get(METRICS)), *billed(item)]
        for choice, index in choices(item):
            draft = found.draft(index)
            draft.role = "assistant"
            data = obj(choice.get("data"))
            draft.write(Text, first_text(choice, *TEXTS) or text(data.get("text")))
            reason = choice.get("finishReason")
            draft.finish_reason = (
                first_text(choice, *REASONS)
                or text(obj(reason).get("reason"))
                or draft.finish_reason
            )
            draft.extra |= others({"logprobs": choice.get("logprobs")})
            places.append(choice)
        for place in places:
            counts |= {name: place[name] for name in (*INPUT, *OUTPUT, *COST) if name in place}
    found.usage = read_usage(counts)
    found.finished = any(draft.finish_reason for draft in found.drafts.values())
    return found


COST: Final = ("total_tokens", "cost", "estimated_cost", "cost_in_usd_ticks")


def billed(item: dict[str, JSON]) -> tuple[dict[str, JSON], ...]:
    """Where Cohere states the tokens."""
    meta = obj(obj(item.get("response")).get("meta")) or obj(item.get("meta"))
    return obj(meta.get("billed_units")), obj(meta.get("tokens"))


def read_usage(counts: dict[str, JSON]) -> Usage | None:
    prompt, output = (
        next((n for name in names if (n := integer(counts.get(name))) is not None), None)
        for names in (INPUT, OUTPUT)
    )
    if prompt is None and output is None:
        return None
    total = integer(counts.get("total_tokens")) or (prompt or 0) + (output or 0)
    return Usage(input_tokens=prompt or 0, output_tokens=output or 0, total=total, raw=counts)


def error_body(status: int, message: str) -> JSON:
    return openai_error(status, message)


def error_event(status: int, message: str) -> bytes:
    return sse_event(openai_error(status, message))
