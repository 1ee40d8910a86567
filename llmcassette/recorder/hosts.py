"""Which hosts a cassette leaves alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.settings import Settings

__all__ = ["Route", "host_matches", "route"]

Route = Literal["serve", "pass", "refuse"]


def route(mode: Mode, settings: Settings, host: str, port: int | None) -> Route:
    """Where requests to a host go.

    Returns:
        ``serve``: to the cassette; ``pass``: to the real transport, unrecorded; ``refuse``: the
        host is to be as good as unreachable.
    """
    if mode == "live" or host_matches(settings.pass_hosts, host, port):
        return "pass"
    if mode == "none" and host_matches(settings.ignore_hosts, host, port):
        return "refuse"
    return "serve"


def host_matches(patterns: tuple[str, ...], host: str, port: int | None) -> bool:
    """Whether a host is among the patterns of ``pass_hosts`` or ``ignore_hosts``.

    A pattern is a host name or address, with ``*`` and ``?`` as wildcards, and may name a port:
    ``localhost``, ``*.posthog.com``, ``localhost:6333``. Case does not count.
    """
    if not patterns:
        return False
    name = host.lower()
    spellings = {name, f"[{name}]"} if ":" in name else {name}
    if port is not None:
        bracketed = f"[{name}]" if ":" in name else name
        spellings.add(f"{bracketed}:{port}")
    return any(
        fnmatchcase(spelling, pattern.lower()) for pattern in patterns for spelling in spellings
    )
