"""What an answer cost, by the provider's own statement or by a price list.

The price list is genai-prices (the extra ``cost``); without it only providers' statements count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from llmcassette.providers import ApiCall, Completion

__all__ = ["Price", "price", "price_list_installed"]

LISTED: Final = {
    "anthropic": "anthropic",
    "azure": "azure",
    "baseten": "baseten",
    "bedrock": "aws",
    "cerebras": "cerebras",
    "cloudflare": "cloudflare",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google": "google",
    "groq": "groq",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "vertex": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
    "zai": "zai",
}
"""Our names of providers to those of genai-prices. The others have no list price."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an answer cost.

    Attributes:
        amount: US dollars.
        said_by: the provider, in the answer itself (``Usage.cost``), or the price list as it is
            today.
    """

    amount: float
    said_by: Literal["provider", "list"]


def price(answer: Completion | ApiCall) -> Price | None:
    """The price of an answer; ``None`` if it is unknown, as it is without usage."""
    usage = answer.usage
    if usage is None:
        return None
    if usage.cost is not None:
        return Price(usage.cost, "provider")
    provider = LISTED.get(answer.provider)
    if provider is None or not price_list_installed():
        return None
    from genai_prices import Usage, calc_price

    try:
        found = calc_price(
            Usage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_tokens=usage.cached_tokens,
                cache_write_tokens=usage.cache_write_tokens,
            ),
            model_ref=answer.model,
            provider_id=provider,
        )
    except (LookupError, ValueError):  # no such model; or usage that does not add up
        return None
    return Price(float(found.total_price), "list")


@cache
def price_list_installed() -> bool:
    """Whether the extra ``cost`` is installed."""
    from importlib.util import find_spec

    return find_spec("genai_prices") is not None
