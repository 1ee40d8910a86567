"""Changes of a cassette exclude other processes, are atomic, and are never lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from llmcassette import CassetteError, ReplayError, load
from llmcassette.storage.locked_saving import save, save_beside
from tests.storage.cassettes import adding, interaction, texts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cassette.yaml"


def refusal(path, change, **how):
    with pytest.raises(CassetteError) as refused:
        save(path, change, **how)
    return str(refused.value)


def test_the_first_change_makes_the_file(path):
    assert save(path, adding("a"))
    assert texts(load(path)) == ["a"]


def test_missing_folders_are_made(tmp_path):
    save(tmp_path / "a" / "b" / "c.yaml", adding("a"))
    assert texts(load(tmp_path / "a" / "b" / "c.yaml")) == ["a"]


def test_a_change_is_given_what_is_there_now(path):
    save(path, adding("a"))
    save(path, adding("b"))
    assert texts(load(path)) == ["a", "b"]


def test_anew_is_given_nothing(path):
    save(path, adding("a"))
    save(path, adding("b"), replaces=lambda: True)
    assert texts(load(path)) == ["b"]


@pytest.mark.parametrize(
    "change",
    [
        lambda before: before,
        lambda before: replace(before, interactions=tuple(before.interactions)),
        lambda before: replace(before, interactions=load(before.path).interactions),
    ],
    ids=["same", "same interactions", "equal interactions"],
)
def test_a_cassette_that_comes_out_as_it_was_is_not_written(change, path):
    save(path, adding("a"))
    before = path.stat()
    assert not save(path, change)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_answer_that_was_broken_can_be_replaced(path):
    save(path, adding("a"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("code: 200", "code: fine"), encoding="utf-8")
    assert save(path, lambda before: replace(before, interactions=(interaction("b"),)))
    assert texts(load(path)) == ["b"]


def test_through_a_symbolic_link_the_file_is_written(path, tmp_path):
    path.symlink_to(tmp_path / "real.yaml")
    (tmp_path / ".real.yaml.llmcassette-0123.tmp").touch()
    save(path, adding("a"))
    assert path.is_symlink()
    assert texts(load(tmp_path / "real.yaml")) == ["a"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["cassette.yaml", "real.yaml"]


def test_what_killed_writers_left_is_removed(path):
    for name in (".cassette.yaml.llmcassette-0123.tmp", ".cassette.yaml.llmcassette-4567.tmp"):
        path.with_name(name).touch()
    path.with_name(".other.yaml.llmcassette-0123.tmp").touch()
    save(path, adding("a"))
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        ".other.yaml.llmcassette-0123.tmp",
        "cassette.yaml",
    ]


def test_what_killed_writers_left_of_a_file_with_brackets_in_its_name(tmp_path):
    """Such as those of parametrised tests."""
    leftover = tmp_path / ".test_x[a-*].yaml.llmcassette-0123.tmp"
    leftover.touch()
    save(tmp_path / "test_x[a-*].yaml", adding("a"))
    assert not leftover.exists()


# What cannot be saved is not lost


def test_a_file_that_cannot_be_read_is_left_alone(path):
    path.write_text("interactions: [", encoding="utf-8")
    message = refusal(path, adding("a"))
    assert message.endswith("\nThe recording was saved as cassette.unsaved-1.yaml instead.")
    assert message.startswith("cassette.yaml")
    assert path.read_text(encoding="utf-8") == "interactions: ["
    assert Path("cassette.unsaved-1.yaml").stat().st_mode & 0o077 == 0
    assert texts(load("cassette.unsaved-1.yaml")) == ["a"]


def test_a_folder_in_the_place_of_the_file(path):
    path.mkdir()
    assert refusal(path, adding("a")) == (
        "cassette.yaml: is a folder; a cassette is a YAML file: "
        "move it, or name a file in it\n"
        "The recording was saved as cassette.unsaved-1.yaml instead."
    )
    assert texts(load("cassette.unsaved-1.yaml")) == ["a"]


def test_a_folder_in_the_place_of_a_file_to_be_made_anew(path):
    path.mkdir()
    assert refusal(path, adding("a"), replaces=lambda: True) == (
        "cassette.yaml: cannot be saved: it is a folder: "
        "move it, or name a file in it\n"
        "The recording was saved as cassette.unsaved-1.yaml instead."
    )


def test_a_name_that_is_taken_is_not_taken_again(path):
    path.mkdir()
    refusal(path, adding("a"))
    assert refusal(path, adding("b")).endswith("saved as cassette.unsaved-2.yaml instead.")
    assert texts(load("cassette.unsaved-1.yaml")) == ["a"]
    assert texts(load("cassette.unsaved-2.yaml")) == ["b"]


def test_when_the_simple_names_are_taken_another_is_found(path):
    path.mkdir()
    for number in range(1, 100):
        path.with_name(f"cassette.unsaved-{number}.yaml").touch()
    message = refusal(path, adding("a"))
    (other,) = set(path.parent.glob("*.unsaved-????????????.yaml"))
    assert message.endswith(f"saved as {other.name} instead.")
    assert texts(load(other)) == ["a"]


def test_a_path_below_a_file_is_saved_in_the_temporary_folder(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    other = temporary / "cassette.unsaved-1.yaml"
    assert refusal(tmp_path / "file" / "folder" / "cassette.yaml", adding("a")) == (
        "file/folder/cassette.yaml: cannot be saved: "
        "file is not a folder: move it, or choose another path\n"
        "The recording was saved as temporary/cassette.unsaved-1.yaml instead."
    )
    assert texts(load(other)) == ["a"]


def test_a_name_that_is_too_long(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal(tmp_path / ("n" * 300 + ".yaml"), adding("a")) == (
        f"{'n' * 300}.yaml: cannot be saved: "
        "the name is too long for this file system: choose a shorter one\n"
        f"The recording was saved as {'n' * 100}.unsaved-1.yaml instead."
    )
    assert texts(load("n" * 100 + ".unsaved-1.yaml")) == ["a"]


def test_nothing_can_be_written_anywhere(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    lock_folder = tempfile.gettempdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    message = refusal(tmp_path / "file" / "cassette.yaml", adding("a"))
    assert "cannot be locked" in message
    assert message.endswith(
        f"\nThe recording is lost: cannot write to {tmp_path / 'file'} or the temporary folder."
    )
    assert lock_folder != tempfile.gettempdir()


def test_a_lock_that_cannot_be_had_keeps_the_recording_beside(path, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    message = refusal(path, adding("a"))
    assert "cannot be locked" in message
    assert texts(load("cassette.unsaved-1.yaml")) == ["a"]


def test_a_change_that_fails_by_the_users_own_rules_keeps_the_recording(path):
    save(path, adding("a"))

    def failing(before):
        if before.interactions:
            raise ReplayError("the matcher failed")
        return adding("b")(before)

    assert refusal(path, failing) == (
        "cassette.yaml: the matcher failed\n"
        "The recording was saved as cassette.unsaved-1.yaml instead."
    )
    assert texts(load(path)) == ["a"]
    assert texts(load("cassette.unsaved-1.yaml")) == ["b"]


def test_what_no_file_can_hold_leaves_no_empty_one(path):
    """A duration that is not finite cannot be written anywhere."""
    one = interaction("a")
    broken = interaction("a")
    broken = type(one)(0, one.request, replace(one.response, duration=float("inf")))
    error = save_beside([broken], path, CassetteError("refused", path=path))
    assert "The recording is lost" in str(error)
    assert list(path.parent.iterdir()) == []


# File systems that refuse


@contextlib.contextmanager
def small_file_system(folder, *options):
    """A file system of 64 kB; without the right to mount one, the test is skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(["size=64k", *options]), "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root can mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with small_file_system(tmp_path / "disk") as disk:
        save(disk / "cassette.yaml", adding("a", 10_000))
        before = (disk / "cassette.yaml").read_bytes()
        message = refusal(disk / "cassette.yaml", adding("b", 100_000))
        assert "cannot be saved: the disk is full: free some space" in message
        assert f"saved as {temporary / 'cassette.unsaved-1.yaml'} instead" in message
        assert (disk / "cassette.yaml").read_bytes() == before
        assert [entry.name for entry in disk.iterdir()] == ["cassette.yaml"]
    assert texts(load(temporary / "cassette.unsaved-1.yaml")) == ["a", "b"]


def test_a_read_only_file_system(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with small_file_system(tmp_path / "disk", "ro") as disk:
        message = refusal(disk / "cassette.yaml", adding("a"))
    assert "cannot be saved: the file system is read-only: choose another folder" in message
    assert texts(load(temporary / "cassette.unsaved-1.yaml")) == ["a"]


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user"
)
def test_a_folder_that_may_not_be_written(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    message = refusal(folder / "cassette.yaml", adding("a"))
    assert "cannot be saved: permission denied" in message
    assert "The recording was saved as" in message


def test_a_limit_on_the_size_of_files(tmp_path):
    """Without space anywhere the old file stays, and the error says that the recording is lost."""
    resource = pytest.importorskip("resource")
    program = """
        import sys
        from pathlib import Path
        from llmcassette import CassetteError
        from llmcassette.storage.locked_saving import save
        from tests.storage.cassettes import adding
        try:
            save(Path(sys.argv[1]), adding("b", 100_000))
        except CassetteError as error:
            print(error)
    """
    path = tmp_path / "cassette.yaml"
    save(path, adding("a"))
    before = path.read_bytes()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)],
        capture_output=True, text=True, cwd=ROOT, preexec_fn=limit, check=True,
    )  # fmt: skip
    assert "cannot be saved: it is larger than the limit for files" in done.stdout
    assert "The recording is lost" in done.stdout
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["cassette.yaml"]


# At the same time


def test_threads_that_add_to_one_file_lose_nothing(path):
    threads = [threading.Thread(target=save, args=[path, adding(str(n))]) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts(load(path)), key=int) == [str(number) for number in range(20)]
