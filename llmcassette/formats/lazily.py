"""A cassette of which only the requests are read; a response, when it is first asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmcassette.formats.answers import answer_of
from llmcassette.formats.lines import request_of, response_of
from llmcassette.formats.outline import outline
from llmcassette.formats.reader import VERSION, read
from llmcassette.formats.source import Source
from llmcassette.model import Cassette, Interaction

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.formats.answers import Answer
    from llmcassette.formats.outline import Outline, ResponseLines
    from llmcassette.model import Response

__all__ = ["Unread", "read_outlined"]


def read_outlined(data: bytes, *, path: Path | None = None, lazy: bool = False) -> Cassette | None:
    """Read a go-vcr version 2 cassette by its outline.

    Args:
        data: the file.
        path: where it came from, for messages and ``Cassette.path``.
        lazy: leave responses unread until they are first asked for; the errors they then raise are
            those that ``formats.read`` has for them.

    Returns:
        What ``formats.read`` gives; ``None`` where that one has to read, or to say what is wrong.
    """
    found = outline(data)
    if found is None:
        return None
    judge = Judge(data, path)
    interactions: list[Interaction] = []
    cuts: list[int] = []
    try:
        for position, item in enumerate(found.items()):
            lines = item.response, item.body, item.end
            response = (
                Unread(judge.read, found, lines, position)
                if lazy
                else response_of(found.response(lines), found.margin)
            )
            request = request_of(item.request, found.margin)
            interactions.append(Interaction(int(item.number), request, response))
            cuts.append(item.start)
    except ValueError:
        return None
    held = tuple(interactions)
    source = Source(data, held, cuts=tuple(cuts), first=found.first)
    return Cassette(interactions=held, path=path, version=VERSION, source=source)


class Unread(partial["Response"]):
    """A response that has not been read; call it for the whole.

    Its arguments are the outline, the lines, and the interaction's position in the file.
    """

    __slots__ = ()

    def answer(self) -> Answer | None:
        """What a client is given of it, without reading the rest; see ``answer_of``."""
        return answer_of(self.args[0], self.args[1])


class Judge:
    """PyYAML's reading of a file, made when it is first asked for."""

    def __init__(self, data: bytes, path: Path | None) -> None:
        self._data = data
        self._path = path
        self._cassette: Cassette | None = None

    def read(self, known: Outline, lines: ResponseLines, position: int) -> Response:
        """One response, from its lines where that is possible.

        Args:
            known: the file's outline.
            lines: where the response stands.
            position: the interaction's in the file.

        Raises:
            CassetteError: it is broken.
        """
        try:
            return response_of(known.response(lines), known.margin)
        except ValueError:
            pass
        if self._cassette is None:
            self._cassette = read(self._data.decode(), path=self._path, lazy=True)
        return self._cassette.interactions[position].response
