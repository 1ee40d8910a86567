"""Removes what a test run didn't play."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.review.edit.change import Change

if TYPE_CHECKING:
    from llmcassette.model import Cassette
    from llmcassette.review.report.document import RunReport

__all__ = ["pruned"]


def pruned(cassette: Cassette, run: RunReport) -> Change | None:
    """Remove unplayed interactions, or the file if none was played; ``None`` changes nothing.

    Raises:
        CassetteError: the file has changed since the run.
    """
    assert cassette.path is not None
    used = run.used(cassette.path)
    if used is None:
        return Change(None, ("no test opened it",))
    if not used.passed or used.played is None:
        return None
    count = len(cassette.interactions)
    if used.interactions not in (None, count) or any(at >= count for at in used.played):
        raise CassetteError(
            "changed since the reported run; run the tests again", path=cassette.path
        )
    kept = tuple(
        one
        for at, one in enumerate(cassette.interactions)
        if at in used.played or not one.response.came
    )
    if len(kept) == count:
        return None
    if not used.played:
        return Change(None, ("no interaction was played",))
    details = [
        f"interaction {at}: {one.request.method} {one.request.url}"
        for at, one in enumerate(cassette.interactions)
        if at not in used.played and one.response.came
    ]
    return Change(replace(cassette, interactions=kept), tuple(details))
