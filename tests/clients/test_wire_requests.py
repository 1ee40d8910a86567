"""Requests are read from the bytes that a client writes as h11 reads them, mostly without it."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.clients.wire.requests import RequestReader

NAMES = ["Host", "host", "Content-Length", "Transfer-Encoding", "Expect", "X-A", "x-a", "X A", ""]
VALUES = [
    "a.example",
    "3",
    "03",
    "-1",
    "3, 3",
    "chunked",
    "100-continue",
    "",
    "\t a b \t",
    "é",
    "\0",
]
FIRST = [
    "POST /v1?a=b HTTP/1.1",
    "GET * HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "POST /a b HTTP/1.1",
    "x",
]
BODIES = [b"", b"abc", b"abcd", b"3\r\nabc\r\n0\r\n\r\n"]


def read_by(feed, pieces):
    try:
        for piece in pieces:
            feed(piece)
    except h11.RemoteProtocolError as error:
        return str(error)
    return None


class H11Reader:
    """What h11 finds in the same bytes."""

    def __init__(self):
        self.head, self.body, self.is_complete = None, b"", False
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)

    def feed(self, data):
        self._connection.receive_data(data)
        while not self.is_complete:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self.head = event.method, event.target, [*event.headers.raw_items()]
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self.is_complete = True
            else:
                return


@given(
    st.sampled_from(FIRST),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=4),
    st.sampled_from(BODIES),
    st.lists(st.integers(0, 120), max_size=3),
    st.booleans(),
)
def test_whatever_is_written_is_read_as_h11_reads_it(first, fields, body, cuts, is_usual):
    if is_usual:
        fields = [("Host", "a.example"), ("Content-Length", str(len(body))), *fields]
    head = "\r\n".join([first, *(f"{name}: {value}" for name, value in fields)])
    data = head.encode() + b"\r\n\r\n" + body
    ends = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(ends) if data[a:b]]
    ours, theirs = RequestReader(), H11Reader()

    assert read_by(ours.feed, pieces) == read_by(theirs.feed, pieces)
    assert ours.is_complete == theirs.is_complete
    if theirs.is_complete:
        assert tuple(ours.head) == theirs.head
        assert ours.body == theirs.body


@pytest.mark.parametrize("pieces", [[b"", b"{}"], [b"{", b"}"], [b"{}"]], ids=len)
def test_a_request_that_states_its_length_needs_no_h11(pieces, monkeypatch):
    monkeypatch.setattr(h11, "Connection", None)
    head = b"POST /v1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\n"
    reader = RequestReader()

    reader.feed(head + pieces[0])
    for piece in pieces[1:]:
        assert not reader.is_complete
        reader.feed(piece)

    assert reader.is_complete
    assert (reader.method, reader.head.target, reader.body) == ("POST", b"/v1", b"{}")
    assert b"".join(reader.written) == head + b"{}"
