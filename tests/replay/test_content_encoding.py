"""Bodies under a Content-Encoding: a client must neither decode text nor be given gzip as text.

The corpus has none (Go's client decodes and drops the header); other recorders leave both kinds.
"""

from __future__ import annotations

import gzip
import zlib
from contextlib import closing

import pytest

from llmcassette import (
    Cassette,
    CassetteTransport,
    Headers,
    Interaction,
    Request,
    Response,
    dump,
)
from tests.replay.ways import CLIENTS, read_all, stream_all

ASKED = Request(method="GET", url="https://api.example.com/v1/models")
TEXT = '{"models": ["größer", "größer", "größer", "größer"]}'.encode()

each_client = pytest.mark.parametrize("name", CLIENTS)


def cassette(path, response, *, times=1):
    """A file in which one request was answered alike, once or several times."""
    interactions = tuple(Interaction(number, ASKED, response) for number in range(times))
    dump(Cassette(interactions=interactions), path)
    return path


def coded(body, coding, **values):
    headers = Headers(
        {
            "Content-Encoding": coding,
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            "X-Request-Id": "req_1",
        }
    )
    return Response(code=200, status="200 OK", headers=headers, body=body, **values)


@each_client
@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(TEXT, mtime=0)), ("deflate", zlib.compress(TEXT))],
    ids=["gzip", "deflate"],
)
def test_a_body_stored_encoded_goes_out_encoded_and_is_decoded_by_the_client(
    tmp_path, name, coding, body
):
    path = cassette(tmp_path / "models.yaml", coded(body, coding), times=2)

    with closing(CassetteTransport(path)) as transport:
        client = CLIENTS[name](transport=transport, trust_env=False)
        [streamed] = stream_all(client, [ASKED])
        [read] = read_all(client, [ASKED])

    assert b"".join(streamed.chunks) == body
    assert read.body == TEXT
    assert dict(read.headers) == {
        "content-encoding": coding,
        "content-length": str(len(body)),
        "content-type": "application/json",
        "x-request-id": "req_1",
    }


@each_client
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("uncompressed", [True, False], ids=["said to be decoded", "unsaid"])
def test_a_body_stored_decoded_loses_the_headers_that_spoke_of_its_coding(
    tmp_path, name, coding, uncompressed
):
    path = cassette(tmp_path / "models.yaml", coded(TEXT, coding, uncompressed=uncompressed))

    with closing(CassetteTransport(path)) as transport:
        client = CLIENTS[name](transport=transport, trust_env=False)
        [read] = read_all(client, [ASKED])

    assert read.body == TEXT
    assert dict(read.headers) == {"content-type": "application/json", "x-request-id": "req_1"}
