"""Event loops: asyncio's, and those that go past Python's sockets."""

from __future__ import annotations

import asyncio
import importlib
import socket
from asyncio import proactor_events
from importlib.util import find_spec

import pytest

from llmcassette.errors import BlockedHostError

# winloop is uvloop for Windows, with the same names; it installs on Linux, too.
IN_C = ["uvloop", *(["winloop"] if find_spec("winloop") else [])]


@pytest.fixture(params=["asyncio", *IN_C])
def run(request):
    """Run a coroutine on each of the loops, in debug mode as strict as it gets."""
    factory = asyncio.new_event_loop
    if request.param != "asyncio":
        factory = pytest.importorskip(request.param).new_event_loop

    def run(coroutine):
        with asyncio.Runner(loop_factory=factory, debug=True) as runner:
            assert type(runner.get_loop()).__module__.startswith(request.param)
            return runner.run(coroutine)

    return run


def loop():
    return asyncio.get_running_loop()


class Listener(asyncio.DatagramProtocol):
    """Datagrams and how they ended, on a queue."""

    def __init__(self):
        self.received = asyncio.Queue()
        self.transport = None
        self.ended = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.received.put_nowait(data)

    def connection_lost(self, exc):
        self.ended.set()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.invalid"])
def test_a_connection_is_refused(run, closed, host):
    async def attempt():
        with closed.refuses(host, 443):
            await asyncio.open_connection(host, 443)

    run(attempt())


def test_a_connection_with_tls_is_refused(run, closed):
    async def attempt():
        with closed.refuses("example.invalid", 443):
            await loop().create_connection(asyncio.Protocol, "example.invalid", 443, ssl=True)

    run(attempt())


def test_a_race_between_addresses_does_not_swallow_it(closed):
    async def attempt():
        with closed.refuses("192.0.2.1", 443):
            await asyncio.open_connection("192.0.2.1", 443, happy_eyeballs_delay=0.1)

    asyncio.run(attempt())


def test_a_connection_to_loopback_passes(run, closed, server):
    async def fetch():
        reader, writer = await asyncio.open_connection("127.0.0.1", server)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    assert run(fetch()).endswith(b"hi")


def test_servers_and_unix_sockets_pass(run, closed, tmp_path):
    async def attempt():
        async with await asyncio.start_server(
            lambda reader, writer: writer.close(), "localhost", 0
        ):
            pass
        async with await asyncio.start_server(lambda reader, writer: writer.close(), port=0):
            pass
        path = str(tmp_path / "s")
        async with await asyncio.start_unix_server(lambda reader, writer: writer.close(), path):
            reader, writer = await asyncio.open_unix_connection(path)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    run(attempt())
    assert closed.kept == []


@pytest.mark.parametrize("host", ["example.invalid", ["127.0.0.1", "example.invalid"]])
def test_a_server_at_a_name_elsewhere_is_refused(run, closed, host):
    async def attempt():
        with closed.refuses("example.invalid", 0):
            await loop().create_server(asyncio.Protocol, host, 0)

    run(attempt())


def test_a_local_address_by_name_is_a_look_up(run, closed):
    async def attempt():
        with closed.refuses("example.invalid", 0):
            await asyncio.open_connection("127.0.0.1", 1, local_addr=("example.invalid", 0))
        with closed.refuses("example.invalid", 0):
            await loop().create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("example.invalid", 0)
            )

    run(attempt())


def test_look_ups_are_refused(run, closed):
    async def attempt():
        with closed.refuses("example.invalid", 443):
            await loop().getaddrinfo("example.invalid", 443)
        with closed.refuses("192.0.2.1", 443):
            await loop().getnameinfo(("192.0.2.1", 443))

    run(attempt())


def test_look_ups_of_this_machine_and_of_addresses_pass(run, closed):
    numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV

    async def attempt():
        for host in ("localhost", "127.0.0.1"):
            found = await loop().getaddrinfo(host, 80, family=socket.AF_INET)
            assert found[0][4] == ("127.0.0.1", 80)
        assert (await loop().getaddrinfo("192.0.2.1", 80))[0][4] == ("192.0.2.1", 80)
        assert await loop().getnameinfo(("192.0.2.1", 80), numeric) == ("192.0.2.1", "80")
        with pytest.raises(socket.gaierror):
            await loop().getaddrinfo("example.invalid", 80, flags=socket.AI_NUMERICHOST)

    run(attempt())
    assert closed.kept == []


def test_a_socket_is_not_connected(run, closed):
    async def attempt():
        with socket.socket() as sock:
            sock.setblocking(False)
            with closed.refuses("192.0.2.1", 80):
                await loop().sock_connect(sock, ("192.0.2.1", 80))

    run(attempt())


def test_a_socket_is_connected_to_loopback(run, closed, server):
    async def attempt():
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop().sock_connect(sock, ("127.0.0.1", server))
            await loop().sock_sendall(sock, b"x")
            return await loop().sock_recv(sock, 8)

    assert run(attempt()) == b"HTTP/1.1"


def test_a_datagram_of_a_socket_is_not_sent(run, closed):
    async def attempt():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            with closed.refuses("192.0.2.1", 9):
                await loop().sock_sendto(sock, b"x", ("192.0.2.1", 9))

    run(attempt())


@pytest.mark.parametrize("host", ["192.0.2.1", "example.invalid"])
def test_a_datagram_endpoint_elsewhere_is_refused(run, closed, host):
    async def attempt():
        with closed.refuses(host, 9):
            await loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 9))

    run(attempt())


def test_a_datagram_is_not_sent_and_the_transport_lives_on(run, closed):
    async def attempt():
        transport, protocol = await loop().create_datagram_endpoint(
            Listener, local_addr=("127.0.0.1", 0)
        )
        with closed.refuses("192.0.2.1", 9):
            transport.sendto(b"x", ("192.0.2.1", 9))
        transport.sendto(b"to myself", transport.get_extra_info("sockname"))
        received = await protocol.received.get()
        assert protocol.transport is transport
        assert transport.get_protocol() is protocol
        other = Listener()
        transport.set_protocol(other)
        assert transport.get_protocol() is other
        transport.set_protocol(protocol)
        transport.close()
        await protocol.ended.wait()
        return received

    assert run(attempt()) == b"to myself"


def test_a_connected_datagram_transport_sends_without_an_address(run, closed, udp):
    async def attempt():
        transport, protocol = await loop().create_datagram_endpoint(
            Listener, remote_addr=udp.getsockname()
        )
        transport.sendto(b"hello")
        transport.close()
        await protocol.ended.wait()

    run(attempt())
    assert udp.recv(10) == b"hello"


def test_a_datagram_transport_that_outlives_the_block_sends_where_it_likes(run, guard, udp):
    async def attempt():
        with guard.block():
            transport, protocol = await loop().create_datagram_endpoint(
                Listener, local_addr=("127.0.0.1", 0)
            )
        transport.sendto(b"after", udp.getsockname())
        transport.close()
        await protocol.ended.wait()

    run(attempt())
    assert udp.recv(10) == b"after"


def test_a_loop_that_is_older_than_the_block_is_guarded(run, guard):
    async def attempt():
        with guard.block(), guard.refuses("192.0.2.1", 80):
            await asyncio.open_connection("192.0.2.1", 80)

    run(attempt())


@pytest.mark.parametrize("name", ["create_connection", "getaddrinfo", "sock_connect"])
def test_a_loop_is_as_it_was_after_the_block(run, guard, name):
    async def attempt():
        owner = type(loop())
        before = getattr(owner, name)
        with guard.block():
            assert getattr(owner, name) is not before
        assert getattr(owner, name) is before

    run(attempt())


def test_what_an_allowed_name_resolves_to_passes_on_asyncio(below, guard):
    below.names["db.example"] = "198.51.100.7"

    async def attempt():
        with socket.socket() as sock, guard.refuses("198.51.100.7", 80):
            await loop().sock_connect(sock, ("198.51.100.7", 80))
        await loop().getaddrinfo("db.example", 80)
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop().sock_connect(sock, ("198.51.100.7", 80))

    with guard.block("db.example"):
        asyncio.run(attempt())
    assert below.connected == [("198.51.100.7", 80)]


@pytest.mark.parametrize("library", IN_C)
def test_what_an_allowed_name_resolves_to_passes_on_a_loop_in_c(below, guard, monkeypatch, library):
    loop_class = pytest.importorskip(library).Loop

    async def found(self, host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("198.51.100.8", port))]

    monkeypatch.setattr(loop_class, "getaddrinfo", found)

    async def attempt():
        await loop().getaddrinfo("db.example", 80)
        with socket.socket() as sock:
            sock.connect(("198.51.100.8", 80))

    with guard.block("db.example"):
        importlib.import_module(library).run(attempt())
    assert below.connected == [("198.51.100.8", 80)]


def test_the_loop_of_windows_is_wrapped_because_it_connects_past_sockets(closed):
    windows = proactor_events.BaseProactorEventLoop

    async def attempt():
        with socket.socket() as sock, closed.refuses("192.0.2.1", 80):
            await windows.sock_connect(loop(), sock, ("192.0.2.1", 80))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with udp, closed.refuses("192.0.2.1", 80):
            await windows.sock_sendto(loop(), udp, b"x", ("192.0.2.1", 80))

    asyncio.run(attempt())


def test_a_swallowed_attempt_is_kept(run, closed):
    async def attempt():
        await asyncio.gather(
            asyncio.open_connection("192.0.2.1", 80),
            asyncio.open_connection("example.invalid", 80),
            return_exceptions=True,
        )

    run(attempt())
    assert [type(error) for error in closed.kept] == [BlockedHostError, BlockedHostError]
