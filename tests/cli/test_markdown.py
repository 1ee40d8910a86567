"""``diff --format markdown``, and the action that posts it on a pull request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from llmcassette import storage
from llmcassette.model import Cassette
from llmcassette.review.markdown import MARKER
from tests.cli.cassettes import answering, asking, numbered, user
from tests.cli.commands import Commands
from tests.corpus import ROOT

SCRIPT = ROOT / ".github" / "actions" / "cassette-diff" / "comment.py"


@pytest.fixture
def run(tmp_path, monkeypatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def write(folder: Path, name: str, prompt: str, answer: str = "Hi.") -> None:
    folder.mkdir(exist_ok=True)
    request = asking({"role": "system", "content": prompt}, user(name))
    exchanges = numbered((request, answering(answer)))
    storage.dump(Cassette(interactions=tuple(exchanges)), folder / f"{name}.yaml")


def test_behaviour_comes_first_then_tokens_and_time(run):
    for side, prompt, answer in (("old", "Be kind.", "Cats purr."), ("new", "Be brief.", "Purr.")):
        write(run.folder / side, "cats", prompt, answer)
        write(run.folder / side, "dogs", prompt)
        write(run.folder / side, "same", "Hello.")

    ran = run("diff", "old", "new", "--format", "markdown")

    assert ran.code == 1
    assert (
        ran.out
        == """\
<!-- llmcassette diff -->
### Cassettes: 2 of 3 changed

<details><summary><code>system prompt changed (in 2 cassettes)</code></summary>

```diff
# messages[0].content (system prompt)
- "Be [-kind-]."
+ "Be {+brief+}."

cats.yaml
dogs.yaml
```

</details>
<details><summary><code>cats.yaml: request changed, answer reworded</code></summary>

```diff
@@ interaction 0 @@
# text
- Cats purr.
+ Purr.
```

</details>

| | before | after |
|---|---:|---:|
| calls | 3 | 3 |
| tokens in | 30 | 30 |
| of these cached | 0 | 0 |
| tokens out | 15 | 15 |
| seconds | 1.5 | 1.5 |
"""
    )


def test_no_text_of_a_cassette_is_markdown_html_or_a_mention(run):
    hostile = "```\n</details><script>alert(1)</script> @everyone ````` <!-- "
    write(run.folder / "old", "a", "x")
    write(run.folder / "new", "a", hostile)
    write(run.folder / "new", "<b>@all", "x")

    out = run("diff", "old", "new", "--format", "markdown").out

    outside = []
    fence = ""
    for line in out.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if not fence and len(ticks) >= 3:
            fence = ticks
        elif fence and line == fence:
            fence = ""
        elif not fence:
            outside.append(line)
    assert fence == ""
    assert "script" not in "".join(outside)
    assert "@everyone" not in "".join(outside)
    assert "<code>&lt;b&gt;@all.yaml: new</code>" in "".join(outside)


def test_it_fits_a_comment(run):
    for side, word in (("old", "was"), ("new", "is")):
        for n in range(200):
            write(run.folder / side, f"n{n}", f"{word} {n} " * 100)

    out = run("diff", "old", "new", "--format", "markdown").out

    assert len(out) < 65_536
    assert "more are not shown: run `llmcassette diff`.\n" in out
    assert out.endswith("| seconds | 100.0 | 100.0 |\n")


class Comments(ThreadingHTTPServer):
    """GitHub's comments of one pull request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments: list[dict[str, Any]] = [{"id": 1, "body": "Nice!"}]
        self.requests: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Comments

    def do_GET(self) -> None:
        first = self.path.endswith("page=1")
        self.answer(self.server.comments if first else [])

    def do_POST(self) -> None:
        self.server.comments.append({"id": len(self.server.comments) + 1, "body": self.body()})
        self.answer({})

    def do_PATCH(self) -> None:
        self.server.comments[int(self.path.rpartition("/")[2]) - 1]["body"] = self.body()
        self.answer({})

    def body(self) -> str:
        return json.loads(self.rfile.read(int(self.headers["content-length"])))["body"]

    def answer(self, value: object) -> None:
        self.server.requests.append(f"{self.command} {self.path} {self.headers['authorization']}")
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def comments():
    server = Comments()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_action_keeps_one_comment_up_to_date(tmp_path, comments):
    def act() -> None:
        environ = os.environ | {
            "BASE": "main",
            "CASSETTES": ".",
            "TOKEN": "made-up",
            "NUMBER": "7",
            "GITHUB_API_URL": f"http://127.0.0.1:{comments.server_port}",
            "GITHUB_REPOSITORY": "o/r",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = [sys.executable, str(SCRIPT)]
        subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True)

    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path / "cassettes", "a", "Be kind.")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "checkout", "-qb", "topic")

    act()
    assert [one["body"] for one in comments.comments] == ["Nice!"]

    write(tmp_path / "cassettes", "a", "Be very kind.")
    git(tmp_path, "commit", "-qam", "two")
    act()
    assert len(comments.comments) == 2
    assert comments.comments[1]["body"].startswith(MARKER)
    assert "{+very +}" in comments.comments[1]["body"]

    write(tmp_path / "cassettes", "a", "Be kind.")
    git(tmp_path, "commit", "-qam", "three")
    act()
    assert len(comments.comments) == 2
    assert "no conversation changed" in comments.comments[1]["body"]
    assert comments.requests[0] == (
        "GET /repos/o/r/issues/7/comments?per_page=100&page=1 Bearer made-up"
    )
