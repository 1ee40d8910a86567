"""``[tool.llmcassette]``: found in the nearest pyproject.toml that has it."""

from __future__ import annotations

import pytest

from llmcassette import SettingsError, use_cassette
from llmcassette.recorder.project import Project, find_project


@pytest.fixture
def write(tmp_path):
    def writing(text, folder="."):
        path = tmp_path / folder / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writing


def refused(folder):
    with pytest.raises(SettingsError) as caught:
        find_project(folder)
    return caught.value


def test_the_table_of_the_folder_itself(write, tmp_path):
    path = write('[tool.llmcassette]\npass_hosts = ["localhost"]\n')
    assert find_project(tmp_path) == Project(path, {"pass_hosts": ["localhost"]})


def test_the_table_of_a_folder_above(write, tmp_path):
    path = write("[tool.llmcassette]\nci = false\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == Project(path, {"ci": False})


def test_the_nearest_table_counts_alone(write, tmp_path):
    write('[tool.llmcassette]\nci = false\npass_hosts = ["far"]\n')
    near = write('[tool.llmcassette]\npass_hosts = ["near"]\n', "a")
    assert find_project(tmp_path / "a") == Project(near, {"pass_hosts": ["near"]})


def test_a_pyproject_without_the_table_is_passed_by(write, tmp_path):
    path = write("[tool.llmcassette]\nci = false\n")
    write('[project]\nname = "llmcassette"\n', "a")
    write('[tool.other]\nllmcassette = "1"\n', "a/b")
    assert find_project(tmp_path / "a" / "b").path == path


def test_without_any_table_there_are_no_settings(tmp_path):
    assert find_project(tmp_path) == Project(None, {})


def test_a_broken_pyproject_of_others_is_none_of_our_business(write, tmp_path):
    write("[tool.other\n")
    assert find_project(tmp_path) == Project(None, {})


def test_a_folder_of_that_name_is_passed_by(tmp_path):
    (tmp_path / "pyproject.toml").mkdir()
    assert find_project(tmp_path) == Project(None, {})


def test_a_broken_pyproject_that_names_us_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("[tool.llmcassette\n")
    assert str(refused(tmp_path)).startswith("pyproject.toml: not TOML: Expected ']'")


def test_a_pyproject_that_is_no_utf_8_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(b"[tool.llmcassette]\n# \xff\n")
    assert str(refused(tmp_path)) == "pyproject.toml: not UTF-8 at byte 21"


def test_a_table_that_is_no_table_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write('[tool]\nllmcassette = "on"\n')
    assert str(refused(tmp_path)) == "pyproject.toml: [tool.llmcassette] must be a table"


def test_a_tool_that_is_no_table_is_passed_by(write, tmp_path):
    write('tool = "llmcassette"\n')
    assert find_project(tmp_path) == Project(None, {})


def test_a_bottomless_pyproject_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("[tool.llmcassette]\nignore = " + "[" * 10_000 + "]" * 10_000)
    assert str(refused(tmp_path)) == "pyproject.toml: nested too deep to be read"


def test_use_cassette_obeys_it_and_names_it(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write('[tool.llmcassette]\nmode = "live"\n')
    with use_cassette("absent.yaml") as recorder:
        assert recorder.mode == "live"
    write("[tool.llmcassette]\nlive = true\n")
    with pytest.raises(SettingsError, match="there is no setting 'live'") as caught:
        use_cassette("absent.yaml").__enter__()
    assert str(path) in str(caught.value)
