"""A status that no answer can have is refused where a file is loaded, checked and replayed."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from llmcassette import CassetteError, ReplayError, load, use_cassette
from tests.cli.commands import Commands, chat

REFUSED = {
    "-1": "expected a status from 100 to 999, found -1",
    "99": "expected a status from 100 to 999, found 99",
    "99999": "expected a status from 100 to 999, found 99999",
    "0": "code 0 means that no answer came; it needs `ended`, such as `connect`",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    return Commands(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "spelt", ["code: {}", "code: {} # a comment"], ids=["plainly", "as PyYAML"]
)
def test_load_check_and_replay_name_interaction_and_line(run, spelt):
    path = run.write("a.yaml", chat())
    text = path.read_text()
    line = 1 + text[: text.index("code: 200")].count("\n")
    sent = chat().request
    for code, problem in REFUSED.items():
        Path("a.yaml").write_text(text.replace("code: 200", spelt.format(code)))
        with pytest.raises(CassetteError) as loaded:
            load("a.yaml")
        place = f"a.yaml:{line}: interaction 0"
        assert str(loaded.value) == f"{place}, response.code: {problem}"
        assert run("check", "a.yaml", "--select", "unreadable").out.startswith(
            f"a.yaml:{line}: LC001 interaction 0: response.code: {problem}\n"
        )
        with use_cassette("a.yaml"), httpx.Client() as client:  # noqa: SIM117
            with pytest.raises(ReplayError) as played:
                client.post(sent.url, content=sent.body)
        assert str(played.value) == f"{place}, response.code: {problem}"


def test_codes_of_three_digits_and_requests_without_an_answer_are_read(run):
    text = run.write("a.yaml", chat()).read_text()
    for code in ("100", "200", "599", "999"):
        Path("a.yaml").write_text(text.replace("code: 200", f"code: {code}"))
        assert load("a.yaml").interactions[0].response.code == int(code)
    Path("a.yaml").write_text(text.replace("code: 200", "code: 0\n    ended: connect"))
    assert not load("a.yaml").interactions[0].response.came
