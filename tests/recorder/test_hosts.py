"""Patterns of hosts, and where a request to a host goes."""

from __future__ import annotations

import pytest

from llmcassette.recorder.hosts import host_matches, port_of, route
from llmcassette.recorder.modes import MODES
from llmcassette.recorder.settings import Settings


@pytest.mark.parametrize(
    ("pattern", "host", "port"),
    [
        ("localhost", "localhost", None),
        ("localhost", "localhost", 6333),
        ("localhost:6333", "localhost", 6333),
        ("localhost:*", "localhost", 6333),
        ("LocalHost", "LOCALHOST", None),
        ("*.posthog.com", "eu.i.posthog.com", 443),
        ("api?.example.com", "api1.example.com", None),
        ("::1", "::1", 6333),
        ("[::1]", "::1", None),
        ("[::1]:6333", "::1", 6333),
        ("*", "anything", 1),
    ],
)
def test_a_pattern_finds_its_hosts(pattern, host, port):
    assert host_matches((pattern,), host, port)


@pytest.mark.parametrize(
    ("pattern", "host", "port"),
    [
        ("localhost", "localhost.example.com", None),
        ("localhost:6333", "localhost", 6334),
        ("localhost:6333", "localhost", None),
        ("*.posthog.com", "posthog.com", None),
        ("[::1]:6333", "::1", 6334),
        ("[ab].example.com", "a.example.com", None),
        ("", "localhost", None),
    ],
)
def test_and_no_others(pattern, host, port):
    assert not host_matches((pattern,), host, port)


def test_any_of_several_patterns_is_enough():
    assert host_matches(("a.test", "b.test"), "b.test", None)
    assert not host_matches((), "b.test", None)


@pytest.mark.parametrize(
    ("scheme", "port", "expected"),
    [
        ("https", None, 443),
        ("http", None, 80),
        ("wss", None, 443),
        ("http", 81, 81),
        ("x", None, None),
    ],
)
def test_a_url_without_a_port_means_that_of_its_scheme(scheme, port, expected):
    assert port_of(scheme, port) == expected


@pytest.mark.parametrize("mode", MODES)
def test_pass_hosts_pass_in_every_mode(mode):
    assert route(mode, Settings(pass_hosts=("a",), ignore_hosts=("a",)), "a", 1) == "pass"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("none", "refuse"),
        ("once", "serve"),
        ("new_episodes", "serve"),
        ("all", "serve"),
        ("rewrite", "serve"),
        ("live", "pass"),
    ],
)
def test_ignored_hosts_are_refused_in_mode_none_only(mode, expected):
    assert route(mode, Settings(ignore_hosts=("a",)), "a", 1) == expected


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "live"])
def test_every_other_host_is_served_but_in_mode_live(mode):
    assert route(mode, Settings(pass_hosts=("b",)), "a", 1) == "serve"
