"""aiodns, which asks name servers by itself; a stand-in for it, as it need not be installed."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import pytest

from tests.network.conftest import connect


class DNSResolver:
    """aiodns's names and results, its answers given at once."""

    def __init__(self, answer=None):
        self.answer = answer
        self.asked = []

    def _look_up(self, host, *arguments, **options):
        self.asked.append(host)
        future = asyncio.get_running_loop().create_future()
        if isinstance(self.answer, Exception):
            future.set_exception(self.answer)
        else:
            future.set_result(self.answer)
        return future

    def getaddrinfo(self, host, family=0, port=None, proto=0, type=0, flags=0):
        return self._look_up(host)

    def gethostbyname(self, host, family):
        return self._look_up(host)

    def query(self, host, qtype):
        return self._look_up(host)

    def gethostbyaddr(self, name):
        return self._look_up(name)

    def getnameinfo(self, sockaddr, flags=0):
        return self._look_up(sockaddr)


@pytest.fixture(autouse=True)
def aiodns(monkeypatch):
    module = ModuleType("aiodns")
    module.DNSResolver = DNSResolver
    monkeypatch.setitem(sys.modules, "aiodns", module)


@pytest.mark.parametrize(
    ("attempt", "host", "port"),
    [
        (lambda it: it.getaddrinfo("example.invalid", port=443), "example.invalid", 443),
        (lambda it: it.gethostbyname("example.invalid", 2), "example.invalid", None),
        (lambda it: it.query("example.invalid", "MX"), "example.invalid", None),
        (lambda it: it.gethostbyaddr("192.0.2.1"), "192.0.2.1", None),
        (lambda it: it.getnameinfo(("192.0.2.1", 80)), "192.0.2.1", None),
    ],
)
def test_a_look_up_is_refused_before_anyone_is_asked(guard, attempt, host, port):
    async def look_up():
        resolver = DNSResolver()
        with guard.block(), guard.refuses(host, port):
            await attempt(resolver)
        return resolver.asked

    assert asyncio.run(look_up()) == []


@pytest.mark.parametrize(
    ("attempt", "answer"),
    [
        (
            lambda it: it.getaddrinfo("db.example", port=80),
            SimpleNamespace(nodes=[SimpleNamespace(addr=(b"203.0.113.1", 80))]),
        ),
        (
            lambda it: it.gethostbyname("db.example", 2),
            SimpleNamespace(addresses=["203.0.113.2"]),
        ),
    ],
)
def test_what_an_allowed_name_resolves_to_may_be_connected_to(below, guard, attempt, answer):
    address = answer.addresses[0] if hasattr(answer, "addresses") else "203.0.113.1"

    async def look_up():
        await attempt(DNSResolver(answer))
        await asyncio.sleep(0)

    with guard.block("db.example"):
        with guard.refuses(address, 80):
            connect(address)
        asyncio.run(look_up())
        connect(address)
    assert below.connected == [(address, 80)]


def test_loopback_may_be_looked_up_backwards(closed):
    async def look_up():
        return await DNSResolver("localhost").getnameinfo(("127.0.0.1", 80))

    assert asyncio.run(look_up()) == "localhost"


def test_a_failed_look_up_of_an_allowed_name_fails_as_it_does(guard):
    async def look_up():
        with pytest.raises(OSError, match="no such name"):
            await DNSResolver(OSError("no such name")).query("db.example", "A")

    with guard.block("db.example"):
        asyncio.run(look_up())
    assert guard.kept == []


def test_a_cancelled_look_up_is_forgotten(guard):
    async def look_up():
        resolver = DNSResolver()
        resolver._look_up = lambda host: asyncio.get_running_loop().create_future()
        future = resolver.query("db.example", "A")
        future.cancel()
        await asyncio.sleep(0)
        return future.cancelled()

    with guard.block("db.example"):
        assert asyncio.run(look_up())
