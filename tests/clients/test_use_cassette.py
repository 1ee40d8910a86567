"""``use_cassette`` serves every client of both libraries, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import functools
import gc

import httpx
import httpx2
import pytest

from llmcassette import CassetteError, ReplayError, SettingsError, UnmatchedRequestError
from llmcassette import use_cassette as use
from llmcassette.recorder.run import current_run
from tests.clients.support import CLIENTS, URL, ask, cassette, library_of, open_client, recorded

MADE_AT_IMPORT = {name: make() for name, make in CLIENTS.items()}


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", recorded(b"first"), recorded(b"second"))


def test_a_client_made_inside_the_block_is_served(weather, make):
    with use(weather), open_client(make) as client:
        assert ask(client).text == "first"


def test_a_client_made_before_the_block_is_served(weather, make):
    with open_client(make) as client, use(weather):
        assert ask(client).text == "first"


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_made_at_import_time_is_served(weather, name):
    with use(weather):
        assert ask(MADE_AT_IMPORT[name]).text == "first"


def test_a_client_is_kept_across_blocks_and_event_loops(weather, make):
    with open_client(make) as client:
        for _ in range(3):
            with use(weather):
                assert ask(client).text == "first"
                assert ask(client).text == "second"


@pytest.mark.parametrize("module", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_the_top_level_functions_are_served(weather, module):
    with use(weather):
        assert module.get(URL).text == "first"
        with module.stream("GET", URL) as answer:
            assert answer.read() == b"second"


def test_a_client_with_a_proxy_is_served(weather, make):
    with open_client(make, proxy="http://127.0.0.1:9") as client, use(weather):
        assert ask(client).text == "first"


def test_a_client_whose_proxy_comes_from_the_environment_is_served(weather, make, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with open_client(make) as client, use(weather):
        assert ask(client).text == "first"


def test_a_client_with_mounts_is_served(weather, make):
    def mounted(module):
        kind = "AsyncHTTPTransport" if "Async" in make.__name__ else "HTTPTransport"
        return {"https://api.example.com": getattr(module, kind)(retries=2)}

    with open_client(make, mounts=mounted(library_of(make))) as client, use(weather):
        assert ask(client).text == "first"


def test_a_client_with_a_transport_of_its_own_is_served(weather, make):
    module = library_of(make)

    class Transport(module.BaseTransport, module.AsyncBaseTransport):
        def handle_request(self, request):
            raise AssertionError("it was asked")

        async def handle_async_request(self, request):
            raise AssertionError("it was asked")

    with open_client(make, transport=Transport()) as client, use(weather):
        assert ask(client).text == "first"


def test_on_the_way_out_everything_is_as_it_was(weather, assert_everything_is_as_it_was):
    original = httpx.Client._transport_for_url
    with use(weather):
        assert httpx.Client._transport_for_url is not original
    assert_everything_is_as_it_was()


def test_after_an_exception_everything_is_as_it_was(weather, assert_everything_is_as_it_was):
    with pytest.raises(KeyError), use(weather):
        raise KeyError
    assert_everything_is_as_it_was()


def test_after_a_miss_everything_is_as_it_was(weather, make, assert_everything_is_as_it_was):
    with open_client(make) as client, pytest.raises(UnmatchedRequestError), use(weather):
        ask(client, "DELETE")
    assert_everything_is_as_it_was()


def test_after_a_cassette_that_cannot_be_opened_everything_is_as_it_was(
    tmp_path, assert_everything_is_as_it_was
):
    with pytest.raises(CassetteError), use(tmp_path / "absent.yaml"):
        pytest.fail("the block ran")
    with pytest.raises(SettingsError), use(tmp_path / "absent.yaml", pace="?", nonsense=1):
        pytest.fail("the block ran")
    assert_everything_is_as_it_was()


def test_after_a_cassette_that_cannot_be_saved_everything_is_as_it_was(
    tmp_path, server, make, assert_everything_is_as_it_was, monkeypatch
):
    folder = tmp_path / "cassettes"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # what cannot be saved is kept there
    block = use(folder / "weather.yaml", mode="rewrite")
    block.__enter__()
    with open_client(make) as client:
        ask(client, url=server.url)
    folder.rmdir()
    folder.write_text("a file where the folder was")
    with pytest.raises(CassetteError):
        block.__exit__(None, None, None)
    assert_everything_is_as_it_was()


def test_after_tasks_that_ended_everything_is_as_it_was(weather, assert_everything_is_as_it_was):
    async def several():
        async with httpx2.AsyncClient() as client:
            await asyncio.gather(client.get(URL), client.get(URL))

    with use(weather):
        asyncio.run(several())
    gc.collect()
    assert_everything_is_as_it_was()


def test_the_innermost_cassette_answers_and_then_the_outer_again(
    tmp_path, weather, make, assert_everything_is_as_it_was
):
    inner = cassette(tmp_path / "inner.yaml", recorded(b"inner"))
    with open_client(make) as client, use(weather) as outer_recorder:
        assert ask(client).text == "first"
        with use(inner) as inner_recorder:
            assert ask(client).text == "inner"
            with pytest.raises(UnmatchedRequestError):
                ask(client)
        assert ask(client).text == "second"
    assert_everything_is_as_it_was()
    assert (len(outer_recorder.misses), len(inner_recorder.misses)) == (0, 1)


def test_one_block_may_be_entered_again_and_inside_itself(
    weather, make, assert_everything_is_as_it_was
):
    block = use(weather)
    with open_client(make) as client:
        with block, block as inner:
            assert ask(client).text == "first"
            assert len(inner.played) == 1
        with block:
            assert ask(client).text == "first"
    assert_everything_is_as_it_was()


def test_a_block_inside_that_fails_leaves_the_outer_one_at_work(weather, make):
    with open_client(make) as client, use(weather):
        with pytest.raises(CassetteError), use("absent.yaml"):
            pytest.fail("the block ran")
        assert ask(client).text == "first"


class Tracing:
    """A library that wraps clients as tracing tools do, and can put back what it found."""

    def __init__(self, make):
        self.make, self.found, self.seen = make, make._transport_for_url, []

        @functools.wraps(self.found)
        def traced(client, url):
            self.seen.append(str(url))
            return self.found(client, url)

        make._transport_for_url = traced

    def stop(self):
        self.make._transport_for_url = self.found


@pytest.fixture
def tracing(make):
    original = make._transport_for_url
    yield Tracing
    make._transport_for_url = original


def test_a_wrapper_put_on_before_the_block_is_kept(weather, make, tracing):
    tracer = tracing(make)
    wrapped = make._transport_for_url
    with open_client(make) as client, use(weather):
        assert ask(client).text == "first"
    assert make._transport_for_url is wrapped
    assert tracer.seen == [URL]


def test_a_wrapper_put_on_and_off_inside_the_block_changes_nothing(
    weather, make, tracing, assert_everything_is_as_it_was
):
    with open_client(make) as client, use(weather):
        tracer = tracing(make)
        assert ask(client).text == "first"
        tracer.stop()
        assert ask(client).text == "second"
    assert_everything_is_as_it_was()


def test_a_wrapper_that_outlives_the_block_passes_on_to_the_network(weather, make, tracing, server):
    with open_client(make) as client:
        with use(weather):
            tracer = tracing(make)
        assert ask(client, url=server.url).text == "live"
        tracer.stop()
    with open_client(make) as client:
        assert ask(client, url=server.url).text == "live"


def test_a_wrapper_that_outlives_the_block_still_sees_what_the_next_block_serves(
    weather, make, tracing
):
    with use(weather):
        tracer = tracing(make)
    with open_client(make) as client, use(weather):
        assert ask(client).text == "first"
    assert tracer.seen == [URL]


def test_what_a_wrapper_put_back_late_is_undone_by_the_next_block(
    weather, make, tracing, server, assert_everything_is_as_it_was
):
    with use(weather):
        tracer = tracing(make)
    tracer.stop()
    with open_client(make) as client, use(weather) as recorder:
        assert ask(client).text == "first"
        assert len(recorder.played) == 1
    assert_everything_is_as_it_was()


def test_under_a_wrapper_of_ours_that_was_left_behind_a_request_is_recorded_once(
    tmp_path, weather, make, tracing, server
):
    with use(weather):
        tracing(make)
    with open_client(make) as client, use(tmp_path / "new.yaml", mode="rewrite") as recorder:
        assert ask(client, url=server.url).text == "live"
    assert len(recorder.recorded) == 1


def test_the_path_is_relative_to_the_working_directory(weather, make):
    with open_client(make) as client, use("weather.yaml") as recorder:
        assert ask(client).text == "first"
    assert recorder.path == weather


def test_mode_live_touches_nothing(tmp_path, make, server):
    path = tmp_path / "absent.yaml"
    with open_client(make) as client, use(path, mode="live") as recorder:
        assert ask(client, url=server.url).text == "live"
    assert (recorder.played, recorder.errors, path.exists()) == ((), (), False)


def test_a_miss_is_no_exception_that_an_sdk_could_retry(weather, make):
    with open_client(make) as client, use(weather), pytest.raises(ReplayError) as caught:
        ask(client, url="https://api.example.com/v2")
    assert not isinstance(caught.value, Exception)


def test_where_serving_fails_everything_is_as_it_was(
    weather, monkeypatch, assert_everything_is_as_it_was
):
    opened = []
    monkeypatch.setattr(current_run, "watchers", [opened.append])
    monkeypatch.delattr(httpx.AsyncClient, "_transport_for_url")
    with pytest.raises(AttributeError):
        use(weather).__enter__()
    assert [cassette.closed for cassette in opened] == [True]
    monkeypatch.undo()
    assert_everything_is_as_it_was()
    with use(weather), httpx.Client() as client:
        assert ask(client).text == "first"
