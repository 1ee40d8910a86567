"""Small bodies that decode to hundreds of megabytes are refused by name, wherever one is read.

Each refusal names the file, the interaction, the field and the setting.
"""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import httpx
import pytest

from llmcassette import ReplayError, SettingsError, load, use_cassette
from llmcassette.errors import CassetteError
from llmcassette.model import Headers
from tests.cli.commands import Commands, chat
from tests.recording.provider_server import Answer, Provider

TWICE = Headers({"Content-Type": "application/json", "Content-Encoding": "gzip, gzip"})
PLAIN = Headers({"Content-Type": "application/json"})
EXPANDS = (
    "the compressed body expands to more than 1,000 times its size; "
    "if you trust this file, raise the setting max_decoded_ratio"
)
FIX = "delete the file; if you trust it, raise max_decoded_size or max_decoded_ratio"
MOST = 60_000_000
"""Bytes. The bomb itself has 64 MB."""


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(gzip.compress(bytes(64_000_000)))


@pytest.fixture
def run(tmp_path, monkeypatch):
    return Commands(tmp_path, monkeypatch)


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def _little_memory():
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST


def in_answer(bomb, headers=TWICE):
    return chat(id=1, body=bomb, headers=headers)


def in_request(bomb, headers=TWICE):
    return chat(id=1, request={"body": bomb, "headers": headers})


@pytest.mark.usefixtures("_little_memory")
def test_check_finds_it_in_answers_and_requests_with_and_without_a_header(run, bomb):
    run.write("a.yaml", chat(), in_answer(bomb))
    run.write("b.yaml", chat(), in_request(bomb))
    run.write("c.yaml", chat(), in_answer(bomb, PLAIN))
    run.write("d.yaml", chat(), in_request(bomb, PLAIN))
    ran = run("check", ".", "--select", "secret,expands")
    assert (ran.code, ran.out, ran.err) == (
        1,
        f"a.yaml:47: LC012 interaction 1: {EXPANDS}\n  fix: {FIX}\n"
        f"b.yaml:36: LC012 interaction 1: {EXPANDS}\n  fix: {FIX}\n"
        f"c.yaml:47: LC012 interaction 1: {EXPANDS}\n  fix: {FIX}\n"
        f"d.yaml:36: LC012 interaction 1: {EXPANDS}\n  fix: {FIX}\n",
        "4 findings in 4 of 4 files\n",
    )


@pytest.mark.usefixtures("_little_memory")
def test_redact_leaves_the_file_as_it_is(run, bomb):
    for make, field in ((in_answer, "response"), (in_request, "request")):
        path = run.write("a.yaml", chat(), make(bomb))
        before = path.read_bytes()
        ran = run("redact", "a.yaml")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"llmcassette: a.yaml: interaction 1, {field}.body: {EXPANDS}\n"
            "0 of 1 file changed, 1 error\n"
        )
        assert path.read_bytes() == before


@pytest.mark.usefixtures("_little_memory")
def test_diff_names_the_file(run, bomb):
    run.write("a.yaml", chat())
    run.write("b.yaml", chat(), in_request(bomb))
    ran = run("diff", "a.yaml", "b.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"llmcassette: b.yaml: interaction 1, request.body: {EXPANDS}\n"


def test_inspect_and_stats_show_it_without_decoding_it(run, bomb, monkeypatch):
    run.write("a.yaml", in_answer(bomb), in_request(bomb))
    monkeypatch.setattr(zlib, "decompressobj", None)
    for command in (["inspect"], ["inspect", "--json"], ["inspect", "--raw"], ["stats"]):
        assert run(*command, "a.yaml").code == 0, command


@pytest.mark.usefixtures("_little_memory")
def test_convert_writes_nothing(run, bomb):
    (run.folder / "old.yaml").write_text(
        "interactions:\n"
        "- request: {body: '', headers: {}, method: GET, uri: 'https://a.example/'}\n"
        "  response:\n"
        f"    body: {{string: !!binary {__import__('base64').b64encode(bomb).decode()}}}\n"
        "    headers: {content-encoding: ['gzip, gzip']}\n"
        "    status: {code: 200, message: OK}\n"
        "version: 1\n"
    )
    ran = run("convert", "old.yaml", "new.yaml")
    assert (ran.code, ran.err) == (
        2,
        f"llmcassette: old.yaml: interaction 0: {EXPANDS}\n0 files converted, 1 failed\n",
    )
    assert not (run.folder / "new.yaml").exists()


@pytest.mark.usefixtures("_little_memory")
def test_replay_refuses_an_answer_before_the_client_decodes_it(run, bomb):
    run.write("a.yaml", chat(), in_answer(bomb))
    sent = chat().request
    with use_cassette("a.yaml"), httpx.Client() as client:
        client.post(sent.url, content=sent.body)
        with pytest.raises(ReplayError) as caught:
            client.post(sent.url, content=sent.body)
    assert str(caught.value) == f"a.yaml: interaction 1, response.body: {EXPANDS}"


@pytest.mark.usefixtures("_little_memory")
def test_replay_refuses_a_recorded_request_when_a_search_reaches_it(run, bomb):
    run.write("a.yaml", chat(), in_request(bomb))
    with use_cassette("a.yaml"), httpx.Client() as client, pytest.raises(ReplayError) as caught:
        client.post(chat().request.url, content=b"another")
    assert str(caught.value) == f"a.yaml: interaction 1, request.body: {EXPANDS}"


def test_a_live_answer_reaches_its_client_and_is_not_written(run, bomb, provider):
    headers = {"content-type": "application/json", "content-encoding": "gzip, gzip"}
    provider.will_answer(Answer([b"fine"], 200, {"content-type": "text/plain"}))

    def record():
        with use_cassette("a.yaml", mode="once"), httpx.Client() as client:
            assert client.get(provider.url).content == b"fine"
            provider.will_answer(Answer([bomb], 200, headers))
            with client.stream("GET", provider.url) as response:
                assert b"".join(response.iter_raw()) == bomb

    with pytest.raises(CassetteError) as caught:
        record()
    assert str(caught.value) == (
        "a.yaml: not saved, for what was recorded may not be written as it is:\n"
        f"  interaction 1, response.body: {EXPANDS}\n"
        "Keep it out of the conversation, or remove it with a redaction function.\n"
        "The recording was saved as a.unsaved-1.yaml instead."
    )
    assert not (run.folder / "a.yaml").exists()
    assert [one.response.body for one in load("a.unsaved-1.yaml").interactions] == [b"fine"]


def test_the_settings_allow_more_or_less(run, bomb):
    run.write("a.yaml", in_answer(bomb))
    run.write("b.yaml", chat(body=gzip.compress(b"x" * 2_000), headers=TWICE))
    (run.folder / "pyproject.toml").write_text(
        '[tool.llmcassette]\nmax_decoded_ratio = 1_000_000\nmax_decoded_size = "1GB"\n'
    )
    assert run("check", ".", "--select", "expands").out == ""
    sent = chat().request
    with use_cassette("b.yaml", max_decoded_size=1_000), httpx.Client() as client:  # noqa: SIM117
        with pytest.raises(ReplayError) as caught:
            client.post(sent.url, content=sent.body)
    assert str(caught.value) == (
        "b.yaml: interaction 0, response.body: the compressed body expands to more than "
        "1,000 bytes; if you trust this file, raise the setting max_decoded_size"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"max_decoded_size": "big"},
            "max_decoded_size (use_cassette) must be a size, such as '100MB', not 'big'",
        ),
        (
            {"max_decoded_size": True},
            "max_decoded_size (use_cassette) must be a size, such as '100MB', not True",
        ),
        (
            {"max_decoded_ratio": 0},
            "max_decoded_ratio (use_cassette) must be a whole number above 0, not 0",
        ),
    ],
)
def test_a_wrong_value_is_named(run, settings, message):
    run.write("a.yaml", chat())
    with pytest.raises(SettingsError) as caught, use_cassette("a.yaml", **settings):
        pass
    assert str(caught.value) == message
