"""Content codings are removed piece by piece, and never beyond the bounds."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from llmcassette import CassetteError
from llmcassette.streams import decoders
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds
from llmcassette.streams.codings import decode_body, decode_pieces, gunzip
from tests.streams.coders import CODINGS, Brotli, Deflate, Gzip, RawDeflate, Zstd, coded

PLAIN = [b"data: %d\n\n" % number for number in range(40)]
BODY = b"".join(PLAIN)


@pytest.mark.parametrize("make_coder", [*CODINGS.values(), RawDeflate], ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_any_cut_of_the_coded_bytes_decodes_to_the_same(make_coder, size):
    name = {Gzip: "gzip", Deflate: "deflate", RawDeflate: "deflate", Brotli: "br", Zstd: "zstd"}
    body = b"".join(coded(make_coder(), PLAIN))
    cut = [body[start : start + size] for start in range(0, len(body), size)]
    decoded, was_coded = decode_pieces(cut, name[make_coder], DEFAULT_BOUNDS)
    assert was_coded
    assert len(decoded) == len(cut)
    assert b"".join(decoded) == BODY


def test_codings_are_taken_away_in_the_reverse_order():
    body = gzip.compress(zlib.compress(b"twice"))
    assert decode_pieces([body], "deflate, identity, gzip", DEFAULT_BOUNDS) == ([b"twice"], True)


def test_frames_of_zstd_one_after_another():
    zstandard = pytest.importorskip("zstandard")
    frames = zstandard.compress(b"one ") + zstandard.compress(b"two")
    assert decode_pieces([frames[:5], frames[5:]], "zstd", DEFAULT_BOUNDS)[0][-1].endswith(b"two")
    assert b"".join(decode_pieces([frames], "zstd", DEFAULT_BOUNDS)[0]) == b"one two"


def test_a_cut_off_body_is_decoded_as_far_as_it_goes():
    body = b"".join(coded(Gzip(), PLAIN)[:3])
    assert decode_pieces([body], "gzip", DEFAULT_BOUNDS) == ([b"".join(PLAIN[:3])], True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "lzma"])
def test_bytes_that_are_not_in_their_coding_stay_as_they_are(coding):
    assert decode_pieces([b"plain", b"text"], coding, DEFAULT_BOUNDS) == (
        [b"plain", b"text"],
        False,
    )


@pytest.mark.parametrize("coding", ["", "identity", " , "])
def test_without_a_coding_nothing_is_decoded(coding):
    assert decode_pieces([b"a", b""], coding, DEFAULT_BOUNDS) == ([b"a", b""], False)


@pytest.fixture
def nothing_imported():
    """The libraries are looked for again, in the test and after it."""
    decoders._installed.cache_clear()
    yield
    decoders._installed.cache_clear()


@pytest.mark.usefixtures("nothing_imported")
@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_without_the_library_for_a_coding_nothing_is_decoded(coding, monkeypatch):
    import importlib

    def missing(name):
        raise ImportError(name)

    body = b"".join(coded(CODINGS[coding](), PLAIN))
    monkeypatch.setattr(importlib, "import_module", missing)
    assert decode_pieces([body], coding, DEFAULT_BOUNDS) == ([body], False)


@pytest.mark.usefixtures("nothing_imported")
@pytest.mark.parametrize("library", ["zstandard", "backports.zstd"])
def test_either_library_for_zstd_will_do(library, monkeypatch):
    import importlib

    body = b"".join(coded(Zstd(), PLAIN))
    real = importlib.import_module
    pytest.importorskip(library)

    def only(name):
        if name != library:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", only)
    assert decode_pieces([body[:9], body[9:]], "zstd", DEFAULT_BOUNDS)[1]
    assert b"".join(decode_pieces([body[:9], body[9:]], "zstd", DEFAULT_BOUNDS)[0]) == BODY


# Whole bodies


@pytest.mark.parametrize("coding", CODINGS)
def test_a_whole_body_is_decoded_and_a_cut_one_stays_as_it_is(coding):
    body = b"".join(coded(CODINGS[coding](), PLAIN))
    assert decode_body(body, coding, DEFAULT_BOUNDS) == BODY
    assert decode_body(body[:-3], coding, DEFAULT_BOUNDS) == body[:-3]
    assert decode_body(BODY, coding, DEFAULT_BOUNDS) == BODY


def test_all_members_of_gzip_are_decoded_and_padding_between_them_is_skipped():
    body = gzip.compress(b"one ") + bytes(512) + gzip.compress(b"two")
    assert gunzip(body, DEFAULT_BOUNDS) == b"one two"
    assert gunzip(body[:-9], DEFAULT_BOUNDS) is None
    assert gunzip(body[:-9], DEFAULT_BOUNDS, cut=True) == b"one two"
    assert gunzip(body + b"more", DEFAULT_BOUNDS, cut=True) is None


# Bounds


def bomb(coding, megabytes):
    """Zeros in a coding."""
    zeros = bytes(1_000_000)
    names = [name.strip() for name in coding.split(",")]
    body = b"".join(coded(CODINGS[names[0]](), [zeros] * megabytes))
    for name in names[1:]:
        body = b"".join(coded(CODINGS[name](), [body]))
    return body


RATIO = (
    "the compressed body expands to more than 1,000 times its size; "
    "if you trust this file, raise the setting max_decoded_ratio"
)
SIZE = (
    "the compressed body expands to more than {:,} bytes; "
    "if you trust this file, raise the setting max_decoded_size"
)


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate, gzip", "br", "zstd", "gzip, br, zstd"])
def test_a_bomb_is_refused_before_it_fills_the_memory(coding):
    body = bomb(coding, 64)
    assert len(body) < 20_000
    for decode in (
        lambda: decode_body(body, coding, DEFAULT_BOUNDS),
        lambda: decode_pieces([body[:50], body[50:]], coding, DEFAULT_BOUNDS),
    ):
        tracemalloc.start()
        try:
            with pytest.raises(CassetteError) as caught:
                decode()
            assert tracemalloc.get_traced_memory()[1] < 40_000_000
        finally:
            tracemalloc.stop()
        assert caught.value.problem == RATIO


def test_up_to_ten_megabytes_any_ratio_is_allowed():
    for coding in ("gzip, gzip", "br", "zstd"):
        assert decode_body(bomb(coding, 10), coding, DEFAULT_BOUNDS) == bytes(10_000_000), coding


def test_the_size_is_bounded_whatever_the_ratio():
    bounds = Bounds(size=2_000_000)
    for coding in CODINGS:
        body = bomb(coding, 3)
        with pytest.raises(CassetteError) as caught:
            decode_body(body, coding, bounds)
        assert caught.value.problem == SIZE.format(2_000_000), coding
        assert decode_body(body, coding, Bounds(size=3_000_000)) == bytes(3_000_000), coding


def test_a_bound_may_be_raised():
    body = bomb("br", 11)
    assert len(decode_body(body, "br", Bounds(ratio=1_000_000))) == 11_000_000


def test_many_members_are_read_in_linear_time(monkeypatch):
    fed = []
    real = zlib.decompressobj

    class Counted:
        def __init__(self, bits):
            self._object = real(bits)

        def decompress(self, piece):
            fed.append(len(piece))
            return self._object.decompress(piece)

        def __getattr__(self, name):
            return getattr(self._object, name)

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    member = gzip.compress(b"x")
    for count in (5_000, 10_000):
        fed.clear()
        assert gunzip(member * count, DEFAULT_BOUNDS) == b"x" * count
        assert sum(fed) <= count * 4 * 1024
