"""The examples of docs/how-to that ask a provider, recorded and replayed as they stand."""

from __future__ import annotations

import re

import pytest

from tests.ci.conftest import problems
from tests.corpus import ROOT

PAGES = {
    name: (ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8")
    for name in ("async.md", "composition.md", "other-tools.md", "web-apps.md")
}
BLOCKS = dict(
    re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", "".join(PAGES.values()), re.DOTALL)
)


def test_every_python_block_is_one_of_them():
    assert len(BLOCKS) == sum(text.count("```python") for text in PAGES.values())


def test_all_are_recorded_and_then_pass_in_ci(live):
    for name, code in BLOCKS.items():
        (live.path / name).write_text(code, encoding="utf-8")

    live.run("--llm-record").assert_outcomes(passed=22)
    result = live.ci("-W", "error")

    result.assert_outcomes(passed=22)
    assert problems(result) == []
    assert result.ret == pytest.ExitCode.OK


def test_the_error_of_two_tools_in_one_test_is_that_of_the_program(live):
    live.cassette("a.yaml", "one")
    live.test("""
        import pytest, vcr
        from app import ask

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            with vcr.use_cassette("cassettes/theirs.yaml"):
                ask("one")
        """)

    (shown,) = re.findall(r"```text\n(.*?)```", PAGES["other-tools.md"], re.DOTALL)
    assert shown in live.run().stdout.str()
