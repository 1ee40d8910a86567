"""The environment of a command whose requests go to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from llmcassette.recorder.keys import unset
from llmcassette.recorder.run import PLACEHOLDER
from llmcassette.server.upstreams import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmcassette.server.upstreams import Upstreams

__all__ = ["environment", "own_origins"]

BASE_URLS: Final = {
    "OPENAI_BASE_URL": ("openai", "/v1"),
    "ANTHROPIC_BASE_URL": ("anthropic", ""),
    "GOOGLE_GEMINI_BASE_URL": ("google", ""),
    "GROQ_BASE_URL": ("groq", ""),
    "CO_API_URL": ("cohere", ""),
    "OLLAMA_HOST": ("ollama", ""),
}
"""The variables that SDKs read, with the provider and the path that they expect in them."""
_NO_PROXY: Final = ("NO_PROXY", "no_proxy")


def environment(
    base: str, upstreams: Upstreams, environ: Mapping[str, str], *, placeholders: bool
) -> dict[str, str]:
    """Variables that lead SDKs to the server.

    A base URL that is set already keeps its meaning: the server leads to it.

    Args:
        base: the URL of the server.
        upstreams: what is behind it.
        environ: the environment that these are added to.
        placeholders: whether unset keys get a placeholder, without which SDKs can't be made.
    """
    found = {"LLMCASSETTE_BASE_URL": base}
    for name, (provider, path) in BASE_URLS.items():
        own = _absolute(environ.get(name, ""))
        to_own = upstreams.path_to(origin_of(own)) if own else None
        if to_own is None:
            found[name] = f"{base}{upstreams.path_to_provider(provider)}{path}"
        else:
            found[name] = f"{base}{to_own}{urlsplit(own).path.rstrip('/')}"
    if placeholders:
        found |= dict.fromkeys(unset(environ), PLACEHOLDER)
    host = urlsplit(base).hostname or ""
    for name in _NO_PROXY:
        found[name] = ",".join(filter(None, (environ.get(name), host)))
    return found


def own_origins(environ: Mapping[str, str]) -> Iterator[str]:
    """The origins of base URLs that are set already."""
    for name in BASE_URLS:
        own = _absolute(environ.get(name, ""))
        if own:
            yield origin_of(own)


def _absolute(url: str) -> str:
    """``OLLAMA_HOST`` may lack the scheme."""
    return url if "://" in url or not url else f"http://{url}"
