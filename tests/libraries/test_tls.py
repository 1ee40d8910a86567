"""Recording over TLS: what each library says before HTTP is its own affair."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import ssl
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest
import requests
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from llmcassette import load, use_cassette

SERVED = {"serve_hosts": ["localhost"]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secure")

    def log_message(self, *_):
        """Not on stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """A client that doesn't trust the certificate breaks off."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a certificate for localhost, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return file


@pytest.fixture
def server(certificate):
    running = Server(("localhost", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(
        running.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate)


def with_aiohttp(url, certificate):
    async def fetch():
        connector = aiohttp.TCPConnector(ssl=trusting(certificate))
        async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as got:
            return await got.read()

    return asyncio.run(fetch())


def with_http_client(url, certificate):
    host, _, path = url.removeprefix("https://").partition("/")
    connection = http.client.HTTPSConnection(host, context=trusting(certificate))
    connection.request("GET", f"/{path}")
    body = connection.getresponse().read()
    connection.close()
    return body


def with_urllib(url, certificate):
    with urllib.request.urlopen(url, context=trusting(certificate)) as response:
        return response.read()


def with_urllib3(url, certificate):
    with urllib3.PoolManager(ca_certs=certificate and str(certificate)) as pool:
        return pool.request("GET", url).data


CALLS = {
    "aiohttp": with_aiohttp,
    "http.client": with_http_client,
    "urllib": with_urllib,
    "urllib3": with_urllib3,
    "requests": lambda url, certificate: requests.get(url, verify=certificate, timeout=5).content,
}


@pytest.mark.parametrize("library", CALLS)
def test_an_answer_over_tls_is_recorded_and_replayed(library, server, certificate, tmp_path):
    url = f"https://localhost:{server.server_port}/"
    path = tmp_path / "c.yaml"
    with use_cassette(path, mode="rewrite", **SERVED):
        assert CALLS[library](url, certificate) == b"secure"
    with use_cassette(path, **SERVED) as recorder:
        assert CALLS[library](url, certificate) == b"secure"
    assert len(recorder.played) == 1


@pytest.mark.parametrize("library", CALLS)
def test_a_certificate_that_is_not_trusted_is_so_in_replay(library, server, tmp_path):
    url = f"https://localhost:{server.server_port}/"
    path = tmp_path / "c.yaml"
    errors = []
    for mode in ("rewrite", "none"):
        with use_cassette(path, mode=mode, **SERVED):
            with pytest.raises(Exception) as caught:
                CALLS[library](url, None if library != "requests" else True)
            errors.append(caught.type)
    assert errors[0] is errors[1]
    assert {each.response.ended for each in load(path).interactions} == {"tls"}
