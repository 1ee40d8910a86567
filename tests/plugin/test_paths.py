"""Which file a test's cassette is."""

from __future__ import annotations

import re

import pytest


def cassettes(project, *options):
    """The cassettes of the tests of a run, in order."""
    project.write(
        conftest="""
            import os, pytest

            @pytest.fixture(autouse=True)
            def shown(request):
                if "llm_cassette" in request.fixturenames:
                    path = request.getfixturevalue("llm_cassette").path
                    in_project = path.is_relative_to(request.config.rootpath)
                    print("\\ncassette:", os.path.relpath(path) if in_project else path)
            """
    )
    result = project.run("-s", *options)
    result.assert_outcomes(passed=len(lines := result.stdout.str().split("\ncassette: ")[1:]))
    return [line.partition("\n")[0] for line in lines]


@pytest.mark.parametrize(
    ("test", "path"),
    [
        ("def test_x(llm_cassette): pass", "test_it/test_x.yaml"),
        (
            "class TestA:\n    def test_x(self, llm_cassette): pass",
            "test_it/TestA.test_x.yaml",
        ),
        (
            "class TestA:\n    class TestB:\n        def test_x(self, llm_cassette): pass",
            "test_it/TestA.TestB.test_x.yaml",
        ),
        (
            "import unittest, pytest\n@pytest.mark.llm_cassette\n"
            "class A(unittest.TestCase):\n    def test_x(self): pass",
            "test_it/A.test_x.yaml",
        ),
        ("def test_ça(llm_cassette): pass", "test_it/test_ça.yaml"),
    ],
)
def test_is_named_after_module_class_and_test(project, test, path):
    project.test(test)

    assert cassettes(project) == [f"cassettes/{path}"]


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("Paris", "test_x[Paris]"),
        ("gpt-4o mini", "test_x[gpt-4o mini]"),
        ("a/b", "test_x[a_b]-c8f9c8c5"),
        ("a:b", "test_x[a_b]-2a4e8a06"),
        ('<>"|?*', "test_x[______]-"),
        ("..", "test_x[..]"),
    ],
)
def test_a_parameter_is_part_of_the_name_and_is_safe_on_windows(project, id, name):
    project.test(f"""
        import pytest
        @pytest.mark.parametrize("p", [1], ids=[{id!r}])
        def test_x(p, llm_cassette): pass
        """)

    (path,) = cassettes(project)

    pattern = re.escape(name.partition("]-")[0]) + (r"\]-[0-9a-f]{8}" if "]-" in name else "")
    assert re.fullmatch(rf"cassettes/test_it/{pattern}\.yaml", path)


def test_parameters_that_look_alike_once_made_safe_stay_apart(project):
    project.test("""
        import pytest
        @pytest.mark.parametrize("p", ["a/b", "a:b", "a_b", "a|b"])
        def test_x(p, llm_cassette): pass
        """)

    paths = cassettes(project)

    assert len(paths) == len(set(paths)) == 4
    assert "cassettes/test_it/test_x[a_b].yaml" in paths


def test_names_that_differ_only_in_case_stay_apart_whatever_is_selected(project):
    project.test("""
        import pytest
        @pytest.mark.parametrize("p", ["paris", "Paris", "Rome"])
        def test_x(p, llm_cassette): pass
        class TestA:
            def test_x(self, llm_cassette): pass
        class Testa:
            def test_x(self, llm_cassette): pass
        """)

    paths = cassettes(project)
    alone = cassettes(project, "test_it.py::test_x[Paris]")

    assert len({path.lower() for path in paths}) == 5
    assert paths[0] == "cassettes/test_it/test_x[paris].yaml"
    assert paths[2] == "cassettes/test_it/test_x[Rome].yaml"
    assert alone == paths[1:2]


def test_a_long_parameter_makes_a_name_that_every_file_system_holds(project):
    project.test("""
        import pytest
        @pytest.mark.parametrize("p", ["x" * 1000, "x" * 1001])
        def test_x(p, llm_cassette): pass
        """)

    paths = cassettes(project)

    assert len(set(paths)) == 2
    assert all(len(path.rpartition("/")[2].encode()) <= 200 for path in paths)


def test_the_nearest_marker_with_a_path_names_the_file_beside_the_test(project):
    project.test("""
        import pytest
        pytestmark = pytest.mark.llm_cassette("module.yaml")
        def test_module(): pass
        @pytest.mark.llm_cassette(allow_repeats=True)
        def test_settings_only(): pass
        @pytest.mark.llm_cassette("class.yaml")
        class TestC:
            def test_class(self): pass
            @pytest.mark.llm_cassette("own.yaml")
            def test_own(self): pass
            @pytest.mark.llm_cassette(path="keyword.yaml")
            def test_keyword(self): pass
            @pytest.mark.llm_cassette("../shared/up.yaml")
            def test_up(self): pass
        """)

    assert cassettes(project) == [
        "cassettes/module.yaml",
        "cassettes/module.yaml",
        "cassettes/class.yaml",
        "cassettes/own.yaml",
        "cassettes/keyword.yaml",
        "shared/up.yaml",
    ]


def test_an_absolute_path_is_taken_as_it_is(project, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "abs.yaml"
    project.test(f"""
        import pathlib, pytest
        @pytest.mark.llm_cassette(pathlib.Path({str(path)!r}))
        def test_x(): pass
        """)

    assert cassettes(project) == [str(path)]


def test_lies_beside_the_test_file_in_nested_folders(project):
    project.write(
        a__conftest="",
        a__b__test_deep="""
            import pytest
            @pytest.mark.llm_cassette("x.yaml")
            def test_x(): pass
            def test_y(llm_cassette): pass
            """,
    )

    assert cassettes(project) == [
        "a/b/cassettes/x.yaml",
        "a/b/cassettes/test_deep/test_y.yaml",
    ]


def test_only_the_marked_parameters_of_a_test_have_a_cassette(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask
        @pytest.mark.parametrize("marked", [
            pytest.param(True, marks=pytest.mark.llm_cassette("a.yaml")),
            False,
        ])
        def test_x(marked, request):
            assert ("llm_cassette" in request.fixturenames) is marked
            if marked:
                assert ask("one") == "re: one"
        """)

    project.run().assert_outcomes(passed=2)


@pytest.mark.parametrize("arguments", ['"a.yaml", "b.yaml"', '"a.yaml", path="b.yaml"', "7"])
def test_anything_but_one_path_is_refused(project, arguments):
    project.test(f"""
        import pytest
        @pytest.mark.llm_cassette({arguments})
        def test_x(): pass
        """)

    result = project.run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["llmcassette: the marker llm_cassette takes one path, and settings by name; not (*)"]
    )
