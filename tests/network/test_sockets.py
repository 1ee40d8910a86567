"""Plain sockets: what passes, what is refused, and that nothing is sent first."""

from __future__ import annotations

import socket

import pytest

from llmcassette.errors import BlockedHostError

INET, INET6 = socket.AF_INET, socket.AF_INET6
UDP = socket.SOCK_DGRAM


@pytest.mark.parametrize(
    ("family", "address", "host"),
    [
        (INET, ("192.0.2.1", 443), "192.0.2.1"),
        (INET, (b"192.0.2.1", 443), "192.0.2.1"),
        (INET, (bytearray(b"192.0.2.1"), 443), "192.0.2.1"),
        (INET, ("example.invalid", 443), "example.invalid"),
        (INET, ("192.0.513", 443), "192.0.513"),
        (INET, ("<broadcast>", 443), "255.255.255.255"),
        (INET6, ("2001:db8::1", 443), "2001:db8::1"),
        (INET6, ("2001:db8::1", 443, 0, 0), "2001:db8::1"),
        (INET6, ("fe80::1%lo", 443, 0, 1), "fe80::1%lo"),
        (INET6, ("::ffff:192.0.2.1", 443), "::ffff:192.0.2.1"),
    ],
)
def test_an_address_elsewhere_is_refused_before_anything_happens(
    below, closed, family, address, host
):
    with socket.socket(family) as sock, closed.refuses(host, 443):
        sock.connect(address)
    assert below.connected == []


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (INET, ("127.0.0.1", 80)),
        (INET, ("127.255.0.3", 80)),
        (INET, ("127.1", 80)),
        (INET, ("0x7f000001", 80)),
        (INET, ("0.0.0.0", 80)),
        (INET, ("", 80)),
        (INET, ("localhost", 80)),
        (INET, ("LocalHost.", 80)),
        (INET, ("api.localhost", 80)),
        (INET, (b"localhost", 80)),
        (INET6, ("::1", 80)),
        (INET6, ("::1%lo", 80)),
        (INET6, ("::", 80, 0, 0)),
        (INET6, ("::ffff:127.0.0.1", 80)),
        (INET6, ("::ffff:0.0.0.0", 80)),
    ],
)
def test_loopback_passes_in_every_spelling(below, closed, family, address):
    with socket.socket(family) as sock:
        sock.connect(address)
    assert below.connected == [address]
    assert closed.kept == []


@pytest.mark.parametrize(
    ("allowed", "host", "passes"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1:443", "192.0.2.1", True),
        ("192.0.2.1:80", "192.0.2.1", False),
        ("192.0.2.*", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:DB8:0:0::1", "2001:db8::1", True),
        ("[2001:db8::1]:443", "2001:db8::1", True),
        ("[2001:db8::1]:80", "2001:db8::1", False),
        ("fe80::1", "fe80::1%lo", True),
        ("db.example", "DB.example.", True),
        ("db.example.", "db.example", True),
        ("*.example", "db.example", True),
        ("db.example:5432", "db.example", False),
    ],
)
def test_allowed_hosts_are_patterns_as_in_pass_hosts(below, guard, allowed, host, passes):
    family = INET6 if ":" in host else INET
    with guard.block(allowed), socket.socket(family) as sock:
        if passes:
            sock.connect((host, 443))
        else:
            with guard.refuses(host, 443):
                sock.connect((host, 443))
    assert below.connected == ([(host, 443)] if passes else [])


def test_a_real_connection_over_loopback_works(closed, server):
    with socket.create_connection(("127.0.0.1", server), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(8) == b"HTTP/1.1"


def test_connect_ex_raises_too(closed):
    with socket.socket() as sock, closed.refuses("192.0.2.1", 80):
        sock.connect_ex(("192.0.2.1", 80))


def test_connect_ex_passes_loopback_on(closed, server):
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", server)) == 0


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.invalid", 80)])
def test_create_connection_raises(closed, address):
    with closed.refuses(*address):
        socket.create_connection(address, timeout=5)


@pytest.mark.parametrize("flags", [(), (0,)])
def test_a_datagram_is_not_sent(closed, flags):
    with socket.socket(INET, UDP) as sock, closed.refuses("192.0.2.1", 9):
        sock.sendto(b"x", *flags, ("192.0.2.1", 9))


def test_a_broadcast_is_not_sent(closed):
    with socket.socket(INET, UDP) as sock, closed.refuses("255.255.255.255", 9):
        sock.sendto(b"x", ("<broadcast>", 9))


def test_a_message_is_not_sent(closed):
    with socket.socket(INET, UDP) as sock, closed.refuses("192.0.2.1", 9):
        sock.sendmsg([b"x"], [], 0, ("192.0.2.1", 9))


def test_datagrams_and_messages_to_loopback_arrive(closed, udp):
    with socket.socket(INET, UDP) as sock:
        sock.sendto(b"one", udp.getsockname())
        sock.sendto(b"two", 0, udp.getsockname())
        sock.sendmsg([b"three"], [], 0, udp.getsockname())
        sock.connect(udp.getsockname())
        sock.sendmsg([b"four"])
        sock.sendmsg([b"five"], [], 0, None)
    assert [udp.recv(10) for _ in range(5)] == [b"one", b"two", b"three", b"four", b"five"]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
def test_unix_sockets_pass(closed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as sock:
        listening.bind("s")
        listening.listen()
        sock.connect("s")
        assert sock.getpeername() == "s"


@pytest.mark.skipif(not hasattr(socket, "AF_NETLINK"), reason="Linux has abstract sockets")
def test_abstract_unix_sockets_pass(closed):
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as sock:
        listening.bind(b"\0llmcassette-tests")
        listening.listen()
        sock.connect("\0llmcassette-tests")
        assert sock.getpeername() == b"\0llmcassette-tests"


@pytest.mark.parametrize("address", ["nonsense", ("127.0.0.1",), (None, 80), 7])
def test_what_is_no_address_gets_the_sockets_own_error(closed, address):
    with socket.socket() as sock, pytest.raises(TypeError):
        sock.connect(address)
    assert closed.kept == []


def test_a_socket_that_is_older_than_the_block_is_guarded(guard):
    with socket.socket() as sock, guard.block(), guard.refuses("192.0.2.1", 80):
        sock.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda sock: super(type(sock), sock).connect(("192.0.2.1", 9)),
        lambda sock: super(type(sock), sock).connect_ex(("192.0.2.1", 9)),
        lambda sock: super(type(sock), sock).sendto(b"x", ("192.0.2.1", 9)),
        lambda sock: super(type(sock), sock).sendmsg([b"x"], [], 0, ("192.0.2.1", 9)),
    ],
)
def test_the_methods_of_the_c_type_are_guarded_too(closed, attempt):
    with socket.socket(INET, UDP) as sock, closed.refuses("192.0.2.1", 9):
        attempt(sock)


def test_a_method_of_the_c_type_still_serves_a_connected_socket(closed, udp):
    with socket.socket(INET, UDP) as sock:
        sock.connect(udp.getsockname())
        super(socket.socket, sock).sendmsg([b"x"])
    assert udp.recv(1) == b"x"


def test_a_name_to_listen_at_is_a_look_up(closed):
    with socket.socket() as sock, closed.refuses("example.invalid", 0):
        sock.bind(("example.invalid", 0))


@pytest.mark.parametrize("address", [("", 0), ("127.0.0.1", 0), ("localhost", 0), ("0.0.0.0", 0)])
def test_listening_passes(closed, address):
    with socket.socket() as sock:
        sock.bind(address)
        assert sock.getsockname()[1] > 0


def test_the_error_is_no_exception_that_clients_would_catch(closed):
    with socket.socket() as sock, pytest.raises(BlockedHostError) as caught:
        sock.connect(("192.0.2.1", 80))
    assert not isinstance(caught.value, Exception)


def test_a_refused_socket_is_closed_because_clients_would_not(closed):
    sock = socket.socket()
    with closed.refuses("192.0.2.1", 80):
        sock.connect(("192.0.2.1", 80))
    assert sock.fileno() == -1


@pytest.mark.parametrize("address", [7, ("127.0.0.1",)])
def test_create_connection_gives_its_own_error_for_what_is_no_address(closed, address):
    with pytest.raises((TypeError, ValueError)):
        socket.create_connection(address)
    assert closed.kept == []
