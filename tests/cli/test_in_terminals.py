"""``inspect``, ``diff`` and ``textconv`` in another process: in a terminal, and in a pipe."""

from __future__ import annotations

import subprocess
import sys

import pytest

from llmcassette.cli.output.text import text_width
from tests.cli.terminal import COMMAND, environment, in_pipe, in_terminal
from tests.cli.test_inspect import EVERYTHING
from tests.corpus import SAMPLES

pytest.importorskip("pty")

COMPARED = ["diff", "multi_tool_streaming.yaml", "multi_tool_streaming_escaped.yaml"]


@pytest.mark.parametrize(
    "args",
    [
        ["inspect", "tool.yaml"],
        ["inspect", "tool.yaml", "--full"],
        ["inspect", "tool_streaming.yaml", "--events"],
        ["inspect", "tool.yaml", "--json"],
        ["diff", "--stat", "tool.yaml", "tool_streaming.yaml"],
        ["textconv", "tool.yaml"],
        ["--help"],
    ],
)
def test_a_terminal_and_a_pipe_get_the_same_text(args):
    in_a_terminal = in_terminal(*args, folder=SAMPLES)
    in_a_pipe = in_pipe(*args, folder=SAMPLES)

    assert in_a_terminal.text == in_a_pipe.raw
    assert in_a_terminal.code == in_a_pipe.code
    assert "\x1b" not in in_a_pipe.raw


def test_a_terminal_shows_differing_words_by_colour_instead_of_brackets():
    shown = in_terminal(*COMPARED, folder=SAMPLES)

    assert "\x1b[32m+ \x1b[0m" not in shown.raw
    assert "[-" not in shown.text
    assert "\x1b[31mI'll add and multiply 2 and 3 for you.\x1b[0m" in shown.raw
    assert "\x1b[32mI'll perform both operations with the numbers 2 and 3.\x1b[0m" in shown.raw
    assert shown.text == in_pipe(*COMPARED, folder=SAMPLES).raw.replace("{+ +}", " ").replace(
        "[- -]", " "
    )


def test_no_color_is_obeyed_and_then_brackets_are_used():
    shown = in_terminal(*COMPARED, folder=SAMPLES, NO_COLOR="1")

    assert "\x1b[3" not in shown.raw
    assert shown.text == in_pipe(*COMPARED, folder=SAMPLES).raw


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_lines_fit_the_terminal_and_are_never_wider_than_120(tmp_path, columns):
    from llmcassette import storage
    from llmcassette.model import Cassette

    storage.dump(Cassette(interactions=tuple(EVERYTHING)), tmp_path / "all.yaml")

    shown = in_terminal("inspect", "all.yaml", folder=tmp_path, columns=columns)

    assert max(map(text_width, shown.text.splitlines())) == min(columns, 120)


@pytest.mark.parametrize("view", ["--raw", "--full", "--json"])
def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path, view):
    for number in range(30):
        (tmp_path / f"{number}.yaml").write_bytes((SAMPLES / "tool.yaml").read_bytes())
    command = subprocess.Popen(
        [*COMMAND, "inspect", ".", view],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.read(10)
    command.stdout.close()

    assert command.stderr.read() == b""
    assert command.wait() == 0
    command.stderr.close()


def test_a_bar_is_shown_while_a_folder_takes_long_and_gone_at_its_end(tmp_path):
    script = (
        "from llmcassette.cli.output import progress\n"
        "progress.PATIENCE = -1.0\n"
        "from llmcassette.cli.app import main\n"
        "main()\n"
    )
    for side in ("a", "b"):
        (tmp_path / side).mkdir()
        for sample in SAMPLES.glob("*.yaml"):
            (tmp_path / side / sample.name).write_bytes(sample.read_bytes())

    shown = in_terminal("diff", "a", "b", folder=tmp_path, command=[sys.executable, "-c", script])

    assert "comparing" in shown.text
    assert "5/5" in shown.text
    assert shown.text.splitlines()[-1].endswith("5 cassettes, 5 equal")


def test_a_pipe_gets_no_bar(tmp_path):
    assert in_pipe("diff", ".", ".", folder=SAMPLES).raw == "5 cassettes, 5 equal\n"
