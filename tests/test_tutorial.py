"""docs/tutorial.md: its commands run, and print what the page shows."""

from __future__ import annotations

import subprocess
import sys

from tests.corpus import ROOT

SCRIPT = ROOT / "scripts" / "run_tutorial.py"
PROJECT = ROOT / "llmcassette" / "cli" / "demo" / "project"


def test_the_output_in_the_page_is_what_the_commands_print():
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, encoding="utf-8", check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_page_shows_the_test_of_the_demo():
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")

    assert f"```python\n{(PROJECT / 'test_agent.py').read_text(encoding='utf-8')}```" in page
