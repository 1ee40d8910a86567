"""Errors of files that cannot be read name the path and the reason."""

from __future__ import annotations

import errno
import os

import pytest

from llmcassette.errors import CassetteError
from llmcassette.storage import load
from tests.corpus import SAMPLE_FILES


def error_of(path, **options):
    with pytest.raises(CassetteError) as caught:
        load(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_a_sample_loads_from_a_path_or_a_string(path):
    assert load(str(path)) == load(path)
    assert load(path).path == path
    assert load(path).interactions


def test_a_missing_file(tmp_path):
    assert error_of(tmp_path / "no.yaml") == f"{tmp_path / 'no.yaml'}: no such file"


def test_a_folder(tmp_path):
    assert error_of(tmp_path) == (
        f"{tmp_path}: is a folder; a cassette is a YAML file: move it, or name a file in it"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert error_of(tmp_path / "pipe") == (
        f"{tmp_path / 'pipe'}: is not a regular file; a cassette is a YAML file"
    )


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no devices on this system")  # noqa: PTH110
def test_a_device():
    assert error_of("/dev/null") == "/dev/null: is not a regular file; a cassette is a YAML file"


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "w.yaml"
    path.write_text("---\n")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    assert error_of(path) == f"{path}: permission denied: change the file's permissions"


def test_another_failure_keeps_the_system_s_words(tmp_path, monkeypatch):
    path = tmp_path / "w.yaml"
    path.write_text("---\n")

    def fail(*args, **kwargs):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", fail)

    assert error_of(path) == f"{path}: cannot be read: Input/output error"


def test_a_path_that_is_none():
    assert error_of("a\0b") == r"a\u0000b: cannot be read: embedded null byte"


def test_a_name_too_long():
    assert error_of("w" * 5000).endswith(": cannot be read: " + os.strerror(errno.ENAMETOOLONG))


def test_a_link_that_leads_back_to_itself(tmp_path):
    link = tmp_path / "w.yaml"
    link.symlink_to(link)

    assert error_of(link).startswith(f"{link}: cannot be read: ")


def test_bytes_that_are_no_utf_8(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_bytes(b"---\nversion: 2\nname: caf\xe9\n")

    assert error_of(path) == f"{path}:3: not UTF-8: byte 0xE9 at offset 24; save the file as UTF-8"


def test_errors_in_the_text_name_the_file(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text("version: 2\n")

    assert error_of(path).startswith(f"{path}:1: interactions: is missing")


def test_lazy_is_passed_on(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text(
        "version: 2\ninteractions:\n"
        "- request: {url: /, method: GET}\n  response: {code: 200, duration: soon}\n"
    )

    interaction = load(path, lazy=True).interactions[0]

    assert error_of(path).startswith(f"{path}:4: interaction 0, response.duration: ")
    with pytest.raises(CassetteError, match="'soon' is not a duration"):
        _ = interaction.response
