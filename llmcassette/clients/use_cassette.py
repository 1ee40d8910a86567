"""``use_cassette``: every client is served while the block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.clients.serving import ServedBlock
from llmcassette.recorder.opening import open_cassette, remedy_of, settings_of

if TYPE_CHECKING:
    import os
    from typing import Unpack

    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.typed_settings import CassetteSettings

__all__ = ["use_cassette"]


class use_cassette(ServedBlock):  # noqa: N801 - read as a function: `with use_cassette(...)`
    """Serve every client from a cassette, as long as the ``with`` block runs.

    docs/reference/clients.md lists the clients. Those made before the block, or used after it, are
    served like those made inside. Blocks nest: the innermost answers. At the end of the block, also
    by an exception, everything is as before; a task or thread of the block that outlives it gets a
    ``ReplayError`` for each further request.

    Recordings are saved at the end, unless an exception ends the block: then the old file stays.
    If a generator with such a block is closed half way, its recordings so far are saved.

    ``async with`` does the same. As a decorator of a function, asynchronous or not, it opens the
    cassette for each call: ``@use_cassette("weather.yaml")``.

    Args:
        path: the cassette, relative to the working directory.
        mode: a record mode; ``None`` obeys the pytest command line, ``CI``, ``LLMCASSETTE_MODE``
            and pyproject.toml, in this order. ``--llm-ci`` turns any mode into ``none``, and so
            does ``CI``, unless the command line has a mode.
        **settings: see ``llmcassette.recorder.settings.Settings``.

    Raises:
        CassetteError: at the beginning: the file is missing or broken, or a setting is wrong. At
            the end, unless an exception ends the block: the recordings can't be saved, or a fault
            was never triggered.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        mode: Mode | None = None,
        **settings: Unpack[CassetteSettings],
    ) -> None:
        super().__init__()
        self._path = path
        self._mode = mode
        self._settings = settings

    def _open(self) -> Engine:
        return open_cassette(
            self._path,
            mode=self._mode,
            settings=settings_of("use_cassette", self._settings),
            remedy=remedy_of(self._path, self._mode),
        )

    def _copy(self) -> use_cassette:
        return use_cassette(self._path, self._mode, **self._settings)
