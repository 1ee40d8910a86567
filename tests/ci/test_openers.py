"""What a fixture of a wider scope left unplayed names the fixture and the tests that use it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from llmcassette.cli.commands.prune import prune
from tests.ci.conftest import START, problems
from tests.plugin.test_recording import questions

INDEX = """
    @pytest.fixture(scope="module")
    def index(llm_cassettes):
        with llm_cassettes("NAME.yaml"):
            yield ask("one")

    def test_x(index): pass
    def test_other(): pass
    """


def left(result):
    """What is said to open each cassette."""
    return [line.partition("; ")[2].partition(". Fix: ")[0] for line in problems(result)[1:]]


def test_fixtures_of_one_name_are_told_apart(project):
    for name in ("a", "b"):
        project.cassette(f"{name}.yaml", "one", "never")
        project.write(**{f"test_{name}": f"{START}{INDEX.replace('NAME', name)}"})

    assert left(project.ci()) == [
        "the fixture test_a.py::index opens it for test_a.py::test_x",
        "the fixture test_b.py::index opens it for test_b.py::test_x",
    ]


SETTING_UP = {
    "index": """
    @pytest.fixture(scope="session")
    @llmcassette.use_cassette("cassettes/a.yaml")
    def index():
        ask("one")

    def test_x(index): pass
    """,
    "setup_module": """
    def setup_module():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            ask("one")

    def test_x(): pass
    """,
    "TestX::setup_class": """
    class TestX:
        def setup_class(self):
            with llmcassette.use_cassette("cassettes/a.yaml"):
                ask("one")

        def test_x(self): pass
    """,
}


@pytest.mark.parametrize("name", SETTING_UP)
def test_every_kind_of_fixture_has_a_name(project, name):
    project.cassette("a.yaml", "one", "never")
    project.test(START, "    import llmcassette\n", SETTING_UP[name])

    (said,) = left(project.ci())

    test = "test_it.py::TestX::test_x" if "::" in name else "test_it.py::test_x"
    assert said == f"the fixture test_it.py::{name} opens it for {test}"


def test_one_that_no_test_names_is_not_known(project):
    project.cassette("a.yaml", "one", "never")
    project.test(
        START,
        INDEX.replace("NAME", "a").replace(
            "test_x(index): pass", "test_x(request): request.getfixturevalue('index')"
        ),
    )

    assert left(project.ci()) == [""]


def test_one_that_is_no_function_is_not_known(project):
    project.cassette("a.yaml", "one", "never")
    project.test(
        START,
        """
        import llmcassette

        class Index:
            __name__ = "index"

            def __call__(self):
                with llmcassette.use_cassette("cassettes/a.yaml"):
                    return ask("one")

        index = pytest.fixture(scope="session")(Index())

        def test_x(index): pass
        """,
    )

    assert left(project.ci()) == [""]


def test_the_report_names_it_too(project):
    project.cassette("a.yaml", "one", "never")
    project.test(START, INDEX.replace("NAME", "a"))

    report = project.report("--llm-ci")

    assert report["cassettes"]["cassettes/a.yaml"]["fixtures"] == {
        "test_it.py::index": ["test_it.py::test_x"]
    }


def test_the_fix_takes_out_what_was_never_played(project, monkeypatch):
    project.test(START, INDEX.replace("NAME", "a"))
    file = project.cassette("a.yaml", "one", "never")
    monkeypatch.chdir(project.path)

    (line,) = problems(project.ci())[1:]
    _, command, prune_command = line.replace(". Fix: pytest ", ", then ").split(", then ")
    project.run(command)
    arguments = prune_command.removeprefix("llmcassette prune ").split()
    CliRunner().invoke(prune, arguments, standalone_mode=False)

    assert questions(file) == ["one"]
    assert problems(project.ci()) == []
