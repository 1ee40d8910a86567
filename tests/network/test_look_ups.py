"""Names: which may be looked up, and what allowed ones resolve to."""

from __future__ import annotations

import _socket
import socket

import pytest

from tests.network.conftest import connect

NUMERIC = socket.AI_NUMERICHOST


@pytest.mark.parametrize(
    ("attempt", "host", "port"),
    [
        (lambda: socket.getaddrinfo("example.invalid", 443), "example.invalid", 443),
        (lambda: socket.getaddrinfo("example.invalid", "443"), "example.invalid", 443),
        (lambda: socket.getaddrinfo("example.invalid", b"443"), "example.invalid", 443),
        (lambda: socket.getaddrinfo("example.invalid", "https"), "example.invalid", None),
        (lambda: socket.getaddrinfo(b"example.invalid", None), "example.invalid", None),
        (lambda: socket.getaddrinfo(host="bücher.invalid", port=1), "bücher.invalid", 1),
        (lambda: socket.gethostbyname("example.invalid"), "example.invalid", None),
        (lambda: socket.gethostbyname_ex("example.invalid"), "example.invalid", None),
        (lambda: socket.gethostbyaddr("example.invalid"), "example.invalid", None),
        (lambda: socket.gethostbyaddr("192.0.2.1"), "192.0.2.1", None),
        (lambda: socket.getfqdn("example.invalid"), "example.invalid", None),
        (lambda: socket.getnameinfo(("192.0.2.1", 80), 0), "192.0.2.1", 80),
    ],
)
def test_a_look_up_is_refused_before_anyone_is_asked(below, closed, attempt, host, port):
    with closed.refuses(host, port):
        attempt()
    assert below.looked_up == []


@pytest.mark.parametrize(
    ("attempt", "host"),
    [
        (lambda: _socket.getaddrinfo("example.invalid", 443), "example.invalid"),
        (lambda: _socket.gethostbyname("example.invalid"), "example.invalid"),
        (lambda: _socket.gethostbyname_ex("example.invalid"), "example.invalid"),
        (lambda: _socket.gethostbyaddr("192.0.2.1"), "192.0.2.1"),
    ],
)
def test_the_functions_below_the_module_socket_are_guarded_too(closed, attempt, host):
    with closed.refuses(host, 443 if "info" in attempt.__code__.co_names[1] else None):
        attempt()


@pytest.mark.parametrize("host", ["localhost", b"localhost", "127.0.0.1", None])
def test_this_machine_may_be_looked_up(closed, host):
    assert socket.getaddrinfo(host, 80, socket.AF_INET)[0][4] == ("127.0.0.1", 80)


@pytest.mark.parametrize("host", ["localhost.", "LOCALHOST", "app.localhost", "ip6-localhost"])
def test_localhost_may_be_looked_up_under_all_its_names(below, closed, host):
    below.names[host] = "127.0.0.1"
    assert socket.gethostbyname(host) == "127.0.0.1"


def test_the_machines_own_name_may_be_looked_up(closed):
    assert socket.getfqdn()
    assert closed.kept == []


def test_an_address_may_be_looked_up_because_nobody_is_asked(closed):
    assert socket.getaddrinfo("192.0.2.1", 80)[0][4] == ("192.0.2.1", 80)
    assert socket.gethostbyname("192.0.2.1") == "192.0.2.1"
    assert socket.getnameinfo(("192.0.2.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV) == (
        "192.0.2.1",
        "80",
    )


def test_asking_whether_a_name_is_an_address_passes(closed):
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.invalid", 80, flags=NUMERIC)
    assert closed.kept == []


def test_loopback_may_be_looked_up_backwards(below, closed):
    assert socket.gethostbyaddr("127.0.0.1")[0] == "name.example"
    assert socket.getnameinfo(("::1", 80), 0) == ("name.example", "80")


@pytest.mark.parametrize("pattern", ["db.example", "db.example:5432", "*.example:*", "DB.Example."])
def test_an_allowed_name_may_be_looked_up_whatever_the_port(below, guard, pattern):
    below.names["db.example"] = "192.0.2.7"
    with guard.block(pattern):
        assert socket.gethostbyname("db.example") == "192.0.2.7"
        assert socket.getaddrinfo("db.example", None)[0][4] == ("192.0.2.7", None)


@pytest.mark.parametrize(
    "look_up",
    [
        lambda name: socket.getaddrinfo(name, 5432),
        lambda name: socket.getaddrinfo(name.encode(), 5432),
        lambda name: socket.gethostbyname(name),
        lambda name: socket.gethostbyname_ex(name),
    ],
)
def test_what_an_allowed_name_resolves_to_may_be_connected_to(below, guard, request, look_up):
    address = f"198.51.100.{10 + request.node.callspec.indices['look_up']}"
    below.names["db.example"] = address
    with guard.block("db.example:5432"):
        with guard.refuses(address, 5432):
            connect(address, 5432)
        look_up("db.example")
        connect(address, 5432)
        with guard.refuses(address, 80):
            connect(address, 80)
    assert below.connected == [(address, 5432)]


def test_an_ipv6_address_of_an_allowed_name_may_be_connected_to(below, guard):
    below.names["v6.example"] = "2001:DB8::77"
    with guard.block("v6.example"), socket.socket(socket.AF_INET6) as sock:
        socket.getaddrinfo("v6.example", 80)
        sock.connect(("2001:db8:0::77", 80, 0, 0))
    assert len(below.connected) == 1


def test_what_was_looked_up_in_one_test_is_known_in_the_next_and_only_there_if_allowed(
    below, guard
):
    below.names["pool.example"] = "198.51.100.99"
    with guard.block("pool.example"):
        socket.gethostbyname("pool.example")
    with guard.block("pool.example"):
        connect("198.51.100.99")
    with guard.block("other.example"), guard.refuses("198.51.100.99", 80):
        connect("198.51.100.99")


def test_what_is_no_host_gets_the_functions_own_error(closed):
    with pytest.raises(TypeError):
        socket.getaddrinfo(7, 80)
    with pytest.raises(TypeError):
        socket.getnameinfo("127.0.0.1", 0)
    assert closed.kept == []
