"""The report of a miss as text: what was requested, what differs, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.matching.difference.trees import MOST_FOUND
from llmcassette.matching.difference.words import Run
from llmcassette.matching.miss.labels import Section
from llmcassette.matching.miss.layout import WIDTH, field, paragraph, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.matching.miss.changes import Change
    from llmcassette.model import Interaction

__all__ = ["MissReport", "Reason"]

Reason = Literal["empty", "differs", "played", "order", "refused"]

MOST_SHOWN: Final = 6
MOST_NAMED: Final = 6

WORDED: Final = ("user", "body")
"""Rows that may be broken anywhere; a path or a URL may not, so that it can be copied."""

RECORD: Final[dict[Reason, str]] = {
    "empty": "To record it:",
    "differs": "If the change is meant, record it:",
    "played": "If asking again is meant, record it:",
    "order": "If the new order is meant, record it:",
    "refused": "To record it:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissReport:
    """Why a request was a miss. It contains no secrets.

    Attributes:
        path: the cassette's path in messages.
        total: the number of its interactions.
        played: how many of them were already replayed.
        method: of the request.
        url: of the request, without credentials.
        model: the requested model; empty if it is not a request to one.
        question: the last user message, or the beginning of the body.
        reason: ``empty``: the cassette has no interactions; ``differs``: see ``changes``;
            ``played``: the nearest is equal, but was already replayed; ``order``: it is equal, but
            another one is next; ``refused``: it is equal, but the project's matcher refused it.
        nearest: the most similar recorded interaction; ``None`` for an empty cassette.
        nearest_played: whether that one was already replayed.
        expected: if ``reason`` is ``order``, the interaction that is next.
        changes: the differences between the nearest and the request.
        accept: a setting that makes the two equal, such as ``ignore = ["$.seed"]``; empty if no
            single one does.
        record: how to record the request, from the caller.
    """

    path: str
    total: int
    played: int
    method: str
    url: str
    model: str
    question: str
    reason: Reason
    nearest: Interaction | None
    nearest_played: bool
    expected: Interaction | None
    changes: tuple[Change, ...]
    accept: str
    record: str

    def text(self, *, color: bool = False) -> str:
        """The report as text, 76 columns wide; differences are in colours or in brackets."""
        return render(self, color=color)


def render(report: MissReport, *, color: bool) -> str:
    """Blocks with blank lines between: the request, the reason, what to do."""
    return "\n\n".join(blocks(report, color=color))


def blocks(report: MissReport, *, color: bool) -> Iterator[str]:
    yield styled("No recorded interaction answers this request.", "strong", color=color)
    yield asked(report, color=color)
    yield from why(report, color=color)
    for advice, lines in what_to_do(report):
        yield paragraph(advice)
        yield "\n".join(f"  {styled(line, 'strong', color=color)}" for line in lines)


def asked(report: MissReport, *, color: bool) -> str:
    held = f"{report.total} interaction{'' if report.total == 1 else 's'}"
    state = f"{held}, {report.played} played" if report.played else held
    rows = [
        ("cassette", report.path),
        ("holds", state),
        ("request", f"{report.method} {report.url}"),
        ("model", report.model),
        ("user" if report.model else "body", report.question),
    ]
    lines = [
        field(f"  {label}", [Run(text)], 12, color=color, broken=label in WORDED)
        for label, text in rows
        if text
    ]
    return "\n".join(lines)


def why(report: MissReport, *, color: bool) -> Iterator[str]:
    if report.nearest is None:
        return
    same = f"Interaction {report.nearest.id} is this very request"
    match report.reason:
        case "played":
            text = f"{same}, but it has answered already: it was asked more often than recorded."
        case "order" if report.expected is not None:
            text = f"{same}, but it is the turn of interaction {report.expected.id}."
        case "refused":
            text = f"{same} by all other rules; the matcher function refused it."
        case _:
            yield from differing(report, color=color)
            return
    yield paragraph(text)


def differing(report: MissReport, *, color: bool) -> Iterator[str]:
    assert report.nearest is not None
    played = "which has answered already" if report.nearest_played else "not played yet"
    many = len(report.changes)
    told = {0: "They differ in nothing that can be shown.", 1: "One value differs:"}
    told_many = told.get(many, f"{many}{' or more' * (many >= MOST_FOUND)} values differ:")
    yield paragraph(f"The nearest is interaction {report.nearest.id}, {played}. {told_many}")
    if report.changes:
        yield "\n".join(change_text(change, color=color) for change in report.changes[:MOST_SHOWN])
    rest = report.changes[MOST_SHOWN:]
    if rest:
        named = ", ".join(f"{c.place} ({c.name})" if c.name else c.place for c in rest[:MOST_NAMED])
        dots = ", …" if len(rest) > MOST_NAMED else ""
        yield paragraph(f"and {len(rest)} more: {named}{dots}", indent=2)
    if report.changes and all(change.section == Section.IDS for change in report.changes):
        yield paragraph(
            "Only ids of tool calls differ. Those that a recorded answer gave must come back as"
            " they were, each with the result of its own call."
        )


def change_text(change: Change, *, color: bool) -> str:
    """``messages[3].content (user message)``, with the recorded and the sent value below it."""
    state = ""
    if change.recorded is None or change.sent is None:
        state = "only sent" if change.recorded is None else "only recorded"
    about = ", ".join(filter(None, (change.name, state)))
    apart = "\n    " if len(change.place) + len(about) > WIDTH - 5 else " "
    place = styled(change.place, "place", color=color)
    lines = [f"  {place}{apart}({about})" if about else f"  {place}"]
    for label, runs, side in (("recorded", change.recorded, "old"), ("sent", change.sent, "new")):
        if runs is not None:
            lines.append(field(f"    {label}", runs, 14, color=color, side=side))
    return "\n".join(lines)


def what_to_do(report: MissReport) -> Iterator[tuple[str, list[str]]]:
    """Pieces of advice, each with the lines to copy."""
    if report.record:
        yield RECORD[report.reason], report.record.splitlines()
    if report.reason == "played":
        yield "To let the last answer serve again and again:", ["allow_repeats=True"]
    if report.accept:
        yield "If this may differ from run to run, leave it out of matching:", [report.accept]
