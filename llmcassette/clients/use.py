"""``use_cassette``: every client is served while the block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.clients import patching, scope
from llmcassette.clients.opening import layers_of, open_recorder, remedy_of

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.recorder import Recorder

__all__ = ["use_cassette"]


class use_cassette:  # noqa: N801 - read as a function: `with use_cassette(...)`
    """Serve every httpx and httpx2 client from a cassette, as long as the ``with`` block runs.

    Clients made before the block, or kept after it, are served like those made inside. Blocks nest:
    the innermost answers. On the way out, also by an exception, everything is as it was; a task or
    thread of the block that outlives it gets a ``ReplayError`` for what it still asks for.

    What was recorded is saved on the way out, but not by an exception: then the old file stays.

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
        self, path: str | os.PathLike[str], mode: Mode | None = None, **settings: object
    ) -> None:
        self._path = path
        self._mode = mode
        self._settings = settings
        self._recorders: list[Recorder] = []

    def __enter__(self) -> Recorder:
        recorder = open_recorder(
            self._path,
            mode=self._mode,
            layers=layers_of("use_cassette", self._settings),
            remedy=remedy_of(self._path),
        )
        serve(recorder)
        self._recorders.append(recorder)
        return recorder

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        recorder = self._recorders.pop()
        stop_serving(recorder, save=kind is None)
        unfired = recorder.unfired_error() if kind is None else None
        if unfired is not None:
            raise unfired


def serve(recorder: Recorder) -> None:
    """Make a recorder answer for every client, innermost from here on."""
    try:
        patching.install()
    except BaseException:
        recorder.close()
        raise
    scope.enter(recorder, patching.uninstall)


def stop_serving(recorder: Recorder, *, save: bool = True) -> None:
    """Undo ``serve`` and close the recorder, also where closing it fails.

    Args:
        recorder: what was served from.
        save: whether to write what was recorded.

    Raises:
        CassetteError: see ``Recorder.close``.
    """
    try:
        recorder.close(save=save)
    finally:
        scope.leave(recorder)
