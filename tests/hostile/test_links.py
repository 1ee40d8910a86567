"""Recording writes inside the project only: no link and no marker's name leads out of it."""

from __future__ import annotations

import os

import pytest

from tests.ci.conftest import CiProject, live, server
from tests.plugin.conftest import cassette_text

__all__ = ["live", "server"]

ALLOW = "allow it: outside = true, in [tool.llmcassette] of pyproject.toml or on the marker"


@pytest.fixture
def project(pytester, monkeypatch):
    inner = pytester.mkdir("project")
    monkeypatch.chdir(inner)
    monkeypatch.syspath_prepend(inner)
    made = CiProject(pytester)
    for name in ("app.py", "tox.ini"):
        (pytester.path / name).rename(inner / name)
    made.path = inner
    made.settings("")
    return made


@pytest.fixture
def httpserver_url(server):
    server.asked = []
    return server.url


def marked(project, name, **settings):
    given = "".join(f", {key}={value!r}" for key, value in settings.items())
    project.test(f"""
        import pytest
        from app import ask

        @pytest.mark.llm_cassette({name!r}{given})
        def test_x():
            ask("one")
        """)


LINKS = {
    "to a file": ("cassettes/x.yaml", "outside/keep.yaml", "cassettes/x.yaml"),
    "dangling": ("cassettes/x.yaml", "outside/new.yaml", "cassettes/x.yaml"),
    "to a folder": ("cassettes/sub", "outside", "cassettes/sub"),
    "of the folder": ("cassettes", "outside", "cassettes"),
}


@pytest.mark.parametrize("case", LINKS)
def test_a_link_out_of_the_project_is_not_written_through(live, case):
    link, target, named = LINKS[case]
    outside = live.path.parent / "outside"
    outside.mkdir()
    kept = cassette_text("kept")
    for name in ("keep.yaml", "x.yaml"):
        (outside / name).write_text(kept)
    (live.path / "cassettes").mkdir()
    if link == "cassettes":
        (live.path / "cassettes").rmdir()
    (live.path / link).symlink_to(live.path.parent / target)
    path = "sub/x.yaml" if link.endswith("sub") else "x.yaml"
    marked(live, path)
    result = live.run("--llm-mode=rewrite")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            f"llmcassette: cassettes/{path}: not written: the link {named} leads out of the "
            f"project, to {live.path.parent / target}.",
            f"Replace the link, or {ALLOW}.",
        ]
    )
    assert sorted(each.name for each in outside.iterdir()) == ["keep.yaml", "x.yaml"]
    assert (outside / "keep.yaml").read_text() == (outside / "x.yaml").read_text() == kept


@pytest.mark.parametrize("kind", ["with dots", "absolute"])
def test_a_markers_name_out_of_the_project_is_refused(live, kind):
    target = live.path.parent / "outside" / "x.yaml"
    marked(live, os.fspath(target) if kind == "absolute" else "../../outside/x.yaml")
    result = live.run("--llm-mode=rewrite")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            f"llmcassette: {target}: not written: it is outside the project, {live.path}.",
            f"Name a file inside it, or {ALLOW}.",
        ]
    )
    assert not target.exists()


def test_the_setting_allows_it_and_so_does_a_link_that_stays_inside(live):
    target = live.path.parent / "outside" / "x.yaml"
    marked(live, "../../outside/x.yaml", outside=True)
    live.run("--llm-mode=rewrite").assert_outcomes(passed=1)
    assert target.exists()
    (live.path / "elsewhere").mkdir()
    (live.path / "cassettes").symlink_to(live.path / "elsewhere")
    marked(live, "y.yaml")
    live.run("--llm-mode=rewrite").assert_outcomes(passed=1)
    assert (live.path / "elsewhere" / "y.yaml").exists()


def test_what_is_outside_still_replays(live):
    folder = live.path.parent / "outside"
    folder.mkdir()
    text = cassette_text("one")
    url = (live.path / "app.py").read_text().split('URL = "')[1].split('"')[0]
    (folder / "x.yaml").write_text(text.replace("https://api.example.com/v1/ask", url))
    marked(live, "../../outside/x.yaml")
    live.run().assert_outcomes(passed=1)


def test_a_link_is_not_written_through_by_a_cassette_of_the_factory(live):
    outside = live.path.parent / "outside"
    (live.path / "cassettes").symlink_to(outside)
    live.test("""
        from app import ask

        def test_x(llm_cassettes):
            with llm_cassettes("x.yaml"):
                ask("one")
        """)
    live.run("--llm-mode=rewrite").assert_outcomes(failed=1)
    assert not outside.exists()
