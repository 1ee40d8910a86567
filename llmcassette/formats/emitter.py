"""Writes interactions as go-vcr version 2 text in a given dialect, in go-vcr's field order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from llmcassette.errors import CassetteError
from llmcassette.formats.chunks import format_chunks
from llmcassette.formats.durations import format_duration
from llmcassette.formats.scalars import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llmcassette.formats.dialect import Dialect
    from llmcassette.model import Headers, Interaction, Request, Response

__all__ = ["emit", "emit_interaction"]

T = TypeVar("T")
LONG_KEY: Final = 128


def emit(interactions: Iterable[Interaction], dialect: Dialect) -> str:
    """The text of a whole file, from the values alone. Ids are positions.

    Raises:
        CassetteError: a value cannot be written, such as a duration that is not finite.
    """
    items = "".join(emit_interaction(*numbered, dialect) for numbered in enumerate(interactions))
    n = dialect.newline
    start = f"---{n}" if dialect.document_start else ""
    head = f"{start}version: 2{n}interactions:"
    text = f"{head}{n}{items}" if items else f"{head} []{n}"
    if not dialect.final_newline:
        text = text.removesuffix(n)
    return "\ufeff" + text if dialect.bom else text


def emit_interaction(position: int, interaction: Interaction, dialect: Dialect) -> str:
    """One interaction's lines, from its dash to its last line end.

    Raises:
        CassetteError: a value cannot be written.
    """
    writer = _Writer(dialect, position)
    field = " " * dialect.field
    dash = " " * dialect.item + "-".ljust(dialect.field - dialect.item)
    writer.lines.append(f"{dash}id: {position}")
    writer.section(f"{field}request:")
    writer.request(interaction.request)
    if interaction.redacted is not None:
        writer.redacted(interaction.redacted)
    writer.section(f"{field}response:")
    writer.response(interaction.response)
    text = "\n".join(writer.lines) + "\n"
    return text if dialect.newline == "\n" else text.replace("\n", dialect.newline)


class _Writer:
    def __init__(self, dialect: Dialect, position: int) -> None:
        self.lines: list[str] = []
        self._position = position
        self._prefix = ""
        self._dialect = dialect
        self._at = " " * dialect.value

    def section(self, line: str) -> None:
        self.lines.append(line)
        self._prefix = line.strip().replace(":", ".")

    def request(self, request: Request) -> None:
        self._protocol(request)
        self._integer("content_length", request.content_length)
        self._strings("transfer_encoding", request.transfer_encoding)
        self._multi_map("trailer", request.trailer)
        self._text("host", request.host, always=True)
        self._text("remote_addr", request.remote_addr)
        self._text("request_uri", request.request_uri)
        self._text("body", request.body)
        self._multi_map("form", request.form)
        self._multi_map("headers", request.headers)
        for name, value in (("url", request.url), ("method", request.method)):
            if not value:
                raise self._error(name, "is empty; a request has one")
            self._text(name, value)

    def redacted(self, places: tuple[str, ...]) -> None:
        at = " " * self._dialect.field
        self.lines.append(f"{at}redacted:" if places else f"{at}redacted: []")
        column = self._dialect.field + self._dialect.entry - self._dialect.name
        self._entries("redacted", places, column)

    def response(self, response: Response) -> None:
        self._protocol(response)
        self._strings("transfer_encoding", response.transfer_encoding)
        self._multi_map("trailer", response.trailer)
        self._integer("content_length", response.content_length)
        if response.uncompressed or self._dialect.empties:
            self._plain("uncompressed", "true" if response.uncompressed else "false")
        self._text("body", response.body, always=True)
        self._multi_map("headers", response.headers, always=True)
        self._text("status", response.status, always=True)
        self._integer("code", response.code)
        self._formatted("duration", format_duration, response.duration)
        if response.chunks is not None:
            self._formatted("chunks", format_chunks, response.chunks)
        if response.ended:
            at = self._dialect.name
            self._plain("ended", self._scalar("ended", response.ended, at, 0, one_line=True))

    def _protocol(self, message: Request | Response) -> None:
        self._text("proto", message.proto, always=True)
        self._integer("proto_major", message.proto_major)
        self._integer("proto_minor", message.proto_minor)

    def _integer(self, name: str, value: int) -> None:
        if not abs(value) < 10**18:
            raise self._error(name, f"{value:.3g} does not fit 64 bits")
        self._plain(name, value)

    def _formatted(self, name: str, to_text: Callable[[T], str], value: T) -> None:
        try:
            self._plain(name, to_text(value) or '""')
        except ValueError as error:
            raise self._error(name, str(error)) from None

    def _plain(self, name: str, value: object) -> None:
        self.lines.append(f"{self._at}{name}: {value}")

    def _text(self, name: str, value: str | bytes, *, always: bool = False) -> None:
        if value or always or self._dialect.empties:
            self._plain(name, self._scalar(name, value, self._dialect.name, self._dialect.value))

    def _strings(self, name: str, values: tuple[str, ...]) -> None:
        if values:
            self.lines.append(f"{self._at}{name}:")
            self._entries(
                name, values, self._dialect.value + self._dialect.entry - self._dialect.name
            )
        elif self._dialect.empties:
            self._plain(name, "[]")

    def _multi_map(self, name: str, values: Headers, *, always: bool = False) -> None:
        if not values.fields:
            if always or self._dialect.empties:
                self._plain(name, "{}")
            return
        self.lines.append(f"{self._at}{name}:")
        margin = " " * self._dialect.name
        for key, items in values.fields:
            text = self._scalar(name, key, self._dialect.name + 2, self._dialect.name)
            if len(text) <= LONG_KEY and "\n" not in text:
                self.lines.append(f"{margin}{text}:" if items else f"{margin}{text}: []")
                self._entries(name, items, self._dialect.entry)
            else:
                self.lines += [f"{margin}? {text}", f"{margin}:" if items else f"{margin}: []"]
                self._entries(name, items, max(self._dialect.entry, self._dialect.name + 2))

    def _entries(self, name: str, values: tuple[str, ...], column: int) -> None:
        dash = " " * column + "- "
        self.lines += [dash + self._scalar(name, value, column + 2, column) for value in values]

    def _scalar(
        self, name: str, value: str | bytes, indent: int, parent: int, *, one_line: bool = False
    ) -> str:
        go = self._dialect.go_quotes
        try:
            return scalar(value, indent, indent - parent, go=go, one_line=one_line)
        except UnicodeEncodeError:
            raise self._error(name, "has half a surrogate pair, which is not text") from None

    def _error(self, name: str, problem: str) -> CassetteError:
        field = self._prefix + name
        return CassetteError(problem, interaction=self._position, field=field)
