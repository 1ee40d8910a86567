"""Token counts and prices in the spellings of many providers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.completion import Usage
from llmcassette.providers.jsonvalue import integer, obj

if TYPE_CHECKING:
    from llmcassette.model import Headers
    from llmcassette.providers.jsonvalue import JSON

__all__ = ["header_usage", "stated_cost", "usage_of_call", "whole", "with_cost"]

INPUT: Final = (
    "prompt_tokens", "input_tokens", "promptTokenCount", "inputTextTokenCount", "inputTokens",
    "inputTokenCount", "prompt_eval_count",
)  # fmt: skip
OUTPUT: Final = (
    "completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens", "eval_count"
)  # fmt: skip
TOTAL: Final = ("total_tokens", "totalTokenCount", "totalTokens")
DOLLAR_IN_TICKS: Final = 10_000_000_000
"""Of xAI's ``cost_in_usd_ticks``."""
COUNTED_IN: Final = "x-amzn-bedrock-input-token-count"
COUNTED_OUT: Final = "x-amzn-bedrock-output-token-count"


def usage_of_call(item: dict[str, JSON], headers: Headers) -> Usage | None:
    """The token counts of a call that is no conversation; ``None`` if none are stated."""
    meta = obj(item.get("meta"))
    places = (
        obj(item.get("usage")),
        obj(item.get("usageMetadata")),
        obj(meta.get("tokens")),
        obj(meta.get("billed_units")),
        item,
    )
    for place in places:
        prompt, output, total = (first_count(place, names) for names in (INPUT, OUTPUT, TOTAL))
        if prompt is None and output is None and total is None:
            continue
        prompt = (total or 0) - (output or 0) if prompt is None else prompt
        output = output or 0
        raw = place if place is not item else {}
        total = total or prompt + output
        return with_cost(Usage(input_tokens=prompt, output_tokens=output, total=total, raw=raw))
    return header_usage(headers)


def first_count(place: dict[str, JSON], names: tuple[str, ...]) -> int | None:
    counts = (integer(whole(place.get(name))) for name in names)
    return next((count for count in counts if count is not None), None)


def whole(value: JSON) -> JSON:
    """An integer where a provider's schema makes it a float, as Cohere's does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def header_usage(headers: Headers) -> Usage | None:
    """The token counts that Bedrock states in headers, for models whose answers have none."""
    raw: dict[str, JSON] = {}
    for name in (COUNTED_IN, COUNTED_OUT):
        value = headers.get(name) or ""
        if value.isdecimal():
            raw[name] = int(value)
    if not raw:
        return None
    prompt, output = (integer(raw.get(name)) or 0 for name in (COUNTED_IN, COUNTED_OUT))
    return Usage(input_tokens=prompt, output_tokens=output, total=prompt + output, raw=raw)


def with_cost(usage: Usage) -> Usage:
    """The usage with the price that its own object states."""
    cost = stated_cost(dict(usage.raw))
    return usage if cost is None else replace(usage, cost=cost)


def stated_cost(usage: dict[str, JSON]) -> float | None:
    """US dollars, as the provider states them; ``None`` if it doesn't.

    OpenRouter has ``cost``, Perplexity an object of that name with ``total_cost``, DeepInfra
    ``estimated_cost``, xAI ``cost_in_usd_ticks``.
    """
    ticks = integer(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        return ticks / DOLLAR_IN_TICKS
    cost = usage.get("cost")
    for value in (obj(cost).get("total_cost", cost), usage.get("estimated_cost")):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return None
