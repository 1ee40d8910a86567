"""The contents of a cassette: frozen values without I/O, independent of the file format.

Names and meanings of the fields are go-vcr's (``pkg/cassette/cassette.go``, version 2), except that
bodies are bytes and durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CANCELLED",
    "CLOSED",
    "WAITING",
    "Cassette",
    "Chunk",
    "Headers",
    "Interaction",
    "Request",
    "Response",
]

CLOSED: Final = "closed"
"""``Response.ended`` of a body that the recording caller closed while it was not reading."""

WAITING: Final = "waiting"
"""``Response.ended`` of a body that the recording caller gave up while a read was pending."""

CANCELLED: Final = "cancelled"
"""``Response.ended`` of a request that the recording caller cancelled before an answer came."""


class Headers(Mapping[str, str]):
    """An immutable multi-map of header fields in file order; names ignore case.

    ``headers["Accept"]`` joins several values with ``", "`` (RFC 9110, 5.3); ``get_list`` returns
    them one by one. Equality ignores the case of names and the order of different names, but not
    the order of the values of one name.
    """

    __slots__ = ("_by_name", "fields")

    fields: tuple[tuple[str, tuple[str, ...]], ...]
    """Each name as spelled in the file, with its values, of which there may be none."""

    def __init__(
        self,
        fields: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str | Iterable[str]]] = (),
    ) -> None:
        """Group fields by name.

        Args:
            fields: a mapping or pairs of names and values; a value is one string or several.
        """
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        grouped: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            values = (value,) if isinstance(value, str) else tuple(value)
            grouped[name] = grouped[name] + values if name in grouped else values
        self.fields = tuple(grouped.items())
        by_name = {name.lower(): values for name, values in self.fields}
        if len(by_name) < len(self.fields):
            by_name = {}
            for name, values in self.fields:
                by_name[name.lower()] = by_name.get(name.lower(), ()) + values
        self._by_name = by_name

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._by_name[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def get_list(self, name: str) -> tuple[str, ...]:
        """All values of one name, in order; empty if the name is absent."""
        return self._by_name.get(name.lower(), ())

    def get_lists(self, names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """All values of each of these names, which are in lower case."""
        return tuple(map(self._by_name.get, names, repeat(())))

    def multi_items(self) -> list[tuple[str, str]]:
        """A pair of name and value for each value."""
        return [(name, value) for name, values in self.fields for value in values]

    def __eq__(self, other: object) -> bool:
        return self._by_name == other._by_name if isinstance(other, Headers) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._by_name.items()))

    def __repr__(self) -> str:
        return f"Headers({dict(self.fields)!r})"


NO_HEADERS: Final = Headers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as sent. ``content_length`` is the file's value, which may be wrong."""

    method: str
    url: str
    headers: Headers = NO_HEADERS
    body: bytes = b""
    proto: str = "HTTP/1.1"
    proto_major: int = 1
    proto_minor: int = 1
    content_length: int = 0
    transfer_encoding: tuple[str, ...] = ()
    trailer: Headers = NO_HEADERS
    host: str = ""
    remote_addr: str = ""
    request_uri: str = ""
    form: Headers = NO_HEADERS


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a body as it arrived.

    Attributes:
        size: bytes in the body as stored, that is decoded and redacted.
        gap: seconds since the previous chunk, or since the headers.
    """

    size: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it arrived, or that none came.

    Attributes:
        code: HTTP status; 0 where no answer came. Then there is no body, and ``ended`` tells why.
        status: status line without the protocol, such as ``200 OK``.
        body: bytes; already decoded from its Content-Encoding if ``uncompressed``.
        duration: seconds until the headers arrived.
        chunks: how the body arrived; ``None`` if unknown, as in files of other tools.
        ended: empty for a complete body; ``closed`` if the caller closed it earlier; ``waiting`` if
            the caller closed or cancelled it while a read was pending; else the name of the
            client's exception class that ended it, such as ``ReadError``. Where no answer came:
            ``connect``, ``dns``, ``tls``, ``connect-timeout``, ``read-timeout``, ``read``,
            ``write``, ``protocol``, ``cancelled`` (by the caller, while it waited), or the name of
            the client's exception class, if it is none of these.
    """

    code: int
    status: str = ""
    headers: Headers = NO_HEADERS
    body: bytes = b""
    duration: float = 0.0
    proto: str = "HTTP/1.1"
    proto_major: int = 1
    proto_minor: int = 1
    content_length: int = -1
    transfer_encoding: tuple[str, ...] = ()
    trailer: Headers = NO_HEADERS
    uncompressed: bool = False
    chunks: tuple[Chunk, ...] | None = None
    ended: str = ""

    @property
    def came(self) -> bool:
        """Whether there was an answer."""
        return bool(self.code)


class Interaction:
    """A request and its answer. The answer may be parsed on first access.

    Attributes:
        id: the file's own number; messages count interactions by position instead.
        request: the request.
        redacted: the places in the request where recording put ``[REDACTED]``: ``url``,
            ``header NAME``, ``body``, or ``body`` and a JSONPath. Elsewhere the client sent it.
            ``None``: unknown, any may be recording's; or there is none.
    """

    __slots__ = ("_response", "id", "redacted", "request")

    id: int
    request: Request
    redacted: tuple[str, ...] | None

    def __init__(
        self,
        id: int,
        request: Request,
        response: Response | Callable[[], Response],
        redacted: tuple[str, ...] | None = None,
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "request", request)
        object.__setattr__(self, "_response", response)
        object.__setattr__(self, "redacted", redacted)

    @property
    def response(self) -> Response:
        """The answer.

        Raises:
            CassetteError: it was not parsed when the file was opened, and is invalid. Every access
                raises it.
        """
        response: Response | Callable[[], Response] = self._response  # type: ignore[attr-defined]
        if not isinstance(response, Response):
            response = response()
            object.__setattr__(self, "_response", response)
        return response

    @property
    def unread(self) -> Callable[[], Response] | None:
        """The function that parses the answer, if that was not done yet; else ``None``."""
        response: Response | Callable[[], Response] = self._response  # type: ignore[attr-defined]
        return None if isinstance(response, Response) else response

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Interaction is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Interaction is frozen: {name} cannot be deleted")

    def __reduce__(self) -> tuple[type[Interaction], tuple[object, ...]]:
        """For ``copy`` and ``pickle``, which cannot set frozen attributes; parses the answer."""
        return Interaction, (self.id, self.request, self.response, self.redacted)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interaction):
            return NotImplemented
        return self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.id, self.request))

    def __repr__(self) -> str:
        text = f"Interaction(id={self.id}, request={self.request!r}, response={self.response!r}"
        return f"{text})" if self.redacted is None else f"{text}, redacted={self.redacted!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """The interactions of a file, in file order.

    Attributes:
        path: the file it was read from, or ``None``.
        version: of the file format.
        source: the text of the file, so that saving keeps the bytes of unchanged interactions.
            Private to ``formats``; ``dataclasses.replace`` copies it.
    """

    interactions: tuple[Interaction, ...] = ()
    path: Path | None = None
    version: int = 2
    source: object = field(default=None, repr=False, compare=False)
