"""The request and the answer of a call, and what is made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.providers.jsonvalue import first_text
from llmcassette.providers.payload import objects
from llmcassette.providers.token_counts import usage_of_call

if TYPE_CHECKING:
    from llmcassette.model import Response
    from llmcassette.providers.completion import ErrorInfo, Usage
    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.parsed_request import ParsedRequest
    from llmcassette.providers.parts import Media
    from llmcassette.providers.payload import Payload

MODEL: Final = re.compile(r"/(?:models?|deployments)/(.+?)(?:/|:[a-zA-Z]+$|$)")

__all__ = ["ApiCall", "CallExchange", "plural"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call of a provider's API that is no conversation.

    Attributes:
        provider: such as ``openai``; empty if unknown.
        kind: what it is: ``embeddings``, ``rerank``, ``image``, ``batch``, ``file`` ...
        asked: in a few words, such as ``2 texts``; may be empty.
        answered: in a few words, such as ``2 vectors of 1,536 dimensions``; may be empty.
        model: from the answer, else from the request; may be empty.
        id: of the object that is created or fetched; may be empty.
        media: what the answer contains.
        usage: token counts; ``None`` where the answer states none.
        error: the provider's error; else ``None``.
        retrieved: it fetches what another call started, as a poll does. Its tokens count once.
    """

    provider: str
    kind: str
    asked: str = ""
    answered: str = ""
    model: str = ""
    id: str = ""
    media: tuple[Media, ...] = ()
    usage: Usage | None = None
    error: ErrorInfo | None = None
    retrieved: bool = False


@dataclass(frozen=True, slots=True)
class CallExchange:
    """A request and its answer, parsed.

    Attributes:
        error: the provider's error in the answer; else ``None``.
    """

    request: ParsedRequest
    response: Response
    payload: Payload
    error: ErrorInfo | None

    @property
    def asked(self) -> dict[str, JSON]:
        """The JSON object of the request; empty where there is none."""
        return self.request.body

    @property
    def answered(self) -> dict[str, JSON]:
        """The first JSON object of the answer; empty where there is none."""
        return next((item for _, item in objects(self.payload)), {})

    @property
    def provider(self) -> str:
        """The provider that the host belongs to; may be empty."""
        return self.request.provider("")

    @property
    def failed(self) -> bool:
        """The answer is an error of a known provider."""
        return self.error is not None and self.provider != ""

    def call(
        self,
        kind: str,
        asked: str,
        answered: str,
        *,
        media: tuple[Media, ...] = (),
        retrieved: bool = False,
        item: dict[str, JSON] | None = None,
    ) -> ApiCall:
        """The call, with model, id, usage and error as the bodies state them.

        Args:
            kind: as in ``ApiCall``.
            asked: likewise.
            answered: likewise.
            media: likewise.
            retrieved: likewise.
            item: the object of the answer that states the rest; by default the first.
        """
        item = self.answered if item is None else item
        return ApiCall(
            provider=self.provider,
            kind=kind,
            asked=asked,
            answered="" if self.error else answered,
            model=first_text(item, "model") or self.model,
            id=first_text(item, "id", "name"),
            media=media,
            usage=usage_of_call(item, self.response.headers),
            error=self.error,
            retrieved=retrieved,
        )

    @property
    def model(self) -> str:
        """The model in the request: its body, else its path; may be empty."""
        in_path = MODEL.search(self.request.path)
        named = first_text(self.asked, "model", "modelId", "model_id")
        return named.removeprefix("models/") or (in_path[1] if in_path else "")


def plural(number: int, noun: str) -> str:
    """``2 texts``, ``1 text``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
