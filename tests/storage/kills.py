"""Kills a forked child that saves a cassette repeatedly, and verifies the file.

Every other child is killed at a random moment; the rest kill themselves where the new file is
written, and not renamed yet, which no random moment can be relied upon to hit.

Run as ``python -m tests.storage.kills PATH KILLS SEED``; prints what it found as JSON. A process of
its own, so that nothing but the storage is imported, and a fork takes milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from llmcassette.storage import load
from llmcassette.storage.locked_saving import save
from tests.storage.cassettes import interaction, texts

INTERACTIONS = 12
SIZE = 30_000


def save_forever(path: Path, report: int, *, until_renaming: bool) -> None:
    generation = os.getpid() * 1000
    while True:
        generation += 1
        many = tuple(interaction(str(generation), SIZE) for _ in range(INTERACTIONS))
        save(path, lambda before, many=many: replace(before, interactions=many))
        os.write(report, b".")
        if until_renaming:
            sys.addaudithook(die_when_renaming)


def die_when_renaming(event: str, _: object) -> None:
    if event == "os.rename":
        os.kill(os.getpid(), signal.SIGKILL)


def main(path: Path, kills: int, seed: int) -> dict[str, int]:
    draw = random.Random(seed)
    found = {"whole": 0, "broken": 0, "leftovers": 0, "saves": 0, "left_after_next_save": 0}
    for number in range(kills):
        until_renaming = bool(number % 2)
        listening, report = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(listening)
                save_forever(path, report, until_renaming=until_renaming)
            finally:
                os._exit(1)
        os.close(report)
        os.read(listening, 1)  # one save is complete, and another one has started
        if not until_renaming:
            time.sleep(draw.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found["saves"] += 1 + len(os.read(listening, 10_000))
        os.close(listening)
        found["leftovers"] += len(list(path.parent.iterdir())) - 1
        generations = texts(load(path))
        is_whole = len(generations) == INTERACTIONS and len(set(generations)) == 1
        found["whole" if is_whole else "broken"] += 1
    save(path, lambda before: replace(before, interactions=(interaction("last"),)))
    found["left_after_next_save"] = len(list(path.parent.iterdir())) - 1
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
