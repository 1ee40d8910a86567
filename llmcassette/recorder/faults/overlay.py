"""A cassette with faults or pace: what answers a request, also one that is sent again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.matching import Index
from llmcassette.model import Interaction
from llmcassette.recorder.faults.plan import FaultPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.matching import Rules
    from llmcassette.model import Request
    from llmcassette.recorder.faults.answer import Faulty
    from llmcassette.recorder.faults.fault import Fault

__all__ = ["Given", "Overlay"]


class Given(NamedTuple):
    """The answer to a request.

    Attributes:
        interaction: what was recorded.
        request: as it was sent.
        how: in what way it is equal to the recorded one; or that it is asked again.
        position: where it stands in the file, from 0.
        fault: what goes wrong with it, if anything does.
        faulty: the answer with the fault.
        came: the client waited for it; that is so until it is known to have given up.
    """

    interaction: Interaction
    request: Request
    how: str
    position: int
    fault: Fault | None = None
    faulty: Faulty | None = None
    came: bool = True

    @property
    def plays(self) -> bool:
        """Whether the client was given what was recorded, with a fault in it or without."""
        return self.came and (self.faulty is None or self.faulty.plays)


@dataclass(slots=True, eq=False)
class _Again:
    """A request that was answered badly; asked again, the untouched recording answers it.

    Attributes:
        index: finds it.
        given: the untouched answer.
    """

    index: Index
    given: Given


class Overlay:
    """Faults over a cassette's interactions. Whoever shares it between threads holds a lock.

    A client that waits too long for an answer, at the pace it comes, is one to which something went
    wrong, too.

    Args:
        faults: what goes wrong; there may be none.
        index: the cassette's.
        rules: what makes a request the same one.
    """

    def __init__(self, faults: Sequence[Fault], index: Index, rules: Rules) -> None:
        self._plan = FaultPlan(faults)
        self._index = index
        self._rules = replace(rules, ordered=False, allow_repeats=False, rename_ids=False)
        self._again: list[_Again] = []
        self._given: list[Given] = []

    def take(self, request: Request) -> Given | None:
        """What answers a request, with the fault that hits it; ``None`` for a miss.

        Raises:
            ReplayError: the user's matcher failed, or the function of a fault.
        """
        found = self._asked_again(request)
        if found is None:
            match = self._index.take(request)
            if match is None:
                return None
            found = Given(match.interaction, request, match.how, match.position)
        hit = self._plan.hit(request, found.interaction)
        if hit is not None:
            fault, faulty = hit
            found = found._replace(fault=fault, faulty=faulty)
            self._note(found)
        self._given.append(found)
        return found

    def gave_up(self, request: Request, *, came: bool) -> None:
        """A client waits no longer for the answer to a request: it may ask again.

        Args:
            request: the very object that ``take`` was given.
            came: whether it had the answer's beginning.
        """
        for number, given in enumerate(self._given):
            if given.request is request:
                self._given[number] = given._replace(came=came)
                if all(again.given.request is not request for again in self._again):
                    self._note(given)

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults that hit no request so far."""
        return self._plan.unfired

    def complaint(self) -> str | None:
        """See ``FaultPlan.complaint``."""
        return self._plan.complaint()

    @property
    def played(self) -> tuple[Interaction, ...]:
        """What was played, in the order of play, with a fault in it or without."""
        return tuple(given.interaction for given in self._given if given.plays)

    @property
    def played_positions(self) -> tuple[int, ...]:
        """Where that stands in the file, from 0; then, once each, what was only refused.

        A test of a fault before the answer needs the recording all the same: it must not be pruned.
        """
        played = [each.position for each in self._given if each.plays]
        return (*played, *sorted({each.position for each in self._given}.difference(played)))

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """What was never played, in file order."""
        played = {given.position for given in self._given if given.plays}
        return tuple(
            interaction
            for position, interaction in enumerate(self._index.interactions)
            if position not in played
        )

    @property
    def answers(self) -> tuple[Interaction, ...]:
        """What the client was given, in the order it asked; failures are no answers."""
        answers: list[Interaction] = []
        for given in (given for given in self._given if given.came):
            recorded = given.interaction
            if given.faulty is None:
                answers.append(recorded)
            elif given.faulty.response is not None:
                answers.append(Interaction(recorded.id, recorded.request, given.faulty.response))
        return tuple(answers)

    def _asked_again(self, request: Request) -> Given | None:
        for again in self._again:
            if again.index.take(request) is not None:
                self._again.remove(again)
                return again.given._replace(request=request)
        return None

    def _note(self, given: Given) -> None:
        recorded = given.interaction
        asked = Interaction(recorded.id, given.request, lambda: recorded.response)
        untouched = given._replace(how="asked again", fault=None, faulty=None, came=True)
        self._again.append(_Again(Index((asked,), self._rules), untouched))
