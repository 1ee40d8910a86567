"""Counts of work done: the same on every machine, however busy it is."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import llmcassette
from llmcassette.model import Cassette, Headers, Interaction, Request, Response

OURS = str(Path(llmcassette.__file__).parent)
URL = "https://api.example.com/v1/chat/completions"


@contextmanager
def calls_of_ours():
    """The Python functions of this package that are called, with how often."""
    counts = Counter()

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            counts[frame.f_code.co_qualname] += 1

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def modules_of(code):
    """What a new interpreter has imported after some code, beyond what it had before ``# then``."""
    before, after = code.split("# then\n")
    script = (
        f"{before}\nimport sys, json\nknown = set(sys.modules)\n{after}\n"
        "print(json.dumps(sorted(set(sys.modules) - known)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def cassette(path, count, events=1):
    """A file of streamed answers, each to a request of its own."""
    headers = Headers({"Content-Type": "application/json"})
    held = [
        Interaction(
            number,
            Request(method="POST", url=URL, headers=headers, body=body(number)),
            Response(
                code=200,
                status="200 OK",
                headers=Headers({"Content-Type": "text/event-stream"}),
                body=b'data: {"text": "word"}\n\n' * events,
            ),
        )
        for number in range(count)
    ]
    llmcassette.dump(Cassette(interactions=tuple(held)), path)
    return path


def body(number):
    return json.dumps({"model": "m", "stream": True, "n": number, "input": "a\nb"}).encode()


def respelled(number):
    """The same value in another order."""
    return json.dumps(dict(reversed(json.loads(body(number)).items()))).encode()
