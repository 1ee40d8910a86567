"""Run the commands of docs/tutorial.md, and compare their output with the page.

Exits with 1 where they differ; ``--write`` writes the page anew. ``--bin FOLDER`` names where
``pytest`` and ``llmcassette`` are, such as those of an installed wheel.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent.parent / "docs" / "tutorial.md"
BLOCK: Final = re.compile(
    r"```console\n(?P<console>.*?)```|<!-- edit: (?P<file>\S+) -->\n```diff\n(?P<diff>.*?)```",
    re.DOTALL,
)
HEADER: Final = re.compile(r"(=+ test session starts =+\n).*?(?=collected )", re.DOTALL)
TIMES: Final = (
    (re.compile(r"\bin \d+\.\d+s"), "in 0.31s"),
    (re.compile(r"first token [\d.]+ m?s"), "first token 12 ms"),
    (re.compile(r"total [\d.]+ m?s"), "total 120 ms"),
    (re.compile(r"(saved \d+ tokens) and [\d.]+ s$", re.MULTILINE), r"\1"),
)
UNSET: Final = re.compile(r"(OPENAI_|LLMCASSETTE_|PYTEST_|GITHUB_|CI$|.*COLOR|COLUMNS$)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--bin", type=Path, default=Path(sys.executable).parent)
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        made = run_page(page, Path(folder), options.bin.absolute())
    if options.write:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    changes = differences(page, made)
    print("\n".join(changes) or "the tutorial's output is up to date")
    return 1 if changes else 0


def run_page(page: str, folder: Path, scripts: Path) -> str:
    """The page with the output that its commands have now."""
    made, at = "", 0
    for block in BLOCK.finditer(page):
        start, end = block.span("console" if block["console"] else "diff")
        made += page[at:start]
        if block["console"]:
            for command in re.findall(r"^\$ (.*)", block["console"], re.MULTILINE):
                made += f"$ {command}\n"
                if command.startswith("cd "):
                    folder /= command.removeprefix("cd ")
                else:
                    made += output(command, folder, scripts)
        else:
            made += block["diff"]
            edit(folder / block["file"], block["diff"])
        at = end
    return made + page[at:]


def output(command: str, folder: Path, scripts: Path) -> str:
    """What a command prints, without what differs from machine to machine."""
    environment = {name: value for name, value in os.environ.items() if not UNSET.match(name)}
    environment["PATH"] = f"{scripts}{os.pathsep}{environment['PATH']}"
    environment["COLUMNS"] = "80"
    environment["PYTEST_ADDOPTS"] = "-p no:asyncio -p no:randomly -p no:recording -p no:xdist"
    name, *arguments = shlex.split(command)
    done = subprocess.run(
        [shutil.which(name, path=environment["PATH"]) or name, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    text = HEADER.sub(r"\1", done.stdout)
    for pattern, fixed in TIMES:
        text = pattern.sub(fixed, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def edit(file: Path, diff: str) -> None:
    """Replace the lines that begin with ``-`` by those that begin with ``+``."""
    old, new = (
        "".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] in f" {sign}")
        for sign in "-+"
    )
    text = file.read_text(encoding="utf-8")
    if old not in text:
        sys.exit(f"{file.name} doesn't contain:\n{old}")
    file.write_text(text.replace(old, new), encoding="utf-8")


def differences(page: str, made: str) -> list[str]:
    """Lines of a diff; how lines are wrapped depends on the times in them."""
    if page.split() == made.split():
        return []
    return list(
        difflib.unified_diff(page.splitlines(), made.splitlines(), "page", "run", lineterm="")
    )


if __name__ == "__main__":
    sys.exit(main())
