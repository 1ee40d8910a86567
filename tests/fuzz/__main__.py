"""``python -m tests.fuzz``: random inputs for the reader and the gate, until the time is over."""

from __future__ import annotations

import argparse
import random
import sys
import traceback
from pathlib import Path

from tests.fuzz.running import Failure, run, written
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="reader or gate; else both")
    parser.add_argument("--seconds", type=float, default=120, help="for each target (120)")
    parser.add_argument("--seed", type=int, help="of the first inputs (random)")
    parser.add_argument("--input", type=Path, metavar="FILE", help="try this input only")
    parser.add_argument("--failures", type=Path, default=Path(".fuzz"), metavar="FOLDER")
    options = parser.parse_args()
    for unknown in set(options.targets) - set(TARGETS):
        parser.error(f"no target {unknown!r}; there are {', '.join(TARGETS)}")
    first_seed = random.randrange(10**6) if options.seed is None else options.seed
    for name in options.targets or TARGETS:
        if options.input is not None:
            TARGETS[name](options.input.read_bytes())
            continue
        print(f"{name}: {options.seconds:g} s from --seed {first_seed}", flush=True)
        try:
            tried = run(name, TARGETS[name], options.seconds, first_seed)
        except Failure as failure:
            traceback.print_exception(failure.__cause__)
            path = written(failure.data, name, options.failures)
            print(
                f"{name}: failed for {failure}, which is in {path}\n"
                f"Try it again: python -m tests.fuzz {name} --input {path}",
                flush=True,
            )
            return 1
        print(f"{name}: {tried:,} inputs passed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
