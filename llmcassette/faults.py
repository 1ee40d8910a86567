"""What can go wrong with an LLM: ``from llmcassette import faults``.

Each function gives a fault for the setting ``faults``, which lays it over a recorded answer::

    @pytest.mark.llm_cassette("weather.yaml", faults=[faults.status(429, times=2)])

Which requests it hits is said by ``interaction=``, ``model=``, ``when=`` and ``times=``.
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
