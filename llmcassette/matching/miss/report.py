"""The report of a miss as text: what was requested, what differs, what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from llmcassette.matching.difference.trees import MOST_FOUND
from llmcassette.matching.difference.words import Run
from llmcassette.matching.miss.cause import cause_of, changed_words
from llmcassette.matching.miss.labels import Section
from llmcassette.matching.miss.layout import WIDTH, field, paragraph, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.matching.miss.changes import Change

__all__ = ["MOST_SHOWN", "MissReport", "Reason", "change_text"]

Reason = Literal["absent", "empty", "differs", "played", "order", "refused"]

MOST_SHOWN: Final = 6
MOST_NAMED: Final = 6

NO_ANSWER: Final = "no recorded interaction answers this request"
CAUSES: Final[dict[Reason, str]] = {
    "absent": "the cassette does not exist",
    "empty": "the cassette is empty",
    "played": "requested more often than recorded",
    "order": "requested in another order",
    "refused": "refused by the matcher function",
}

WORDED: Final = ("user", "body")
"""Rows that may be broken anywhere; a path or a URL may not, so that it can be copied."""

RECORD: Final[dict[Reason, str]] = {
    "absent": "To record it:",
    "empty": "To record it:",
    "differs": "If this change is intentional, re-record:",
    "played": "If the extra request is intentional, re-record:",
    "order": "If the new order is intentional, re-record:",
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
        reason: ``absent``: there is no such file; ``empty``: it has no interactions; ``differs``:
            see ``changes``; ``played``: the nearest is equal, but was already replayed; ``order``:
            it is equal, but another one is next; ``refused``: it is equal, but the project's
            matcher refused it.
        nearest: position of the most similar interaction; ``None`` for an empty cassette.
        nearest_played: whether that one was already replayed.
        times_recorded: if ``reason`` is ``played``, how many interactions match the request.
        times_requested: if ``reason`` is ``played``, how often they were requested so far.
        expected: if ``reason`` is ``order``, the position of the interaction that is next.
        changes: the differences between the nearest and the request.
        accept: a setting that makes the two equal, such as ``ignore = ["$.seed"]``; empty if no
            single one does.
        record: how to record the request, from the caller.
        side: what a library does with this request, which it sends on the side; empty if it is the
            program's own.
        matched_on: if ``reason`` is ``played`` and the two requests differ in a part that
            ``match_on`` leaves out, the parts that it names.
    """

    path: str
    total: int
    played: int
    method: str
    url: str
    model: str
    question: str
    reason: Reason
    nearest: int | None
    nearest_played: bool
    times_recorded: int
    times_requested: int
    expected: int | None
    changes: tuple[Change, ...]
    accept: str
    record: str
    side: str = ""
    matched_on: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """Why nothing answers, in a few words: ``system prompt changed``."""
        if self.side:
            return f"side request ({self.side})"
        if self.reason != "differs":
            return CAUSES[self.reason]
        return cause_of(self.changes) or "request changed"

    @property
    def is_of_same_address(self) -> bool:
        """Whether the nearest differs, but neither in method nor in URL."""
        return (
            self.reason == "differs"
            and bool(self.changes)
            and all(change.section != Section.ADDRESS for change in self.changes)
        )

    def difference(self) -> str:
        """The differences alone, under a line that says which recording answers."""
        where = f"{self.path}: interaction {self.nearest} answers {self.method} {self.url}"
        changes = "\n".join(change_text(one, color=False) for one in self.changes[:MOST_SHOWN])
        return f"{where}, though the request differs:\n{changes}"

    @property
    def what_differs(self) -> str:
        """What differs from the nearest recording, as text; empty for a side request."""
        return "" if self.side else "\n\n".join(why(self, color=False))

    @property
    def key(self) -> str:
        """Equal for misses by the same change, whatever else their requests hold."""
        changed = [
            f"{change.name or change.place}: {changed_words(change.recorded)}"
            f" -> {changed_words(change.sent)}"
            for change in self.changes
        ]
        return "\n".join([self.cause, *changed])

    def text(self, *, color: bool = False) -> str:
        """The report as text, 76 columns wide; differences are in colours or in brackets."""
        return render(self, color=color)


def render(report: MissReport, *, color: bool) -> str:
    """Blocks with blank lines between: what differs, what to do, the request."""
    return "\n\n".join(blocks(report, color=color))


def blocks(report: MissReport, *, color: bool) -> Iterator[str]:
    apart = "\n" if len(report.cause) + len(NO_ANSWER) + 2 > WIDTH else " "
    yield styled(f"{report.cause}:{apart}{NO_ANSWER}", "strong", color=color)
    if not report.side:
        yield from why(report, color=color)
    for advice, lines in what_to_do(report):
        yield paragraph(advice)
        yield "\n".join(f"  {styled(line, 'strong', color=color)}" for line in lines)
    yield asked(report, color=color)


def asked(report: MissReport, *, color: bool) -> str:
    count = f"{report.total} interaction{'' if report.total == 1 else 's'}"
    state = "already replayed" if report.nearest_played else "not replayed yet"
    nearest = f"interaction {report.nearest}, {state}" if report.changes else ""
    if report.reason == "absent":
        count = "nothing: there is no such file"
    rows = [
        ("cassette", report.path),
        ("contains", f"{count}, {report.played} replayed" if report.played else count),
        ("nearest", nearest),
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
    match report.reason:
        case "played":
            where = f" in {', '.join(report.matched_on)} (match_on)" if report.matched_on else ""
            yield paragraph(
                f"Interaction {report.nearest} matches{where} but was already replayed (recorded"
                f" {times(report.times_recorded)}, requested {times(report.times_requested)})."
                f"{' The rest of the request differs.' if report.matched_on else ''}"
            )
        case "order":
            yield paragraph(
                f"Interaction {report.nearest} matches, but interaction {report.expected} is next"
                " in the recorded order."
            )
        case "refused":
            yield paragraph(
                f"Interaction {report.nearest} matches by all other rules, but the matcher function"
                " refused it."
            )
        case _:
            yield from differences(report, color=color)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def differences(report: MissReport, *, color: bool) -> Iterator[str]:
    if not report.changes:
        state = "already replayed" if report.nearest_played else "not replayed yet"
        yield paragraph(
            f"The nearest is interaction {report.nearest}, {state}. No difference can be shown."
        )
        return
    yield "\n".join(change_text(change, color=color) for change in report.changes[:MOST_SHOWN])
    rest = report.changes[MOST_SHOWN:]
    if rest:
        named = ", ".join(f"{c.place} ({c.name})" if c.name else c.place for c in rest[:MOST_NAMED])
        dots = ", …" if len(rest) > MOST_NAMED else ""
        many = f"{'at least ' * (len(report.changes) >= MOST_FOUND)}{len(rest)}"
        yield paragraph(f"and {many} more: {named}{dots}", indent=2)
    if all(change.section == Section.IDS for change in report.changes):
        yield paragraph(
            "Only ids of tool calls differ. Ids from a recorded answer must be sent back unchanged,"
            " each with the result of its own call."
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
    if report.side:
        yield (
            f"This is a side request: {report.side}, once a process or a day. Whichever test is"
            " first sends it, so recording it here doesn't help. See docs/how-to/side-requests.md;"
            " or, if your tests send nothing else to this host, add it under [tool.llmcassette] in"
            " pyproject.toml, where it becomes unreachable in replay:",
            [f'ignore_hosts = ["{urlsplit(report.url).hostname}"]'],
        )
        return
    if report.record:
        yield RECORD[report.reason], report.record.splitlines()
    if report.matched_on:
        compared = [*report.matched_on, "body"]
        yield (
            "To tell such requests apart, compare more of them:",
            [f"match_on={json.dumps(compared)}"],
        )
    elif report.reason == "played":
        yield "To keep replaying the last answer:", ["allow_repeats=True"]
    if report.accept:
        yield "If this may differ between runs, exclude it from matching:", [report.accept]
