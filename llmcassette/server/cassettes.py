"""The cassettes of ``llmcassette serve``: files that are opened once for each run."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette import storage
from llmcassette.errors import CassetteError, ReplayError, UnmatchedRequestError, shown_path
from llmcassette.recorder.engine import Contents, Engine, Remedy
from llmcassette.server.runs import Run
from llmcassette.server.upstreams import Upstreams, origin_of, upstreams_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llmcassette.matching.miss.report import MissReport
    from llmcassette.model import Cassette, Request
    from llmcassette.recorder.settings import Settings

__all__ = ["Cassettes", "place_in"]

MOST_RUNS: Final = 10_000


class Cassettes:
    """The runs of a server that replays files. A file that has changed is read again.

    Args:
        paths: the files, in the order in which they are searched.
        settings: of all of them, merged.

    Raises:
        CassetteError: a file can't be read, or a setting is wrong.
    """

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        self._paths = tuple(path.absolute() for path in paths)
        self.settings = settings
        self._runs: dict[str, Run] = {}
        self._over: list[Engine] = []
        self._unreadable: list[CassetteError] = []
        self._stamps: tuple[object, ...] = ()
        self._files: tuple[Cassette, ...] = ()
        self._upstreams = Upstreams(())
        self._read()

    def get(self, name: str) -> Run:
        """The run of this name.

        Raises:
            CassetteError: a file has changed, and can't be read; or there are too many runs.
        """
        if self._stamps != self._stamps_now():
            try:
                self._read()
            except CassetteError as error:
                self._unreadable.append(error)
                raise
        run = self._runs.get(name)
        if run is None:
            if len(self._runs) == MOST_RUNS:
                raise CassetteError(
                    f"the server has {MOST_RUNS:,} runs, and begins no more.\n"
                    "Reset them: POST /__llmcassette__/reset"
                )
            run = self._runs[name] = Run(_Several(self._files, self.settings), self._upstreams)
        return run

    def all(self) -> Mapping[str, Run]:
        """The runs that have begun, by name."""
        return self._runs

    def reset(self, name: str | None) -> None:
        """Begin a run anew, or all of them; their errors no longer count."""
        if name is None:
            self._runs.clear()
            self._over.clear()
            self._unreadable.clear()
        else:
            self._runs.pop(name, None)

    @property
    def upstreams(self) -> Upstreams:
        """The recorded origins."""
        return self._upstreams

    @property
    def errors(self) -> tuple[ReplayError | CassetteError, ...]:
        """What clients got because of a cassette, also before the files changed."""
        cassettes = (*self._over, *(run.cassette for run in self._runs.values()))
        return (*self._unreadable, *(error for each in cassettes for error in each.errors))

    @property
    def unplayed(self) -> tuple[tuple[str, Path, int], ...]:
        """Run, file and position of what was not played; without runs, of everything."""
        runs = self._runs or {"": self.get("")}
        return tuple(
            (name, *place_in(run.cassette, position))
            for name, run in runs.items()
            for position in _unplayed(run.cassette)
        )

    def _stamps_now(self) -> tuple[object, ...]:
        try:
            stats = [path.stat() for path in self._paths]
        except OSError:  # reading says why
            return (None,)
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats)

    def _read(self) -> None:
        stamps = self._stamps_now()
        files = tuple(storage.load(path, lazy=True) for path in self._paths)
        self._over += [run.cassette for run in self._runs.values() if run.cassette.errors]
        self._runs.clear()
        self._files, self._stamps = files, stamps
        self._upstreams = upstreams_of(each for file in files for each in file.interactions)


class Place(NamedTuple):
    """Where an interaction is: its file, and its position there, from 0."""

    path: Path
    position: int


class _Several(Engine):
    """The interactions of several files as one open cassette."""

    def __init__(self, files: Sequence[Cassette], settings: Settings) -> None:
        self._files = files
        first = files[0].path
        assert first is not None
        played = tuple(interaction for file in files for interaction in file.interactions)
        super().__init__(first, "none", Contents(played), settings, Remedy(""))

    def place(self, position: int) -> Place:
        """Where the interaction with this position among all is."""
        for file in self._files:
            assert file.path is not None
            if position < len(file.interactions):
                return Place(file.path, position)
            position -= len(file.interactions)
        raise IndexError(position)

    def miss(self, request: Request) -> tuple[UnmatchedRequestError, MissReport, int | None]:
        """The error of a request that nothing answers, with file and position of the nearest."""
        _, report, nearest = super().miss(request)
        path, at = self.place(nearest) if nearest is not None else Place(self.path, 0)
        origin = origin_of(request.url)
        played = [self.place(each).path for each in set(self.player.played_positions)]
        report = replace(
            report,
            path=shown_path(path),
            total=next(len(file.interactions) for file in self._files if file.path == path),
            played=played.count(path),
            nearest=None if nearest is None else at,
            expected=None if report.expected is None else self.place(report.expected).position,
            record=f"llmcassette record --mode new_episodes --upstream {shlex.quote(origin)}"
            f" -o {shlex.quote(shown_path(path))}",
        )
        miss = UnmatchedRequestError(report.text(), request=request, path=path, report=report)
        return miss, report, nearest

    def broken(self, error: CassetteError, position: int) -> ReplayError:
        """The error of a recorded answer that can't be replayed."""
        path, at = self.place(position)
        return self.keep(ReplayError(str(error.at(path=path, interaction=at)), path=path))


def place_in(cassette: Engine, position: int) -> Place:
    """Where an interaction of an open cassette is."""
    if isinstance(cassette, _Several):
        return cassette.place(position)
    return Place(cassette.path, position)


def _unplayed(cassette: Engine) -> list[int]:
    left = {id(interaction) for interaction in cassette.player.unplayed}
    each = enumerate(cassette.player.index.interactions)
    return [position for position, interaction in each if id(interaction) in left]
