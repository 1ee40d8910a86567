"""Compressed answers: the caller gets them as sent, the cassette has them decoded."""

from __future__ import annotations

import gzip
import zlib

import httpx
import pytest

from llmcassette import Chunk, load, use_cassette
from llmcassette.recorder.decoding import decode_chunks
from tests.recording import wires
from tests.recording.callers import ask, replay
from tests.recording.provider_server import Answer

PLAIN = wires.openai_chat_stream()
BODY = b"".join(PLAIN)


class Gzip:
    def __init__(self, bits=31):
        self._deflate = zlib.compressobj(wbits=bits)

    def add(self, data):
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def end(self):
        return self._deflate.flush()


class Deflate(Gzip):
    def __init__(self):
        super().__init__(15)


class RawDeflate(Gzip):
    def __init__(self):
        super().__init__(-15)


class Brotli:
    def __init__(self):
        self._compressor = pytest.importorskip("brotli").Compressor()

    def add(self, data):
        return self._compressor.process(data) + self._compressor.flush()

    def end(self):
        return self._compressor.finish()


class Zstd:
    def __init__(self):
        self._compressor = pytest.importorskip("zstandard").ZstdCompressor().compressobj()

    def add(self, data):
        import zstandard

        return self._compressor.compress(data) + self._compressor.flush(
            zstandard.COMPRESSOBJ_FLUSH_BLOCK
        )

    def end(self):
        return self._compressor.flush()


CODINGS = {"gzip": Gzip, "x-gzip": Gzip, "deflate": Deflate, "br": Brotli, "zstd": Zstd}


def coded(compressor, pieces=PLAIN):
    return [*map(compressor.add, pieces), compressor.end()]


@pytest.fixture(params=CODINGS)
def coding(request):
    return request.param


def test_the_caller_gets_the_bytes_as_they_were_sent(make, coding, provider, path):
    sent = coded(CODINGS[coding]())
    provider.will_answer(Answer.sse(sent, content_encoding=coding))
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url)
    assert got.pieces == sent
    assert got.headers["content-encoding"] == coding


def test_the_cassette_has_them_decoded_in_the_pieces_they_came_in(coding, provider, path):
    import httpx2

    provider.will_answer(Answer.sse(coded(CODINGS[coding]()), content_encoding=coding))
    with use_cassette(path, mode="once"):
        ask(httpx2.Client, provider.url)
    (interaction,) = load(path).interactions
    response = interaction.response
    assert response.body == BODY
    assert response.uncompressed
    assert "content-encoding" not in response.headers
    assert response.content_length == -1
    assert [chunk.size for chunk in response.chunks] == list(map(len, PLAIN))


def test_replay_gives_them_decoded_to_whoever_asks_for_text(make, coding, provider, path):
    provider.will_answer(Answer.sse(coded(CODINGS[coding]()), content_encoding=coding))
    with use_cassette(path, mode="once"):
        live = ask(make, provider.url, raw=coding == "x-gzip")
    provider.gone()
    got = replay(path, make, provider.url, raw=False)
    assert got.body == BODY
    if coding != "x-gzip":  # which clients do not know
        assert got.body == live.body


def test_a_whole_compressed_answer(provider, path):
    body = gzip.compress(b'{"text": "hello"}')
    headers = {
        "content-type": "application/json",
        "content-encoding": "gzip",
        "content-length": str(len(body)),
    }
    provider.will_answer(Answer([body], 200, headers))
    with use_cassette(path, mode="once"):
        assert httpx.get(provider.url).json() == {"text": "hello"}
    (interaction,) = load(path).interactions
    assert interaction.response.body == b'{"text": "hello"}'
    assert interaction.response.content_length == -1
    assert "content-length" not in interaction.response.headers
    with use_cassette(path, mode="none"):
        assert httpx.get(provider.url).json() == {"text": "hello"}


def test_a_compressed_answer_closed_after_its_terminal_event_is_complete(provider, path):
    sent = coded(Gzip())
    provider.will_answer(Answer.sse(sent, content_encoding="gzip"))
    with use_cassette(path, mode="once"):
        ask(httpx.Client, provider.url, stop_after=len(PLAIN))
    (interaction,) = load(path).interactions
    assert (interaction.response.body, interaction.response.ended) == (BODY, "")


def test_the_time_of_a_piece_that_decodes_to_nothing_goes_to_the_next(counted, provider, path):
    event = b"data: 1\n\n"
    coded = gzip.compress(event)
    head, rest = coded[:10], coded[10:]  # the header of gzip holds no text
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    provider.will_answer(Answer([head, rest], headers=headers))
    with use_cassette(path, mode="once"):
        ask(httpx.Client, provider.url)
    (interaction,) = load(path).interactions
    assert interaction.response.chunks == (Chunk(len(event), 2),)


def test_an_answer_in_an_unknown_coding_stays_as_it_was(make, provider, path):
    headers = {"content-type": "text/plain", "content-encoding": "secret-sauce"}
    provider.will_answer(Answer([b"abc", b"def"], 200, headers))
    with use_cassette(path, mode="once"):
        ask(make, provider.url)
    (interaction,) = load(path).interactions
    assert interaction.response.body == b"abcdef"
    assert not interaction.response.uncompressed


# The decoder alone


@pytest.mark.parametrize("make_coder", [*CODINGS.values(), RawDeflate], ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_any_cut_of_the_coded_bytes_decodes_to_the_same(make_coder, size):
    name = {Gzip: "gzip", Deflate: "deflate", RawDeflate: "deflate", Brotli: "br", Zstd: "zstd"}
    body = b"".join(coded(make_coder()))
    cut = [body[start : start + size] for start in range(0, len(body), size)]
    decoded, was_coded = decode_chunks(cut, name[make_coder])
    assert was_coded
    assert len(decoded) == len(cut)
    assert b"".join(decoded) == BODY


def test_codings_are_taken_away_in_the_reverse_order():
    body = gzip.compress(zlib.compress(b"twice"))
    assert decode_chunks([body], "deflate, identity, gzip") == ([b"twice"], True)


def test_frames_of_zstd_one_after_another():
    zstandard = pytest.importorskip("zstandard")
    frames = zstandard.compress(b"one ") + zstandard.compress(b"two")
    assert decode_chunks([frames[:5], frames[5:]], "zstd")[0][-1].endswith(b"two")
    assert b"".join(decode_chunks([frames], "zstd")[0]) == b"one two"


def test_a_cut_off_body_is_decoded_as_far_as_it_goes():
    body = b"".join(coded(Gzip())[:3])
    assert decode_chunks([body], "gzip") == ([b"".join(PLAIN[:3])], True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "lzma"])
def test_bytes_that_are_not_in_their_coding_stay_as_they_are(coding):
    assert decode_chunks([b"plain", b"text"], coding) == ([b"plain", b"text"], False)


@pytest.mark.parametrize("coding", ["", "identity", " , "])
def test_without_a_coding_nothing_is_decoded(coding):
    assert decode_chunks([b"a", b""], coding) == ([b"a", b""], False)


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_without_the_library_for_a_coding_nothing_is_decoded(coding, monkeypatch):
    import importlib

    def missing(name):
        raise ImportError(name)

    body = b"".join(coded(CODINGS[coding]()))
    monkeypatch.setattr(importlib, "import_module", missing)
    assert decode_chunks([body], coding) == ([body], False)


@pytest.mark.parametrize("library", ["zstandard", "backports.zstd"])
def test_either_library_for_zstd_will_do(library, monkeypatch):
    import importlib

    body = b"".join(coded(Zstd()))
    real = importlib.import_module
    pytest.importorskip(library)

    def only(name):
        if name != library:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", only)
    assert decode_chunks([body[:9], body[9:]], "zstd")[1]
    assert b"".join(decode_chunks([body[:9], body[9:]], "zstd")[0]) == BODY
