"""Headers and members that differ in every recording: ids, times, limits, versions."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_volatile_header", "is_volatile_member"]

MEMBERS: Final = frozenset(
    {
        "id", "item_id", "call_id", "tool_call_id", "tool_use_id", "toolUseId", "responseId",
        "response_id", "request_id", "requestId", "generation_id", "previous_response_id",
        "created", "created_at", "createTime", "completed_at", "expires_at", "updated_at",
        "timestamp", "date", "system_fingerprint", "signature", "thoughtSignature",
        "thought_signature", "encrypted_content", "obfuscation", "p", "x_groq", "trace_id",
        "total_duration", "load_duration", "prompt_eval_duration", "eval_duration", "latencyMs",
        "queue_time", "prompt_time", "completion_time", "total_time", "latency",
        "prompt_cache_key", "safety_identifier", "etag", "nonce", "metrics",
    }
)  # fmt: skip
"""Members of answers of all providers."""

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


def is_volatile_member(name: str) -> bool:
    """Whether a member of an answer is an id, a time, a fingerprint or padding."""
    return name in MEMBERS


def is_volatile_header(name: str) -> bool:
    """Whether a header is about the connection, the time or the client, not the conversation."""
    return HEADER.fullmatch(name) is not None
