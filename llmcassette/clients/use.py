"""``use_cassette``: every client is served while the block runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from llmcassette.clients import patching, scope
from llmcassette.clients.decorating import decorated
from llmcassette.clients.opening import layers_of, open_recorder, remedy_of
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.recorder import Recorder

__all__ = ["serve", "stop_serving", "use_cassette"]

P = ParamSpec("P")
T = TypeVar("T")

_networks: Final[WeakKeyDictionary[Recorder, AbstractContextManager[None]]] = WeakKeyDictionary()
"""The closed network of each open cassette that has one."""


class use_cassette:  # noqa: N801 - read as a function: `with use_cassette(...)`
    """Serve every httpx and httpx2 client from a cassette, as long as the ``with`` block runs.

    Clients made before the block, or kept after it, are served like those made inside. Blocks nest:
    the innermost answers. On the way out, also by an exception, everything is as it was; a task or
    thread of the block that outlives it gets a ``ReplayError`` for what it still asks for.

    What was recorded is saved on the way out, but not by an exception: then the old file stays.

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
        self, path: str | os.PathLike[str], mode: Mode | None = None, **settings: object
    ) -> None:
        self._path = path
        self._mode = mode
        self._settings = settings
        self._recorders: list[Recorder] = []

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Have the cassette open while a function runs; generator functions until they end.

        Raises:
            TypeError: a class, or an asynchronous generator function, whose parts may each run in
                a context of their own.
        """
        return decorated(function, lambda: use_cassette(self._path, self._mode, **self._settings))

    async def __aenter__(self) -> Recorder:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __enter__(self) -> Recorder:
        recorder = open_recorder(
            self._path,
            mode=self._mode,
            layers=layers_of("use_cassette", self._settings),
            remedy=remedy_of(self._path, self._mode),
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
    if _is_blocked(recorder):
        from llmcassette.clients.network import block

        settings = recorder.settings
        closed = block(
            current_run.at_work,
            settings.allowed_hosts + settings.pass_hosts,
            recorder.keep,
            ignore_hosts=settings.ignore_hosts,
            cassette=recorder.path,
        )
        closed.__enter__()
        _networks[recorder] = closed


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
        closed = _networks.pop(recorder, None)
        if closed is not None:
            closed.__exit__(None, None, None)
        scope.leave(recorder)


def _is_blocked(recorder: Recorder) -> bool:
    """Whether nothing but this machine is to be reached while a cassette is open."""
    settings = recorder.settings
    is_live = recorder.mode != "none" or current_run.verifiers
    if is_live or settings.block_network is False:
        return False
    return settings.block_network is True or current_run.must_replay(obey_ci=settings.ci)
