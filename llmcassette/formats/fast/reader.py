"""Opens a cassette by its outline: requests are read at once, responses on first use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmcassette.formats.fast.answers import answer_of
from llmcassette.formats.fast.outline import outline
from llmcassette.formats.fast.values import request_of, response_of, strings
from llmcassette.formats.source import Source
from llmcassette.model import Cassette, Interaction

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.formats.fast.answers import Answer
    from llmcassette.formats.fast.outline import Outline, ResponseLines
    from llmcassette.model import Response

__all__ = ["Unread", "read_fast"]


def read_fast(data: bytes, *, path: Path | None = None, lazy: bool = False) -> Cassette | None:
    """Read a go-vcr version 2 cassette by its outline.

    Args:
        data: the file's bytes.
        path: the file's path, for error messages and ``Cassette.path``.
        lazy: read each response on its first use. A broken one then raises the same error as in
            ``formats.read``.

    Returns:
        The same cassette as from ``formats.read``; ``None`` if that reader has to read the file
        or report what is wrong.
    """
    found = outline(data)
    if found is None:
        return None
    fallback = Fallback(data, path)
    interactions: list[Interaction] = []
    cuts: list[int] = []
    try:
        for position, item in enumerate(found.items()):
            lines = item.response, item.body, item.end
            response = (
                Unread(fallback.response, found, lines, position)
                if lazy
                else response_of(found.response(lines), found.margin)
            )
            request = request_of(item.request, found.margin)
            redacted = None if item.redacted is None else strings(item.redacted)
            interactions.append(Interaction(int(item.number), request, response, redacted))
            cuts.append(item.start)
    except ValueError:
        return None
    read_ones = tuple(interactions)
    source = Source(data, read_ones, cuts=tuple(cuts), first=found.first)
    return Cassette(interactions=read_ones, path=path, source=source)


class Unread(partial["Response"]):
    """A response that has not been read; call it to get the ``Response``.

    Its arguments are the outline, the response's lines, and the interaction's position in the file.
    """

    __slots__ = ()

    def answer(self) -> Answer | None:
        """The part that a client sees, without the rest; see ``answer_of``."""
        return answer_of(self.args[0], self.args[1])


class Fallback:
    """Reads single responses, with PyYAML's reader where the lines are not enough.

    That reader reads the whole file, once, on first use.
    """

    def __init__(self, data: bytes, path: Path | None) -> None:
        self._data = data
        self._path = path
        self._cassette: Cassette | None = None

    def response(self, known: Outline, lines: ResponseLines, position: int) -> Response:
        """One response.

        Args:
            known: the file's outline.
            lines: where the response is in the file.
            position: of the interaction in the file.

        Raises:
            CassetteError: the response is broken.
        """
        try:
            return response_of(known.response(lines), known.margin)
        except ValueError:
            pass
        from llmcassette.formats.reader import read  # imports PyYAML

        if self._cassette is None:
            self._cassette = read(self._data.decode(), path=self._path, lazy=True)
        return self._cassette.interactions[position].response
