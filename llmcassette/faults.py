"""Faults of providers and networks, to test how a program handles them.

Each function returns a fault for the setting ``faults``, which applies it to recorded answers::

    from llmcassette import faults

    @pytest.mark.llm_cassette("weather.yaml", faults=[faults.status(429, times=2)])

``interaction=``, ``model=``, ``when=`` and ``times=`` select the requests.
"""

from __future__ import annotations

from llmcassette.recorder.faults.fault import (
    Fault,
    connect_error,
    connect_timeout,
    cut,
    cut_arguments,
    drop,
    duplicate,
    empty_answer,
    empty_stream,
    error_event,
    finish_reason,
    malformed_json,
    missing_done,
    read_timeout,
    refusal,
    stall,
    status,
)

__all__ = [
    "Fault",
    "connect_error",
    "connect_timeout",
    "cut",
    "cut_arguments",
    "drop",
    "duplicate",
    "empty_answer",
    "empty_stream",
    "error_event",
    "finish_reason",
    "malformed_json",
    "missing_done",
    "read_timeout",
    "refusal",
    "stall",
    "status",
]
