"""The commands that check and change files, on a real terminal of 80 columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from llmcassette.model import Headers
from tests.cli.commands import Commands, chat

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pty")

BAR: Final = r"\x1b\[\?25l\r.*?\x1b\[\?25h\r\x1b\[1A\x1b\[2K"
"""The progress bar of a slow machine, which has gone when the command ends."""


def test_each_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.cli.terminal import in_terminal

    run = Commands(tmp_path, monkeypatch)
    run.write("a.yaml", chat(ended="ReadError", request={"headers": Headers({"Cookie": "a=b"})}))
    run.write("b.yaml", chat(body=b'{"error":{"message":"no"}}', code=500))
    (tmp_path / "old.yaml").write_text("version: 1\ninteractions: []\n")
    (tmp_path / "r.json").write_text('{"version": 1, "cassettes": {}}')
    shown = {
        args: re.sub(BAR, "", in_terminal(*args.split(), folder=tmp_path).raw, flags=re.DOTALL)
        for args in (
            "convert old.yaml new.yaml --dry-run",
            "check a.yaml",
            "redact -n a.yaml",
            "prune -n --report r.json a.yaml",
            "fmt --check a.yaml",
            "stats b.yaml",
        )
    }
    assert shown == {
        "convert old.yaml new.yaml --dry-run": "old.yaml -> new.yaml: empty, 0 interactions\n"
        "1 file would be converted\n",
        "check a.yaml": "a.yaml:29: LC004 interaction 0: the body is not whole: it was cut"
        " by ReadError\n"
        "  fix: record it again with the tests that use it\n"
        "1 finding in 1 of 1 file\n",
        "redact -n a.yaml": "a.yaml: would be redacted\n"
        "  interaction 0, request.headers: Cookie removed\n"
        "1 of 1 file would change\n",
        "prune -n --report r.json a.yaml": "a.yaml: would be removed\n"
        "  no test opened it\n"
        "1 of 1 file would change\n",
        "fmt --check a.yaml": "0 of 1 file would change\n",
        "stats b.yaml": "\x1b[2mmodel        provider  calls  errors  seconds\x1b[0m\n"
        "gpt-4o-mini  openai        1       1      0.5\n"
        "\x1b[2m1 file\x1b[0m\n",
    }
