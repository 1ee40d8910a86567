"""What differs between two responses besides what a model said: status, headers, shape ..."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.difference.text import escape, preview
from llmcassette.matching.difference.trees import ABSENT, differences
from llmcassette.matching.difference.trees import Difference as Place
from llmcassette.matching.difference.words import Run
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.difference import Difference, Kind
from llmcassette.review.diff.shape import documents_of, leaves, shape, shape_changes
from llmcassette.review.diff.volatile import is_volatile_header, is_volatile_member
from llmcassette.review.diff.worded import LONGEST_VALUE, Runs, two_texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.model import Headers, Response
    from llmcassette.providers import Completion

__all__ = [
    "body_differences",
    "detail_differences",
    "header_differences",
    "shape_differences",
    "status_differences",
    "timing_differences",
]

CONTENT: Final = frozenset(
    {
        "content", "text", "arguments", "partial_json", "thinking", "reasoning", "delta", "refusal",
        "reasoning_content", "summary", "summary_text", "transcript", "data", "b64_json",
        "finish_reason", "native_finish_reason", "stop_reason", "finishReason", "stopReason",
        "done_reason", "model", "modelVersion", "name", "input", "args", "output", "response",
        "message", "error", "usage", "usageMetadata", "tool_calls", "function", "bytes",
        "tool_plan",
        "prompt_eval_count", "eval_count", "x_groq", "meta",
    }
)  # fmt: skip
"""Members that ``Completion`` tells of, each with all that is in it."""

STRUCTURE: Final = frozenset(
    {"index", "type", "object", "role", "output_index", "content_index", "sequence_number"}
)
MOST_SEEN: Final = 20_000
MOST_VALUES: Final = 8


def status_differences(old: Response, new: Response) -> Iterator[Difference]:
    """The HTTP status; an error where one of them is one."""
    if old.code != new.code:
        kind = Kind.ERROR if max(old.code, new.code) >= 400 else Kind.ANSWER
        yield Difference(kind, "status", "", whole(status_text(old)), whole(status_text(new)))
    if old.ended != new.ended:
        told = (side.ended or "came to its end" for side in (old, new))
        yield Difference(Kind.ANSWER, "recording of the body", "", *map(whole, told))


def status_text(response: Response) -> str:
    return response.status or str(response.code)


def header_differences(old: Headers, new: Headers, whose: str) -> Iterator[Difference]:
    """Headers whose values differ; dates, ids, limits and versions are noise."""
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get_list(name), new.get_list(name)
        if was == now:
            continue
        kind = Kind.NOISE if is_volatile_header(name) else Kind.HEADERS
        if carries_credentials(name):
            was, now = (("[REDACTED]",) if side else () for side in (was, now))
        sides = (whole(scrub_url(", ".join(side))) for side in (was, now))
        yield Difference(kind, f"{whose} header {escape(name)}", "", *sides)


def timing_differences(old: Response, new: Response) -> Iterator[Difference]:
    """How long it took; always noise."""
    if old.duration != new.duration:
        sides = (whole(f"{side.duration:.3f} s") for side in (old, new))
        yield Difference(Kind.NOISE, "duration", "", *sides)
    if old.chunks != new.chunks:
        sides = (whole(f"{len(side.chunks or ())} chunks") for side in (old, new))
        yield Difference(Kind.NOISE, "chunks and their times", "", *sides)


def shape_differences(
    old: Response, new: Response, said: tuple[Completion, Completion] | None
) -> Iterator[Difference]:
    """Event types and keys; what follows from other content (a call more, no text) is left out."""
    if old.code != new.code or (said and (said[0].error or said[1].error)):
        return
    same_content = said is None or contents(said[0]) == contents(said[1])
    for change in shape_changes(shape(old), shape(new)):
        last = change.place.rpartition(".")[2].partition("[")[0].partition("<")[0].split(" ")[-1]
        one_sided = not (change.old and change.new)
        follows = (last in CONTENT or last in STRUCTURE or "[" in change.place) and one_sided
        if not same_content and (follows or change.place == "events"):
            continue
        if is_volatile_member(last) and one_sided:
            yield Difference(Kind.NOISE, last, "", whole(change.old), whole(change.new))
            continue
        place = change.place if change.place in {"events", "framing"} else f"key {change.place}"
        yield Difference(Kind.SHAPE, place, "", *two_texts(change.old, change.new))


def contents(said: Completion) -> list[tuple[bool, bool, bool, bool, int]]:
    """Which kinds of content each choice has."""
    return [
        (bool(c.text), bool(c.reasoning), bool(c.refusal), bool(c.media), len(c.tool_calls))
        for c in said.choices
    ]


def detail_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Members that no completion tells of and that both have, such as ``service_tier``."""
    was, now = values_seen(old), values_seen(new)
    noise: dict[str, None] = {}
    for path, values in was.items():
        if path not in now or list(values) == list(now[path]):
            continue
        last = path.rpartition(".")[2].rpartition(" ")[2].partition("[")[0]
        if is_volatile_member(last):
            noise[last] = None
            continue
        sides = (values_text(list(side)) for side in (values, now[path]))
        place = f"{path.rpartition(': ')[2]} of the answer"
        yield Difference(Kind.ANSWER, place, "", *map(whole, sides))
    for name in noise:
        yield Difference(Kind.NOISE, name)


def values_seen(response: Response) -> dict[str, dict[str, None]]:
    """By path, the different scalars there, as JSON, in the order they came."""
    found: dict[str, dict[str, None]] = {}
    for document in documents_of(response):
        for path, value in islice(leaves(document), MOST_SEEN):
            if value is None or isinstance(value, (dict, list)):
                continue
            names = {part.partition("[")[0].partition("<")[0] for part in parts_of(path)}
            if not names & CONTENT and not names & STRUCTURE:
                text = preview(cast("JsonValue", value), LONGEST_VALUE)
                found.setdefault(path, {})[text] = None
    return found


def parts_of(path: str) -> list[str]:
    """The members' names of a path, without the event's type."""
    return path.rpartition(": ")[2].split(".")


def values_text(values: list[str]) -> str:
    more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
    return ", ".join(values[:MOST_VALUES]) + more


def body_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Bodies of other HTTP: by JSON path, as text, or by size."""
    if old.body == new.body:
        return
    documents = documents_of(old), documents_of(new)
    if len(documents[0]) == len(documents[1]) == 1:
        values = documents[0][0].value, documents[1][0].value
        for found in differences(cast("JsonValue", values[0]), cast("JsonValue", values[1])):
            yield of_place(found)
        return
    texts = (text_of(side.body) for side in (old, new))
    was, now = texts
    if was is None or now is None:
        sizes = (whole(f"{len(side.body):,} bytes") for side in (old, new))
        yield Difference(Kind.ANSWER, "body", "", *sizes)
        return
    yield Difference(Kind.REWORDED, "body", "", *two_texts(was, now))


def of_place(found: Place) -> Difference:
    step = found.step
    key = step.key if step else ""
    volatile = isinstance(key, str) and is_volatile_member(key) and found.kind == "value"
    sides = found.recorded, found.sent
    runs = (
        two_texts(sides[0], sides[1])
        if isinstance(sides[0], str) and isinstance(sides[1], str)
        else (value_runs(sides[0]), value_runs(sides[1]))
    )
    kind = Kind.NOISE if volatile else Kind.ANSWER
    if not volatile and ABSENT in sides:
        kind = Kind.SHAPE
    return Difference(kind, found.path or "body", "", *runs)


def value_runs(value: object) -> Runs:
    """A JSON value; nothing for ``ABSENT``."""
    if value is ABSENT:
        return None
    return (Run(preview(cast("JsonValue", value), LONGEST_VALUE), "whole"),)


def text_of(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
