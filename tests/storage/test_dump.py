"""A save leaves either the old or the new file complete, and no other file."""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import replace

import pytest

from llmcassette.errors import CassetteError
from llmcassette.model import Cassette, Interaction, Request, Response
from llmcassette.storage import dump, load
from tests.corpus import SAMPLE_FILES

ONE = Cassette(
    interactions=(
        Interaction(0, Request(method="GET", url="https://é.example/"), Response(code=200)),
    )
)
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


def error_of(cassette, path):
    with pytest.raises(CassetteError) as caught:
        dump(cassette, path)
    return str(caught.value)


def fail(number):
    def failing(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return failing


@pytest.mark.parametrize("source", SAMPLE_FILES, ids=lambda path: path.name)
def test_a_file_loaded_and_dumped_is_the_same_to_the_byte(source, tmp_path):
    path = tmp_path / "w.yaml"

    dump(load(source), str(path))

    assert path.read_bytes() == source.read_bytes()
    assert os.listdir(tmp_path) == ["w.yaml"]  # noqa: PTH208


def test_crlf_and_utf_8_whatever_the_platform(tmp_path):
    path = tmp_path / "w.yaml"
    dump(ONE, path)
    assert b"\r" not in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    cassette = load(path)

    dump(replace(cassette, interactions=cassette.interactions * 2), path)

    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    assert "https://é.example/".encode() in data


def test_missing_folders_are_made(tmp_path):
    dump(ONE, tmp_path / "a" / "b" / "w.yaml")

    assert load(tmp_path / "a" / "b" / "w.yaml").interactions[0].request == (
        ONE.interactions[0].request
    )


@posix
def test_the_mode_of_an_existing_file_is_kept(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text("")
    path.chmod(0o640)

    dump(ONE, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix
def test_the_mode_of_a_new_file_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        dump(ONE, tmp_path / "w.yaml")
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "w.yaml").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    target = tmp_path / "real" / "w.yaml"
    target.parent.mkdir()
    link = tmp_path / "link.yaml"
    link.symlink_to(target)

    dump(ONE, link)
    dump(ONE, link)

    assert link.is_symlink()
    assert load(target).interactions


@pytest.mark.parametrize("name", ["w" * 240, "é" * 120, "w" + "é" * 120])
def test_a_long_name_leaves_room_for_the_temporary_one(name, tmp_path):
    path = tmp_path / f"{name}.yaml"

    dump(ONE, path)

    assert path.is_file()


def test_the_temporary_name_can_be_recognised(tmp_path, monkeypatch):
    names = []
    real = os.fsync

    def watch(descriptor):
        names.extend(os.listdir(tmp_path))  # noqa: PTH208
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    dump(ONE, tmp_path / "w.yaml")

    assert names[0].startswith(".w.yaml.llmcassette-")
    assert names[0].endswith(".tmp")


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_failure_leaves_the_old_file_and_nothing_else(step, tmp_path, monkeypatch):
    path = tmp_path / "w.yaml"
    path.write_text("old")
    monkeypatch.setattr(os, step, fail(errno.ENOSPC))

    message = error_of(ONE, path)

    assert message == f"{path}: cannot be saved: the disk is full: free some space"
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["w.yaml"]  # noqa: PTH208


def test_an_interrupt_leaves_nothing_behind_either(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)

    with pytest.raises(KeyboardInterrupt):
        dump(ONE, tmp_path / "w.yaml")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_a_value_that_cannot_be_written_touches_nothing(tmp_path):
    path = tmp_path / "w.yaml"
    bad = Interaction(0, Request(method="", url="/"), Response(code=200))

    assert error_of(Cassette(interactions=(bad,)), path) == (
        f"{path}: interaction 0, request.method: is empty; a request has one"
    )
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_a_folder_in_its_place(tmp_path):
    assert error_of(ONE, tmp_path) == (
        f"{tmp_path}: cannot be saved: it is a folder: move it, or name a file in it"
    )


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("")

    assert error_of(ONE, tmp_path / "file" / "w.yaml") == (
        f"{tmp_path / 'file' / 'w.yaml'}: cannot be saved: "
        f"{tmp_path / 'file'} is not a folder: move it, or choose another path"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert error_of(ONE, tmp_path / "pipe") == (
        f"{tmp_path / 'pipe'}: cannot be saved: "
        "it is not a regular file: move it, or choose another path"
    )


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "permission denied: change the permissions of the folder or file"),
        (errno.EROFS, "the file system is read-only: choose another folder"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_what_the_system_refuses_names_the_remedy(number, remedy, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", fail(number))

    assert error_of(ONE, tmp_path / "w.yaml") == (
        f"{tmp_path / 'w.yaml'}: cannot be saved: {remedy}"
    )


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="NAME_MAX differs")
def test_a_name_too_long(tmp_path):
    assert error_of(ONE, tmp_path / ("w" * 300)).endswith(
        "cannot be saved: the name is too long for this file system: choose a shorter one"
    )


def test_a_link_in_a_circle(tmp_path):
    link = tmp_path / "w.yaml"
    link.symlink_to(link)

    assert error_of(ONE, link) == (
        f"{link}: cannot be saved: the symbolic link points to itself: remove it"
    )


def test_a_path_that_is_none():
    message = error_of(ONE, "a\0b")
    assert message.startswith(r"a\u0000b: cannot be saved: ")
    assert "embedded null" in message  # the rest of Python's message depends on its version


def test_folders_that_cannot_be_synced_do_not_fail_the_save(tmp_path, monkeypatch):
    real = os.open

    def refuse_folders(path, flags, *args):
        if os.path.isdir(path):  # noqa: PTH112
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *args)

    monkeypatch.setattr(os, "open", refuse_folders)
    dump(ONE, tmp_path / "w.yaml")

    assert load(tmp_path / "w.yaml").interactions
