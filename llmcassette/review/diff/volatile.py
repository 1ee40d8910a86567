"""Headers and members that differ in every recording: ids, times, limits, versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_opaque", "is_volatile_header", "is_volatile_place"]


def folded(name: str) -> str:
    """A name without case and separators: ``avgLogprobs`` and ``avg_logprobs`` are the same."""
    return "".join(filter(str.isalnum, name)).lower()


MEMBERS: Final = frozenset(
    map(
        folded,
        (
            "id", "item_id", "call_id", "tool_call_id", "tool_use_id", "response_id", "request_id",
            "generation_id", "previous_response_id", "trace_id", "created", "created_at",
            "create_time", "completed_at", "expires_at", "updated_at", "timestamp", "date",
            "system_fingerprint", "signature", "thought_signature", "encrypted_content",
            "obfuscation", "p", "sequence_number", "avg_logprobs", "total_duration",
            "load_duration", "prompt_eval_duration", "eval_duration", "latency_ms", "queue_time",
            "prompt_time", "completion_time", "total_time", "latency", "prompt_cache_key",
            "safety_identifier", "etag", "nonce",
        ),
    )
)  # fmt: skip
"""Members of answers of all providers, by their folded names."""

OPAQUE: Final = frozenset(
    map(folded, ("input", "args", "arguments", "parameters", "schema", "json_schema", "metadata",
                 "structured_content", "properties"))
)  # fmt: skip
"""Members whose content the user or the model names: nothing in them is volatile."""

HEADER = re.compile(
    r"""
    age | alt-svc | cf-.* | connection | content-length | date | etag | expires | last-modified
    | nel | report-to | server-timing | set-cookie | strict-transport-security | vary | via
    | transfer-encoding | accept-encoding | host | cookie | authorization | x-api-key | api-key
    | x-goog-api-key | idempotency-key | traceparent | tracestate | baggage | user-agent
    | x-stainless-.* | x-goog-api-client | amz-sdk-.* | x-amz-.* | x-amzn-.* | x-cloud-trace-context
    | .*request-?id | .*trace-?id | .*correlation-?id | .*ratelimit.* | .*rate-limit.*
    | .*(processing|upstream-service|response|latency|duration)-?(time|ms)? | .*-ms | x-served-by
    | x-cache.* | x-timer | x-runtime | x-vercel-id | x-envoy-.* | server | x-debug-.*
    | x-generation-id | mcp-session-id
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Dates, ids, limits, times, credentials, and the versions of clients and servers."""


def is_volatile_place(keys: Sequence[str | int]) -> bool:
    """Whether a place in an answer is an id, a time, a fingerprint or padding, or inside one."""
    names = [folded(key) for key in keys if isinstance(key, str)]
    opaque = next((at for at, name in enumerate(names) if name in OPAQUE), len(names))
    return any(name in MEMBERS for name in names[: opaque + 1])


def is_opaque(keys: Sequence[str | int]) -> bool:
    """Whether a place is inside a member whose content the user or the model names."""
    return any(folded(key) in OPAQUE for key in keys if isinstance(key, str))


def is_volatile_header(name: str) -> bool:
    """Whether a header is about the connection, the time or the client, not the conversation."""
    return HEADER.fullmatch(name) is not None
