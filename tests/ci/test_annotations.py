"""On GitHub, everything that is wrong is told at its line."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START

ONE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
MISSING = (
    "the cassette does not exist: no recorded interaction answers this request%0A%0A"
    "To record it:%0A%0A  pytest --llm-record tests/test_it.py::test_x%0A%0A"
    "  cassette  tests/cassettes/a.yaml%0A  contains  nothing: there is no such file%0A"
    '  request   POST https://api.example.com/v1/ask%0A  body      {"question":"one"}'
)


@pytest.fixture
def project(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    project.ini()
    return project


def annotations(project, *parts, options=("--llm-ci",)):
    """What a run of the tests gives, in a folder of their own."""
    project.write(tests__test_it="".join([START, *parts]))
    return [line for line in project.run(*options).outlines if line.startswith("::")]


def cassette(project, name, *questions, **more):
    return project.cassette(f"../tests/cassettes/{name}", *questions, **more)


def test_a_miss_and_what_is_left_unused(project):
    cassette(project, "a.yaml", "one", "two")
    cassette(project, "b.yaml", "two")

    lines = annotations(project, ONE, ONE.replace("a.yaml", "b.yaml").replace("_x", "_y"))

    assert lines[0].startswith(
        "::error file=tests/test_it.py,line=10,title=llmcassette::tests/test_it.py::test_y: "
        "question changed: no recorded interaction answers this request%0A%0A  question"
    )
    assert lines[1:] == [
        "::error file=tests/cassettes/a.yaml,line=1,title=llmcassette unplayed::"
        "tests/test_it.py::test_x: tests/cassettes/a.yaml: 1 of 2 interactions was never played "
        "(1: POST https://api.example.com/v1/ask). "
        "Fix: pytest --llm-mode=rewrite tests/test_it.py::test_x"
    ]


def test_a_cassette_that_is_not_there_is_told_at_the_test(project):
    assert annotations(project, ONE) == [
        "::error file=tests/test_it.py,line=6,title=llmcassette::tests/test_it.py::test_x: "
        + MISSING
    ]


def test_a_cassette_that_is_broken_is_told_at_its_line(project):
    file = cassette(project, "a.yaml", "one")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("method: POST", "method: [POST]"), encoding="utf-8")

    (told,) = annotations(project, ONE)

    assert told.startswith(
        "::error file=tests/cassettes/a.yaml,line=12,title=llmcassette cassette::"
        "tests/test_it.py::test_x: tests/cassettes/a.yaml: interaction 0, request.method: "
    )


def test_a_cassette_that_is_no_yaml_is_told_at_its_line(project):
    file = cassette(project, "a.yaml", "one")
    line = len(file.read_text(encoding="utf-8").splitlines()) + 1
    with file.open("a", encoding="utf-8") as end:
        end.write("\t- no: yaml\n")

    (told,) = annotations(project, ONE)

    assert told.startswith(
        f"::error file=tests/cassettes/a.yaml,line={line},title=llmcassette cassette::"
        "tests/test_it.py::test_x: tests/cassettes/a.yaml: "
    )


OPENED = {
    "by a test": """
    import llmcassette
    def test_x():
        with llmcassette.use_cassette("tests/cassettes/a.yaml"): ...
    """,
    "by a fixture": """
    @pytest.fixture(scope="session")
    def index(llm_cassettes):
        with llm_cassettes("a.yaml"): ...
    def test_x(index): ...
    """,
}


@pytest.mark.parametrize("how", OPENED)
def test_a_cassette_that_is_opened_otherwise_and_is_not_there(project, how):
    cassette(project, "unused.yaml", "one")
    (project.path / "tests" / "cassettes" / "unused.yaml").unlink()

    (told,) = annotations(project, OPENED[how])

    line = 5 if how == "by a test" else 7
    assert told.startswith(
        f"::error file=tests/test_it.py,line={line},title=llmcassette cassette::"
        "tests/test_it.py::test_x: tests/cassettes/a.yaml: there is no such cassette.%0A"
    )


def test_a_setting_that_cannot_be_obeyed_is_told_at_the_test(project):
    cassette(project, "a.yaml", "one")

    assert annotations(project, ONE.replace('"a.yaml"', '"a.yaml", ignored=[]')) == [
        "::error file=tests/test_it.py,line=4,title=llmcassette setting::tests/test_it.py::test_x: "
        "tests/test_it.py: there is no setting 'ignored' (the marker llm_cassette). "
        "Did you mean 'ignore'?"
    ]


def test_a_fault_that_never_fired_is_told_at_the_cassette(project):
    cassette(project, "a.yaml", "one")
    fault = '"a.yaml", faults=[llmcassette.faults.status(429, interaction=7)]'

    lines = annotations(project, "\n    import llmcassette", ONE.replace('"a.yaml"', fault))

    assert [line.partition("::tests/")[0] for line in lines] == [
        "::error file=tests/cassettes/a.yaml,line=1,title=llmcassette unfired"
    ]


def test_a_cassette_that_cannot_be_saved_is_told(project, httpserver_url):
    (project.path / "tests" / "cassettes").mkdir(parents=True)
    test = ONE.replace('ask("one")', f'ask("one", {httpserver_url!r}); take_the_place()')
    place = "\n    import pathlib\n    def take_the_place():\n        FOLDER.mkdir()\n"
    place = place.replace("FOLDER", 'pathlib.Path("tests/cassettes/a.yaml")')

    (told,) = annotations(project, place, test, options=["--llm-record"])

    assert told.startswith(
        "::error file=tests/test_it.py,line=8,title=llmcassette cassette::"
        "tests/test_it.py::test_x: tests/cassettes/a.yaml: "
    )


def test_what_a_test_expects_is_not_told(project):
    lines = annotations(
        project,
        """
    import llmcassette
    def test_x():
        with pytest.raises(llmcassette.CassetteError), llmcassette.use_cassette("a.yaml"): ...
    """,
    )

    assert lines == []


def test_the_report_has_them_too(project):
    project.write(tests__test_it=f"{START}{ONE}")
    cassette(project, "a.yaml", "one")
    path = project.path / "tests" / "cassettes" / "a.yaml"
    path.write_text("nothing\n")

    report = project.report("--llm-ci")

    assert report["problems"] == [
        {
            "code": "cassette",
            "level": "error",
            "test": "tests/test_it.py::test_x",
            "file": "tests/cassettes/a.yaml",
            "line": 1,
            "message": "expected a mapping with version and interactions, found plain text",
            "fix": "",
        }
    ]
    assert json.loads(json.dumps(report)) == report


def test_paths_are_those_of_the_checkout(project, monkeypatch):
    """Where pytest runs in a folder of the repository."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path.parent))

    (told,) = annotations(project, ONE)

    assert told.startswith(f"::error file={project.path.name}/tests/test_it.py,line=6,")


def test_there_are_none_elsewhere(project, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS")
    cassette(project, "a.yaml", "one", "two")

    assert annotations(project, ONE) == []
