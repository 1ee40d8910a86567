"""``use_cassette``: every client is served while the block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.clients.serving import ServedBlock
from llmcassette.recorder.opening import layers_of, open_cassette, remedy_of

if TYPE_CHECKING:
    import os
    from typing import Unpack

    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.keywords import CassetteSettings
    from llmcassette.recorder.modes import Mode

__all__ = ["use_cassette"]


class use_cassette(ServedBlock):  # noqa: N801 - read as a function: `with use_cassette(...)`
    """Serve every httpx and httpx2 client from a cassette, as long as the ``with`` block runs.

    Clients made before the block, or kept after it, are served like those made inside. Blocks nest:
    the innermost answers. On the way out, also by an exception, everything is as it was; a task or
    thread of the block that outlives it gets a ``ReplayError`` for what it still asks for.

    What was recorded is saved on the way out, but not by an exception: then the old file stays.
    A generator with such a block that is left half way is saved as far as it went.

    ``async with`` does the same. As a decorator of a function, asynchronous or not, it opens the
    cassette anew for each call: ``@use_cassette("weather.yaml")``.

    Args:
        path: the cassette, relative to the working directory.
        mode: a record mode; ``None`` obeys the pytest command line, ``CI``, ``LLMCASSETTE_MODE``
            and pyproject.toml, in this order. ``--llm-ci`` makes any mode ``none``, and so does
            ``CI``, unless the command line says a mode.
        **settings: see ``llmcassette.recorder.settings.Settings``.

    Raises:
        CassetteError: on entering: the file is missing or broken, or a setting is wrong. On
            leaving, unless by an exception: what was recorded cannot be saved, or a fault that
            was asked for never went off.
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
            layers=layers_of("use_cassette", self._settings),
            remedy=remedy_of(self._path, self._mode),
        )

    def _anew(self) -> use_cassette:
        return use_cassette(self._path, self._mode, **self._settings)
