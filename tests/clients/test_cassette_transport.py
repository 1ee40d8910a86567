"""``CassetteTransport``: one cassette for the clients it is given to, and for no other."""

from __future__ import annotations

import asyncio
import logging

import httpx
import httpx2
import pytest

from llmcassette import (
    CassetteError,
    CassetteTransport,
    ReplayError,
    SettingsError,
    UnmatchedRequestError,
    load,
    use_cassette,
)
from llmcassette.errors import shown_path
from llmcassette.recorder.run import current_run
from tests.clients.support import CLIENTS, URL, ask, cassette, library_of, open_client, recorded


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", recorded(b"first"), recorded(b"second"))


def test_it_serves_each_of_the_four_clients(weather, make):
    transport = CassetteTransport(weather)
    with open_client(make, transport=transport) as client:
        assert ask(client).text == "first"
    assert len(transport.recorder.played) == 1


def test_two_clients_share_one_play(weather):
    transport = CassetteTransport(weather)
    with httpx.Client(transport=transport) as one:
        assert ask(one).text == "first"
        assert ask(httpx2.AsyncClient(transport=transport)).text == "second"
        with pytest.raises(UnmatchedRequestError):
            ask(one)


def test_the_client_closes_it(weather, make):
    transport = CassetteTransport(weather)
    with open_client(make, transport=transport):
        assert not transport.recorder._cassette.closed
    assert transport.recorder._cassette.closed


def test_it_is_a_context_manager_itself(weather):
    with CassetteTransport(weather) as transport:
        assert ask(httpx.Client(transport=transport)).text == "first"
    assert transport.recorder._cassette.closed


def test_it_may_be_closed_twice(weather):
    transport = CassetteTransport(weather)
    transport.close()
    transport.close()
    assert transport.recorder._cassette.closed


def test_after_its_end_a_request_is_an_error(weather, make):
    transport = CassetteTransport(weather)
    with open_client(make, transport=transport) as client:
        transport.recorder._cassette.close()
        with pytest.raises(ReplayError) as caught:
            ask(client)
    assert str(caught.value) == (
        f"a request came after its cassette {shown_path(weather)} had closed.\n"
        "A CassetteTransport closes with the first client that has it: make one for each "
        "client, or keep that client open as long as the others."
    )
    assert transport.recorder.errors == (caught.value,)


def test_inside_use_cassette_it_keeps_its_own(tmp_path, weather, make):
    other = cassette(tmp_path / "other.yaml", recorded(b"other"))
    with (
        open_client(make, transport=CassetteTransport(weather)) as own,
        open_client(make) as served,
        use_cassette(other) as recorder,
    ):
        assert ask(own).text == "first"
        assert ask(served).text == "other"
    assert len(recorder.played) == 1


def test_mounted_for_one_host_it_answers_for_that_host_only(weather, make, server):
    mounts = {"https://api.example.com": CassetteTransport(weather)}
    with open_client(make, mounts=mounts) as client:
        assert ask(client).text == "first"
        assert ask(client, url=server.url).text == "live"


def test_in_mode_live_it_goes_to_the_network(tmp_path, make, server):
    path = tmp_path / "absent.yaml"
    with open_client(make, transport=CassetteTransport(path, mode="live")) as client:
        assert ask(client, url=server.url).text == "live"
    assert not path.exists()


def test_in_mode_live_clients_of_both_kinds_and_libraries_may_share_it(tmp_path, server):
    transport = CassetteTransport(tmp_path / "absent.yaml", mode="live")
    for make in CLIENTS.values():
        assert ask(make(transport=transport), url=server.url).text == "live"
    asyncio.run(transport.aclose())
    assert transport.recorder._cassette.closed


def test_clients_that_shared_it_in_mode_live_may_be_closed_synchronously(tmp_path, server):
    transport = CassetteTransport(tmp_path / "absent.yaml", mode="live")
    headers = {"connection": "close"}
    for make in (httpx.Client, httpx.AsyncClient):
        assert ask(make(transport=transport), url=server.url, headers=headers).text == "live"
    transport.close()
    assert transport.recorder._cassette.closed


class Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of the user's own that goes wherever it likes."""

    def __init__(self):
        self.closed = []

    def handle_request(self, request):
        return httpx.Response(200, text="inner")

    async def handle_async_request(self, request):
        return httpx.Response(200, text="inner")

    def close(self):
        self.closed.append("close")

    async def aclose(self):
        self.closed.append("aclose")


@pytest.mark.parametrize(
    ("make", "closed_by"), [(httpx.Client, "close"), (httpx.AsyncClient, "aclose")]
)
def test_inner_is_asked_in_mode_live_and_closed_with_it(tmp_path, make, closed_by):
    inner = Inner()
    transport = CassetteTransport(tmp_path / "absent.yaml", mode="live", inner=inner)
    with open_client(make, transport=transport) as client:
        assert ask(client).text == "inner"
    assert inner.closed == [closed_by]


@pytest.mark.parametrize("make", [httpx.Client, httpx.AsyncClient])
def test_inner_is_asked_for_pass_hosts_only(weather, make):
    transport = CassetteTransport(weather, inner=Inner(), pass_hosts=["localhost"])
    with open_client(make, transport=transport) as client:
        assert ask(client).text == "first"
        assert ask(client, url="http://localhost/").text == "inner"


@pytest.mark.parametrize("make", [httpx.Client, httpx.AsyncClient])
def test_inner_is_what_is_recorded(tmp_path, make):
    path = tmp_path / "new.yaml"
    transport = CassetteTransport(path, mode="rewrite", inner=Inner())
    with open_client(make, transport=transport) as client:
        assert ask(client).text == "inner"
    assert [item.response.body for item in load(path).interactions] == [b"inner"]


def test_it_records_with_the_librarys_own_transport(tmp_path, make, server):
    path = tmp_path / "new.yaml"
    with open_client(make, transport=CassetteTransport(path, mode="rewrite")) as client:
        assert ask(client, url=server.url).text == "live"
    assert [item.response.body for item in load(path).interactions] == [b"live"]


def test_a_cassette_that_cannot_be_saved_still_closes_inner(tmp_path, monkeypatch):
    folder = tmp_path / "cassettes"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # what cannot be saved is kept there
    inner = Inner()
    transport = CassetteTransport(folder / "new.yaml", mode="rewrite", inner=inner)
    ask(httpx.Client(transport=transport))
    folder.rmdir()
    folder.write_text("a file where the folder was")
    with pytest.raises(CassetteError):
        transport.close()
    assert inner.closed == ["close"]


def test_ignore_hosts_raise_the_librarys_own_connection_error(weather, make):
    transport = CassetteTransport(weather, ignore_hosts=["telemetry.test"])
    with (
        open_client(make, transport=transport) as client,
        pytest.raises(library_of(make).ConnectError, match=r"telemetry\.test is in ignore_hosts"),
    ):
        ask(client, url="https://telemetry.test/")


def test_what_it_leaves_alone_is_logged(weather, make, server, caplog):
    caplog.set_level(logging.DEBUG, logger="llmcassette")
    transport = CassetteTransport(weather, pass_hosts=["127.0.0.1"], ignore_hosts=["other.test"])
    with open_client(make, transport=transport) as client:
        ask(client, url=server.url)
        with pytest.raises(library_of(make).ConnectError):
            ask(client, url="http://other.test/")
    assert [record.getMessage() for record in caplog.records if record.name == "llmcassette"] == [
        f"{weather}: 127.0.0.1:{server.port} is passed through",
        f"{weather}: other.test:80 is ignored, as if it could not be reached",
    ]


@pytest.mark.parametrize(
    ("mode", "how"),
    [
        (None, 'run it with LLMCASSETTE_MODE=rewrite, or open absent.yaml with mode="rewrite"'),
        ("none", 'open absent.yaml with mode="rewrite"'),
    ],
)
def test_a_missing_cassette_says_how_to_record_it(monkeypatch, mode, how):
    monkeypatch.setattr(current_run, "remedy", None)
    with pytest.raises(CassetteError) as caught:
        CassetteTransport("absent.yaml", mode)
    assert str(caught.value) == (f"absent.yaml: there is no such cassette.\nTo record it: {how}")


def test_a_missing_cassette_that_only_ci_does_not_record_says_so(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(CassetteError) as caught:
        CassetteTransport("absent.yaml", "once")
    assert str(caught.value) == (
        "absent.yaml: there is no such cassette.\n"
        'To record it: open absent.yaml with mode="rewrite", outside of CI'
    )


def test_a_setting_that_does_not_exist_is_an_error(weather):
    with pytest.raises(SettingsError) as caught:
        CassetteTransport(weather, pass_host=["localhost"])
    assert str(caught.value) == (
        "there is no setting 'pass_host' (CassetteTransport). Did you mean 'pass_hosts'?"
    )


def test_what_is_no_request_of_either_library_is_refused(weather):
    with CassetteTransport(weather) as transport, pytest.raises(TypeError) as caught:
        transport.handle_request(object())
    assert str(caught.value) == "object is no request of httpx or httpx2"


def test_a_request_class_of_the_users_own_is_served(weather):
    class Request(httpx.Request):
        pass

    with CassetteTransport(weather) as transport:
        assert transport.handle_request(Request("GET", URL)).read() == b"first"
