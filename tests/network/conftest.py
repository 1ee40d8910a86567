"""A closed network, servers on loopback, and a stand-in for the network below the guard."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field

import pytest

from llmcassette.clients.network import block as block_module
from llmcassette.clients.network.block import block
from llmcassette.errors import BlockedHostError, ReplayError

TEST = "tests/test_agent.py::test_weather"


def connect(host, port=80, family=socket.AF_INET):
    """One attempt with a socket of its own."""
    with socket.socket(family) as sock:
        sock.connect((host, port))


@dataclass
class Closed:
    """What the guard under test is told, and what it kept."""

    kept: list[ReplayError] = field(default_factory=list)

    def keep(self, error):
        self.kept.append(error)
        return error

    def block(self, *allowed, label=TEST, **options):
        return block(label, allowed, self.keep, **options)

    @contextlib.contextmanager
    def refuses(self, host, port=None):
        """The block inside raises for this host, at once, and it is kept."""
        before = len(self.kept)
        with pytest.raises(BlockedHostError) as caught:
            yield caught
        assert (caught.value.host, caught.value.port) == (host, port)
        assert self.kept[before:] == [caught.value]


@pytest.fixture(autouse=True)
def _not_kept_installed(monkeypatch):
    """The run of these tests itself keeps the guard's wrappers in place; here they come and go."""
    monkeypatch.setattr(block_module, "_keepers", 0)
    block_module._uninstall_if_unused()


@pytest.fixture
def guard():
    return Closed()


@pytest.fixture
def closed(guard):
    """A block that allows nothing."""
    with guard.block():
        yield guard


@pytest.fixture
def server():
    """A TCP server on loopback that greets like SMTP and answers HTTP; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
                    )

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def udp():
    """A bound UDP socket on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(60)
        yield bound


@dataclass
class Below:
    """What got through to the network, had there been one."""

    connected: list[object] = field(default_factory=list)
    looked_up: list[object] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def connect(self, sock, address):
        self.connected.append(address)

    def getaddrinfo(self, host, port, family=0, type=0, proto=0, flags=0):
        self.looked_up.append(host)
        name = host.decode() if isinstance(host, bytes) else host
        address = self.names[name]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        kind = type or socket.SOCK_STREAM
        return [(family, kind, proto, "", (address, port, 0, 0)[: 4 if ":" in address else 2])]

    def gethostbyname(self, host):
        self.looked_up.append(host)
        return self.names[host]

    def gethostbyname_ex(self, host):
        return host, [], [self.gethostbyname(host)]

    def gethostbyaddr(self, host):
        self.looked_up.append(host)
        return "name.example", [], [host]

    def getnameinfo(self, address, flags):
        self.looked_up.append(address)
        return "name.example", str(address[1])


@pytest.fixture
def below(monkeypatch):
    """Nothing can leave; what the guard lets through is noted. Ask for it before ``closed``."""
    network = Below()
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: network.connect(self, to))
    for name in (
        "getaddrinfo",
        "gethostbyname",
        "gethostbyname_ex",
        "gethostbyaddr",
        "getnameinfo",
    ):
        monkeypatch.setattr(socket, name, getattr(network, name))
    return network
