from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from llmcassette import load
from tests.recording.provider_server import Answer

ROOT = Path(__file__).parents[2]
RECORD = """
import sys
import httpx
from llmcassette import use_cassette
path, url, name = sys.argv[1:]
with httpx.Client(verify=False) as client:
    for number in range(20):
        with use_cassette(path, mode="new_episodes"):
            client.post(url, json={"process": name, "number": number})
"""


def test_two_processes_that_record_into_one_cassette_lose_nothing(provider, path):
    provider.will_answer(Answer.json({"text": "fine"}))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, str(path), provider.url, name],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    for process in processes:
        assert (process.communicate()[1], process.returncode) == ("", 0)
    bodies = [one.request.body.decode() for one in load(path).interactions]
    assert sorted(bodies) == sorted(
        f'{{"process":"{name}","number":{number}}}'
        for name in ("one", "two")
        for number in range(20)
    )
    assert [one.id for one in load(path).interactions] == list(range(40))
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
