"""A call of a provider's API that is no conversation: embeddings, images, batches, files ..."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from llmcassette.providers.call_exchange import CallExchange
from llmcassette.providers.failures import find_error
from llmcassette.providers.parsed_request import parse_request
from llmcassette.providers.payload import read_payload
from llmcassette.streams import kind

if TYPE_CHECKING:
    import re

    from llmcassette.model import Request, Response
    from llmcassette.providers.call_exchange import ApiCall

__all__ = ["api_call"]

KINDS: Final = (
    "embeddings",
    "rerank",
    "images",
    "audio",
    "tokens",
    "batches",
    "operations",
    "models",
    "resources",
)
"""The modules in ``calls/``, in the order in which they are tried."""


class Kind(Protocol):
    """What each module in ``calls/`` defines."""

    @property
    def ROUTE(self) -> re.Pattern[str]:  # noqa: N802 (a module's constant)
        """Found in the path of the URLs."""
        ...

    def read(self, call: CallExchange, /) -> ApiCall | None:
        """Read a call; ``None`` if request and answer are not of this kind."""
        ...


@cache
def kind_by_name(name: str) -> Kind:
    """The module of a kind, imported on first use."""
    return cast("Kind", import_module(f"llmcassette.providers.calls.{name}"))


def api_call(request: Request, response: Response) -> ApiCall | None:
    """What a call of a provider's API is, in one line; ``None`` if it is unknown.

    Conversations are not meant: try ``completion`` first.

    Raises:
        CassetteError: the answer is broken, and was not read before.
    """
    parsed = parse_request(request)
    kinds = [found for name in KINDS if (found := kind_by_name(name)).ROUTE.search(parsed.path)]
    if not kinds:
        return None
    payload = read_payload(response.body, kind(response.body, response.headers.get("content-type")))
    call = CallExchange(parsed, response, payload, find_error(payload, response.code))
    return next((read for each in kinds if (read := each.read(call)) is not None), None)
