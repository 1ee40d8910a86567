"""Peak memory of a process that opens a large cassette, without that of its imports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import generate
from benchmarks.measure import Row

__all__ = ["rows"]

CHILD = """
import re, sys
import httpx, llmcassette
def peak():  # not ru_maxrss, which begins with the parent's
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+([0-9]+) kB", status.read())[1]) * 1024
def post(request):
    client.post(request.url, content=request.body, headers=dict(request.headers)).read()
path, least = sys.argv[1], int(sys.argv[2])
client = httpx.Client()
with llmcassette.use_cassette(path.replace("large", "one"), mode="none") as recorder:
    for interaction in recorder.unplayed:
        post(interaction.request)
before = peak()
with llmcassette.use_cassette(path, mode="none") as recorder:
    waiting = recorder.unplayed
    for number, interaction in enumerate(waiting):
        if number < least or not least:
            post(interaction.request)
print(peak() - before)
"""


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure and return the rows of this file; none except on Linux."""
    if not Path("/proc/self/status").exists():
        return
    count = 1_500 if quick else 15_000
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "large.yaml")
        generate.write(generate.streamed(1, 1), Path(name, "one.yaml"))
        generate.write(generate.streamed(count, 27, 2_000), path)
        size = path.stat().st_size
        shown = f"{size / 1e6:.0f} MB"
        first, every = (_peak(path, least) / size for least in (1, 0))
    yield Row("memory", f"peak memory, {shown}, first replay", first, "x the file's size", 2)
    yield Row("memory", f"peak memory, {shown}, all replayed", every, "x the file's size")


def _peak(path: Path, least: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(least)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)
