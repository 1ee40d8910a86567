"""``llmcassette redact``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmcassette import storage
from llmcassette.model import Headers
from llmcassette.redaction import Finding, Sealed
from tests.cli.commands import Commands, chat

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Interaction
    from llmcassette.redaction import Secrets

KEY = "sk-ant-api03-" + "Ab3kQ7vW2xZp9RtY4sLm" * 4 + "AA"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def secretive(**request: object) -> dict[str, object]:
    given = Headers({"User-Agent": "test", "Authorization": f"Bearer {KEY}", "Cookie": "a=b"})
    return {"headers": given, "url": "https://a.example/v1?api_key=hush-hush&a=1"} | request


def test_it_lists_what_it_removed(run: Commands) -> None:
    run.write("a.yaml", chat(f"Your key is {KEY}.", request=secretive()), chat(id=1))
    ran = run("redact", ".")
    assert (ran.code, ran.out, ran.err) == (
        0,
        "a.yaml: redacted\n"
        "  interaction 0, request.url: redacted\n"
        "  interaction 0, request.headers: Authorization, Cookie removed\n"
        "  interaction 0, response.body: 1 value redacted\n",
        "1 of 1 file changed\n",
    )
    first, second = storage.load(run.folder / "a.yaml").interactions
    assert first.request.url == "https://a.example/v1?api_key=[REDACTED]&a=1"
    assert first.request.headers == Headers({"User-Agent": "test"})
    assert b"Your key is [REDACTED]." in first.response.body
    assert second == chat(id=1)
    assert run("check", ".").code == 0
    assert run("redact", ".").err == "0 of 1 file changed\n"


def test_a_dry_run_changes_nothing(run: Commands) -> None:
    path = run.write("a.yaml", chat(request=secretive()))
    before = path.read_bytes()
    ran = run("redact", "-n", "a.yaml", "--json")
    assert ran.code == 0
    assert json.loads(ran.out) == {
        "schema": 1,
        "dry_run": True,
        "failed": 0,
        "files": [
            {
                "file": "a.yaml",
                "removed": False,
                "changes": [
                    "interaction 0, request.url: redacted",
                    "interaction 0, request.headers: Authorization, Cookie removed",
                ],
            }
        ],
    }
    assert path.read_bytes() == before


def test_the_projects_rules_are_obeyed(run: Commands) -> None:
    (run.folder / "pyproject.toml").write_text(
        '[tool.llmcassette]\nkeep_headers = ["x-*"]\nredact_fields = ["content"]\n'
    )
    kept = Headers({"X-Kong-Id": "yes", "Via": "no", "Link": "<https://a/?token=abc>"})
    run.write("a.yaml", chat(headers=kept))
    ran = run("redact", "a.yaml")
    assert ran.out == (
        "a.yaml: redacted\n"
        "  interaction 0, request.body: 1 value redacted\n"
        "  interaction 0, response.headers: Via removed\n"
        "  interaction 0, response.headers: Link redacted\n"
        "  interaction 0, response.body: 1 value redacted\n"
    )


def test_a_file_whose_secret_cannot_be_replaced_is_left_as_it_was(run: Commands) -> None:
    path = run.write("a.yaml", chat(request=secretive()), chat(id=1))
    run.write("b.yaml", chat(request=secretive()))
    before = path.read_bytes()
    finding = Finding(1, "response.body", "an Anthropic key", 7, 1, "it stands in the way")

    def seal(interaction: Interaction, _: Secrets) -> Sealed:
        return Sealed(interaction, (finding,) if interaction.id == 1 else ())

    run.patch.setattr("llmcassette.redaction.seal", seal)
    ran = run("redact", ".")
    assert (ran.code, ran.err) == (
        2,
        "llmcassette: a.yaml: interaction 1, response.body: an Anthropic key; it stands in the"
        " way\n1 of 2 files changed, 1 error\n",
    )
    assert path.read_bytes() == before


def test_stdin_cannot_be_changed(run: Commands) -> None:
    ran = run("redact", "-")
    assert (ran.code, ran.err) == (
        2,
        "llmcassette: stdin cannot be changed; name files or folders\n",
    )


def test_the_accept_header_of_older_files_stays(run: Commands) -> None:
    headers = Headers({"Accept": "text/event-stream", "Content-Type": "application/json"})
    path = run.write("a.yaml", chat(request={"headers": headers}))
    before = path.read_bytes()
    assert run("redact", "a.yaml").code == 0
    assert path.read_bytes() == before
