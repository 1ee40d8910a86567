"""The command line over thousands of files: ``check`` and ``stats``."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.generate import SAMPLES
from benchmarks.measure import Row

__all__ = ["rows"]

ID = re.compile(r"((?:call_|toolu_|chatcmpl-|msg_|resp_|req_)[A-Za-z0-9]*)")


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file."""
    count = 360 if quick else 3_600
    with tempfile.TemporaryDirectory() as name:
        all_of_them, few = Path(name, "all"), Path(name, "few")
        size = _generate(all_of_them, count) / count / 1e3
        _generate(few, count // 10)
        shown = f"{count:,} files of {size:.0f} KB"
        for command in ("check", "stats"):
            start = median(_run(command, few)[0] for _ in range(3))
            runs = [_run(command, all_of_them) for _ in range(3)]
            cpu = median(run[0] for run in runs)
            rate = (count - count // 10) / (cpu - start)
            yield Row(
                command, f"{command}, {shown}", rate, "files a second and core", 300, at_most=False
            )
            side_by_side = min(_run(command, all_of_them, "--jobs", "2")[1] for _ in range(2))
            yield Row(
                command, f"{command} --jobs 2, wall time beside one process",
                side_by_side / median(run[1] for run in runs), "x",
            )  # fmt: skip
            yield Row(
                command, f"{command}, peak memory beside a tenth of the files",
                runs[0][2] / _run(command, few)[2], "x", 1.2,
            )  # fmt: skip


def _generate(folder: Path, count: int) -> int:
    """Copies of the sample cassettes with other ids; how many bytes they are."""
    texts = [path.read_text() for path in sorted(SAMPLES.glob("*.yaml"))]
    letters = random.Random(1)
    size = 0
    for number in range(count):
        tail = "".join(letters.choices("abcdefghjkmnpqrstuvwxyz", k=8))
        text = ID.sub(lambda found, tail=tail: found[1] + tail, texts[number % len(texts)])
        path = folder / f"test_{number // 50}" / f"test_{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        size += len(text)
    return size


def _run(command: str, folder: Path, *options: str) -> tuple[float, float, int]:
    """Processor seconds, wall seconds and peak memory of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcassette", command, str(folder), "--json", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), command
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss
