"""One writer at a time, in threads and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import pytest

from llmcassette import CassetteError
from llmcassette.storage.locking import _lock_file, locked

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from llmcassette.storage.locking import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of ``cassette.yaml`` until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "cassette.yaml")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "held\n"
        yield process


class Waiter(threading.Thread):
    """Waits for a lock and notes when it got it."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.has_it = threading.Event()

    def run(self):
        with locked(self.path):
            self.has_it.set()


def test_a_lock_is_waited_for(holder, tmp_path):
    waiter = Waiter(tmp_path / "cassette.yaml")
    waiter.start()
    assert not waiter.has_it.wait(0.2)
    holder.communicate("go\n")
    assert waiter.has_it.wait(60)
    waiter.join()


def test_a_killed_process_gives_its_lock_back(holder, tmp_path):
    waiter = Waiter(tmp_path / "cassette.yaml")
    waiter.start()
    holder.kill()
    assert waiter.has_it.wait(60)
    waiter.join()


def test_one_file_by_two_names_has_one_lock(holder, tmp_path):
    (tmp_path / "link.yaml").symlink_to(tmp_path / "cassette.yaml")
    waiter = Waiter(tmp_path / "link.yaml")
    waiter.start()
    assert not waiter.has_it.wait(0.2)
    holder.communicate("go\n")
    assert waiter.has_it.wait(60)
    waiter.join()


def test_other_files_have_other_locks(holder, tmp_path):
    mine = _lock_file(tmp_path / "cassette.yaml")
    others = (tmp_path / f"other-{number}.yaml" for number in count())
    with locked(next(other for other in others if _lock_file(other) != mine)):
        assert holder.poll() is None
    holder.communicate("go\n")


def test_a_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "cassette.yaml"):
        raise ZeroDivisionError
    with locked(tmp_path / "cassette.yaml"):
        pass


def test_nothing_is_left_beside_the_cassette(tmp_path):
    with locked(tmp_path / "cassette.yaml"):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="each user has a temporary folder")
def test_a_folder_for_locks_that_another_user_has_made(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(CassetteError) as caught, locked(tmp_path / "cassette.yaml"):
        pass
    assert caught.value.problem == (
        f"cannot be locked: {tmp_path}/llmcassette-locks-{mine + 1} belongs to another user; set"
        " TMPDIR to a writable folder"
    )


def test_a_folder_for_locks_that_cannot_be_made(tmp_path, monkeypatch):
    import tempfile

    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with (
        pytest.raises(CassetteError, match="set TMPDIR to a writable folder"),
        locked(tmp_path / "cassette.yaml"),
    ):
        pass


def test_the_folder_of_locks_does_not_grow_with_the_cassettes(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for number in range(2_000):
        with locked(tmp_path / f"{number}.yaml"):
            pass
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) <= 256
