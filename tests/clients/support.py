"""Cassettes made for one test, a server to go live to, and the four clients driven alike."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import httpx2

from llmcassette import Cassette, Headers, Interaction, Request, Response, dump

URL = "https://api.example.com/v1/chat"

CLIENTS = {
    "httpx.Client": httpx.Client,
    "httpx.AsyncClient": httpx.AsyncClient,
    "httpx2.Client": httpx2.Client,
    "httpx2.AsyncClient": httpx2.AsyncClient,
}


def recorded(answer=b"recorded", *, method="GET", url=URL, body=b"", sent=(), **response):
    """One interaction; ``sent`` are its request's headers, the rest belongs to the response."""
    given = {"code": 200, "status": "200 OK", "proto": "HTTP/1.1", **response}
    given["headers"] = Headers(given.get("headers", ()))
    return (
        Request(method=method, url=url, body=body, headers=Headers(sent)),
        Response(body=answer, **given),
    )


def cassette(path, *pairs):
    """Write the interactions to a file; its path."""
    interactions = [Interaction(number, *pair) for number, pair in enumerate(pairs)]
    dump(Cassette(interactions=tuple(interactions)), path)
    return path


def library_of(make):
    return httpx2 if make.__module__.startswith("httpx2") else httpx


def is_async(client):
    return isinstance(client, httpx.AsyncClient | httpx2.AsyncClient)


def ask(client, method="GET", url=URL, **arguments):
    """One request and its answer, read whole; an async client gets an event loop of its own."""
    if is_async(client):
        return asyncio.run(client.request(method, url, **arguments))
    return client.request(method, url, **arguments)


def shut(client):
    if is_async(client):
        asyncio.run(client.aclose())
    else:
        client.close()


@contextmanager
def open_client(make, **arguments):
    client = make(**{"verify": False, **arguments})  # reading the certificates takes 40 ms
    try:
        yield client
    finally:
        shut(client)


class Server:
    """A real server on this machine that answers everything with ``live`` and remembers it."""

    def __init__(self):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                self.send_response(200)
                self.send_header("content-length", "4")
                self.end_headers()
                self.wfile.write(b"live")

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.do_GET()

            def log_message(self, *_):
                """Not on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
