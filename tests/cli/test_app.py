"""The command itself: what it imports, its help, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import click
import pytest

from llmcassette.cli.app import COMMANDS, LazyGroup, llmcassette, main
from llmcassette.cli.running import run
from llmcassette.errors import CassetteError
from tests.cli.commands import Commands
from tests.corpus import ROOT

TOOL = "sample_cassettes/tool.yaml"
TOOL_PATH = Path(TOOL).resolve()


@pytest.fixture
def command(tmp_path, monkeypatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def modules_after(*args: str) -> set[str]:
    script = (
        "import sys\nfrom llmcassette.cli.app import llmcassette\n"
        "from llmcassette.cli.running import run\n"
        f"run(llmcassette, {list(args)!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("args", [["--version"], ["--help"], []])
def test_the_command_itself_loads_neither_yaml_nor_httpx_nor_rich(args):
    assert not modules_after(*args) & {"yaml", "httpx", "httpx2", "rich", "pytest", "orjson"}


def test_looking_at_cassettes_loads_no_client_library():
    loaded = modules_after("textconv", "sample_cassettes/tool.yaml")

    assert "llmcassette.formats.fast.reader" in loaded
    assert not loaded & {"httpx", "httpx2", "pytest", "aiohttp"}


def test_the_version(command):
    assert command("--version").out == f"llmcassette {version('pytest-llmcassette')}\n"


def test_the_console_script_is_installed():
    (script,) = entry_points(group="console_scripts", name="llmcassette")

    assert script.load() is main


def test_without_a_command_the_help_is_shown(command):
    assert command().out == command("--help").out == command("-h").out
    assert command().code == 0


def test_every_command_is_listed_and_has_help_with_an_example(command):
    listed = command("--help").out

    for name in COMMANDS:
        help_page = command(name, "--help")
        assert max(map(len, help_page.out.splitlines())) <= 80
        assert f"\n  {name} " in listed
        assert help_page.code == 0
        assert f"Usage: llmcassette {name} " in help_page.out
        assert "llmcassette" in help_page.out.split("Options:")[0].partition("\n")[2]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("inspct", "Did you mean 'inspect'?"), ("x", f"Commands: {', '.join(COMMANDS)}.")],
)
def test_an_unknown_command(command, name, hint):
    ran = command(name)

    assert ran.code == 2
    assert ran.err.endswith(f"Error: No such command {name!r}. {hint}\n")


def test_a_command_that_is_not_there_is_none():
    assert LazyGroup().get_command(click.Context(llmcassette), "nothing") is None


def test_shells_can_complete(monkeypatch):
    monkeypatch.setenv("_LLMCASSETTE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "llmcassette in")
    monkeypatch.setenv("COMP_CWORD", "1")

    done = subprocess.run(
        [sys.executable, "-m", "llmcassette"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "plain,inspect\n"


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (CassetteError("is bad", path="a.yaml", line=3), 2, "llmcassette: a.yaml:3: is bad\n"),
        (
            PermissionError(13, "Permission denied", "a.yaml"),
            2,
            "llmcassette: a.yaml: Permission denied\n",
        ),
        (OSError(28, "No space left on device"), 2, "llmcassette: No space left on device\n"),
        (OSError("odd"), 2, "llmcassette: odd\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.ClickException("wrong"), 1, "Error: wrong\n"),
    ],
)
def test_what_goes_wrong_is_one_message_and_no_traceback(capsys, raised, code, message):
    @click.command()
    def failing() -> None:
        raise raised

    assert run(failing, []) == code
    assert capsys.readouterr().err.strip() == message.strip()


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (1, 1), ("text", 0)])
def test_a_command_may_return_its_exit_code(returned, code):
    assert run(click.Command("x", callback=lambda: returned), []) == code


def test_main_exits_with_the_code(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["llmcassette", "textconv", "absent.yaml"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2


def test_a_pipe_that_breaks_while_nothing_is_a_file(monkeypatch):
    import io

    class Broken(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())

    assert run(click.Command("x", callback=lambda: None), []) == 0


def exiting_after(cause: Exception) -> click.Command:
    def fail() -> None:
        try:
            raise cause
        except type(cause):
            sys.exit(1)

    return click.Command("x", callback=fail)


def test_an_exit_because_of_a_broken_pipe_is_no_error(monkeypatch, tmp_path):
    # Not pytest's own file: what is written to it later goes nowhere.
    with (tmp_path / "out").open("w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert run(exiting_after(BrokenPipeError()), []) == 0


def test_any_other_exit_is_kept():
    with pytest.raises(SystemExit):
        run(exiting_after(ValueError()), [])


def shell(line: str, folder: object = None, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of sh; ``$L`` is the command."""
    command = f"'{sys.executable}' -m llmcassette"
    return subprocess.run(
        ["sh", "-c", line.replace("$L", command)],
        capture_output=True,
        check=False,
        env=os.environ | variables,
        cwd=folder,
    )


@pytest.mark.parametrize("arguments", ["", "--help", "--version", "inspect --help"])
def test_a_reader_that_has_gone_is_no_error(arguments):
    done = shell(f"{{ $L {arguments}; echo $? >&2; }} | :")

    assert done.stderr == b"0\n"


ASCII = {"PYTHONIOENCODING": "ascii"}


@pytest.mark.parametrize(
    ("line", "code"),
    [(f"$L inspect {TOOL} >&-", 0), (f"$L check {TOOL} >&- 2>&-", 0), ("$L inspect - <&-", 2)],
)
def test_a_closed_stream_is_like_an_empty_one(line, code):
    done = shell(line)

    assert done.returncode == code
    assert b"Traceback" not in done.stderr


def test_what_the_encoding_of_a_pipe_has_no_place_for_is_a_question_mark():
    done = shell(f"$L inspect {TOOL}", **ASCII)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"2 interactions ? 240 tokens ? $0.00023" in done.stdout
    assert b"40?C" in done.stdout


def test_json_loses_nothing_in_any_encoding():
    printed = [
        shell(f"$L inspect --json {TOOL}", PYTHONIOENCODING=name) for name in ("ascii", "utf8")
    ]

    assert printed[0].stdout != printed[1].stdout
    assert json.loads(printed[0].stdout) == json.loads(printed[1].stdout)
    assert "40°C".encode() in printed[1].stdout


def test_textconv_is_utf_8_in_any_locale():
    done = shell(f"$L textconv {TOOL}", **ASCII)

    assert "40°C" in done.stdout.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_file_name_that_is_not_text_can_be_printed(command):
    (command.folder / os.fsdecode(b"\xff.yaml")).write_bytes(TOOL_PATH.read_bytes())
    done = shell("$L fmt .", command.folder, PYTHONIOENCODING="utf8:strict")

    assert (done.returncode, done.stdout) == (0, b"\\udcff.yaml: formatted\n")


def test_messages_hold_nothing_that_a_terminal_obeys(command):
    assert command("fmt", "a\x1b[31m.yaml").err == (
        "llmcassette: a\\u001b[31m.yaml: no such file\n0 of 1 file changed, 1 error\n"
    )


@pytest.mark.parametrize("name", ["inspect", "check", "fmt", "redact", "stats"])
def test_an_empty_name_is_not_the_working_directory(command, name):
    command.write("a.yaml")
    ran = command(name, "")

    assert ran.code == 2
    assert "llmcassette: empty path given; name a file or a folder\n" in ran.err


@pytest.mark.parametrize(
    "words", [("convert", "", "new"), ("convert", "old", ""), ("diff", "", "b")]
)
def test_an_empty_side_is_not_the_working_directory(command, words):
    ran = command(*words)

    assert ran.code == 2
    assert "empty path given; name a file or a folder\n" in ran.err


def test_stdin_cannot_be_both_sides_of_a_diff(command):
    assert command("diff", "-", "-").err == ("llmcassette: only one side can be stdin\n")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_help_of_each_command_names_a_page_that_exists(name):
    command = llmcassette.get_command(click.Context(llmcassette), name)

    assert command is not None
    found = re.fullmatch(r"Read more: page (\w+) of the documentation\.", command.epilog or "")
    assert found
    assert list((ROOT / "docs").rglob(f"{found[1]}.md"))
