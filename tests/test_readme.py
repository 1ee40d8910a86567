"""What README and docs show is true: their blocks run here as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields

import pytest

from llmcassette.recorder.settings import Layer, Settings, merge
from tests.cases import case
from tests.corpus import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
AGENT = ROOT / "examples" / "weather_agent"


def block(language: str, marker: str) -> str:
    """The block of a language that follows a marker in README."""
    found = re.search(rf"{re.escape(marker)}\s*```{language}\n(.*?)```", README, re.DOTALL)
    assert found, f"README has no {language} block after {marker}"
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
    _, *shown, outcome = block("console", "```\n\n").splitlines()
    assert all(line in result.stdout.lines for line in shown)
    assert outcome in result.stdout.str()


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
    script = block("python", "<!-- file: use.py -->")
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
