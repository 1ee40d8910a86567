"""What each fault does to a recorded answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers import identify
from llmcassette.recorder.faults.answer import Faulty, NotApplicableError, Target, readable
from llmcassette.recorder.faults.before import failed, status
from llmcassette.recorder.faults.content.rewriting import (
    cut_arguments,
    empty_answer,
    finish_reason,
    refusal,
)
from llmcassette.recorder.faults.stream import (
    cut,
    drop,
    duplicate,
    empty_stream,
    error_event,
    malformed_json,
    missing_done,
    stall,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.model import Interaction, Request
    from llmcassette.recorder.faults.fault import Fault

__all__ = ["FAULTS", "apply"]

FAULTS: Final[dict[str, str | Callable[[Target], Faulty]]] = {
    "connect_error": "connect",
    "connect_timeout": "connect-timeout",
    "read_timeout": "read-timeout",
    "status": status,
    "cut": cut,
    "drop": drop,
    "error_event": error_event,
    "stall": stall,
    "duplicate": duplicate,
    "malformed_json": malformed_json,
    "empty_stream": empty_stream,
    "missing_done": missing_done,
    "finish_reason": finish_reason,
    "cut_arguments": cut_arguments,
    "refusal": refusal,
    "empty_answer": empty_answer,
}
"""By the name of its constructor: the kind of ``Failure``, or what makes the faulty answer."""


def apply(fault: Fault, request: Request, interaction: Interaction) -> Faulty:
    """The answer to a request, with the fault.

    Raises:
        NotApplicableError: the fault can't be applied to it.
        CassetteError: the recorded answer is broken.
    """
    make = FAULTS[fault.name]
    if isinstance(make, str):
        return failed(make, fault)
    target = Target(fault, request, interaction.response, identify(request))
    if make is not status:  # which replaces the body, in whatever coding
        if not target.response.came:
            raise NotApplicableError("never came")
        target = replace(target, response=readable(target.response))
    return make(target)
