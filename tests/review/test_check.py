"""The checks, one by one: what each finds, where, and what it leaves alone."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmcassette import formats
from llmcassette.errors import CassetteError
from llmcassette.model import Cassette, Chunk, Headers, Interaction
from llmcassette.redaction import Finding as Found
from llmcassette.redaction import Redaction
from llmcassette.review.check.checker import Checker
from llmcassette.review.check.options import Options
from llmcassette.review.check.rules import RULES
from llmcassette.review.report.document import RunReport, Used
from tests.cli.commands import DONE, FINISH, SSE, STREAM, chat
from tests.corpus import corpus_files, needs_corpus

if TYPE_CHECKING:
    from llmcassette.review.check.rules import Finding

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def text_of(*interactions: Interaction) -> str:
    return formats.write(Cassette(interactions=interactions))


def found(text: str | bytes, path: Path = Path("a.yaml"), **options: object) -> list[Finding]:
    data = text.encode() if isinstance(text, str) else text
    return Checker(Options(now=NOW, **options)).check(path, data)  # type: ignore[arg-type]


def told(findings: list[Finding]) -> list[tuple[str, int, int | None, str]]:
    return [(one.code, one.line, one.interaction, one.message) for one in findings]


def test_every_rule_has_a_code_a_name_and_a_fix() -> None:
    assert [rule.code for rule in RULES.values()] == list(RULES)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(rule.fix and rule.summary for rule in RULES.values())


def test_a_sound_cassette_has_no_findings() -> None:
    stream = STREAM + FINISH + DONE
    chunks = (Chunk(10, 0.1), Chunk(len(stream) - 10, 0.2))
    sound = (chat(), chat(id=1, body=stream, headers=SSE, chunks=chunks))
    assert found(text_of(*sound)) == []


def test_bytes_that_are_no_text() -> None:
    assert told(found(b"a\nb\xff")) == [
        ("LC001", 2, None, "not UTF-8: byte 0xFF at offset 3"),
    ]


def test_a_broken_answer_is_found_and_the_others_are_checked() -> None:
    head, middle, tail = text_of(chat(ended="ReadError"), chat(id=1), chat(id=2)).split("- id: ")[
        1:
    ]
    text = "version: 2\ninteractions:\n" + "".join(
        f"- id: {item}" for item in (head, middle.replace("code: 200", "code: soon"), tail)
    )
    line = 1 + text.splitlines().index("    code: soon")
    assert [one.code for one in found(text)] == ["LC004", "LC001"]
    assert told(found(text))[1:] == [
        ("LC001", line, 1, "response.code: expected an integer, found 'soon'")
    ]


@pytest.mark.parametrize(
    ("version", "code"), [("version: 1", "LC002"), ("version: 3", "LC002"), ("", "LC002")]
)
def test_another_version(version: str, code: str) -> None:
    assert [one.code for one in found(f"{version}\ninteractions: []\n")] == [code]


def test_a_file_without_a_version_is_told_what_is_missing() -> None:
    (only,) = found("hello: world\n")
    assert only.message.startswith("version: is missing; a go-vcr cassette has `version: 2`")


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (STREAM, SSE, "the stream has no terminal event (openai)"),
        (
            b'{"choices":[{"message":{"content":"Hi',
            Headers({"Content-Type": "application/json"}),
            "the document is cut (openai)",
        ),
    ],
)
def test_an_answer_without_an_end(body: bytes, headers: Headers, message: str) -> None:
    (only,) = found(text_of(chat(body=body, headers=headers)))
    assert (only.code, only.interaction, only.field, only.message) == (
        "LC003",
        0,
        "response.body",
        message,
    )


USAGE = (
    b'data: {"id":"c1","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\n'
)


@pytest.mark.parametrize("body", [STREAM + DONE, STREAM + FINISH + USAGE, STREAM + FINISH + DONE])
def test_a_stream_ends_by_its_terminal_event_or_by_finish_reason_and_usage(body: bytes) -> None:
    assert found(text_of(chat(body=body, headers=SSE))) == []


def test_an_error_answer_has_an_end_of_its_own() -> None:
    error = b'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'
    assert found(text_of(chat(body=STREAM + error, headers=SSE))) == []


def test_other_traffic_has_no_end_to_look_for() -> None:
    other = {"method": "GET", "url": "https://example.org/feed", "body": b""}
    assert found(text_of(chat(body=b"data: tick\n\n", headers=SSE, request=other))) == []


def test_a_body_that_was_cut_is_told_once() -> None:
    text = text_of(chat(body=STREAM, headers=SSE, ended="ReadError"))
    line = 1 + text.splitlines().index("    ended: ReadError")
    message = "the body is not whole: it was cut by ReadError"
    assert told(found(text)) == [("LC004", line, 0, message)]


def test_a_body_that_its_caller_closed_is_no_finding_as_it_replays_rightly() -> None:
    """Such as an answer of MCP over SSE, or a stream that litellm closes at message_delta."""
    mcp = {"method": "POST", "url": "https://example.org/mcp", "body": b'{"id":1}'}
    result = b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
    assert found(text_of(chat(body=result, headers=SSE, request=mcp, ended="closed"))) == []
    assert found(text_of(chat(body=STREAM, headers=SSE, ended="closed"))) == []


def test_what_a_caller_gave_up_while_waiting_replays_and_is_no_finding() -> None:
    assert found(text_of(chat(body=STREAM, headers=SSE, ended="waiting"))) == []
    for kind in ("connect", "cancelled", "PoolTimeout"):
        assert found(text_of(chat(code=0, status="", body=b"", ended=kind))) == []


def test_chunks_that_do_not_add_up() -> None:
    text = text_of(chat(id=0, body=STREAM + DONE, headers=SSE, chunks=(Chunk(10, 0.1),)))
    line = next(n for n, line in enumerate(text.splitlines(), 1) if "chunks:" in line)
    size = len(STREAM + DONE)
    assert told(found(text)) == [("LC005", line, 0, f"the chunks are 10 bytes, the body is {size}")]


KEY = "sk-ant-api03-" + "Ab3kQ7vW2xZp9RtY4sLm" * 4 + "AA"


def test_secrets_by_their_look_with_the_very_line() -> None:
    body = f"data: one\n\ndata: {KEY}\n\n".encode() + DONE
    text = text_of(chat(body=body, headers=SSE))
    (only,) = found(text)
    assert (only.code, only.field) == ("LC006", "response.body")
    assert KEY in text.splitlines()[only.line - 1]
    assert KEY not in only.message


def test_secrets_of_the_environment_and_in_headers() -> None:
    text = text_of(
        chat("my hush-83kd-value", request={"headers": Headers({"X-Other": "hush-83kd-value"})})
    )
    environ = {"MY_API_KEY": "hush-83kd-value"}
    lines = text.splitlines()
    findings = found(text, environ=environ)
    assert {one.field for one in findings} == {"request.headers.X-Other", "response.body"}
    for one in findings:
        assert one.message == f"{one.field} holds the value of MY_API_KEY"
        near = "\n".join(lines[one.line - 1 : one.line + 2])
        assert "hush-83kd-value" in near
    spared = Redaction(secret_env=("!MY_*",))
    assert found(text, environ=environ, redaction=spared) == []


def test_a_secret_that_cannot_be_replaced_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Found(0, "response.body", "an Anthropic key", 0, 1, "it cannot be replaced")
    monkeypatch.setattr("llmcassette.review.check.file.find_secrets", lambda *_: (stuck,))
    (only,) = found(text_of(chat()))
    assert only.message == "response.body holds an Anthropic key; it cannot be replaced"


def test_the_same_content_in_another_dialect_is_a_duplicate() -> None:
    checker = Checker(Options())
    text = text_of(chat())
    other = formats.emit((chat(),), formats.Dialect(item=4, field=6, value=8, name=12, entry=16))
    assert text != other
    assert checker.check(Path("a.yaml"), text.encode()) == []
    (only,) = checker.check(Path("b.yaml"), other.encode())
    assert (only.code, only.line, only.message) == ("LC007", 1, "has the same content as a.yaml")
    empty = b"version: 2\ninteractions: []\n"
    assert checker.check(Path("c.yaml"), empty) == checker.check(Path("d.yaml"), empty) == []


def test_orphans() -> None:
    report = RunReport({Path("a.yaml").resolve(): Used()})
    assert found(text_of(chat()), report=report) == []
    (only,) = found(text_of(chat()), Path("b.yaml"), report=report)
    assert (only.code, only.message) == ("LC008", "no test of the last run opened it")


def dated(date: str) -> Interaction:
    return chat(headers=Headers({"Content-Type": "application/json", "Date": date}))


def test_age_is_that_of_the_oldest_date_header() -> None:
    new, old = "Sat, 28 Feb 2026 10:00:00 GMT", "Mon, 05 Jan 2026 10:00:00 GMT"
    text = text_of(dated(new), dated(old), dated("soon"), chat(id=3))
    (only,) = found(text, max_age=timedelta(days=30))
    assert only.message == "recorded 2026-01-05 (Date header), 54 days ago, where 30 are allowed"
    assert found(text, max_age=timedelta(days=55)) == []
    assert found(text) == []


def test_age_without_a_date_header_is_that_of_the_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text_of(chat()))
    month = timedelta(days=30)
    assert found(path.read_bytes(), path, max_age=month) == []
    environ = {
        "GIT_AUTHOR_DATE": "2026-01-05T10:00:00Z",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, env=environ)
    (only,) = found(path.read_bytes(), path, max_age=month)
    assert only.message == "recorded 2026-01-05 (git), 54 days ago, where 30 are allowed"


def test_size() -> None:
    text = text_of(chat())
    assert found(text, max_size=len(text)) == []
    (only,) = found(text, max_size=len(text) - 1)
    assert only.message == f"{len(text)} bytes, where {len(text) - 1} are allowed"


def test_a_value_that_another_save_would_change(monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of(chat(), chat(id=1, code=201))
    emit = formats.emit
    monkeypatch.setattr(formats, "emit", lambda *given: emit(*given).replace(": 201", ": 202"))
    (only,) = found(text)
    assert (only.code, only.interaction) == ("LC011", 1)
    assert text.splitlines()[only.line - 1] == "- id: 1"
    assert only.message == "a value changes when the file is saved"


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (CassetteError("cannot be written"), (1, None, "cannot be written")),
        (
            CassetteError("cannot be written", interaction=0, field="response.code"),
            (27, 0, "response.code: cannot be written"),
        ),
    ],
)
def test_a_value_that_cannot_be_saved(
    monkeypatch: pytest.MonkeyPatch, error: CassetteError, place: tuple[object, ...]
) -> None:
    text = text_of(chat())

    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr(formats, "emit", fail)
    assert told(found(text)) == [("LC011", *place)]


def test_only_what_is_asked_for_is_looked_for() -> None:
    text = text_of(chat(ended="ReadError", request={"headers": Headers({"X-Api-Key": KEY})}))
    assert {one.code for one in found(text)} == {"LC004", "LC006"}
    assert found(text, codes=frozenset({"LC011"})) == []
    sound = replace(Options(), codes=frozenset({"LC003"}))
    assert Checker(sound).check(Path("a.yaml"), text.encode()) == []


@needs_corpus
def test_the_corpus_has_one_file_with_secrets_and_nothing_else() -> None:
    checker = Checker(Options())
    findings = [
        (path.name, one.code, one.interaction, one.field)
        for path in corpus_files("go-vcr-v2")
        for one in checker.check(path, path.read_bytes())
    ]
    assert findings == [
        ("GenDoc-Image.yaml", "LC006", 20, "response.body"),
        ("GenDoc-Image.yaml", "LC006", 21, "request.form.sig"),
        ("GenDoc-Image.yaml", "LC006", 21, "request.url"),
    ]


@pytest.mark.parametrize("ended", ["closed", "waiting", "ReadTimeout", "read-timeout"])
def test_a_body_that_its_caller_gave_up_replays_rightly_and_is_no_finding(ended: str) -> None:
    assert found(text_of(chat(body=STREAM, headers=SSE, ended=ended))) == []
