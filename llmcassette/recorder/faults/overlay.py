"""A cassette with faults or pace: what answers a request, and what answers a retry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.matching import Index
from llmcassette.model import Interaction
from llmcassette.recorder.faults.plan import FaultPlan
from llmcassette.recorder.rpc_ids import addressed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.matching import Rules
    from llmcassette.model import Request
    from llmcassette.recorder.faults.answer import Faulty
    from llmcassette.recorder.faults.fault import Fault

__all__ = ["Overlay", "Served"]


class Served(NamedTuple):
    """How a request was answered.

    Attributes:
        interaction: the recorded one.
        request: as it was sent.
        how: in what way it equals the recorded one, or that it was sent again.
        position: of the interaction in the file, from 0.
        fault: what goes wrong with the answer, if anything does.
        faulty: the answer with the fault.
        had_head: whether the client has, or waits for, the head of the answer.
    """

    interaction: Interaction
    request: Request
    how: str
    position: int
    fault: Fault | None = None
    faulty: Faulty | None = None
    had_head: bool = True

    @property
    def plays(self) -> bool:
        """Whether the client got the recorded answer, perhaps with a fault in it."""
        return self.had_head and (self.faulty is None or self.faulty.plays)


@dataclass(slots=True, eq=False)
class _Retry:
    """A request whose answer failed. Sent again, it gets the recording without the fault.

    Attributes:
        index: finds the request.
        served: the answer without the fault.
    """

    index: Index
    served: Served


class Overlay:
    """The interactions of a cassette with faults over them. Not thread-safe.

    To a client that stops waiting for an answer at its pace something went wrong, too: it may send
    the request again.

    Args:
        faults: what goes wrong; may be empty.
        index: the cassette's.
        rules: what makes two requests the same.
    """

    def __init__(self, faults: Sequence[Fault], index: Index, rules: Rules) -> None:
        self._plan = FaultPlan(faults)
        self._index = index
        self._rules = replace(rules, ordered=False, allow_repeats=False, rename_ids=False)
        self._retries: list[_Retry] = []
        self._served: list[Served] = []

    def take(self, request: Request) -> Served | None:
        """Find what answers a request, and the fault that hits it; ``None`` for a miss.

        Raises:
            ReplayError: the user's matcher failed, or a function that selects requests.
        """
        found = self._retried(request)
        if found is None:
            match = self._index.take(request)
            if match is None:
                return None
            found = Served(match.interaction, request, match.how, match.position)
        hit = self._plan.hit(request, addressed(found.interaction, request))
        if hit is not None:
            fault, faulty = hit
            found = found._replace(fault=fault, faulty=faulty)
            self._note(found)
        self._served.append(found)
        return found

    def gave_up(self, request: Request, *, had_head: bool) -> None:
        """A client no longer waits for an answer; it may send the request again.

        Args:
            request: the object that was passed to ``take``.
            had_head: whether the client had the head of the answer.
        """
        for number, served in enumerate(self._served):
            if served.request is request:
                self._served[number] = served._replace(had_head=had_head)
                if all(retry.served.request is not request for retry in self._retries):
                    self._note(served)

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults that have not been triggered so far."""
        return self._plan.unfired

    def complaint(self) -> str | None:
        """See ``FaultPlan.complaint``."""
        return self._plan.complaint()

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions played so far, in the order of play, also those with a fault."""
        return tuple(served.interaction for served in self._served if served.plays)

    @property
    def played_positions(self) -> tuple[int, ...]:
        """Positions of ``played`` in the file, from 0; then of what only faults replaced, once.

        A test of a fault before the answer still needs the recording, which must not be pruned.
        """
        played = [each.position for each in self._served if each.plays]
        return (*played, *sorted({each.position for each in self._served}.difference(played)))

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions not played so far, in file order."""
        played = {served.position for served in self._served if served.plays}
        return tuple(
            interaction
            for position, interaction in enumerate(self._index.interactions)
            if position not in played
        )

    @property
    def answers(self) -> tuple[Interaction, ...]:
        """The answers that the client got, in the order of its requests; failures are none."""
        answers: list[Interaction] = []
        for served in self._served:
            recorded = served.interaction
            if not served.had_head:
                continue
            if served.faulty is None:
                answers.append(recorded)
            elif served.faulty.response is not None:
                faulty = served.faulty.response
                answers.append(
                    Interaction(recorded.id, recorded.request, faulty, recorded.redacted)
                )
        return tuple(answers)

    def _retried(self, request: Request) -> Served | None:
        for retry in self._retries:
            if retry.index.take(request) is not None:
                self._retries.remove(retry)
                return retry.served._replace(request=request)
        return None

    def _note(self, served: Served) -> None:
        recorded = served.interaction
        sent = Interaction(recorded.id, served.request, lambda: recorded.response)
        whole = served._replace(how="sent again", fault=None, faulty=None, had_head=True)
        self._retries.append(_Retry(Index((sent,), self._rules), whole))
