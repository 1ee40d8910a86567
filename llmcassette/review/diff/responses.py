"""Differences of two responses besides the answer: status, headers, shape, details, timing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.difference.text import escape, preview
from llmcassette.matching.difference.trees import ABSENT, differences
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.diff.runs import LONGEST_VALUE, compared_texts, compared_values, wholes
from llmcassette.review.diff.shape import documents_of, leaves, shape, shape_changes
from llmcassette.review.diff.volatile import is_volatile_header, is_volatile_member
from llmcassette.review.texts import body_text, status_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.difference.trees import Difference as JsonDifference
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
"""Members that a ``Completion`` covers, with everything in them."""

STRUCTURE: Final = frozenset(
    {"index", "type", "object", "role", "output_index", "content_index", "sequence_number"}
)
MOST_LEAVES: Final = 20_000
MOST_VALUES: Final = 8


def status_differences(old: Response, new: Response) -> Iterator[Difference]:
    """The HTTP status, and how the body ended."""
    came = old.came and new.came
    if old.code != new.code or (not came and old.ended != new.ended):
        failed = not came or max(old.code, new.code) >= 400
        kind = Kind.ERROR if failed else Kind.ANSWER
        yield Difference(kind, "status", "", *wholes(status_text(old), status_text(new)))
    if came and old.ended != new.ended:
        ends = (side.ended or "complete" for side in (old, new))
        yield Difference(Kind.ANSWER, "end of the body", "", *wholes(*ends))


def header_differences(old: Headers, new: Headers, side: str) -> Iterator[Difference]:
    """Headers with different values; dates, ids, limits and versions are noise."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get_list(name), new.get_list(name)
        if before == after:
            continue
        kind = Kind.NOISE if is_volatile_header(name) else Kind.HEADERS
        if carries_credentials(name):
            before, after = (("[REDACTED]",) if values else () for values in (before, after))
        texts = (scrub_url(", ".join(values)) for values in (before, after))
        yield Difference(kind, f"{side} header {escape(name)}", "", *wholes(*texts))


def timing_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Durations and chunks, which are noise."""
    if old.duration != new.duration:
        times = (f"{side.duration:.3f} s" for side in (old, new))
        yield Difference(Kind.NOISE, "duration", "", *wholes(*times))
    if old.chunks != new.chunks:
        counts = (f"{len(side.chunks or ())} chunks" for side in (old, new))
        yield Difference(Kind.NOISE, "chunk sizes and times", "", *wholes(*counts))


def shape_differences(
    old: Response, new: Response, answers: tuple[Completion, Completion]
) -> Iterator[Difference]:
    """Event types and keys, without those that follow from different content."""
    if old.code != new.code or answers[0].error or answers[1].error:
        return
    same_content = content_kinds(answers[0]) == content_kinds(answers[1])
    for change in shape_changes(shape(old), shape(new)):
        last = change.place.rpartition(".")[2].partition("[")[0].partition("<")[0].split(" ")[-1]
        one_sided = not (change.old and change.new)
        is_content = last in CONTENT or last in STRUCTURE or "[" in change.place
        if not same_content and ((is_content and one_sided) or change.place == "events"):
            continue
        if is_volatile_member(last) and one_sided:
            yield Difference(Kind.NOISE, last, "", *wholes(change.old, change.new))
            continue
        place = change.place if change.place in {"events", "framing"} else f"key {change.place}"
        yield Difference(Kind.SHAPE, place, "", *compared_texts(change.old, change.new))


def content_kinds(answer: Completion) -> list[tuple[bool, bool, bool, bool, int]]:
    """The kinds of content that each choice has, and the number of its tool calls."""
    return [
        (bool(c.text), bool(c.reasoning), bool(c.refusal), bool(c.media), len(c.tool_calls))
        for c in answer.choices
    ]


def detail_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Members that both have and a ``Completion`` doesn't cover, such as ``service_tier``."""
    before, after = detail_values(old), detail_values(new)
    noise: dict[str, None] = {}
    for path, values in before.items():
        if path not in after or values == after[path]:
            continue
        last = path.rpartition(".")[2].rpartition(" ")[2].partition("[")[0]
        if is_volatile_member(last):
            noise[last] = None
            continue
        place = f"{path.rpartition(': ')[2]} of the answer"
        runs = wholes(values_text(values), values_text(after[path]))
        yield Difference(Kind.ANSWER, place, "", *runs)
    for name in noise:
        yield Difference(Kind.NOISE, name)


def detail_values(response: Response) -> dict[str, list[str]]:
    """By path, the different scalar values as JSON, in the order in which they came."""
    found: dict[str, dict[str, None]] = {}
    for document in documents_of(response):
        for path, value in islice(leaves(document), MOST_LEAVES):
            if value is None or isinstance(value, (dict, list)):
                continue
            members = path.rpartition(": ")[2].split(".")  # without the type of the event
            names = {member.partition("[")[0].partition("<")[0] for member in members}
            if not names & CONTENT and not names & STRUCTURE:
                text = preview(cast("JsonValue", value), LONGEST_VALUE)
                found.setdefault(path, {})[text] = None
    return {path: list(values) for path, values in found.items()}


def values_text(values: list[str]) -> str:
    more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
    return ", ".join(values[:MOST_VALUES]) + more


def body_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Bodies that are no answers of models: by JSON path, as texts, or by size."""
    if old.body == new.body:
        return
    documents = documents_of(old), documents_of(new)
    if len(documents[0]) == len(documents[1]) == 1:
        values = documents[0][0].value, documents[1][0].value
        for found in differences(cast("JsonValue", values[0]), cast("JsonValue", values[1])):
            yield json_difference(found)
        return
    before, after = body_text(old.body), body_text(new.body)
    if before is None or after is None:
        sizes = (f"{len(side.body):,} bytes" for side in (old, new))
        yield Difference(Kind.ANSWER, "body", "", *wholes(*sizes))
        return
    yield Difference(Kind.REWORDED, "body", "", *compared_texts(before, after))


def json_difference(found: JsonDifference) -> Difference:
    key = found.step.key if found.step else ""
    if isinstance(key, str) and is_volatile_member(key) and found.kind == "value":
        kind = Kind.NOISE
    else:
        kind = Kind.SHAPE if ABSENT in (found.recorded, found.sent) else Kind.ANSWER
    runs = compared_values(found.recorded, found.sent)
    return Difference(kind, found.path or "body", "", *runs)
