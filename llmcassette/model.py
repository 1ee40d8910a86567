"""What a cassette holds: frozen values, no I/O, no knowledge of any file format.

Field names and meanings are go-vcr's (``pkg/cassette/cassette.go``, version 2), except that bodies
are bytes and durations are seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cassette", "Chunk", "Headers", "Interaction", "Request", "Response"]


class Headers(Mapping[str, str]):
    """An immutable, case-insensitive multi-map of header fields in file order.

    ``headers["Accept"]`` joins several values with ``", "`` (RFC 9110, 5.3); ``get_list`` keeps
    them apart. Equality ignores the case of names and the order of differently named fields, but
    not the order of the values of one name.
    """

    __slots__ = ("_by_name", "fields")

    fields: tuple[tuple[str, tuple[str, ...]], ...]
    """As the file groups them: each name, as spelled there, with its values (which may be none)."""

    def __init__(
        self,
        fields: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str | Iterable[str]]] = (),
    ) -> None:
        """Take a mapping or pairs; a value is one string or several. Equal names are grouped."""
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
        """Every value of one name, in order; empty where the name is absent."""
        return self._by_name.get(name.lower(), ())

    def multi_items(self) -> list[tuple[str, str]]:
        """One pair a value, names as spelled."""
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
    """A request as it was sent. ``content_length`` is what the file says: never trust it."""

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
    """A piece of a body as the socket gave it.

    Attributes:
        size: bytes of the body as stored (decoded, redacted).
        gap: seconds since the piece before; since the headers, for the first.
    """

    size: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it came.

    Attributes:
        code: HTTP status.
        status: status line without the protocol, such as ``200 OK``.
        body: bytes; decoded (no Content-Encoding applies) where ``uncompressed``.
        duration: seconds until the headers came.
        chunks: where recorded, how the body arrived; ``None`` in files written by other tools.
        ended: empty for a body that came to its end; ``closed`` where the caller closed it before;
            else the name of the client's exception class that cut it, such as ``ReadError``.
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


class Interaction:
    """One request with its answer. The answer may still be text: it is read when first asked for.

    Reading a broken answer raises what the reader raises (``CassetteError``), at every attempt.
    """

    __slots__ = ("_response", "id", "request")

    id: int
    request: Request

    def __init__(
        self, id: int, request: Request, response: Response | Callable[[], Response]
    ) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "request", request)
        object.__setattr__(self, "_response", response)

    @property
    def response(self) -> Response:
        """The answer.

        Raises:
            CassetteError: it was left unread when the file was opened, and is broken.
        """
        held: Response | Callable[[], Response] = self._response  # type: ignore[attr-defined]
        if not isinstance(held, Response):
            held = held()
            object.__setattr__(self, "_response", held)
        return held

    @property
    def unread(self) -> Callable[[], Response] | None:
        """What reads the answer, where it has not been read yet."""
        held: Response | Callable[[], Response] = self._response  # type: ignore[attr-defined]
        return None if isinstance(held, Response) else held

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Interaction is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Interaction is frozen: {name} cannot be deleted")

    def __reduce__(self) -> tuple[type[Interaction], tuple[int, Request, Response]]:
        """For ``copy`` and ``pickle``, which would set what is frozen; reads the answer."""
        return Interaction, (self.id, self.request, self.response)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interaction):
            return NotImplemented
        return (self.id, self.request, self.response) == (other.id, other.request, other.response)

    def __hash__(self) -> int:
        return hash((self.id, self.request))

    def __repr__(self) -> str:
        return f"Interaction(id={self.id}, request={self.request!r}, response={self.response!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """A file's interactions, in file order.

    Attributes:
        path: where it was read from, if it was.
        source: the format's own memory of the text, so that saving leaves what did not change as
            it was to the byte. Opaque here; carried along by ``dataclasses.replace``.
    """

    interactions: tuple[Interaction, ...] = ()
    path: Path | None = None
    version: int = 2
    source: object = field(default=None, repr=False, compare=False)
