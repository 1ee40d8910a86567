"""Compares requests by their bytes: what is sent exactly as recorded need not be parsed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from llmcassette.matching.rules import Rules
    from llmcassette.model import Headers, Request

__all__ = ["ByteComparison", "Key"]

Values: TypeAlias = tuple[tuple[str, ...], ...]
"""The values of each header field that is compared, in the order of their names."""

Key: TypeAlias = tuple[str, str, bytes, Values]

NOT_SNIFFED: Final = ("application/x-www-form-urlencoded", "multipart/", "text/")


class ByteComparison:
    """Equality of method, URL and body, and of the header fields that determine their meaning.

    Requests that are equal here match under all rules but a matcher; others may still match.

    Attributes:
        is_enough: whether equal bytes decide alone: there is no matcher, and the names of header
            fields to compare are ASCII.
    """

    __slots__ = ("_last_alike", "_names", "_sniffs", "_wanted", "is_enough")

    def __init__(self, rules: Rules) -> None:
        names = ("content-type", "content-encoding", *rules.header_names)
        self._names = tuple(map(str.lower, names))
        self._wanted = frozenset(map(str.encode, self._names))
        to_match = {name.lower() for name in rules.match_headers}
        self._sniffs = "content-type" not in to_match
        self._last_alike: tuple[Headers | None, Values] = (None, ())
        self.is_enough = rules.matcher is None and all(map(str.isascii, to_match))

    def key(self, request: Request) -> Key:
        """Equal for requests of the same bytes and header fields."""
        values = request.headers.get_lists(self._names)
        return request.method, request.url, request.body, values

    def look_up_key(self, key: Key) -> Key:
        """The same for all keys that are ``equal``: any name for JSON is as good as none."""
        method, url, body, values = key
        if self._sniffs and values[0] and body[:1] in (b"{", b"["):  # the first is Content-Type
            values = values if is_not_sniffed(values[0]) else ((), *values[1:])
        return method, url, body, values

    def equal(self, recorded: Request, sent: Key) -> bool:
        """Whether a recorded request has the same bytes, with the same meaning."""
        method, url, body, values = sent
        return (
            recorded.body == body
            and recorded.url == url
            and recorded.method == method
            and (
                (recorded.headers is self._last_alike[0] and values is self._last_alike[1])
                or self._read_alike(recorded, values)
            )
        )

    def header_values(self, headers: list[tuple[bytes, bytes]]) -> Values:
        """The last part of a key, from header fields as a client sends them."""
        wanted = self._wanted
        fields = [field for field in headers if field[0].lower() in wanted]
        return values_of(tuple(fields), self._names)

    def _read_alike(self, recorded: Request, values: Values) -> bool:
        """Whether header fields with these values give equal bytes the same meaning."""
        old_values = recorded.headers.get_lists(self._names)
        if old_values == values:
            self._last_alike = recorded.headers, values  # often the same objects next time
            return True
        may_be_json = self._sniffs and recorded.body[:1] in (b"{", b"[")
        for name, old, new in zip(self._names, old_values, values, strict=True):
            if old == new:
                continue
            if name != "content-type" or not may_be_json:
                return False
            if is_not_sniffed(old) or is_not_sniffed(new):
                return False
        return True


def is_not_sniffed(content_type: tuple[str, ...]) -> bool:
    return ", ".join(content_type).lower().startswith(NOT_SNIFFED)


@lru_cache(maxsize=256)
def values_of(fields: tuple[tuple[bytes, bytes], ...], names: tuple[str, ...]) -> Values:
    return tuple(
        tuple(text_of(value) for field, value in fields if text_of(field).lower() == name)
        for name in names
    )


def text_of(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
