"""``llmcassette migrate``: projects of every shape are green before and after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import Commands
from tests.cli.vcr_projects import BY_SHAPE, MODULE_MARKERS, OWN_FOLDER, cassette

if TYPE_CHECKING:
    from pathlib import Path

LONG = "LLMCASSETTE_LONG_TESTS" in os.environ


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in ("CI", "LLMCASSETTE_MODE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Commands(tmp_path, monkeypatch)


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(folder: Path) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "before"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


def outcome(folder: Path, *options: str) -> str:
    """The last line of a run of pytest, without its seconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1].partition(" in ")[0]
    return last if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("shape", BY_SHAPE)
def test_a_suite_stays_green(run: Commands, shape: str) -> None:
    put(run.folder, BY_SHAPE[shape])
    count = sum(text.count("def test_") for text in BY_SHAPE[shape].values())
    count += {"parameters with odd characters": 4, "a folder of its own": 1}.get(shape, 0)
    green = f"{count} passed"
    if LONG and shape != "pytest-vcr":
        assert outcome(run.folder, "-p", "pytest_recording.plugin") == green
    ran = run("migrate", "--write", "--force")
    assert ran.code in (0, 1), ran.err
    assert outcome(run.folder, "-p", "conftest_plugin", "--llm-ci") == green
    left = [path for path in run.folder.rglob("*.py") if "pytest.mark.vcr" in path.read_text()]
    assert left == []


def test_a_dry_run_shows_everything_and_writes_nothing(run: Commands) -> None:
    put(run.folder, MODULE_MARKERS)
    put(run.folder, {"requirements-dev.txt": "pytest-recording==0.13\n"})
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    ran = run("migrate")
    out = "\n".join(line.rstrip() for line in ran.out.splitlines())
    assert (ran.code, f"{out}\n", ran.err) == (
        1,
        """\
1 cassette of vcrpy
1 request: api.example.com 1
1 marker

--- pyproject.toml
+++ pyproject.toml
@@ -0,0 +1,7 @@
+[tool.llmcassette]
+# vcrpy compares no bodies. Remove this line to compare them, too.
+match_on = ["method", "url"]
+# vcrpy tells nobody. "error" is the default in CI.
+unused = "warn"
+# Tests that skip themselves without a key go on doing so.
+placeholder_keys = false
--- tests/conftest.py
+++ tests/conftest.py
@@ -3,9 +3,4 @@

 @pytest.fixture(scope="module")
-def vcr_config():
-    return {
-        # never in a file
-        "filter_headers": [("authorization", "DUMMY")],
-        "filter_query_parameters": ["key"],
-        "record_mode": "none",
-    }
+def llm_cassette_config():
+    return {"redact_fields": ["key"], "ignore_query": ["key"]}
--- tests/test_agent.py
+++ tests/test_agent.py
@@ -5,5 +5,5 @@
 from ask import ask

-pytestmark = [pytest.mark.vcr, pytest.mark.filterwarnings("ignore")]
+pytestmark = [pytest.mark.llm_cassette, pytest.mark.filterwarnings("ignore")]



By hand:
  requirements-dev.txt:1: put pytest-llmcassette in the place of pytest-recording
""",
        "\nWith --write: 1 cassette converted, 3 files changed, 1 place to change by hand\n",
    )
    after = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    assert {path: text for path, text in after.items() if "__pycache__" not in path.parts} == before


def test_nothing_is_written_over_uncommitted_changes(run: Commands) -> None:
    put(run.folder, MODULE_MARKERS)
    ran = run("migrate", "--write")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: .: git failed: not a git repository (or any of the parent directories):"
        " .git; --write needs git to undo it, --force writes without\n"
    )
    commit(run.folder)
    put(run.folder, {"new.py": ""})
    ran = run("migrate", "--write")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: .: has uncommitted changes: commit or stash them, so that git can undo the"
        " migration; --force writes all the same\n"
    )
    (run.folder / "new.py").unlink()
    assert run("migrate", "--write").code == 0


def test_a_second_migration_finds_nothing(run: Commands) -> None:
    put(run.folder, MODULE_MARKERS)
    run("migrate", "--write", "--force")
    ran = run("migrate")
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing of vcrpy or cassetter in .\n")


def test_secrets_of_the_old_cassettes_are_replaced(run: Commands) -> None:
    key = "sk-proj-" + "aB3dE6gH9jK2mN5pQ8sT1vW4"
    files = {"cassettes/test_a/test_a.yaml": cassette((key, "hello"))}
    put(run.folder, files)
    assert run("migrate", "--write", "--force").code == 0
    assert key not in (run.folder / "cassettes/test_a/test_a.yaml").read_text()
    put(run.folder, files)
    assert run("migrate", "--write", "--force", "--keep-secrets").code == 0
    assert key in (run.folder / "cassettes/test_a/test_a.yaml").read_text()


def test_a_broken_cassette_is_named_and_the_others_are_converted(run: Commands) -> None:
    put(run.folder, OWN_FOLDER)
    put(run.folder, {"cassettes/broken.yaml": "interactions: [\n"})
    ran = run("migrate", "--write", "--force")
    assert ran.code == 2
    assert "llmcassette: cassettes/broken.yaml:2: " in ran.err
    assert ran.err.endswith("\n4 cassettes converted, 3 files changed, 1 failed\n")


def test_what_is_no_literal_is_left_with_its_line(run: Commands) -> None:
    source = """\
import os
import pytest
import vcr
from vcr.request import Request

HOSTS = os.environ["HOSTS"].split()


@pytest.fixture
def vcr_config():
    config = {}
    config["ignore_hosts"] = HOSTS
    return config


@pytest.fixture
def vcr_cassette_dir(request):
    return os.path.join(os.environ["HOME"], "cassettes")


@vcr.use_cassette
def test_named_after_itself(): ...


@vcr.use_cassette("a.yaml", filter_post_data_parameters=HOSTS, before_record_request=len)
def test_functions(): ...


@vcr.use_cassette("b.yaml", path_transformer=str)
def test_counting():
    with vcr.use_cassette("c.yaml") as cass:
        assert cass.play_count == 1
"""
    put(run.folder, {"test_hard.py": source})
    ran = run("migrate")
    assert ran.code == 1
    assert ran.out.partition("\nBy hand:\n")[2] == (
        "  test_hard.py:3: vcr is still used\n"
        "  test_hard.py:4: vcr.request is still used\n"
        "  test_hard.py:10: vcr_config is not moved: it returns no dict that can be read from the"
        " source; write a fixture llm_cassette_config\n"
        "  test_hard.py:17: vcr_cassette_dir is not moved: see the settings cassette_dir and"
        " cassette_name\n"
        "  test_hard.py:21: the cassette is named after the function: write its path\n"
        "  test_hard.py:25: before_record_request is not moved: redact is a function that changes"
        " what is recorded; to leave a host out, use pass_hosts\n"
        "  test_hard.py:25: filter_post_data_parameters is not moved: it is no list of literals\n"
        "  test_hard.py:32: cass.play_count is vcrpy's: see `played` and `interactions`\n"
    )


def test_json(run: Commands) -> None:
    put(run.folder, OWN_FOLDER)
    ran = run("migrate", "--json")
    folder = run.folder / "tests/recordings/test_folder"
    names = ["shared", "test_default", "test_repeated[1]", "test_repeated[2]"]
    assert json.loads(ran.out) == {
        "schema": 1,
        "written": False,
        "failed": 0,
        "cassettes": [
            {"source": f"{folder}/{name}.yaml", "target": f"{folder}/{name}.yaml"} for name in names
        ],
        "requests": {"api.example.com": 4},
        "markers": 3,
        "files": [
            str(run.folder / name)
            for name in ("pyproject.toml", "tests/conftest.py", "tests/test_folder.py")
        ],
        "by_hand": [],
    }


def test_the_extra_is_named_where_it_is_missing(
    run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    for name in [name for name in sys.modules if name.startswith("llmcassette.cli.migration")]:
        monkeypatch.delitem(sys.modules, name)
    ran = run("migrate")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "llmcassette: migrate needs an extra: pip install 'pytest-llmcassette[migrate]'\n",
    )


def test_a_marker_that_names_no_file_leaves_the_test_its_own_cassette(run: Commands) -> None:
    source = """\
import pytest
from vcr.unittest import VCRTestCase

@pytest.mark.vcr("missing.yaml")
def test_one(): ...
"""
    put(run.folder, {"test_own.py": source})

    ran = run("migrate")

    assert "+@pytest.mark.llm_cassette\n" in ran.out
    assert ran.out.partition("\nBy hand:\n")[2] == (
        "  test_own.py:2: vcr.unittest is still used: inherit from unittest.TestCase, put"
        " @pytest.mark.llm_cassette on the class, and move its cassettes to where the error of a"
        " run looks for them\n"
        "  test_own.py:4: there is no cassette missing.yaml: the test's own one is used\n"
    )
