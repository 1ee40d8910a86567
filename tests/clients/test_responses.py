"""An answer is what it was: status, headers, version, and a stream that is read once."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip

import httpx
import httpx2
import pytest

from llmcassette import Chunk, ReplayError, use_cassette
from tests.clients.support import (
    URL,
    ask,
    cassette,
    is_async,
    library_of,
    open_client,
    recorded,
)

EVENTS = b'data: {"n": 1}\n\ndata: {"n": 2}\n\ndata: [DONE]\n\n'
CUT = [b'data: {"n": 1}\n\n', b'data: {"n": 2}\n\n', b"data: [DONE]\n\n"]
SSE = {"Content-Type": "text/event-stream"}


@pytest.fixture
def answer_of(tmp_path, make):
    """What a client gets, read whole, for one recorded answer."""

    def asking(body=b"", *, method="GET", **response):
        path = cassette(tmp_path / "one.yaml", recorded(body, method=method, **response))
        with open_client(make) as client, use_cassette(path):
            return ask(client, method)

    return asking


@pytest.fixture
def streamed(tmp_path, make):
    """Run ``use(answer, iterate)`` with a streamed answer; written once for both kinds of client.

    ``iterate(answer, most, into)`` reads up to that many chunks of the raw stream.
    """

    def running(use, body=EVENTS, **response):
        path = cassette(tmp_path / "one.yaml", recorded(body, **{"headers": SSE, **response}))

        async def main():
            client = make(verify=False)

            async def maybe(value):
                return await value if is_async(client) else value

            async def iterate(answer, most=100, into=None):
                got = [] if into is None else into
                if is_async(client):
                    async for chunk in answer.aiter_raw():
                        got.append(chunk)
                        if len(got) == most:
                            break
                else:
                    for chunk in answer.iter_raw():
                        got.append(chunk)
                        if len(got) == most:
                            break
                return got

            answer = await maybe(client.send(client.build_request("GET", URL), stream=True))
            try:
                return await use(answer, iterate)
            finally:
                await maybe(answer.aclose() if is_async(client) else answer.close())
                await maybe(client.aclose() if is_async(client) else client.close())

        with use_cassette(path) as recorder:
            return asyncio.run(main()), recorder

    return running


def test_status_reason_and_version_are_as_recorded(answer_of):
    answer = answer_of(code=429, status="429 Slow Down", proto="HTTP/2.0", proto_major=2)
    assert (answer.status_code, answer.reason_phrase, answer.http_version) == (
        429,
        "Slow Down",
        "HTTP/2",
    )


def test_without_a_recorded_protocol_the_version_is_http_1_1(answer_of):
    assert answer_of(proto="").http_version == "HTTP/1.1"


def test_http_1_0_stays(answer_of):
    assert answer_of(proto="HTTP/1.0").http_version == "HTTP/1.0"


def test_http_2_without_a_reason_has_that_of_its_code_as_live(answer_of):
    assert answer_of(code=404, status="404", proto="HTTP/2.0").reason_phrase == "Not Found"


def test_http_1_without_a_reason_has_none_as_live(answer_of):
    assert answer_of(code=404, status="404", proto="HTTP/1.1").reason_phrase == ""


def test_a_status_line_that_is_only_a_reason_is_that_reason(answer_of):
    assert answer_of(code=404, status="Not Here").reason_phrase == "Not Here"


def test_raise_for_status_raises_the_librarys_own_error(answer_of, make):
    answer = answer_of(b'{"error": 1}', code=503, status="503 Service Unavailable")
    with pytest.raises(library_of(make).HTTPStatusError, match="503 Service Unavailable") as caught:
        answer.raise_for_status()
    assert caught.value.response.json() == {"error": 1}


def test_headers_keep_their_several_values_and_their_order(answer_of):
    answer = answer_of(
        headers=[("X-First", "1"), ("Link", ["<a>", "<b>"]), ("X-Empty", ""), ("X-None", [])]
    )
    assert answer.headers.raw == [
        (b"X-First", b"1"),
        (b"Link", b"<a>"),
        (b"Link", b"<b>"),
        (b"X-Empty", b""),
    ]


def test_headers_may_hold_any_text(answer_of):
    answer = answer_of(headers={"X-City": "Zürich", "X-Mood": "☀️", "X-Plain": "plain"})
    assert answer.headers["x-city"] == "Zürich"
    assert answer.headers["x-mood"] == "☀️"


def test_header_bytes_that_are_no_utf_8_go_out_as_they_came(tmp_path, make):
    path = tmp_path / "goccy.yaml"
    path.write_text(
        "---\nversion: 2\ninteractions:\n- id: 0\n  request:\n"
        f"    url: {URL}\n    method: GET\n"
        '  response:\n    body: ""\n    headers:\n      X-City:\n      - "Z\\xfcrich\\xff"\n'
        "    status: 200 OK\n    code: 200\n    duration: 1ms\n"
    )
    with open_client(make) as client, use_cassette(path):
        assert ask(client).headers.raw == [(b"X-City", b"Z\xfcrich\xff")]


def test_a_body_that_was_stored_decoded_has_no_coding_and_no_length(answer_of):
    answer = answer_of(
        b"text",
        headers={"Content-Encoding": "gzip", "Content-Length": "24", "X-Request-Id": "r1"},
        uncompressed=True,
    )
    assert answer.text == "text"
    assert dict(answer.headers) == {"x-request-id": "r1"}


def test_a_length_that_is_not_the_bodys_is_dropped(answer_of):
    assert "content-length" not in answer_of(b"text", headers={"Content-Length": "24"}).headers
    assert answer_of(b"text", headers={"Content-Length": "4"}).headers["content-length"] == "4"


def test_a_body_is_not_announced_as_chunked(answer_of):
    assert (
        "transfer-encoding" not in answer_of(b"a", headers={"Transfer-Encoding": "chunked"}).headers
    )


def test_a_gzip_body_that_was_cut_is_handed_over_cut(streamed):
    body = gzip.compress(EVENTS, mtime=0)[:-9]

    async def use(answer, iterate):
        assert answer.headers["content-encoding"] == "gzip"
        return b"".join(await iterate(answer))

    assert streamed(use, body, headers={**SSE, "Content-Encoding": "gzip"})[0] == body


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
def test_the_answer_to_head_keeps_what_it_says_of_the_body_it_does_not_have(answer_of, coding):
    said = {"Content-Encoding": coding, "Content-Length": "1234"}
    answer = answer_of(method="HEAD", headers=said)
    assert answer.content == b""
    assert dict(answer.headers) == {"content-encoding": coding, "content-length": "1234"}


@pytest.mark.parametrize(("code", "reason"), [(204, "No Content"), (304, "Not Modified")])
def test_answers_without_a_body_have_none(answer_of, code, reason):
    answer = answer_of(code=code, status=f"{code} {reason}", headers={"ETag": '"x"'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (code, b"", '"x"')


def test_an_empty_body_gives_no_chunk(streamed):
    async def use(answer, iterate):
        return await iterate(answer)

    assert streamed(use, b"")[0] == []


def test_elapsed_is_known_once_the_answer_is_read(answer_of):
    assert answer_of(b"text").elapsed >= dt.timedelta(0)


def test_a_stream_comes_event_by_event(streamed):
    async def use(answer, iterate):
        return await iterate(answer)

    assert streamed(use)[0] == CUT


def test_a_stream_comes_as_it_was_recorded(streamed):
    async def use(answer, iterate):
        return await iterate(answer)

    sizes = (3, 20, len(EVENTS) - 23)
    got, _ = streamed(use, chunks=tuple(Chunk(size, 0.0) for size in sizes))
    assert [len(chunk) for chunk in got] == list(sizes)
    assert b"".join(got) == EVENTS


def test_a_stream_is_read_once(streamed, make):
    async def use(answer, iterate):
        await iterate(answer)
        with pytest.raises(library_of(make).StreamConsumed):
            await iterate(answer)

    streamed(use)


def test_a_second_iterator_over_the_stream_itself_gives_nothing(streamed, make):
    """openai's async client iterates again after ``[DONE]``, to drain."""

    async def use(answer, iterate):
        if hasattr(answer.stream, "__anext__") or "Async" in make.__name__:
            return [[chunk async for chunk in answer.stream] for _ in range(2)]
        return [list(answer.stream) for _ in range(2)]

    assert streamed(use)[0] == [CUT, []]


def test_a_stream_may_be_closed_early(streamed, make):
    async def use(answer, iterate):
        assert await iterate(answer, most=1) == CUT[:1]
        await answer.aclose() if "Async" in make.__name__ else answer.close()
        return answer.is_closed

    closed, recorder = streamed(use)
    assert closed
    assert (len(recorder.played), recorder.errors) == (1, ())


def test_after_an_early_close_nothing_is_left(streamed, make):
    async def use(answer, iterate):
        if "Async" in make.__name__:
            await answer.aclose()
            return [chunk async for chunk in answer.stream]
        answer.close()
        return list(answer.stream)

    assert streamed(use)[0] == []


@pytest.mark.parametrize("name", ["ReadError", "RemoteProtocolError", "ReadTimeout"])
def test_a_stream_that_broke_breaks_again_after_the_same_bytes(streamed, make, name):
    async def use(answer, iterate):
        got = []
        with pytest.raises(getattr(library_of(make), name)) as caught:
            await iterate(answer, into=got)
        assert caught.value.request.url == URL
        return got

    assert streamed(use, ended=name)[0] == CUT


def test_a_stream_that_broke_with_an_error_of_another_library_breaks_with_read_error(
    streamed, make
):
    async def use(answer, iterate):
        with pytest.raises(library_of(make).ReadError) as caught:
            await iterate(answer)
        return str(caught.value)

    message, _ = streamed(use, ended="ClientPayloadError")
    assert message == "the recorded stream ended here with ClientPayloadError"


def test_a_stream_that_broke_breaks_once(streamed, make):
    async def use(answer, iterate):
        with pytest.raises(library_of(make).ReadError):
            await iterate(answer)
        if "Async" in make.__name__:
            return [chunk async for chunk in answer.stream]
        return list(answer.stream)

    assert streamed(use, ended="ReadError")[0] == []


def test_a_stream_that_the_recording_caller_closed_may_be_left_there_again(streamed):
    async def use(answer, iterate):
        return await iterate(answer, most=len(CUT))

    got, recorder = streamed(use, ended="closed")
    assert (got, recorder.errors) == (CUT, ())


def test_a_stream_that_the_recording_caller_closed_is_not_to_be_read_on(streamed):
    async def use(answer, iterate):
        with pytest.raises(ReplayError, match="the recorded answer ends here") as caught:
            await iterate(answer)
        return caught.value

    error, recorder = streamed(use, ended="closed")
    assert recorder.errors == (error,)


@pytest.mark.parametrize("module", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_lines_and_text_are_decoded_by_the_library(tmp_path, module):
    body = "größer\nkleiner\n".encode("latin-1")
    headers = {"Content-Type": "text/plain; charset=latin-1"}
    path = cassette(tmp_path / "one.yaml", recorded(body, headers=headers))
    with use_cassette(path), module.stream("GET", URL) as answer:
        assert list(answer.iter_lines()) == ["größer", "kleiner"]
