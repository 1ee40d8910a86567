"""What a fixture of a wider scope left unplayed names the fixture."""

from __future__ import annotations

import pytest

from llmcassette.cli.commands.prune import prune
from tests.ci.conftest import RUNNER, START, errors
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
    return [line.partition(". Fix: ")[0].partition("; ")[2] for line in errors(result)]


def test_a_fixture_is_named(project):
    project.cassette("a.yaml", "one", "never")
    project.test(START, INDEX.replace("NAME", "a"))

    assert left(project.ci()) == ["opened by the fixture index"]


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
    "of a class": """
    class TestX:
        def setup_class(self):
            with llmcassette.use_cassette("cassettes/a.yaml"):
                ask("one")

        def test_x(self): pass
    """,
}


@pytest.mark.parametrize("name", SETTING_UP)
def test_what_pytest_makes_a_fixture_of_has_no_name(project, name):
    project.cassette("a.yaml", "one", "never")
    project.test(START, "    import llmcassette\n", SETTING_UP[name])

    assert left(project.ci()) == ["opened by the fixture index" if name == "index" else ""]


def test_one_that_no_test_names_is_named_too(project):
    project.cassette("a.yaml", "one", "never")
    project.test(
        START,
        INDEX.replace("NAME", "a").replace(
            "test_x(index): pass", "test_x(request): request.getfixturevalue('index')"
        ),
    )

    assert left(project.ci()) == ["opened by the fixture index"]


def test_the_report_names_it_too(project):
    project.cassette("a.yaml", "one", "never")
    project.test(START, INDEX.replace("NAME", "a"))

    report = project.report("--llm-ci")

    assert report["cassettes"]["cassettes/a.yaml"]["fixtures"] == ["index"]


def test_the_fix_takes_out_what_was_never_played(project, monkeypatch):
    project.test(START, INDEX.replace("NAME", "a"))
    file = project.cassette("a.yaml", "one", "never")
    monkeypatch.chdir(project.path)

    (line,) = errors(project.ci())
    command, prune_command = line.partition(". Fix: pytest ")[2].split("; ")
    project.run(command)
    arguments = prune_command.removeprefix("llmcassette prune ").split()
    RUNNER.invoke(prune, arguments, standalone_mode=False)

    assert questions(file) == ["one"]
    assert errors(project.ci()) == []
