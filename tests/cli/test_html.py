"""``--html`` of ``inspect`` and ``diff``: one page for a browser."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from llmcassette.review.page import rendering
from tests.browser.tapes import trip
from tests.cli.commands import Commands, Ran

if TYPE_CHECKING:
    from pathlib import Path

BRIEF = {"role": "system", "content": "You plan short trips. Be brief."}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands(tmp_path, monkeypatch)
    commands.write("old.yaml", *trip().interactions)
    commands.write("new.yaml", *trip(BRIEF).interactions)
    return commands


def read(run: Commands, name: str) -> str:
    """The text that a page shows."""
    page = (run.folder / name).read_text("utf-8")
    main = page.partition("<main")[2].partition("</main>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


def test_inspect_writes_a_page(run: Commands):
    assert run("inspect", "old.yaml", "--html", "out/page.html") == Ran(
        0, "wrote out/page.html\n", ""
    )
    text = read(run, "out/page.html")
    assert "interactions 3 tokens 1,631" in text
    assert "Interaction 1 openrouter moonshotai/kimi-k2-0905 429 Too Many Requests" in text
    assert 'Tool call trains (start="Florence", end="Siena", day="Saturday")' in text


def test_inspect_shows_chosen_interactions(run: Commands):
    run("inspect", "old.yaml", "-i", "2", "--html", "page.html")

    assert "interactions 1" in read(run, "page.html")


def test_a_folder_is_one_page(run: Commands):
    run("inspect", ".", "--html", "page.html")

    text = read(run, "page.html")
    assert text.startswith('id="main" tabindex="-1"> 2 cassettes new.yaml ')


def test_a_folder_that_all_files_are_in_is_named_once(run: Commands):
    for name in ("a/x.yaml", "a/b/x.yaml"):
        run.write(name, *trip().interactions[:1])

    run("inspect", "a", "--html", "page.html")

    text = read(run, "page.html")
    assert text.startswith('id="main" tabindex="-1"> 2 cassettes in a/ b/x.yaml interactions 1 ')
    assert " HTTP POST " in text.partition(" x.yaml interactions 1 ")[2]


def test_a_file_that_is_no_cassette_is_named_and_the_others_are_in_the_page(run: Commands):
    (run.folder / "bad.yaml").write_text("version: [")

    ran = run("inspect", ".", "--html", "page.html")

    assert ran.code == 2
    assert ran.err.startswith("llmcassette: bad.yaml:1: not YAML")
    assert "2 cassettes" in read(run, "page.html")


def test_diff_writes_a_page(run: Commands):
    assert run("diff", "old.yaml", "new.yaml", "--html", "page.html") == Ran(
        1, "wrote page.html\n", ""
    )
    assert read(run, "page.html").endswith(
        "old.yaml → new.yaml What differs interactions 3 request changed 3 "
        "Interaction 0 moonshotai/kimi-k2-0905 request changed request changed "
        "messages[0].content system prompt "
        '− old: "You plan short trips. Look facts up before you answer ." '
        '+ new: "You plan short trips. Be brief ." '
        "Interaction 1 moonshotai/kimi-k2-0905 request changed Same as above: system prompt "
        "Interaction 2 moonshotai/kimi-k2-0905 request changed Same as above: system prompt "
        "Nothing contains this text."
    )


def test_an_added_interaction_is_shown_whole(run: Commands):
    run.write("short.yaml", *trip().interactions[:1])

    run("diff", "short.yaml", "old.yaml", "--html", "page.html")

    text = read(run, "page.html")
    assert "Interaction 2 openrouter moonshotai/kimi-k2-0905 added " in text
    assert "BEGIN:VEVENT" in text


def test_equal_cassettes_are_called_equal(run: Commands):
    assert run("diff", "old.yaml", "old.yaml", "--html", "page.html").code == 0
    assert read(run, "page.html").endswith("old.yaml → old.yaml equal Nothing contains this text.")


def test_a_page_excludes_other_views(run: Commands):
    ran = run("inspect", "old.yaml", "--html", "page.html", "--json")

    assert ran.code == 2
    assert "--html and --json exclude each other" in ran.err


@pytest.mark.parametrize("command", [["inspect", "old.yaml"], ["diff", "old.yaml", "new.yaml"]])
def test_without_the_extra_the_command_to_install_it_is_named(
    run: Commands, monkeypatch: pytest.MonkeyPatch, command: list[str]
):
    monkeypatch.setattr(rendering, "has_templates", lambda: False)

    assert run(*command, "--html", "page.html") == Ran(
        2, "", "llmcassette: a page needs jinja2: pip install 'pytest-llmcassette[html]'\n"
    )
    assert not (run.folder / "page.html").exists()
