"""Cassettes nobody owns; names that differ in case only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.ci.conftest import START, errors, problems
from tests.plugin.conftest import cassette_text

ONE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
OWN = """
    @pytest.mark.llm_cassette
    def test_own():
        ask("one")
    """
ELSEWHERE = """
    @pytest.mark.llm_cassette("../../shared/cassettes/a.yaml")
    def test_it():
        ask("{}")
    """
BY_HAND = """
    import llmcassette

    def test_by_hand():
        with llmcassette.use_cassette("{}"):
            ask("{}")
    """
ORPHAN = "cassettes/b.yaml: no test opens this cassette. Fix: rm cassettes/b.yaml"


@pytest.fixture
def orphaned(project):
    project.cassette("a.yaml", "one")
    project.cassette("b.yaml", "two")
    project.test(START, ONE, "def test_y(): pass\n")
    return project


def test_an_orphan_is_an_error_in_ci(orphaned):
    result = orphaned.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [ORPHAN]


def test_an_orphan_is_a_warning_elsewhere(orphaned):
    result = orphaned.run()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", f"  {ORPHAN}"]


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "test_x"],
        ["test_it.py::test_x"],
        ["-m", "llm_cassette"],
        ["--deselect=test_it.py::test_y"],
    ],
    ids=lambda options: options[0],
)
def test_a_run_of_some_tests_finds_no_orphans(orphaned, options):
    assert errors(orphaned.ci(*options)) == []


@pytest.mark.parametrize("options", [["test_it.py"], ["--ignore=test_other.py"]])
def test_a_run_of_some_files_finds_no_orphans(orphaned, options):
    orphaned.write(test_other="def test_z(): pass\n")

    assert errors(orphaned.ci(*options)) == []


def test_paths_that_hold_all_tests_find_orphans(orphaned):
    orphaned.write(venv__test_of_others="def test_z(): pass\n")

    assert errors(orphaned.ci("test_it.py")) == [ORPHAN]


def test_testpaths_are_the_whole_project(project):
    project.ini("testpaths = here")
    project.write(here__test_it=f"{START}{ONE}")
    for name, question in (("a.yaml", "one"), ("b.yaml", "two")):
        project.cassette(f"../here/cassettes/{name}", question)

    assert errors(project.ci()) == [
        "here/cassettes/b.yaml: no test opens this cassette. Fix: rm here/cassettes/b.yaml"
    ]


@pytest.mark.parametrize(
    ("setting", "folder"),
    [
        ("testpaths = elsewhere", "tests"),
        ("testpaths = package*/tests", "package/tests"),
        ("python_files = tests/*.py", "tests"),
    ],
)
def test_a_file_beside_the_one_that_is_named_may_own_it(project, setting, folder):
    project.ini(setting)
    (project.path / "elsewhere").mkdir()
    for name in ("test_a", "test_b"):
        project.write(**{f"{folder}/{name}": f"{START}{OWN}"})
        project.cassette(f"../{folder}/cassettes/{name}/test_own.yaml", "one")

    assert errors(project.ci(f"{folder}/test_a.py")) == []


@pytest.mark.parametrize("file", ["cassettes/a.yaml", "data/a.yaml"])
@pytest.mark.parametrize("setting", ["", "testpaths = tests*", "testpaths = elsewhere"])
def test_a_file_that_is_not_run_may_play_the_rest_of_what_code_opens(project, setting, file):
    project.ini(setting)
    (project.path / "elsewhere").mkdir()
    project.cassette(f"../tests/{file}", "one", "two")
    (project.path / "cassettes").rmdir()  # "beside" is nowhere else
    for name, question in (("a", "one"), ("b", "two")):
        project.write(**{f"tests/test_{name}": START + BY_HAND.format(f"tests/{file}", question)})

    result = project.ci("tests/test_a.py", "--llm-report=report.json")

    assert errors(result) == []
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    assert [report["complete"], report["cassettes"][f"tests/{file}"]["passed"]] == [False, False]


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=str)
@pytest.mark.parametrize(
    ("setting", "folder"), [("recordings", "unit/recordings"), ("./recorded", "recorded")]
)
def test_in_the_folder_that_the_setting_cassette_dir_names(project, setting, folder, options):
    project.settings(f"cassette_dir = {setting!r}")
    project.write(unit__test_it=f"{START}{ONE}", more__test_other="def test_z(): pass\n")
    for name, question in (("a.yaml", "one"), ("b.yaml", "two")):
        project.cassette(f"../{folder}/{name}", question)
    orphan = f"{folder}/b.yaml: no test opens this cassette. Fix: rm {folder}/b.yaml"

    assert errors(project.ci(*options)) == [orphan]
    partial = [] if "/" in setting else [orphan]
    assert errors(project.ci(*options, "unit")) == partial


def test_any_test_may_name_a_file_in_the_folder_of_the_project(project):
    project.settings('cassette_dir = "shared/cassettes"')
    project.write(shared__test_it=f"{START}{ONE}", unit__test_two=f"{START}{ONE}")
    (project.path / "unit/test_two.py").write_text(
        (project.path / "unit/test_two.py").read_text().replace("one", "two")
    )
    project.cassette("../shared/cassettes/a.yaml", "one", "two")

    assert errors(project.ci()) == []
    assert errors(project.ci("shared")) == []


def test_tests_of_another_folder_may_name_it(project):
    project.cassette("../shared/cassettes/a.yaml", "one", "two")
    (project.path / "cassettes").rmdir()
    for name, question in (("a", "one"), ("b", "two")):
        project.write(**{f"{name}/test_{name}": START + ELSEWHERE.format(question)})

    for options, passed in ((["a"], 1), ([], 2)):
        result = project.ci(*options)
        result.assert_outcomes(passed=passed)


@pytest.mark.skipif(sys.platform == "win32", reason="making links takes a privilege there")
def test_a_cassette_that_is_opened_through_a_link_is_no_orphan(project):
    project.cassette("a.yaml", "one")
    (project.path / "link.yaml").symlink_to("cassettes/a.yaml")
    project.test(START, BY_HAND.format("link.yaml", "one"))

    assert errors(project.ci()) == []


def test_stopping_early_finds_no_orphans(orphaned):
    orphaned.write(test_a="def test_z(): assert False\n")

    assert errors(orphaned.ci("-x")) == []


def test_a_file_that_cannot_be_imported_may_own_it(orphaned):
    orphaned.write(test_broken="raise ValueError\n")

    assert errors(orphaned.ci("--continue-on-collection-errors")) == []


def test_the_cassette_of_a_skipped_test_is_no_orphan(project):
    project.cassette("a.yaml", "one")
    project.cassette("test_it/test_y.yaml", "two")
    project.test(
        START,
        ONE,
        """
        @pytest.mark.skip
        @pytest.mark.llm_cassette
        def test_y(): pass
        """,
    )

    assert errors(project.ci()) == []


def test_what_a_skipped_test_would_open_by_hand_is_no_orphan(project):
    project.cassette("a.yaml", "one")
    project.cassette("b.yaml", "two")
    project.test(
        START,
        ONE,
        """
        import llmcassette
        def test_y():
            pytest.skip()
            with llmcassette.use_cassette("cassettes/b.yaml"): ...
        """,
    )

    assert errors(project.ci()) == []


def test_a_recording_saved_beside_its_cassette_is_an_orphan_in_ci_only(orphaned):
    folder = orphaned.path / "cassettes"
    (folder / "b.yaml").rename(folder / "a.unsaved-1.yaml")

    assert problems(orphaned.run()) == []
    assert errors(orphaned.ci()) == [ORPHAN.replace("b.yaml", "a.unsaved-1.yaml")]


def test_another_tools_file_is_no_orphan(project):
    project.cassette("a.yaml", "one")
    (project.path / "cassettes" / "theirs.yaml").write_text("interactions: []\nversion: 1\n")
    (project.path / "cassettes" / "notes.txt").write_text("version: 2\n")
    project.test(START, ONE)

    assert errors(project.ci()) == []


def test_names_that_differ_in_case_only(project):
    folder = project.path / "cassettes"
    project.cassette("Weather.yaml", "one")
    if (folder / "weather.yaml").exists():
        pytest.skip("this file system holds them to be one")
    (folder / "weather.yaml").write_text(cassette_text("one"), encoding="utf-8")
    project.test(
        START,
        ONE.replace("a.yaml", "Weather.yaml"),
        ONE.replace("a.yaml", "weather.yaml").replace("test_x", "test_y"),
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [
        "test_it.py::test_y: cassettes/weather.yaml: cassettes/Weather.yaml is the same file on "
        "macOS and Windows. Fix: give one of them a name that differs in more than case",
    ]


def test_a_cassette_reached_through_another_folder_is_one(project):
    project.cassette("a.yaml", "one")
    project.test(START, ONE.replace("a.yaml", f"..{os.sep}cassettes{os.sep}a.yaml"))

    assert errors(project.ci()) == []


def test_the_fix_of_an_orphan_removes_it_and_no_other_file(project):
    project.cassette("test_it/test_x1.yaml", "one")
    project.cassette("test_it/test_x[1].yaml", "one")
    project.cassette("New York.yaml", "one")
    project.test("""
        import pytest
        from app import ask
        @pytest.mark.llm_cassette
        def test_x1(): ask("one")
        """)
    result = project.run("--llm-ci")
    fixes = re.findall(r"^ +fix +(rm .*)", result.stdout.str(), re.MULTILINE)
    assert sorted(fixes) == [
        "rm 'cassettes/New York.yaml'",
        "rm 'cassettes/test_it/test_x[1].yaml'",
    ]

    for fix in fixes:
        subprocess.run(fix, shell=True, cwd=project.path, check=True)

    left = sorted(path.name for path in (project.path / "cassettes").rglob("*.yaml"))
    assert left == ["test_x1.yaml"]
