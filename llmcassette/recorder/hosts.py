"""Which hosts a cassette answers for: the settings ``pass_hosts`` and ``ignore_hosts``."""

from __future__ import annotations

import logging
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.settings import Settings

__all__ = [
    "METADATA_HOSTS",
    "Route",
    "host_matches",
    "log_passed",
    "log_refused",
    "port_of",
    "refusal",
    "route",
]

log = logging.getLogger("llmcassette")

Route = Literal["serve", "pass", "refuse"]
METADATA_HOSTS: Final = (
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "metadata.google.internal",
    "metadata.goog",
    "100.100.100.200",
)
"""Where the clouds tell a machine its credentials: AWS, Azure and Google, and Alibaba."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def route(mode: Mode, settings: Settings, host: str, port: int | None) -> Route:
    """Where requests to a host go.

    Returns:
        ``serve``: to the cassette; ``pass``: to the real transport, unrecorded; ``refuse``:
        nowhere, as if the host were unreachable. A cloud's metadata are unreachable in mode
        ``none``, and never recorded, since SDKs look there for credentials.
    """
    if mode == "live" or host_matches(settings.pass_hosts, host, port):
        return "pass"
    if mode == "none" and host_matches(settings.ignore_hosts, host, port):
        return "refuse"
    if host in METADATA_HOSTS and not host_matches(settings.serve_hosts, host, port):
        return "refuse" if mode == "none" else "pass"
    return "serve"


def refusal(host: str) -> str:
    """The message of a connection that ``route`` refuses."""
    what = "a cloud's metadata service" if host in METADATA_HOSTS else "in ignore_hosts"
    return f"{host} is {what}, and nothing reaches it in mode none"


def host_matches(patterns: tuple[str, ...], host: str, port: int | None) -> bool:
    """Whether a host is among the patterns of ``pass_hosts`` or ``ignore_hosts``.

    A pattern is a host name or address, with ``*`` and ``?`` as wildcards, and may name a port:
    ``localhost``, ``*.posthog.com``, ``localhost:6333``. Case is ignored.
    """
    if not patterns:
        return False
    name = host.lower()
    spellings = {name, f"[{name}]"} if ":" in name else {name}
    if port is not None:
        bracketed = f"[{name}]" if ":" in name else name
        spellings.add(f"{bracketed}:{port}")
    return any(
        # Only * and ? are wildcards: a bracket begins an IPv6 address.
        fnmatchcase(spelling, pattern.lower().replace("[", "[[]"))
        for pattern in patterns
        for spelling in spellings
    )


def port_of(scheme: str, port: int | None) -> int | None:
    """The port of a URL, or the default of its scheme."""
    return _DEFAULT_PORTS.get(scheme) if port is None else port


def log_passed(path: Path, host: str, port: int | None) -> None:
    """Log that a request passed through."""
    log.debug("%s: %s:%s is passed through", path, host, port)


def log_refused(path: Path, host: str, port: int | None) -> None:
    """Log that a request was refused as if its host were unreachable."""
    log.debug("%s: %s:%s is ignored, as if it could not be reached", path, host, port)
