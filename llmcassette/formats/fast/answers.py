"""The part of a response that a client sees, straight from the lines of the file.

Most replayed responses are never made a ``Response``. Anything unusual in the lines gives no
answer, and the response is then read as usual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.formats.fast.values import body_of, entries, is_null, short_text, text
from llmcassette.formats.statuses import check_status

if TYPE_CHECKING:
    from llmcassette.formats.fast.outline import Outline, ResponseLines

__all__ = ["Answer", "answer_of"]

ONE_EACH: Final = re.compile(rb"\n +([^\n:]+):\n +- ([^\n\"'~nN](?:[^\n]*[^\n ])?)(?=\n)")
"""A name with one value, which is neither quoted nor null."""
DURATION: Final = re.compile(rb"([0-9]{1,9}(?:\.[0-9]{1,9})?)(s|ms|\xc2\xb5s)")
A_SECOND: Final = {b"s": 1, b"ms": 1_000, b"\xc2\xb5s": 1_000_000}
ONCE: Final = (b"content-type", b"content-length", b"transfer-encoding")
QUOTE: Final = ord("'")
KEPT: Final = b"|+\n"


class Answer(NamedTuple):
    """The part of a response that a client sees.

    Attributes:
        code: HTTP status.
        status: status line without the protocol, such as ``200 OK``.
        proto: such as ``HTTP/1.1``.
        uncompressed: whether the body is already decoded, despite any Content-Encoding.
        chunked: whether it arrived in HTTP chunks.
        headers: one pair per value, in file order.
        by_name: the same by name in lower case; of several values of one name the last.
        sizes: bytes of each recorded chunk; ``None`` if chunks were not recorded.
        ended: see ``Response.ended``.
        data: the file's bytes.
        start, end: indices of the body's value in ``data``.
        margin: indentation of the lines of a literal block.
        duration: such as ``1.5s``; ``None`` if it is absent.
    """

    code: int
    status: str
    proto: str
    uncompressed: bool
    chunked: bool
    headers: list[tuple[bytes, bytes]]
    by_name: dict[bytes, bytes]
    sizes: list[int] | None
    ended: str
    data: bytes
    start: int
    end: int
    margin: int
    duration: bytes | None

    def seconds(self) -> float:
        """The time to the headers."""
        found = None if self.duration is None else DURATION.fullmatch(self.duration)
        return 0.0 if found is None else float(found[1]) / A_SECOND[found[2]]

    def body(self) -> bytes:
        """The body.

        Raises:
            ValueError: it is wrong, or only PyYAML can read it.
        """
        data, start, end = self.data, self.start, self.end
        if data[start] == QUOTE:  # one copy; cutting the quotes from a value takes two
            inner = data[start + 1 : end - 2]
            return inner.replace(b"''", b"'") if b"'" in inner else inner
        return body_of(data[start:end], self.margin)

    def block(self) -> int | None:
        """Index of the body's first line if it is a literal block with all its line ends.

        Every line of it but the empty ones is indented by ``margin``.
        """
        begin = self.start + len(KEPT)
        return begin if self.data[self.start : begin] == KEPT else None


def answer_of(known: Outline, lines: ResponseLines) -> Answer | None:
    """A response's answer; ``None`` if the response has to be read as usual."""
    start, (body, behind), end = lines
    if body < 0:
        return None
    data = known.data
    try:
        proto, uncompressed, chunked = known.heads.get(data[start:body]) or known.head(start, body)
        tail = known.patterns.tail.fullmatch(data, behind, end)
        if tail is None:
            return None
        raw, status, code, duration, chunks, ended = tail.groups()
        if not code or not (duration is None or DURATION.fullmatch(duration)):
            return None
        status_code, reason = int(code), "" if ended is None else text(ended)
        check_status(status_code, reason)
        headers = ONE_EACH.findall(raw) if raw else []
        by_name = {name.lower(): value for name, value in headers}
        if raw and (2 * len(headers) + 1 != raw.count(b"\n") or len(by_name) != len(headers)):
            headers = pairs(raw)
            names = [name.lower() for name, _ in headers]
            if any(names.count(name) > 1 for name in ONCE):
                return None
            by_name = dict(zip(names, (value for _, value in headers), strict=True))
        return Answer(
            status_code,
            short_text(status),
            proto,
            uncompressed,
            chunked,
            headers,
            by_name,
            None if chunks is None or is_null(chunks) else sizes_of(text(chunks)),
            reason,
            data,
            body,
            behind,
            known.margin,
            duration,
        )
    except ValueError:
        return None


def sizes_of(chunks: str) -> list[int]:
    """Bytes of each recorded chunk.

    Raises:
        ValueError: the field is wrong.
    """
    from llmcassette.formats.chunks import parse_sizes  # most answers have none

    return parse_sizes(chunks)


def pairs(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Header fields of which some have several values or a quoted one, one pair per value.

    Raises:
        ValueError: a name is there twice or has no value, or only PyYAML can read a value.
    """
    if raw == b" {}\n":
        return []
    fields = entries(raw)
    if not all(fields.values()):
        raise ValueError("a name without a value")
    return [(name.encode(), value.encode()) for name, values in fields.items() for value in values]
