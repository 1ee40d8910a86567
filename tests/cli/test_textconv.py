"""``llmcassette textconv``, alone and inside git."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.cassettes import answering, asking, numbered, user
from tests.cli.commands import Commands
from tests.cli.test_inspect import EVERYTHING

HI = asking(user("Say hi"), temperature=0)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def test_the_text_is_whole_and_each_paragraph_one_line(run):
    run.write("all.yaml", *EVERYTHING[:5])

    ran = run("textconv", "all.yaml")

    assert (ran.code, ran.err) == (0, "")
    schema = '{"type": "object", "properties": {"where": {"type": "string"}}}'
    smile = "これは何ですか？ 👩‍👩‍👧 " * 12
    assert (
        ran.out
        == f"""\
── openai gpt-x
  to          POST https://api.openai.com/v1/chat/completions
  system      {("Be kind. " * 60).rstrip()}
  user        {smile.rstrip()}
              [image/png, 8 bytes, sha256 4c4b6a3b…]
  tools       look(where) Look at a place
              {schema}
  parameters  temperature 0.2
  answer      見てみます。
              → look(where="東京")
              tool_calls · 10 in, 5 out

── openai gpt-x
  to          POST https://api.openai.com/v1/chat/completions
  user        Say hi
  error       429 rate_limit_error: Slow down.

── openai gpt-x
  to          POST https://api.openai.com/v1/chat/completions
  as before   the same request
  answer      refusal: I can't.
              stop · 10 in, 5 out

── openai gpt-x
  to          POST https://api.openai.com/v1/chat/completions
  user        Tell me
  parameters  streamed
  answer      Once
              cut off (ReadError)

── openai gpt-x
  to          POST https://api.openai.com/v1/chat/completions
  as before   1 message, parameters
  answer      Once upon
"""
    )


def test_ids_times_and_prices_do_not_change_it(run):
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    old = answering(usage=None, more={"usage": usage | {"cost": 1}}, duration=1)
    new = answering(usage=None, more={"usage": usage | {"cost": 2}, "id": "2"}, duration=2)
    run.write("old.yaml", *numbered((HI, old)))
    run.write("new.yaml", *numbered((HI, new)))

    assert run("textconv", "old.yaml").out == run("textconv", "new.yaml").out


def test_what_is_no_cassette_is_printed_as_it_is(run):
    (run.folder / "old.yaml").write_bytes(b"version: 1\r\n\xff")

    done = subprocess.run(
        [sys.executable, "-m", "llmcassette", "textconv", "old.yaml"],
        cwd=run.folder,
        capture_output=True,
        check=True,
    )

    assert done.stdout == b"version: 1\r\n\xff"


def test_a_file_that_is_not_there_is_an_error(run):
    ran = run("textconv", "absent.yaml")

    assert (ran.code, ran.err) == (2, "llmcassette: absent.yaml: no such file\n")


def test_stdin(run):
    path = run.write("a.yaml", *numbered((HI, answering())))

    assert run("textconv", "-", stdin=path.read_bytes()).out == run("textconv", "a.yaml").out
    assert run("textconv", "-", stdin=b"nonsense: 1").code == 2


def test_git_diff_shows_the_conversation(run):
    def git(*args: str) -> str:
        home = {"HOME": str(run.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        done = subprocess.run(
            ["git", *identity, *args],
            cwd=run.folder,
            env=os.environ | home,
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        return done.stdout

    run.write("a.yaml", *numbered((HI, answering("Cats purr."))))
    git("init", "-q")
    git("config", "diff.llmcassette.textconv", f"'{sys.executable}' -m llmcassette textconv")
    (run.folder / ".gitattributes").write_text("*.yaml diff=llmcassette\n")
    git("add", ".")
    git("commit", "-qm", "one")
    run.write("a.yaml", *numbered((HI, answering("Cats sleep.", duration=9))))

    shown = git("diff", "--unified=1")

    assert shown[shown.index("@@") :].partition("\n")[2] == (
        "   parameters  temperature 0\n"
        "-  answer      Cats purr.\n"
        "+  answer      Cats sleep.\n"
        "               stop · 10 in, 5 out\n"
    )
