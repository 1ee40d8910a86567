"""YAML text as a stream of libyaml's events, and trees of a part of it; iterative at any depth.

PyYAML's composer and constructor are not used: the composer recurses in C and crashes the
interpreter on deeply nested input, and the constructor resolves types that the schema fixes.
The scanner and parser are libyaml's own, so values are exactly what PyYAML reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from llmcassette.errors import CassetteError
from llmcassette.escaping import one_line
from llmcassette.json.broken import conflict_marker

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["TOO_DEEP", "Document", "Mapping", "Node", "Sequence", "behind", "start"]

# PyYAML built without libyaml gives the same events, twenty times slower.
EventParser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

BOM: Final = "\ufeff"
MAX_DEPTH: Final = 100  # PyYAML 6.0.4 gives up at 1000, older versions and its pure parser never
TOO_DEEP: Final = f"nested more than {MAX_DEPTH} levels deep, which no cassette needs"
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_NOT_IN_YAML: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class Mapping:
    """A mapping's keys and values, in file order, duplicates included."""

    __slots__ = ("event", "pairs")

    def __init__(self, event: MappingStartEvent) -> None:
        self.event = event
        self.pairs: list[tuple[Node, Node]] = []


class Sequence:
    """A sequence's items."""

    __slots__ = ("event", "items")

    def __init__(self, event: SequenceStartEvent) -> None:
        self.event = event
        self.items: list[Node] = []


Node: TypeAlias = ScalarEvent | Mapping | Sequence


class Document:
    """The YAML events of one text, and errors with their line in it.

    Attributes:
        text: without a byte order mark.
        built: the first value whose tag asks for a Python object, if there is one.
        end: end in the text of the last scalar or flow collection that was read.
    """

    def __init__(self, text: str, path: Path | None) -> None:
        self.text = text.lstrip(BOM)
        self.path = path
        self.end = 0
        self.built: Node | None = None
        self._anchors: dict[str, Node] = {}
        try:
            self._events = EventParser(self.text)
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            raise self._not_yaml(error) from None

    def next_event(self, interaction: int | None = None) -> Event | None:
        """The next event, ``None`` after the last.

        Raises:
            CassetteError: the text is not YAML, or nested too deep.
        """
        try:
            return self._events.get_event()  # type: ignore[no-any-return]
        except yaml.YAMLError as error:
            raise self._not_yaml(error, interaction) from None

    def read_node(self, event: Event | None, interaction: int | None = None) -> Node:
        """The tree that begins with an event, or that an alias stands for.

        Raises:
            CassetteError: not YAML, nested too deep, or an alias that stands for nothing yet.
        """
        get = self._events.get_event
        open_nodes: list[Mapping | Sequence] = []
        keys: list[Node | None] = []
        try:
            while True:
                node: Node
                kind = event.__class__
                if kind is ScalarEvent:
                    node = event  # type: ignore[assignment]
                    self.end = event.end_mark.index  # type: ignore[union-attr]
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    opened = (Mapping if kind is MappingStartEvent else Sequence)(event)  # type: ignore[arg-type]
                    if len(open_nodes) == MAX_DEPTH:
                        raise self.error(TOO_DEEP, opened, interaction)
                    open_nodes.append(opened)
                    keys.append(None)
                    event = get()
                    continue
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    node = open_nodes.pop()
                    keys.pop()
                    if node.event.flow_style:
                        self.end = event.end_mark.index  # type: ignore[union-attr]
                else:
                    node = self._resolve(event, interaction)
                if kind is not AliasEvent:
                    self._note(node)
                if not open_nodes:
                    return node
                parent = open_nodes[-1]
                if parent.__class__ is Sequence:
                    parent.items.append(node)
                else:
                    key = keys[-1]
                    if key is None:
                        keys[-1] = node
                    else:
                        parent.pairs.append((key, node))  # type: ignore[union-attr]
                        keys[-1] = None
                event = get()
        except yaml.YAMLError as error:
            raise self._not_yaml(error, interaction) from None

    def _note(self, node: Node) -> None:
        event = node.event if isinstance(node, (Mapping, Sequence)) else node
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if event.tag is not None and "python/" in event.tag and self.built is None:
            self.built = node

    def _resolve(self, event: Event | None, interaction: int | None) -> Node:
        assert isinstance(event, AliasEvent), event
        self.end = behind(event)
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self.error(
                f"the alias *{event.anchor} has no anchor above it: write the value out",
                event,
                interaction,
            )
        return node

    def error(
        self,
        problem: str,
        at: Node | Event | int | None = None,
        interaction: int | None = None,
        field: str | None = None,
    ) -> CassetteError:
        """An error with the line of a node, an event or an index in the text."""
        if at is not None and not isinstance(at, int):
            at = start(at)
        line = None if at is None else 1 + sum(1 for _ in _LINE_BREAK.finditer(self.text, 0, at))
        return CassetteError(
            problem, path=self.path, interaction=interaction, field=field, line=line
        )

    def _not_yaml(
        self, error: yaml.YAMLError | UnicodeEncodeError, interaction: int | None = None
    ) -> CassetteError:
        conflict = conflict_marker(self.text)
        if conflict is not None:
            return self.error("a merge conflict is not resolved", conflict)
        if isinstance(error, yaml.MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            place = None if mark is None else mark.index
            # libyaml's scanner reads up to 1024 characters ahead and may meet its own limit first.
            if "nesting depth" in (error.problem or ""):
                return self.error(TOO_DEEP, place, interaction)
            what = one_line(", ".join(filter(None, (error.context, error.problem))))
            return self.error(f"not YAML: {what}", place)
        found = _NOT_IN_YAML.search(self.text)
        what = (
            f"the character U+{ord(found[0]):04X} is not allowed in YAML text; "
            "write it as an escape in double quotes"
            if found
            else str(error)
        )
        return self.error(f"not YAML: {what}", found.start() if found else None)


def start(node: Node | Event) -> int:
    """Index in the text where a node begins."""
    event = node.event if isinstance(node, (Mapping, Sequence)) else node
    return event.start_mark.index  # type: ignore[union-attr]


def behind(event: Event) -> int:
    """End of an event in the text."""
    return event.end_mark.index  # type: ignore[union-attr]
