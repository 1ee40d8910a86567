"""What happens to one request, from its sending to the end of its answer.

This decides everything and does no I/O: it yields steps for the driver of a client library. Record
modes, faults, pace and verification therefore work alike in every library, synchronous and
asynchronous.
"""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from llmcassette.errors import CassetteError, UnmatchedRequestError
from llmcassette.model import CANCELLED, CLOSED, WAITING
from llmcassette.recorder import errors
from llmcassette.recorder.faults.overlay import Served
from llmcassette.recorder.pacing import AT_ONCE
from llmcassette.recorder.pending import pending
from llmcassette.recorder.playback import Playback, playback_of
from llmcassette.recorder.recorded_interaction import Recording
from llmcassette.recorder.rpc_ids import addressed
from llmcassette.recorder.run import current_run
from llmcassette.recorder.steps import (
    Await,
    Caller,
    Discard,
    Failure,
    GoLive,
    PassOn,
    ReadOut,
    Wait,
)
from llmcassette.recorder.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.matching import Match
    from llmcassette.model import Request
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.faults.answer import Faulty

__all__ = ["Exchange", "Step", "Steps"]

Step: TypeAlias = "Wait | Await | GoLive | Discard | ReadOut | PassOn | Playback | bytes | Failure"
Steps: TypeAlias = "Generator[Step]"


class Exchange:
    """One request and its answer.

    A driver takes ``steps`` one after the other and does what each one says. It throws into them
    whatever goes wrong meanwhile, also a cancellation, and raises to its caller what they raise.

    Args:
        cassette: the cassette that answers.
        request: as the client sends it.
        caller: who sends it.
    """

    __slots__ = ("_caller", "_cassette", "_request")

    def __init__(self, cassette: Engine, request: Request, caller: Caller) -> None:
        self._cassette = cassette
        self._request = request
        self._caller = caller

    def steps(self) -> Steps:
        """The steps, of which these end the exchange: ``PassOn``, ``Failure``, the body's end.

        After a ``Playback`` come its pieces and the waits between them. If it ``is_at_once``, a
        driver may take its chunks and its failure as they are, and stop here.

        Raises:
            UnmatchedRequestError: no recorded interaction answers the request, and nothing is
                recorded.
            ReplayError: a matcher, redaction or sleep function failed, the recorded answer is
                broken, the caller reads past where the recording caller stopped, or for longer than
                the setting ``max_wait``, or the request can't be recorded.
        """
        match, recording = self._cassette.take(self._request)
        if recording is not None:
            self._cassette.log(self._request, "goes live and is recorded:")
            return self._record(recording)
        if match is None:
            return self.replay(self._nearest())
        interaction = match.interaction
        if isinstance(match, Served) and match.faulty is not None:
            self._cassette.log(
                self._request, "interaction %s, with %r, answers", match.position, match.fault
            )
            return self._faulty(match.faulty)
        self._cassette.log(self._request, "interaction %s (%s) answers", match.position, match.how)
        try:
            playback = self._cassette.player.play(addressed(interaction, self._request))
        except CassetteError as error:
            raise self._cassette.broken(error, match.position) from error
        if current_run.verifiers and self._cassette.mode == "none" and playback.ends:
            return self._verify(match, playback)
        return self.replay(playback)

    def replay(self, playback: Playback) -> Steps:
        """The steps of an answer that is known; see ``steps``."""
        return self._replay(playback) if playback.code else self._fail(playback)

    def _record(self, recording: Recording) -> Steps:
        try:
            yield GoLive(recording)
        except BaseException:
            recording.abandoned = recording.ended is None
            raise
        if recording.code == HTTPStatus.SWITCHING_PROTOCOLS:
            recording.abandoned = True
            yield Discard()
            raise self._cassette.keep(errors.upgraded(self._request, self._cassette.path))
        yield PassOn()

    def _verify(self, match: Match | Served, playback: Playback) -> Steps:
        """Replay after the live answer, or after the attempt to get one."""
        recording = Recording(self._request, bounds=self._cassette.settings.bounds)
        failure = ""
        try:
            yield GoLive(recording)
            yield ReadOut()
        except Exception as error:
            failure = type(error).__name__
        recording.finish("")
        verification = Verification(match.interaction, match.position, recording, failure)
        for verify in current_run.verifiers:
            verify(verification, self._cassette)
        yield from self.replay(playback)

    def _faulty(self, faulty: Faulty) -> Steps:
        if faulty.response is None:
            assert faulty.failure is not None
            yield faulty.failure
            return
        yield from self.replay(
            playback_of(
                faulty.response,
                self._cassette.settings,
                failure=faulty.failure,
                stalls=faulty.stalls,
            )
        )

    def _nearest(self) -> Playback:
        """The answer of the nearest recording, where that may stand in; else the miss is raised."""
        miss, report, position = self._cassette.miss(self._request)
        if position is None or not self._cassette.tolerates(report):
            try:
                raise self._cassette.keep(miss)  # kept with its traceback, which the verdict reads
            except UnmatchedRequestError:
                if not current_run.continues_after_miss or position is None:
                    raise
        player = self._cassette.player
        nearest = player.index.interactions[position]
        with player.lock:
            player.index.take(nearest.request)
        try:
            return playback_of(nearest.response, self._cassette.settings)
        except CassetteError:
            raise miss from None

    def _replay(self, playback: Playback) -> Steps:
        timing = playback.timing
        if timing is not AT_ONCE and not (yield from self._wait(timing.before, had_head=False)):
            return
        due = self._caller.clock() if timing.gaps else 0.0
        is_real = self._cassette.settings.sleep is None
        yield playback
        gaps = iter(timing.gaps)
        for piece in (*playback.chunks, None):
            gap = next(gaps, 0.0)
            if gap:
                # A chunk that is late because the caller was busy is not waited for.
                due += gap
                seconds = due - self._caller.clock() if is_real else gap
                if not (yield from self._wait(seconds, had_head=True)):
                    return
            if piece is not None:
                yield piece
        if playback.failure is None:
            return
        if playback.failure.kind == CLOSED:
            raise self._cassette.cut_short()
        yield from self._end(playback.failure)

    def _fail(self, playback: Playback) -> Steps:
        """No answer comes."""
        assert playback.failure is not None
        if playback.timing.before and playback.failure.kind != CANCELLED:
            yield from self._sleep(playback.timing.before)
        yield from self._end(playback.failure)

    def _end(self, failure: Failure) -> Steps:
        if failure.kind not in {WAITING, CANCELLED}:
            yield failure
            return
        ended = yield from pending(self._cassette, self._caller.read_timeout)
        if ended is None:
            raise self._cassette.waited(self._request)
        yield ended

    def _wait(self, seconds: float, *, had_head: bool) -> Generator[Step, None, bool]:
        """Wait as long as the client does.

        Args:
            seconds: until the next part of the answer.
            had_head: whether the client has the answer's head.

        Returns:
            Whether the client still waits; if not, its error was the last step.
        """
        timeout = self._caller.read_timeout
        bearable = seconds if timeout is None else min(seconds, timeout)
        try:
            if bearable > 0:
                yield from self._sleep(bearable)
        except BaseException:
            if not had_head:  # a body that is given up half way is recorded; its retry is another
                self._cassette.player.gave_up(self._request, had_head=False)
            raise
        if bearable >= seconds:
            return True
        self._cassette.player.gave_up(self._request, had_head=had_head)
        yield Failure("read-timeout", f"nothing came for {timeout} seconds")
        return False

    def _sleep(self, seconds: float) -> Steps:
        sleep = self._cassette.settings.sleep
        if sleep is None:
            yield Wait(seconds)
            return
        slept = sleep(seconds)
        if not inspect.isawaitable(slept):
            return
        if self._caller.is_async:
            yield Await(slept)
            return
        if inspect.iscoroutine(slept):
            slept.close()
        raise self._cassette.keep(errors.asynchronous_sleep())
