"""``llmcassette convert``: output, exit codes, and what is left of the files when it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmcassette import formats, storage
from tests.cli.commands import Commands, chat
from tests.corpus import CORPUS, needs_corpus

if TYPE_CHECKING:
    from pathlib import Path

OLD = """\
version: 1
metadata: {by: me}
interactions:
- request: {method: GET, uri: 'http://a/', headers: {}, body: null}
  response:
    status: {code: 200, message: OK}
    headers: {content-encoding: [gzip]}
    body: {string: !!binary H4sIAAAAAAAC/8tIzcnJBwCGphA2BQAAAA==}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands(tmp_path, monkeypatch)
    (tmp_path / "old").mkdir()
    (tmp_path / "old/a.yaml").write_text(OLD)
    return commands


def test_a_file(run: Commands) -> None:
    ran = run("convert", "old/a.yaml", "new/a.yaml")
    assert (ran.code, ran.out, ran.err) == (
        0,
        "old/a.yaml -> new/a.yaml: vcrpy, 1 interaction, 1 answer decompressed, dropped metadata\n",
        "1 file converted\n",
    )
    assert (
        (run.folder / "new/a.yaml").read_text()
        == """\
---
version: 2
interactions:
- id: 0
  request:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    content_length: 0
    host: a
    url: http://a/
    method: GET
  response:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    content_length: -1
    uncompressed: true
    body: hello
    headers: {}
    status: 200 OK
    code: 200
    duration: 0s
"""
    )


def test_a_dry_run_writes_nothing(run: Commands) -> None:
    ran = run("convert", "--dry-run", "old", "new")
    assert (ran.code, ran.err) == (0, "1 file would be converted\n")
    assert not (run.folder / "new").exists()


def test_nothing_is_replaced_without_force(run: Commands) -> None:
    ran = run("convert", "old/a.yaml", "old/a.yaml")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "llmcassette: old/a.yaml: exists (use --force)\n0 files converted, 1 failed\n",
    )
    assert (run.folder / "old/a.yaml").read_text() == OLD
    assert run("convert", "-f", "old/a.yaml", "old/a.yaml").code == 0
    assert storage.load(run.folder / "old/a.yaml").interactions[0].response.body == b"hello"


def test_a_folder_with_all_kinds(run: Commands) -> None:
    run.write("old/deep/two.yaml", chat())
    (run.folder / "old/b.json").write_text('{"version": 1, "interactions": []}')
    (run.folder / "old/other.yml").write_text("services: {}\n")
    (run.folder / "old/bytes.yaml").write_bytes(b"interactions: a\xff")
    (run.folder / "old/.hidden.yaml").write_text("no")
    ran = run("convert", "old", "new")
    assert ran.code == 2
    assert ran.out == (
        "old/a.yaml -> new/a.yaml: vcrpy, 1 interaction, 1 answer decompressed, dropped metadata\n"
        "old/b.json -> new/b.yaml: empty, 0 interactions\n"
        "old/deep/two.yaml: already version 2, skipped\n"
    )
    assert ran.err == (
        "llmcassette: old/bytes.yaml: not UTF-8 at byte 15\n"
        "2 files converted, 1 skipped, 1 failed\n"
    )
    names = sorted(path.name for path in (run.folder / "new").iterdir())
    assert names == ["a.yaml", "b.yaml"]


def test_json(run: Commands) -> None:
    ran = run("convert", "old/a.yaml", "old", "--json", "--force", "-n")
    assert json.loads(ran.out) == {
        "schema": 1,
        "dry_run": True,
        "failed": 0,
        "files": [
            {
                "source": "old/a.yaml",
                "target": "old/a.yaml",
                "format": "vcrpy",
                "interactions": 1,
                "decoded": 1,
                "left_out": ["metadata"],
                "redactions": [],
                "skipped": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("gone.yaml", "new"), "gone.yaml: no such file"),
        (("empty", "new"), "empty: folder contains no cassettes (.yaml, .json or .toml)"),
        (("old", "old/a.yaml"), "old/a.yaml: is a file; to convert a folder, name a folder"),
        (
            ("twins", "new"),
            "twins/a.yaml: would be written to new/a.yaml, as would twins/a.json; convert one of"
            " them separately",
        ),
    ],
)
def test_what_cannot_be_done_is_reported(
    run: Commands, args: tuple[str, str], message: str
) -> None:
    (run.folder / "empty").mkdir()
    (run.folder / "twins").mkdir()
    for name in ("a.json", "a.yaml"):
        (run.folder / "twins" / name).write_text('{"interactions": []}')
    ran = run("convert", *args)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == f"llmcassette: {message}"
    assert not (run.folder / "new").exists()


def test_a_file_that_would_lose_something_is_not_written(run: Commands) -> None:
    write = formats.write
    run.patch.setattr(formats, "write", lambda *given: write(*given).replace("hello", "hallo"))
    ran = run("convert", "old/a.yaml", "new.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == (
        "llmcassette: old/a.yaml: interaction 0: changes when written and read again;"
        " please report this file"
    )
    assert not (run.folder / "new.yaml").exists()


def test_secrets_are_replaced_as_in_recording(run: Commands) -> None:
    key = "sk-proj-" + "aB3dE6gH9jK2mN5pQ8sT1vW4"
    old = OLD.replace("headers: {}", f"headers: {{Authorization: [Bearer {key}]}}")
    (run.folder / "old/a.yaml").write_text(old.replace("http://a/", f"http://a/?note={key}"))
    ran = run("convert", "old/a.yaml", "new.yaml")
    assert (ran.code, ran.out) == (
        0,
        "old/a.yaml -> new.yaml: vcrpy, 1 interaction, 1 answer decompressed, dropped metadata,"
        " redacted\n",
    )
    text = (run.folder / "new.yaml").read_text()
    assert key not in text
    assert "url: http://a/?note=[REDACTED]\n" in text
    ran = run("convert", "old/a.yaml", "kept.yaml", "--keep-secrets")
    assert ran.code == 0
    kept = (run.folder / "kept.yaml").read_text()
    assert f"- Bearer {key}\n" in kept
    assert f"url: http://a/?note={key}\n" in kept


@needs_corpus
def test_the_corpus(run: Commands) -> None:
    for kind, count in (("vcrpy-v1", 42), ("go-vcr-v1", 10)):
        ran = run("convert", str(CORPUS / kind), kind)
        assert (ran.code, ran.err) == (0, f"{count} files converted\n")
    ran = run("convert", str(CORPUS / "not-cassettes"), "none")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("0 files converted, 3 failed\n")
    assert (
        run("check", "vcrpy-v1", "go-vcr-v1", "--select", "unreadable,version,round-trip").code == 0
    )


def test_other_files_of_a_folder_are_passed_over(run: Commands) -> None:
    folder = run.folder / "lib"
    folder.mkdir()
    (folder / "ci.yml").write_text("on: push\n")
    (folder / "data.json").write_text('{"a": 1}')
    (folder / "weather.yaml").write_text(OLD)
    ran = run("convert", "lib", "new")
    assert (ran.code, ran.err) == (0, "1 file converted\n")
    assert [path.name for path in (run.folder / "new").iterdir()] == ["weather.yaml"]
