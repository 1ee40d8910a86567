"""The differences of a recorded and a sent request, described for a reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from llmcassette.escaping import one_line
from llmcassette.json.broken import broken_json
from llmcassette.json.places import at
from llmcassette.matching.difference.segments import common_length
from llmcassette.matching.difference.trees import ABSENT, DEEPEST_SHOWN, differences, path_text
from llmcassette.matching.difference.words import Run
from llmcassette.matching.forms import file_name, part_name
from llmcassette.matching.miss import volatile
from llmcassette.matching.miss.labels import Label, Section
from llmcassette.matching.miss.parts import (
    kind_and_value,
    part,
    part_place,
    same_or_redacted,
    unequal,
    url_text,
    without_query,
)
from llmcassette.matching.miss.values import both_values, byte_text, decoded, readable
from llmcassette.matching.redacted import MARKER
from llmcassette.redaction.credential_names import is_credential_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.difference.trees import Absent, Difference
    from llmcassette.matching.miss.parts import Value
    from llmcassette.matching.miss.values import Runs

__all__ = ["Change", "changes"]


Setting: TypeAlias = tuple[Literal["ignore", "ignore_query", "ignore_parts"], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One place where two requests differ.

    Attributes:
        place: such as ``messages[3].content``, ``url`` or ``query parameter alt``.
        name: what is there, such as ``user message``; empty if ``place`` says enough.
        recorded: the recorded value with the differing words marked; ``None`` if there is none.
        sent: the same for the sent value.
        section: the part of the request, for the order of changes.
        setting: name and item of a setting that excludes this place from matching, if the value
            looks as if it differed in every run.
    """

    place: str
    name: str
    recorded: Runs
    sent: Runs
    section: Section
    setting: Setting | None = None


def changes(
    recorded: Value,
    sent: Value,
    *,
    names: tuple[Mapping[str, Label], Mapping[str, Label]] = ({}, {}),
    formats: tuple[str, str] = ("", ""),
    ids: Collection[str] = (),
    scrub: Callable[[str], str] = str,
) -> list[Change]:
    """The differences of two canonical requests, in the order of ``Section``.

    Args:
        recorded: one request in canonical form.
        sent: the other.
        names: labels of the places in each body.
        formats: the wire format of each; if they differ, bodies are not compared further.
        ids: the tool-call ids in both.
        scrub: removes secrets from each text that is shown.
    """
    writer = Writer(names, formats, ids, scrub)
    parts = (writer.address, writer.query, writer.headers, writer.body)
    found = chain.from_iterable(part(recorded, sent) for part in parts)
    return sorted((shown(each, scrub) for each in found), key=lambda change: change.section)


def shown(change: Change, scrub: Callable[[str], str]) -> Change:
    """A change whose names, which clients send too, have no secrets and no control characters."""
    setting = change.setting
    return replace(
        change,
        place=one_line(scrub(change.place)),
        name=one_line(scrub(change.name)),
        setting=setting if setting and scrub(setting[1]) == setting[1] else None,
    )


class Writer:
    """Describes the differences of one pair of requests."""

    def __init__(
        self,
        names: tuple[Mapping[str, Label], Mapping[str, Label]],
        formats: tuple[str, str],
        ids: Collection[str],
        scrub: Callable[[str], str],
    ) -> None:
        self._names = names
        self._formats = formats
        self._ids = ids
        self._scrub = scrub

    def address(self, recorded: Value, sent: Value) -> Iterator[Change]:
        """Method and URL, without the query."""
        old, new = recorded.get("method"), sent.get("method")
        if old != new:
            yield Change("method", "", *self._both(old, new), Section.ADDRESS)
        old_url, new_url = without_query(recorded), without_query(sent)
        if len(differences([old_url], [new_url], same=same_or_redacted)):
            texts = url_text(recorded), url_text(sent)
            yield Change("url", "", *self._both(*texts), Section.ADDRESS)

    def query(self, recorded: Value, sent: Value) -> Iterator[Change]:
        for name, old, new in unequal(part(recorded, "url", "query"), part(sent, "url", "query")):
            if is_credential_parameter(name):
                old, new = (value if value is ABSENT else MARKER for value in (old, new))
            place = f"query parameter {name}" if name else "query"
            is_volatile = volatile.is_volatile(name, old, new, Section.ADDRESS)
            setting: Setting | None = ("ignore_query", name) if is_volatile else None
            if None in (old, new):  # a name without a value
                old, new = (text_without_value(name, value) for value in (old, new))
            yield Change(place, "", *self._both(old, new), Section.ADDRESS, setting)

    def headers(self, recorded: Value, sent: Value) -> Iterator[Change]:
        for name, old, new in unequal(part(recorded, "headers"), part(sent, "headers")):
            yield Change(f"header {name}", "", *self._both(old, new), Section.ADDRESS)

    def body(self, recorded: Value, sent: Value) -> Iterator[Change]:
        """By the kind of the body: JSON paths, form fields, parts, lines, or bytes."""
        kind, old = kind_and_value(recorded)
        new_kind, new = kind_and_value(sent)
        if all(self._formats) and len({*self._formats}) > 1 and kind:
            runs = self._both(*self._formats)
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
                place, values = part_place(kind, found), (found.recorded, found.sent)
                runs = self._both(readable(values[0]), readable(values[1]))
                setting = setting_of_part(old, found) if kind == "multipart" else None
                yield Change(place, "", *runs, Section.PARAMETERS, setting)

    def _both(self, old: JsonValue | Absent, new: JsonValue | Absent) -> tuple[Runs, Runs]:
        return both_values(old, new, self._scrub)

    def json(self, old: JsonValue, new: JsonValue) -> Iterator[Change]:
        for found in differences(old, new, same=same_or_redacted):
            label, exact = self.label(found)
            section, name = label.section, label.name
            place = found.path
            setting: Setting | None = None
            if found.kind == "order":
                name = "same items in another order"
            elif (
                found.aligned
                and found.step
                and found.step.depth <= DEEPEST_SHOWN
                and volatile.is_volatile(last_name(found), found.recorded, found.sent, section)
            ):
                setting = ("ignore", f"${'' if found.path[0] == '[' else '.'}{found.path}")
            if found.sent in self._ids and found.recorded in self._ids:
                section, name = Section.IDS, "tool call id"
            runs = self._both(found.recorded, found.sent)
            if exact and label.summary and ABSENT in (found.recorded, found.sent):
                summary = (Run(one_line(label.summary), "whole"),)
                runs = (runs[0] and summary, runs[1] and summary)
            yield Change(place or "body", name, *runs, section, setting)

    def label(self, found: Difference) -> tuple[Label, bool]:
        """The label of the place or of the nearest place around it; whether it is its own."""
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
        """By line if both are text, else by the first byte that differs."""
        lines = [decoded(text) for text in (old, new)]
        if lines[0] is None or lines[1] is None:
            at = common_length(old, new)
            shown = [(Run(byte_text(text, at), "whole"),) for text in (old, new)]
            yield Change("body", "", shown[0], shown[1], Section.PARAMETERS)
            return
        for found in differences([*lines[0]], [*lines[1]], same=same_or_redacted):
            number = int(found.step.key) + 1 if found.step else 0
            runs = self._both(found.recorded, found.sent)
            yield Change(f"body line {number}", "", *runs, Section.PARAMETERS)


def last_name(found: Difference) -> str:
    """The name of the member, or of that around the item."""
    keys = found.step.keys() if found.step else []
    return next((key for key in reversed(keys) if isinstance(key, str)), "")


def setting_of_part(parts: JsonValue, found: Difference) -> Setting | None:
    """The item of ``ignore_parts`` for a part whose file name or content looks volatile."""
    keys = found.step.keys() if found.step else []
    part = at(parts, tuple(keys[:1]))
    name = part_name(part)
    values = found.recorded, found.sent
    if not name or not all(isinstance(value, str) for value in values):
        return None
    if keys[1:] == ["content"]:
        is_volatile = volatile.is_volatile(name, *values, Section.PARAMETERS)
        return ("ignore_parts", name) if is_volatile else None
    names = [file_name(str(value)) for value in values]
    if all(map(volatile.temporary_name, names)):
        return "ignore_parts", f"{name}.filename"
    return None


def text_without_value(name: str, value: JsonValue | Absent) -> JsonValue | Absent:
    """A query parameter as it is in the URL, if the other one has no ``=``."""
    if value is None:
        return name or "?"
    return f"{name}={value}" if isinstance(value, str) else value


def body_kind(kind: str, value: JsonValue) -> str:
    """A body in a word or two, if the other one is of another kind."""
    names = {"json": "JSON", "form": "a form", "multipart": "multipart"}
    if kind in names or not isinstance(value, str):
        return names.get(kind, "none")
    broken = broken_json(value)
    return f"JSON, {broken}" if broken else f"{len(value):,} bytes"
