"""Client, server or upstream are killed at random moments: the file is whole, and nothing hangs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading

import pytest

import llmcassette
from tests.cases import case
from tests.server.client import PATIENCE, Asking
from tests.server.test_serve import needs_signals
from tests.server.upstream import Upstream

ROUNDS = 100 if os.environ.get("LLMCASSETTE_LONG_TESTS") else 12
CLIENTS = 6
PIECES = [b'data: {"n": %d}\n\n' % n for n in range(10)]
BODY = b"".join(PIECES)


class Client(threading.Thread):
    """Asks for one stream; reads it to its end, or leaves in the middle."""

    def __init__(self, url, number, leaves_after=None):
        super().__init__()
        self.url, self.number, self.leaves_after = url, number, leaves_after
        self.got = b""
        self.start()

    def run(self):
        try:
            asking = Asking(f"{self.url}/v1/chat/completions", body=b'{"n": %d}' % self.number)
        except OSError:
            return
        try:
            asking.rest() if self.leaves_after is None else asking.until(self.leaves_after)
        except OSError:
            pass
        finally:
            asking.close()
        self.got = asking.got.body if asking.got.ended else b""


class Recorder:
    """``llmcassette record`` in a process that can be killed."""

    def __init__(self, folder, upstream):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llmcassette", "record", "--mode", "new_episodes",
             "--upstream", upstream.url, "-o", "a.yaml"],
            cwd=folder, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = self.process.stdout.readline().split(" at ")[1].split(",")[0]
        self._reading = threading.Thread(target=self.process.stdout.read)
        self._reading.start()

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        self.process.stdout.close()
        return code


@pytest.mark.timeout(900)
@needs_signals
def test_whoever_is_killed(tmp_path):
    chance = random.Random(20)
    upstream = Upstream(PIECES, pause=0.002)
    recorder = Recorder(tmp_path, upstream)
    path = tmp_path / "a.yaml"
    number = 0
    asked = set()
    try:
        for round_ in range(ROUNDS):
            victim = ("client", "upstream", "client", "server")[round_ % 4]
            with case((round_, victim)):
                leaves = [chance.randrange(len(PIECES)) for _ in range(CLIENTS)]
                clients = [
                    Client(recorder.url, number + at, after if victim == "client" else None)
                    for at, after in enumerate(leaves)
                ]
                number += CLIENTS
                threading.Event().wait(chance.random() * 0.06)
                if victim == "upstream":
                    upstream.kill()
                    upstream.start()
                if victim == "server":
                    recorder.end(signal.SIGKILL)
                for client in clients:
                    client.join(PATIENCE)
                    assert not client.is_alive(), "it hangs"
                if victim == "server":
                    asked.clear()  # what was not saved by then is lost
                    recorder = Recorder(tmp_path, upstream)
                else:
                    asked |= {client.number for client in clients if client.got == BODY}
                if path.exists():
                    llmcassette.load(path)
        last = [Client(recorder.url, number + at) for at in range(CLIENTS)]
        for client in last:
            client.join(PATIENCE)
        assert [client.got for client in last] == [BODY] * CLIENTS
        asked |= {client.number for client in last}
        assert recorder.end(signal.SIGTERM) == 0
    finally:
        recorder.process.kill()
        upstream.stop()
    whole = [each for each in llmcassette.load(path).interactions if not each.response.ended]
    assert all(each.response.body == BODY for each in whole)
    recorded = {int(each.request.body.strip(b'{"n": }')) for each in whole}
    assert asked <= recorded
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix == ".yaml") == ["a.yaml"]
