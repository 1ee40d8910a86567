"""``--llm-html``: what a run did, as a page."""

from __future__ import annotations

import html
import re

import pytest

from llmcassette.review.page import rendering, run
from tests.ci.conftest import START, errors

TESTS = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        assert ask("one") == ask("one") == "re: one"
    @pytest.mark.llm_cassette("a.yaml")
    def test_missing():
        ask_swallowing("three")
    def test_y(): pass
    """
PASSING = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(): ask("one")
    """


def read(project, *options, name="page.html"):
    """The text of each section of the page of a run, by its heading."""
    project.run(f"--llm-html={name}", *options)
    page = (project.path / name).read_text("utf-8")
    main = page.partition("<main")[2].partition('<p class="nothing"')[0]
    _, *parts = re.split(r"<h2[^>]*>(.*?)</h2>", main)
    texts = (html.unescape(" ".join(re.sub(r"<[^>]*>", " ", p).split())) for p in parts[1::2])
    return dict(zip(parts[::2], texts, strict=True))


@pytest.fixture
def mixed(project):
    project.cassette("a.yaml", "one", "one", "two")
    project.test(START, TESTS)
    return project


def test_shows_what_was_missed_with_the_report_and_the_line(mixed):
    missed = read(mixed)["Missed"]

    assert "test_it.py::test_missing test_it.py:9 " in missed
    assert 'recorded "one" sent "three"' in missed
    assert "cassette cassettes/a.yaml contains 3 interactions" in missed


def test_shows_tests_and_counts_those_without_a_cassette(mixed):
    tests = read(mixed)["Tests"]

    assert tests == (
        "Outcome Test Cassettes passed test_it.py::test_x cassettes/a.yaml "
        "failed test_it.py::test_missing cassettes/a.yaml 1 more test used no cassette."
    )


def test_shows_what_was_played_and_what_is_unused(mixed):
    cassettes = read(mixed)["Cassettes"]

    assert cassettes.startswith("cassettes/a.yaml 2 of 3 played interactions 3 ")
    assert cassettes.count("not played") == 1
    assert re.search(r"Interaction 2 POST \S+ not played ", cassettes)


def test_shows_problems_with_their_fixes(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, PASSING)

    problems = read(project, "--llm-ci")["Problems"]

    assert problems == (
        "error cassettes/a.yaml · test_it.py::test_x 1 of 2 interactions was never played "
        "(1: POST https://api.example.com/v1/ask) pytest --llm-mode=rewrite test_it.py::test_x"
    )


def test_one_miss_in_many_tests_is_shown_once(project):
    project.cassette("a.yaml", "one")
    many = """
    @pytest.mark.parametrize("n", range(3))
    @pytest.mark.llm_cassette("a.yaml")
    def test_missing(n):
        ask_swallowing("three")
    """
    project.test(START, many)

    missed = read(project)["Missed"]

    tests = " ".join(f"test_it.py::test_missing[{n}] test_it.py:7" for n in range(3))
    assert f" {tests} " in missed
    assert missed.count("answers this request") == 1
    named = " ".join(f"'test_it.py::test_missing[{n}]'" for n in range(3))
    assert f"pytest --llm-mode=new_episodes {named}" in missed


def test_workers_are_together_in_it(mixed):
    assert read(mixed) == read(mixed, "-n2", "-pxdist", name="workers.html")


def test_conversations_are_shown_up_to_a_number(mixed, monkeypatch):
    monkeypatch.setattr(run, "MOST_INTERACTIONS", 2)

    cassettes = read(mixed)["Cassettes"]

    assert cassettes == (
        "cassettes/a.yaml 2 of 3 played Its conversations are not in this page: "
        "llmcassette inspect --html shows them."
    )


def test_a_page_that_cannot_be_written_fails_the_run(project):
    project.cassette("a.yaml", "one")
    project.test(START, PASSING)
    (project.path / "page.html").mkdir()

    result = project.run("--llm-html=page.html")

    assert result.ret == 1
    assert errors(result) == [
        "page.html: cannot be saved: it is a folder: move it, or name a file in it"
    ]


def test_without_the_extra_no_test_runs(project, monkeypatch):
    monkeypatch.setattr(rendering, "has_templates", lambda: False)
    project.test("def test_x(): pass")

    result = project.run("--llm-html=page.html")

    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: --llm-html: a page needs jinja2: pip install 'pytest-llmcassette[[]html[]]'"]
    )
