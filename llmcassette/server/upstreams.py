"""Which provider a request to the server is for: by the first part of its path, or the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from llmcassette.errors import SettingsError
from llmcassette.providers.services import service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from llmcassette.model import Interaction

__all__ = ["PROVIDERS", "Upstreams", "check_origin", "origin_of", "upstreams_of"]

PROVIDERS: Final = {
    "anthropic": "https://api.anthropic.com",
    "cerebras": "https://api.cerebras.ai",
    "cohere": "https://api.cohere.com",
    "deepseek": "https://api.deepseek.com",
    "fireworks": "https://api.fireworks.ai",
    "google": "https://generativelanguage.googleapis.com",
    "groq": "https://api.groq.com",
    "huggingface": "https://router.huggingface.co",
    "mistral": "https://api.mistral.ai",
    "ollama": "http://127.0.0.1:11434",
    "openai": "https://api.openai.com",
    "openrouter": "https://openrouter.ai",
    "perplexity": "https://api.perplexity.ai",
    "together": "https://api.together.xyz",
    "xai": "https://api.x.ai",
}
"""The public addresses of known providers, by the first part of the server's paths."""
_OLLAMA_PORT: Final = 11434


class Upstreams:
    """The origins behind a server, and the paths that lead to them.

    ``/openai/v1/models`` and ``/api.openai.com/v1/models`` lead to
    ``https://api.openai.com/v1/models``; so does ``/v1/models`` if there is no other origin.

    Args:
        origins: scheme, host and port of each, such as ``https://api.openai.com``.
        known: names of ``PROVIDERS`` that lead to their public address where no origin has them.

    Attributes:
        root: the only origin; ``None`` if there are several, or none.
    """

    def __init__(self, origins: Iterable[str], known: Collection[str] = ()) -> None:
        mine = tuple(dict.fromkeys(origins))
        self.root = mine[0] if len(mine) == 1 else None
        named: dict[str, set[str]] = {}
        for origin in mine:
            named.setdefault(_provider(origin), set()).add(origin)
        self._own = {urlsplit(origin).netloc: origin for origin in mine}
        for name, those in named.items():
            if name and len(those) == 1:
                self._own[name] = next(iter(those))
            elif PROVIDERS.get(name) in those:
                self._own[name] = PROVIDERS[name]
        self._origins = {name: PROVIDERS[name] for name in known} | self._own

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The first parts of the paths that lead to the origins."""
        return tuple(self._own)

    def url(self, target: str) -> str | None:
        """The URL that a request is for; ``None`` if its path leads nowhere.

        Args:
            target: path and query of the request to the server.
        """
        if not target.startswith("/"):  # else "@host" would be another host than the origin
            return None
        first = target[1:].partition("?")[0].partition("/")[0]
        origin = self._origins.get(first.lower())
        if origin is not None:
            return origin + target[1 + len(first) :]
        return None if self.root is None else self.root + target

    def path_to(self, origin: str) -> str | None:
        """The path that leads to an origin; ``None`` if none does."""
        netloc = urlsplit(origin).netloc
        return f"/{netloc}" if self._origins.get(netloc) == origin else None

    def path_to_provider(self, name: str) -> str:
        """The path that leads to a provider: its name, or the root of the only origin.

        That may be a gateway or a model of one's own, to which all SDKs are led.
        """
        if name in self._own or self.root is None:
            return f"/{name}"
        return f"/{name}" if name in self._origins and _provider(self.root) else ""


def upstreams_of(interactions: Iterable[Interaction]) -> Upstreams:
    """The recorded origins, in recorded order.

    A known provider without recordings has a path, too, so that a miss names it, unless a recorded
    path begins with its name.
    """
    urls = [interaction.request.url for interaction in interactions]
    first = {url.partition("://")[2].partition("/")[2].partition("/")[0] for url in urls}
    return Upstreams(map(origin_of, urls), known=[name for name in PROVIDERS if name not in first])


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case and without credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def check_origin(value: str, place: str) -> str:
    """The origin that a setting names.

    Raises:
        SettingsError: it is no URL of HTTP, or has more than scheme, host and port.
    """
    try:
        parts = urlsplit(value)
        is_origin = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_origin = False
    if not is_origin:
        raise SettingsError(f"{place}: {value!r} is no URL such as https://api.openai.com")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(
            f"{place}: name only scheme and host, such as {origin_of(value)}; the path belongs to"
            " the base URL that the client is given"
        )
    return origin_of(value)


def _provider(origin: str) -> str:
    """The name of an origin's provider; empty if unknown."""
    parts = urlsplit(origin)
    return "ollama" if parts.port == _OLLAMA_PORT else service(parts.hostname or "")
