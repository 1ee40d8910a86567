"""``--llm-verify``: whether the providers still answer in the recorded shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest_plugin.ledger import Ledger
    from llmcassette.model import Interaction
    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.verification import Verification

__all__ = ["Verifying"]


class Verifying:
    """Compares each live answer with its recording.

    Args:
        ledger: where drift is noted.
        update: whether what has drifted is recorded anew at the end.
    """

    def __init__(self, ledger: Ledger, *, update: bool) -> None:
        self._ledger = ledger
        self._update = update
        self._anew: dict[Path, tuple[Recorder, list[Interaction]]] = {}

    def verified(self, verification: Verification, recorder: Recorder) -> None:
        """The live answer to a request has been had, or cannot be."""
        from llmcassette.review.drift import Drift, drift
        from llmcassette.review.report import Drifted

        live = verification.live()
        if live is None:
            failure = f"no answer: {verification.failure}"
            found = [Drift("error", "answer", str(verification.recorded.response.code), failure)]
        else:
            found = drift(verification.recorded, live)
        facts = self._ledger.facts
        facts.verified += 1
        file = self._ledger.relative(recorder.path)
        for one in found:
            drifted = Drifted(
                file, verification.position, one.tier, one.place, one.recorded, one.live
            )
            if drifted not in facts.drift:
                facts.drift.append(drifted)
        if self._update and found and live is not None:
            self._anew.setdefault(recorder.path, (recorder, []))[1].append(live)

    def save(self) -> Iterator[tuple[str, int]]:
        """Record anew what has drifted, where that was asked for.

        Yields:
            Each file that was written, and how many interactions in it.

        Raises:
            CassetteError: one cannot be written, or must not be.
        """
        for path, (recorder, lives) in self._anew.items():
            from llmcassette.recorder import saving  # not imported for those who record nothing

            settings = recorder.settings
            if saving.save(
                path, lives, mode="all", redaction=settings.redaction(), rules=settings.rules()
            ):
                yield str(path), len(lives)
