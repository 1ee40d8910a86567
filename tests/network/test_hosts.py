"""Hosts and addresses as they are spelled."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.clients.network.hosts import ip_of, spelled, stays_here, target_of, without_port


@given(st.ip_addresses())
def test_an_address_has_one_spelling(ip):
    told = ip.ipv4_mapped or ip if ip.version == 6 else ip
    assert spelled(str(ip)) == spelled(ip.exploded.upper()) == str(told)


@given(st.ip_addresses(v=4))
def test_ipv4_mapped_into_ipv6_and_as_a_number_is_the_same_address(ip):
    assert ip_of(f"::ffff:{ip}") == ip_of(str(int(ip))) == ip_of(hex(int(ip))) == ip


@given(st.ip_addresses(v=4))
def test_only_loopback_and_the_unspecified_address_stay_here(ip):
    here = ip in ipaddress.ip_network("127.0.0.0/8") or int(ip) == 0
    assert stays_here(str(ip)) is here


@pytest.mark.parametrize("host", ["face", "1.example", "0xyz", "1.2.3.4.5", "999.1.1.1", ""])
def test_these_are_names(host):
    assert ip_of(host) is None


@pytest.mark.parametrize(
    "host", ["localhost.example", "notlocalhost", "localhost.example.", "127.0.0.1.example"]
)
def test_names_that_only_look_local(host):
    assert not stays_here(host)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("db.example", "db.example"),
        ("db.example:5432", "db.example"),
        ("*.example:54??", "*.example"),
        ("*:443", "*"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_pattern_without_its_port(pattern, name):
    assert without_port(pattern) == name


def test_families_of_the_kernel_are_no_network():
    assert target_of(socket.AF_UNIX, "s") is None


def test_other_families_are_named():
    assert target_of(9999, object()) == ("address family 9999", None)


@pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="Linux only")
def test_raw_packets_are_named_by_their_family():
    assert target_of(socket.AF_PACKET, ("eth0", 0)) == ("AF_PACKET", None)
