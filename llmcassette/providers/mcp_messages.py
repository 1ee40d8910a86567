"""Messages of the Model Context Protocol: JSON-RPC 2.0 objects with the protocol's methods.

https://modelcontextprotocol.io/specification, revisions 2025-11-25 and 2026-07-28.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_mcp", "without_volatile"]

METHODS: Final = frozenset({"initialize", "ping", "server/discover"})
FAMILIES: Final = (
    "completion/",
    "elicitation/",
    "logging/",
    "notifications/",
    "prompts/",
    "resources/",
    "roots/",
    "sampling/",
    "subscriptions/",
    "tools/",
)
RESERVED: Final = "io.modelcontextprotocol/"
"""Prefix of the names in ``_meta`` that the protocol reserves; SDKs write them."""
OF_THE_SDK: Final = frozenset({"progressToken", "traceparent", "tracestate", "baggage"})
"""Names in ``_meta`` whose values SDKs make."""


def is_mcp(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is a request or a notification of MCP."""
    method = value.get("method")
    return (
        value.get("jsonrpc") == "2.0"
        and isinstance(method, str)
        and (method in METHODS or method.startswith(FAMILIES))
    )


def without_volatile(message: dict[str, Any]) -> dict[str, Any]:
    """A copy of a message without what SDKs make up: it changes with their version or timing.

    That is the ``id`` (and the ``requestId`` of a cancellation), the version in ``clientInfo``, and
    of ``_meta`` the reserved names, the progress token and the trace context.
    """
    kept = {name: value for name, value in message.items() if name != "id"}
    params = kept.get("params")
    if not isinstance(params, dict):
        return kept
    params = dict(params)
    meta = params.pop("_meta", None)
    if isinstance(meta, dict):
        meta = {
            name: value
            for name, value in meta.items()
            if name not in OF_THE_SDK and not name.startswith(RESERVED)
        }
    if meta:
        params["_meta"] = meta
    match message["method"]:
        case "initialize" if isinstance(params.get("clientInfo"), dict):
            params["clientInfo"] = {**params["clientInfo"]}
            params["clientInfo"].pop("version", None)
        case "notifications/cancelled":
            params.pop("requestId", None)
    if params:
        kept["params"] = params
    else:
        del kept["params"]  # `_meta` was all of it
    return kept
