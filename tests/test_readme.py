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
from tests.corpus import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))
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


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: page.name)
def test_toml_blocks_are_settings_that_exist(page):
    for text in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        merge([Layer(page.name, tomllib.loads(text)["tool"]["llmcassette"])])


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_python_blocks_compile(page):
    for text in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        compile(text, page.name, "exec")


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    names = {field.name for field in fields(Settings)}
    assert names - documented == set()


def test_every_option_is_documented(pytester):
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = pytester.runpytest("--help", "-p", "no:asyncio").stdout.str()
    options = set(re.findall(r"--llm-[a-z-]+", shown))
    assert options
    assert options - set(re.findall(r"--llm-[a-z-]+", text)) == set()
