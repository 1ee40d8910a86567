"""``llmcassette check``: output, exit codes, formats."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from llmcassette.model import Headers
from tests.cli.commands import SSE, STREAM, Commands, chat
from tests.corpus import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-ant-api03-" + "Ab3kQ7vW2xZp9RtY4sLm" * 4 + "AA"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return Commands(tmp_path, monkeypatch)


def test_nothing_found(run: Commands) -> None:
    ran = run("check", str(SAMPLES))
    assert (ran.code, ran.out, ran.err) == (0, "", "5 files checked, no findings\n")


def test_findings_have_place_code_message_and_fix(run: Commands) -> None:
    run.write("cassettes/a.yaml", chat(), chat(id=1, body=STREAM, headers=SSE))
    (run.folder / "cassettes/b.yaml").write_text("---\nversion: 1\ninteractions: []\n")
    ran = run("check", "cassettes")
    assert ran.code == 1
    assert ran.out == (
        "cassettes/a.yaml:48: LC003 interaction 1: the stream has no terminal event"
        " (openai)\n"
        "  fix: record it again with the tests that use it\n"
        "cassettes/b.yaml:2: LC002 version 1 without interactions; only version 2 is"
        " read\n"
        "  fix: bring it to version 2 with `llmcassette convert --force cassettes/b.yaml"
        " cassettes/b.yaml`\n"
    )
    assert ran.err == "2 findings in 2 of 2 files\n"


def test_a_secret_is_named_never_shown(run: Commands) -> None:
    run.write("a.yaml", chat(request={"headers": Headers({"X-Api-Key": KEY})}))
    for style in ("text", "json", "github", "sarif"):
        ran = run("check", "a.yaml", "--format", style)
        assert ran.code == 1
        assert "request.headers.X-Api-Key holds" in ran.out
        assert KEY not in ran.out + ran.err


def test_the_command_of_a_fix_can_be_pasted(run: Commands) -> None:
    run.write("cassettes/test_x[Bonn].yaml", chat(request={"headers": Headers({"X-Api-Key": KEY})}))
    ran = run("check", "cassettes")
    fix = "take it out with `llmcassette redact 'cassettes/test_x[Bonn].yaml'`\n"
    assert ran.out.endswith(fix)


def test_the_fix_of_a_cookie_is_to_remove_it(run: Commands) -> None:
    run.write("a.yaml", chat(request={"headers": Headers({"Cookie": "sid=kQ7vW2xZp9RtY4s"})}))
    ran = run("check", "a.yaml")
    assert ran.out == (
        "a.yaml:12: LC006 interaction 0: request.headers.Cookie holds the value of the cookie"
        " sid\n"
        "  fix: take it out with `llmcassette redact a.yaml`\n"
    )


def test_the_fix_of_a_signature_is_to_remove_it(run: Commands) -> None:
    signed = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=" + "0a1b2c3d" * 8
    url = "https://a.test/v1?X-Amz-Signature=" + "4e5f6a7b" * 8
    run.write("a.yaml", chat(request={"headers": Headers({"Authorization": signed}), "url": url}))
    ran = run("check", "a.yaml")
    assert "request.headers.Authorization holds the signature of a request\n" in ran.out
    assert (
        "request.url holds the value of the request's URL (parameter X-Amz-Signature)\n" in ran.out
    )
    assert ran.out.count("  fix: ") == ran.out.count("  fix: take it out with")


def test_placeholders_are_no_findings_and_named_once_in_a_note(run: Commands) -> None:
    for name in ("a.yaml", "b.yaml"):
        headers = Headers({"Authorization": "Bearer your-api-key-here", "X-Api-Key": "K"})
        run.write(name, chat("Set it to sk-proj-" + "x" * 40, request={"headers": headers}))
    ran = run("check", ".", "--ignore", "duplicate")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "2 files checked, no findings\n"
        "note: placeholders, not leaks: 'sk-proj-xxxx…', 'your-api-key…'\n"
    )
    document = json.loads(run("check", "a.yaml", "--json").out)
    assert document["placeholders"] == ["sk-proj-xxxx…", "your-api-key…"]


def test_personal_data_that_is_left_is_found_if_the_project_says_so(run: Commands) -> None:
    run.write("a.yaml", chat("Ask alice@corp.com."))
    assert run("check", "a.yaml").code == 0
    (run.folder / "pyproject.toml").write_text("[tool.llmcassette]\npersonal_data = true\n")
    ran = run("check", "a.yaml")
    assert ran.code == 1
    assert "LC006 interaction 0: response.body holds an e-mail address\n" in ran.out
    assert "  fix: take it out with `llmcassette redact a.yaml`\n" in ran.out
    assert run("redact", "a.yaml").code == 0
    assert run("check", "a.yaml").code == 0
    assert "Ask user-1@example.com." in (run.folder / "a.yaml").read_text()


def test_json(run: Commands) -> None:
    run.write("a.yaml", chat(ended="ReadError"))
    ran = run("check", "a.yaml", "--json")
    assert json.loads(ran.out) == {
        "version": 1,
        "files": 1,
        "findings": [
            {
                "code": "LC004",
                "name": "incomplete",
                "file": "a.yaml",
                "line": 29,
                "interaction": 0,
                "field": "response.ended",
                "message": "the body is not whole: it was cut by ReadError",
                "fix": "record it again with the tests that use it",
            }
        ],
        "placeholders": [],
    }
    assert (ran.code, ran.err) == (1, "")


def test_github_annotations_are_escaped(run: Commands) -> None:
    (run.folder / "50%,a:b.yaml").write_text("a")
    ran = run("check", "50%,a:b.yaml", "--format", "github")
    assert ran.out == (
        "::error file=50%25%2Ca%3Ab.yaml,line=1,title=LC001 unreadable::expected a mapping"
        " with version and interactions, found plain text. Fix: mend the line, restore the file"
        " from version control, or record it again with the tests that use it\n"
    )


def test_sarif(run: Commands) -> None:
    (run.folder / "ü b.yaml").write_text("version: 2\ninteractions: x\n")
    log = json.loads(run("check", "ü b.yaml", "--format", "sarif").out)
    (only,) = log["runs"]
    rules = only["tool"]["driver"]["rules"]
    (result,) = only["results"]
    assert (log["version"], only["tool"]["driver"]["name"]) == ("2.1.0", "llmcassette")
    assert [rule["id"] for rule in rules] == [f"LC{n:03}" for n in range(1, 13)]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "LC001"
    assert result["message"]["text"].startswith("interactions: expected a list, found 'x'")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "%C3%BC%20b.yaml"},
                "region": {"startLine": 2},
            }
        }
    ]


def test_select_and_ignore_take_codes_and_names(run: Commands) -> None:
    run.write("a.yaml", chat(ended="ReadError", body=STREAM, headers=SSE))
    run.write("b.yaml", chat(ended="ReadError", body=STREAM, headers=SSE))
    codes = {
        options: [
            one["code"] for one in json.loads(run("check", ".", "--json", *options).out)["findings"]
        ]
        for options in (
            (),
            ("--select", "lc007"),
            ("--select", "LC004,duplicate"),
            ("--ignore", "incomplete", "--ignore", "LC007"),
        )
    }
    assert list(codes.values()) == [
        ["LC004", "LC007", "LC004"],
        ["LC007"],
        ["LC004", "LC007", "LC004"],
        [],
    ]


def test_stdin(run: Commands) -> None:
    ran = run("check", "-", stdin=b"version: 2\ninteractions: []\n")
    assert (ran.code, ran.out, ran.err) == (0, "", "1 file checked, no findings\n")


def test_orphans_by_the_report_of_a_run(run: Commands) -> None:
    run.write("a.yaml", chat())
    run.write("b.yaml", chat("Ho."))
    (run.folder / "report.json").write_text('{"version": 1, "cassettes": {"b.yaml": {}}}')
    ran = run("check", ".", "--report", "report.json")
    assert (ran.code, ran.out.splitlines()[0]) == (
        1,
        "a.yaml:1: LC008 no test of the last run opened it",
    )


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "no report of a test run: not JSON: Expecting property name enclosed in double"
         " quotes: line 1 column 2 (char 1)"),
        ("[]", "no report of a test run: it must say version 1"),
        ('{"version": 1}', "no report of a test run: it has no cassettes"),
        ('{"version": 1, "cassettes": {}, "complete": false}',
         "is of a partial run: run all tests"),
        ('{"version": 1, "cassettes": {}, "root": 1}', "root must be the name of a folder"),
        ('{"version": 1, "cassettes": {"a": []}}', "a: must be a mapping"),
        ('{"version": 1, "cassettes": {"a": {"played": [-1]}}}',
         "a: played must be a list of positions"),
        ('{"version": 1, "cassettes": {"a": {"passed": 1}}}',
         "a: interactions must be a number, passed true or false"),
    ],
)  # fmt: skip
def test_a_broken_report_is_an_error(run: Commands, report: str | None, message: str) -> None:
    run.write("a.yaml", chat())
    if report is not None:
        (run.folder / "r.json").write_text(report)
    ran = run("check", "a.yaml", "--report", "r.json")
    assert (ran.code, ran.out, ran.err) == (2, "", f"llmcassette: r.json: {message}\n")


def test_a_missing_file_is_an_error_and_the_others_are_checked(run: Commands) -> None:
    run.write("a.yaml", chat(ended="ReadError"))
    ran = run("check", "gone.yaml", "a.yaml")
    assert ran.code == 2
    assert ran.err == "llmcassette: gone.yaml: no such file\n1 finding in 1 of 1 file\n"
    assert "LC004" in ran.out


def test_what_cannot_be_opened_is_an_error(run: Commands) -> None:
    run.write("a.yaml", chat())

    real_open = os.open

    def refuse(path: str, *given: int) -> int:
        if path == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *given)

    run.patch.setattr("os.open", refuse)
    ran = run("check", "a.yaml", "/dev/null")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: a.yaml: permission denied: change the file's permissions\n"
        "llmcassette: /dev/null: is not a regular file; a cassette is a YAML file\n"
        "0 files checked, no findings\n"
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--max-age", "soon"), "'soon' is not a valid age; use for example 90d, 12w or 1y"),
        (("--max-size", "big"), "'big' is not a valid size; use for example 500kB or 10MB"),
        (("--select", "LC999"), "unknown check 'LC999'. Known checks: LC001 unreadable, LC002"),
    ],
)
def test_wrong_options_are_named(run: Commands, option: tuple[str, str], message: str) -> None:
    ran = run("check", ".", *option)
    assert ran.code == 2
    assert message in " ".join(ran.err.split())


def test_age_and_size(run: Commands) -> None:
    date = Headers({"Content-Type": "application/json", "Date": "Mon, 05 Jan 2026 10:00:00 GMT"})
    run.write("a.yaml", chat(headers=date))
    ran = run("check", "a.yaml", "--max-age", "1d", "--max-size", "500")
    first, _, second, _ = ran.out.splitlines()
    assert first.startswith("a.yaml:1: LC009 recorded 2026-01-05 (Date header), ")
    assert second == "a.yaml:1: LC010 841 bytes, where 500 are allowed"
    assert run("check", "a.yaml", "--max-age", "99999d").code == 0


def test_a_mistake_in_the_settings_is_an_error(run: Commands) -> None:
    (run.folder / "pyproject.toml").write_text("[tool.llmcassette]\nredact_field = ['a']\n")
    run.write("a.yaml", chat())
    ran = run("check", "a.yaml")
    assert ran.code == 2
    assert "Did you mean 'redact_fields'?" in ran.err


def test_several_processes_find_what_one_finds_in_the_same_order(run: Commands) -> None:
    for number in range(20):
        secret = {"headers": Headers({"X-Api-Key": KEY})} if number % 7 == 0 else {}
        run.write(f"cassettes/{number:02}.yaml", chat(id=number % 3, request=secret))
    (run.folder / "cassettes/07b.yaml").write_text("---\nversion: 2\ninteractions: 7\n")

    alone = run("check", "cassettes", "missing.yaml")
    shared = run("check", "cassettes", "missing.yaml", "--jobs", "2")

    assert "LC007" in alone.out
    assert "LC006" in alone.out
    assert "LC001" in alone.out
    assert (shared.code, shared.out, shared.err) == (alone.code, alone.out, alone.err)
    assert alone.code == 2


def test_what_is_told_twice_in_the_same_words_is_one_finding(run: Commands) -> None:
    key = f"sk-proj-{'a1B2' * 10}"
    cookies = Headers({"Set-Cookie": [f"a={key}", f"b={key}"], "Content-Type": "application/json"})
    run.write("a.yaml", chat(headers=cookies))
    lines = [line for line in run("check", "a.yaml").out.splitlines() if "LC006" in line]
    assert lines
    assert len(lines) == len(set(lines))
