"""What README and docs show is true: their blocks run here as they stand."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields, replace

import click
import pytest
import yaml

from llmcassette import dump, load
from llmcassette.cli.app import llmcassette as program
from llmcassette.recorder.settings import Layer, Settings, merge
from llmcassette.review.check.rules import RULES
from tests.cases import case
from tests.corpus import ROOT

PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
OPTIONS = PAGES["docs/reference/options.md"]
AGENT = ROOT / "examples" / "weather_agent"


def block(language: str, marker: str, page: str = "README.md") -> str:
    """The block of a language that follows a marker in a page."""
    found = re.search(rf"{re.escape(marker)}\s*```{language}\n(.*?)```", PAGES[page], re.DOTALL)
    assert found, f"{page} has no {language} block after {marker}"
    return found[1]


@pytest.fixture
def project(pytester):
    """A user's project: the agent, the test that README shows first, and its cassette."""
    pytest.importorskip("openai")
    script = ROOT / "scripts" / "first_example.py"
    subprocess.run([sys.executable, str(script), str(pytester.path)], check=True)
    return pytester


def test_the_first_example_passes(project):
    result = project.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    _, *shown, outcome = block("console", "lets no request out:\n\n").splitlines()
    assert all(line in result.stdout.lines for line in shown)
    assert outcome in result.stdout.str()


def test_the_first_example_passes_while_it_records_too(project, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "of the one who records")
    monkeypatch.delenv("CI", raising=False)
    (project.path / "cassettes" / "florence.yaml").rename(project.path / "provider.yaml")
    agent = project.path / "agent.py"
    live = '"https://openrouter.ai/api/v1"'
    here = '__import__("os").environ["LLMCASSETTE_BASE_URL"] + "/api/v1"'
    agent.write_text(agent.read_text(encoding="utf-8").replace(live, here), encoding="utf-8")

    record = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--llm-record"]
    serve = [sys.executable, "-m", "llmcassette", "serve", "provider.yaml", "--", *record]
    result = project.run(*serve)

    assert result.ret == 0
    result.assert_outcomes(passed=1)
    assert "recorded 2 interactions into 1 cassette:" in result.stdout.lines


def test_a_changed_prompt_fails_with_the_report_that_is_shown(project):
    agent = project.path / "agent.py"
    source = agent.read_text(encoding="utf-8")
    agent.write_text(source.replace("a helpful assistant", "a terse assistant"), encoding="utf-8")

    result = project.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    assert block("text", "<!-- miss -->").strip() in result.stdout.str()


def test_the_example_without_pytest_runs(tmp_path):
    pytest.importorskip("openai")
    shutil.copytree(ROOT / "sample_cassettes", tmp_path / "sample_cassettes")
    script = block("python", "<!-- file: use.py -->", "docs/reference/api.md")
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("weather\n2 200 OK\n", "")


def test_the_demo_shows_each_chunk_and_passes():
    pytest.importorskip("openai")
    result = subprocess.run(
        [sys.executable, AGENT / "demo.py"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[The][ current][ weather][ in][ Florence]" in result.stdout
    assert "1 passed" in result.stdout


def test_toml_blocks_are_settings_that_exist():
    for name, text in PAGES.items():
        for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
            tool = tomllib.loads(block).get("tool", {})
            merge([Layer(name, tool.get("llmcassette", {}))])


def test_python_blocks_compile():
    for name, text in PAGES.items():
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            compile(block, name, "exec")


def test_yaml_and_json_blocks_can_be_read():
    for name, text in PAGES.items():
        for language, block in re.findall(r"```(yaml|json)\n(.*?)```", text, re.DOTALL):
            with case(f"{name}: {block[:40]}"):
                yaml.safe_load(block) if language == "yaml" else json.loads(block)


def test_the_cassette_that_is_shown_can_be_read_and_is_written_alike(tmp_path):
    text = block("yaml", "<!-- cassette -->", "docs/reference/format.md")
    (tmp_path / "shown.yaml").write_text(text, encoding="utf-8")
    shown = load(tmp_path / "shown.yaml")
    dump(replace(shown, source=None), tmp_path / "written.yaml")
    assert (tmp_path / "written.yaml").read_text(encoding="utf-8") == text


def test_every_check_has_a_row_with_an_anchor():
    rows = re.findall(
        r'^\| <a id="(\w+)"></a>(\w+) \| (\S+) \|', PAGES["docs/reference/check.md"], re.MULTILINE
    )
    assert rows == [(code.lower(), code, rule.name) for code, rule in RULES.items()]


def test_commands_that_are_shown_exist():
    """And their options do."""
    outer = click.Context(program, info_name="llmcassette")
    for name, text in PAGES.items():
        for line in re.findall(r"^\s*(?:- run: |\$ )(llmcassette .*)", text, re.MULTILINE):
            with case(f"{name}: {line}"):
                _, command, *arguments = shlex.split(line.partition(" --  ")[0].partition("  #")[0])
                known = program.get_command(outer, command)
                assert known is not None
                options = {option for each in known.params for option in each.opts}
                ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
                assert {each for each in ours if each.startswith("-")} <= options


def test_options_of_pytest_that_are_shown_exist():
    for name, text in PAGES.items():
        with case(name):
            shown = set(re.findall(r"(?<![\w-])--llm-[a-z-]*[a-z]", text))
            assert {each for each in shown if f"`{each}" not in OPTIONS} == set()


def test_links_lead_somewhere():
    """Also to a heading of that name. `make docs` looks at the site's own links."""
    broken = []
    for name, text in PAGES.items():
        for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", text):
            path = (ROOT / name).parent / target if target else ROOT / name
            if not path.exists() or (anchor and anchor not in anchors(path)):
                broken.append(f"{name}: {target}#{anchor}")
    assert broken == []


def anchors(page):
    """The headings and explicit anchors of a page, as GitHub and the site name them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*slugs, *re.findall(r'<a id="([^"]+)">', text)}


def test_every_setting_is_documented_with_its_default():
    """And with whether the lists of several places add up."""
    text = PAGES["docs/reference/settings.md"]
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == {field.name for field in fields(Settings)}
    for field in fields(Settings):
        with case(field.name):
            line = re.search(
                r"^Value: .*\. Default: ([^.;]+)(; adds up)?\.", sections[field.name], re.MULTILINE
            )
            assert bool(line[2]) == field.metadata["adds_up"]
            if field.default is not None and line[1] != "none":
                shown = tomllib.loads(f"value = {line[1].strip('`')}")["value"]
                merged = merge([Layer("the page", {field.name: shown})])
                assert getattr(merged, field.name) == field.default


def test_options_commands_and_classes_are_described_as_they_are():
    """Otherwise run scripts/reference.py."""
    script = ROOT / "scripts" / "reference.py"
    result = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("", "")
