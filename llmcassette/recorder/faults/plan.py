"""Which request a fault hits: in the order of requests, each fault counted."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError, ReplayError
from llmcassette.providers import conversation
from llmcassette.recorder.faults.answer import NotApplicableError
from llmcassette.recorder.faults.applying import apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction, Request
    from llmcassette.recorder.faults.answer import Faulty
    from llmcassette.recorder.faults.fault import Fault

__all__ = ["FaultPlan"]


class FaultPlan:
    """The faults of one open cassette. Not thread-safe.

    A request gets one fault at most: the first in the list that selects it, has any of its
    ``times`` left, and can be applied to the recorded answer.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)
        self._left = [fault.times for fault in self._faults]
        self._why: list[str] = [""] * len(self._faults)

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults that have not been triggered so far."""
        return tuple(fault for _, fault in self._unfired())

    def hit(self, request: Request, interaction: Interaction) -> tuple[Fault, Faulty] | None:
        """The fault that hits a request, and the answer with it; ``None`` for neither.

        Args:
            request: as it was sent.
            interaction: what would answer it without a fault.

        Raises:
            ReplayError: a function that selects requests failed.
        """
        for number, fault in enumerate(self._faults):
            if not self._left[number] or not selects(fault, request, interaction):
                continue
            try:
                faulty = apply(fault, request, interaction)
            except NotApplicableError as reason:
                self._why[number] = f"the answer of interaction {interaction.id} {reason}"
                continue
            except CassetteError:  # raised when the answer is played
                return None
            self._left[number] -= 1
            return fault, faulty
        return None

    def complaint(self) -> str | None:
        """The message about faults that were never triggered; ``None`` if all were."""
        lines = [
            f"{fault!r}: {self._why[number] or 'no request matched'}"
            for number, fault in self._unfired()
        ]
        if not lines:
            return None
        what = "this fault was" if len(lines) == 1 else "these faults were"
        listed = "".join(f"\n  {line}" for line in lines)
        return f"{what} never triggered:{listed}"

    def _unfired(self) -> list[tuple[int, Fault]]:
        return [
            (number, fault)
            for number, fault in enumerate(self._faults)
            if self._left[number] == fault.times
        ]


def selects(fault: Fault, request: Request, interaction: Interaction) -> bool:
    """Whether a fault is for a request."""
    if fault.interaction is not None and fault.interaction != interaction.id:
        return False
    if fault.model:
        sent = conversation(request)
        if sent is None or not fnmatchcase(sent.model, fault.model):
            return False
    if fault.when is None:
        return True
    try:
        return bool(fault.when(request))
    except Exception as error:
        raise ReplayError(
            f"{fault!r}: its function failed: {type(error).__name__}: {error}"
        ) from error
