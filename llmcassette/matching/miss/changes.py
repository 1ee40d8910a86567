"""What differs between a recorded and a sent request, each place worded for a reader."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.json.value import JsonValue
from llmcassette.matching.difference.segments import common_length
from llmcassette.matching.difference.text import preview
from llmcassette.matching.difference.trees import (
    ABSENT,
    DEEPEST_SHOWN,
    Absent,
    Difference,
    differences,
    path_text,
    same_leaf,
)
from llmcassette.matching.difference.words import Run, around_first_change, word_difference
from llmcassette.matching.miss.labels import Label, Section
from llmcassette.matching.redacted import MARKER, stands_for
from llmcassette.matching.tool_ids import find_ids
from llmcassette.redaction.credential_names import is_credential_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["LONGEST_VALUE", "Change", "changes"]

LONGEST_VALUE: Final = 160
SHORT_WORD: Final = 40

Value: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Change:
    """One place where two requests differ.

    Attributes:
        place: where: ``messages[3].content``, ``url``, ``query parameter alt``.
        name: what stands there, such as ``user message``; empty where the place says it.
        recorded: what was recorded, the differing words marked; ``None`` where nothing was.
        sent: the same of what was sent.
        section: what it belongs to.
        setting: name and item of the setting that might leave this place out of matching.
    """

    place: str
    name: str
    recorded: tuple[Run, ...] | None
    sent: tuple[Run, ...] | None
    section: Section
    setting: tuple[Literal["ignore", "ignore_query"], str] | None = None


def changes(
    recorded: Value,
    sent: Value,
    *,
    names: tuple[Mapping[str, Label], Mapping[str, Label]] = ({}, {}),
    formats: tuple[str, str] = ("", ""),
    scrub: Callable[[str], str] = str,
) -> list[Change]:
    """Every difference of two canonical requests, in the order of ``Section``.

    Args:
        recorded: one request in canonical form.
        sent: the other.
        names: what the places in the body of each are called.
        formats: the wire format of each; where they differ, that is all there is to say of bodies.
        scrub: takes secrets out of a text, before any of it is shown.
    """
    writer = Writer(names, formats, scrub)
    parts = (writer.address, writer.query, writer.headers, writer.body)
    found = chain.from_iterable(part(recorded, sent) for part in parts)
    return sorted(found, key=lambda change: change.section)


class Writer:
    """Words the differences of one pair of requests."""

    def __init__(
        self,
        names: tuple[Mapping[str, Label], Mapping[str, Label]],
        formats: tuple[str, str],
        scrub: Callable[[str], str],
    ) -> None:
        self._names = names
        self._formats = formats
        self._scrub = scrub

    def address(self, recorded: Value, sent: Value) -> Iterator[Change]:
        """Method and URL; the query is told by parameter."""
        old, new = recorded.get("method"), sent.get("method")
        if old != new:
            yield Change("method", "", *self.runs(old, new), Section.ADDRESS)
        old_url, new_url = without_query(recorded), without_query(sent)
        if len(differences([old_url], [new_url], same=same_or_redacted)):
            texts = url_text(recorded), url_text(sent)
            yield Change("url", "", *self.runs(*texts), Section.ADDRESS)

    def query(self, recorded: Value, sent: Value) -> Iterator[Change]:
        for name, old, new in unequal(part(recorded, "url", "query"), part(sent, "url", "query")):
            if is_credential_parameter(name):
                old, new = (value if value is ABSENT else HIDDEN for value in (old, new))
            place = f"query parameter {self._scrub(name)}"
            yield Change(place, "", *self.runs(old, new), Section.ADDRESS, ("ignore_query", name))

    def headers(self, recorded: Value, sent: Value) -> Iterator[Change]:
        for name, old, new in unequal(part(recorded, "headers"), part(sent, "headers")):
            yield Change(f"header {name}", "", *self.runs(old, new), Section.ADDRESS)

    def body(self, recorded: Value, sent: Value) -> Iterator[Change]:
        """By the kind of the body: JSON paths, form fields, parts, lines, or bytes."""
        kind, old = kind_and_value(recorded)
        new_kind, new = kind_and_value(sent)
        if all(self._formats) and len({*self._formats}) > 1 and kind:
            runs = self.runs(*self._formats)
            yield Change("body", "wire format", *runs, Section.PARAMETERS)
        elif kind != new_kind:
            was, came = Run(body_kind(kind, old), "whole"), Run(body_kind(new_kind, new), "whole")
            yield Change("body", "", (was,), (came,), Section.PARAMETERS)
        elif kind == "json":
            yield from self.json(old, new)
        elif kind == "bytes":
            if old != new:
                yield from self.text(str(old), str(new))
        else:
            for found in differences(old, new, same=same_or_redacted):
                runs = self.runs(readable(found.recorded), readable(found.sent))
                yield Change(part_place(kind, found), "", *runs, Section.PARAMETERS)

    def json(self, old: JsonValue, new: JsonValue) -> Iterator[Change]:
        ids = {held for value in (old, new) for _, _, held in find_ids(value)}
        for found in differences(old, new, same=same_or_redacted):
            label, exact = self.label(found)
            section, name = label.section, label.name
            place = self._scrub(found.path)
            setting: tuple[Literal["ignore"], str] | None = None
            if found.kind == "order":
                name = "the same, in another order"
            elif (
                place == found.path
                and found.aligned
                and found.step
                and found.step.depth <= DEEPEST_SHOWN
            ):
                setting = ("ignore", f"${'' if found.path[0] == '[' else '.'}{found.path}")
            if isinstance(found.sent, str) and found.sent in ids and found.recorded in ids:
                section, name = Section.IDS, "id of a tool call"
            runs = self.runs(found.recorded, found.sent)
            if exact and label.summary and ABSENT in (found.recorded, found.sent):
                told = (Run(label.summary, "whole"),)
                runs = (runs[0] and told, runs[1] and told)
            yield Change(place or "body", name, *runs, section, setting)

    def label(self, found: Difference) -> tuple[Label, bool]:
        """What the place is, or what it is in; and whether it is just that."""
        names = self._names[found.recorded is ABSENT]
        step = found.step
        while step is not None:
            if step.depth <= DEEPEST_SHOWN and (known := names.get(path_text(step))):
                return known, step is found.step
            if step.parent is None and step is found.step and names and found.kind == "value":
                return Label("parameter", Section.PARAMETERS), False
            step = step.parent
        return Label("", Section.PARAMETERS), False

    def text(self, old: str, new: str) -> Iterator[Change]:
        """Line by line where both are text, else by the first byte that differs."""
        lines = [decoded(text) for text in (old, new)]
        if lines[0] is None or lines[1] is None:
            at = common_length(old, new)
            told = [(Run(byte_text(text, at), "whole"),) for text in (old, new)]
            yield Change("body", "", told[0], told[1], Section.PARAMETERS)
            return
        for found in differences([*lines[0]], [*lines[1]], same=same_or_redacted):
            number = int(found.step.key) + 1 if found.step else 0
            runs = self.runs(found.recorded, found.sent)
            yield Change(f"body line {number}", "", *runs, Section.PARAMETERS)

    def runs(
        self, old: JsonValue | Absent, new: JsonValue | Absent
    ) -> tuple[tuple[Run, ...] | None, tuple[Run, ...] | None]:
        """Both values; of two texts, the words that differ are marked."""
        if isinstance(old, str) and isinstance(new, str):
            shown = around_first_change(old, new, self._scrub)
            if shown[0] != shown[1] and not all(map(is_short_word, shown)):
                sides = word_difference(*shown)
                return in_quotes(sides[0]), in_quotes(sides[1])
            if shown[0] != shown[1]:
                return self.whole(old), self.whole(new)
            note = Run(" (differs in what is not shown)", "cut")
            same = (Run(preview(shown[0], LONGEST_VALUE), "whole"), note)
            return same, same
        return self.whole(old), self.whole(new)

    def whole(self, value: JsonValue | Absent) -> tuple[Run, ...] | None:
        if value is ABSENT:
            return None
        return (Run(preview(value, LONGEST_VALUE, self._scrub), "whole"),)


HIDDEN: Final = MARKER


def body_kind(kind: str, value: JsonValue) -> str:
    """What a body is, where the other one is something else."""
    names = {"json": "JSON", "form": "a form", "multipart": "multipart"}
    return names.get(kind) or (f"{len(value):,} bytes" if isinstance(value, str) else "none")


def is_short_word(text: str) -> bool:
    """Whether a text is seen at a glance, so that marks in it would only be in the way."""
    return len(text) <= SHORT_WORD and not any(map(str.isspace, text))


def in_quotes(runs: list[Run]) -> tuple[Run, ...]:
    if not any(not run.style for run in runs):
        runs = [Run(run.text, "cut" if run.style == "cut" else "whole") for run in runs]
    return (Run('"', "quote"), *runs, Run('"', "quote"))


def same_or_redacted(recorded: JsonValue, sent: JsonValue) -> bool:
    if isinstance(recorded, str) and isinstance(sent, str) and MARKER in recorded:
        return stands_for(recorded, sent)
    return same_leaf(recorded, sent)


def part(value: Value, *names: str) -> dict[str, JsonValue]:
    """A member of a member ...; an empty object where it is not compared."""
    held: JsonValue = value
    for name in names:
        held = held.get(name) if isinstance(held, dict) else None
    return held if isinstance(held, dict) else {}


def unequal(
    old: dict[str, JsonValue], new: dict[str, JsonValue]
) -> Iterator[tuple[str, JsonValue | Absent, JsonValue | Absent]]:
    """Names whose values differ, with the values: a single one as it is, several as a list."""
    for name in {**old, **new}:
        values = old.get(name, ABSENT), new.get(name, ABSENT)
        if len(differences([old.get(name)], [new.get(name)], same=same_or_redacted)):
            first, second = (v[0] if isinstance(v, list) and len(v) == 1 else v for v in values)
            yield name, first, second


def without_query(value: Value) -> dict[str, JsonValue]:
    """The parts of the URL that are compared, but for the query."""
    return {name: held for name, held in part(value, "url").items() if name != "query"}


def url_text(value: Value) -> str:
    """The URL without its query, as far as it is compared."""
    url = part(value, "url")
    segments = url.get("path")
    path = "/".join(map(str, segments)) if isinstance(segments, list) else ""
    scheme = f"{url['scheme']}://" if url.get("scheme") else ""
    port = f":{url['port']}" if url.get("port") else ""
    return f"{scheme}{url.get('host', '')}{port}{path}"


def kind_and_value(value: Value) -> tuple[str, JsonValue]:
    body = value.get("body")
    return (str(body[0]), body[1]) if isinstance(body, list) else ("", None)


def part_place(kind: str, found: Difference) -> str:
    """``form field q``, ``part 2 content``."""
    first, *rest = found.step.keys() if found.step else [""]
    if kind == "form":
        return f"form field {first}"
    inner = "".join(f" {key}" for key in rest if isinstance(key, str))
    return f"part {int(first) + 1}{inner}"


def readable(value: JsonValue | Absent) -> JsonValue | Absent:
    """Text that the canonical form holds as Latin-1, if it is UTF-8."""
    if isinstance(value, str):
        lines = decoded(value)
        return value if lines is None else "".join(lines)
    return value


def decoded(text: str) -> list[str] | None:
    """The lines of bytes read as Latin-1; ``None`` where they are no text in UTF-8."""
    try:
        whole = text.encode("latin-1").decode()
    except UnicodeError:
        return None
    return None if "\0" in whole else whole.splitlines(keepends=True)


def byte_text(text: str, at: int) -> str:
    there = text[at : at + 8].encode("latin-1").hex(" ")
    size = f"{len(text):,} bytes"
    return f"{size}, from byte {at}: {there}{' …' if len(text) > at + 8 else ''}" if there else size
