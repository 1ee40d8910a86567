"""``python -m benchmarks``: measure all rows, each file in its own process."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import table
from benchmarks.measure import Row

FILES = (
    "replay", "clients", "match", "scale", "load", "large", "saving", "files", "memory", "startup",
    "suite", "recording", "pace", "serving",
)  # fmt: skip
UNSET = {"CI", "LLMCASSETTE_MODE", "PYTHONDONTWRITEBYTECODE"}
BASELINE = Path(__file__).with_name("baseline.json")


def main() -> None:
    """Measure, print, and write the files that the options name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("files", nargs="*", help=f"of {', '.join(FILES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE")
    parser.add_argument("--save-baseline", action="store_true", help="write baseline.json")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner:
        (name,) = options.files
        for row in importlib.import_module(f"benchmarks.{name}").rows(quick=options.quick):
            print(json.dumps(row.as_dict()), flush=True)
        return
    rows = []
    for name in options.files or FILES:
        for row in run(name, quick=options.quick):
            rows.append(row)
            print(f"{row.what}: {table.number(row.value)} {row.unit}", file=sys.stderr, flush=True)
    print(table.markdown(rows))
    moved = table.changes(rows, json.loads(BASELINE.read_text()) if BASELINE.exists() else {})
    if moved:
        print(f"\nCompared with the baseline:\n{moved}")
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")
    if options.save_baseline:
        ratios = {row.what: float(f"{row.value:.3g}") for row in rows}
        BASELINE.write_text(json.dumps(ratios, indent=1) + "\n")


def run(name: str, *, quick: bool) -> list[Row]:
    """Measure the rows of one file in a new process, without variables that change the result."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    command = [sys.executable, "-m", "benchmarks", name, "--inner", *(["--quick"] if quick else [])]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, check=True,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    found = []
    for line in done.stdout.splitlines():
        values = json.loads(line)
        del values["met"]
        found.append(Row(**values))
    return found


if __name__ == "__main__":
    main()
