"""A cassette of which only the requests are read; a response, when it is first asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmcassette.formats.lines import request_of, response_of
from llmcassette.formats.outline import outline
from llmcassette.formats.reader import VERSION, read
from llmcassette.formats.source import Source
from llmcassette.model import Cassette, Interaction

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.formats.outline import Outline, ResponseLines
    from llmcassette.model import Response

__all__ = ["read_outlined"]


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
    answers = Answers(data, path, found)
    interactions: list[Interaction] = []
    cuts: list[int] = []
    try:
        for position, item in enumerate(found.items()):
            answer = partial(answers.read, position, (item.response, item.body, item.end))
            request = request_of(item.request, found.margin)
            interactions.append(
                Interaction(int(item.number), request, answer if lazy else answer(judge=False))
            )
            cuts.append(item.start)
    except ValueError:
        return None
    held = tuple(interactions)
    source = Source(data, held, cuts=tuple(cuts), first=found.first)
    return Cassette(interactions=held, path=path, version=VERSION, source=source)


class Answers:
    """The responses of a file."""

    def __init__(self, data: bytes, path: Path | None, known: Outline) -> None:
        self._data = data
        self._path = path
        self._outline = known
        self._judged: Cassette | None = None

    def read(self, position: int, lines: ResponseLines, *, judge: bool = True) -> Response:
        """One response.

        Args:
            position: the interaction's in the file.
            lines: where the response stands.
            judge: have PyYAML read what cannot be read here.

        Raises:
            CassetteError: it is broken; ``ValueError`` without ``judge``.
        """
        try:
            return response_of(self._outline.response(lines), self._outline.margin)
        except ValueError:
            if not judge:
                raise
        if self._judged is None:
            self._judged = read(self._data.decode(), path=self._path, lazy=True)
        return self._judged.interactions[position].response
