"""Runs: clients that share ``llmcassette serve``, each with its own play order."""

from __future__ import annotations

import json
import os

import pytest

from llmcassette import storage
from llmcassette.errors import CassetteError
from llmcassette.model import Cassette
from llmcassette.recorder.settings import Settings
from llmcassette.server.app import Listener
from llmcassette.server.background import LOOPBACK, Background, listening
from llmcassette.server.cassettes import Cassettes
from tests.cli.commands import chat
from tests.server.client import ask

ASKED = chat().request.body
PATH = "/v1/chat/completions"


class Rotating:
    """The runs of the test that uses the server just now."""

    def __init__(self):
        self.now = None

    def get(self, name):
        return self.now.get(name)

    def all(self):
        return self.now.all()

    def reset(self, name):
        self.now.reset(name)


@pytest.fixture(scope="module")
def rotating():
    return Rotating()


@pytest.fixture(scope="module")
def url(rotating):
    with Background(rotating, listening(LOOPBACK, 0), Listener()) as server:
        yield server.url


@pytest.fixture
def cassettes(rotating, tmp_path):
    """Two files, of which the first is asked twice."""
    write(tmp_path / "a.yaml", chat("One"), chat("Two", id=1))
    write(tmp_path / "b.yaml", chat("Three"), chat("Never", id=1, model="other"))
    rotating.now = Cassettes([tmp_path / "a.yaml", tmp_path / "b.yaml"], Settings())
    return rotating.now


def write(path, *interactions):
    storage.dump(Cassette(interactions=interactions), path)


def text_at(url, **headers):
    return ask(url, body=ASKED, **headers).json["choices"][0]["message"]["content"]


def test_files_are_searched_in_the_order_given(url, cassettes):
    assert [text_at(url + PATH) for _ in range(3)] == ["One", "Two", "Three"]
    assert [(path.name, at) for _, path, at in cassettes.unplayed] == [("b.yaml", 1)]


def test_each_run_has_its_own_play_order(url, cassettes):
    assert text_at(url + PATH) == "One"
    assert text_at(f"{url}/run/x{PATH}") == "One"
    assert text_at(url + PATH, x_llmcassette_run="y") == "One"
    assert text_at(f"{url}/run/x{PATH}", x_llmcassette_run="y") == "Two"
    assert text_at(f"{url}/run/x/openai{PATH}") == "Three"
    assert sorted(cassettes.all()) == ["", "x", "y"]


def test_reset_begins_one_run_anew_or_all(url, cassettes):
    for path in (PATH, f"/run/x{PATH}"):
        assert text_at(url + path) == "One"
    assert ask(f"{url}/run/x/__llmcassette__/reset").code == 200
    assert [text_at(url + PATH), text_at(f"{url}/run/x{PATH}")] == ["Two", "One"]
    assert ask(f"{url}/__llmcassette__/reset").json == {"schema": 1, "runs": {}}
    assert text_at(url + PATH) == "One"


def test_reset_wants_a_post_from_this_site(url, cassettes):
    assert ask(f"{url}/__llmcassette__/reset", "GET").code == 405
    assert ask(f"{url}/__llmcassette__/reset", sec_fetch_site="cross-site").code == 403


def test_a_miss_names_the_file_and_the_position_in_it(url, cassettes):
    for _ in range(3):
        text_at(url + PATH)
    message = ask(url + PATH, body=ASKED).json["error"]["message"]
    path = os.path.relpath(cassettes._paths[1])
    assert "Interaction 0 matches but was already replayed" in message
    assert (
        f"llmcassette record --mode new_episodes --upstream https://api.openai.com -o {path}"
        in message.replace(str(cassettes._paths[1]), path)
    )
    assert len(cassettes.errors) == 1


def test_a_file_that_changes_is_read_again_and_begins_anew(url, cassettes, tmp_path):
    assert text_at(url + PATH) == "One"
    ask(url + PATH, body=b"{}")
    write(tmp_path / "a.yaml", chat("Changed answer"))
    assert text_at(url + PATH) == "Changed answer"
    assert len(cassettes.errors) == 1, "what was missed before counts"


def test_a_file_that_can_no_longer_be_read_is_an_error_until_it_can(url, cassettes, tmp_path):
    (tmp_path / "a.yaml").write_text("interactions: [", "utf-8")
    got = ask(url + PATH, body=ASKED)
    assert got.code == 400
    assert "a.yaml" in got.json["error"]["message"]
    write(tmp_path / "a.yaml", chat("Mended"))
    assert text_at(url + PATH) == "Mended"
    assert len(cassettes.errors) == 1


def test_status_says_what_was_played_and_what_was_not(url, cassettes):
    text_at(url + PATH)
    ask(
        url + PATH,
        body=b'{"key": "9f8e7d6c5b4a39281706"}',
        authorization="Bearer 9f8e7d6c5b4a39281706",
    )
    status = ask(f"{url}/__llmcassette__/", "GET").json
    assert status["schema"] == 1
    run = status["runs"][""]
    rows = {kind: [(row["interaction"], row["request"]) for row in run[kind]]
            for kind in ("played", "unplayed")}  # fmt: skip
    post = f"POST https://api.openai.com{PATH}"
    assert rows == {"played": [(0, post)], "unplayed": [(1, post), (0, post), (1, post)]}
    [missed] = run["missed"]
    assert missed["request"] == post
    assert "no recorded interaction answers this request" in missed["report"]
    assert "9f8e7d6c" not in json.dumps(status)


def test_status_is_a_page_for_a_browser(url, cassettes):
    page = ask(f"{url}/__llmcassette__/", "GET", accept="text/html").body.decode()
    assert "<p>No request has come yet.</p>" in page
    ask(f"{url}/run/%3Cb%3E{PATH}", body=b'{"model": "<script>"}')
    got = ask(f"{url}/__llmcassette__/", "GET", accept="text/html,*/*")
    page = got.body.decode()
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h3>1 missed</h3>" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_there_are_only_so_many_runs(cassettes, monkeypatch):
    monkeypatch.setattr("llmcassette.server.cassettes.MOST_RUNS", 1)
    cassettes.get("a")
    cassettes.get("a")
    with pytest.raises(CassetteError, match="has 1 runs, and begins no more"):
        cassettes.get("b")
