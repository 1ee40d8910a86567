"""The guard around gRPC and libcurl, which connect in C, past Python's sockets.

The host is checked where a request is given to them: gRPC's callables, and the option with the URL
of a libcurl handle. What they connect to by themselves, such as a proxy, isn't seen.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from llmcassette.clients.network.verdict import check_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["c_targets"]

_CURLOPT_URL: Final = 10002  # curl/curl.h
_LOCAL_SCHEMES: Final = ("unix:", "unix-abstract:", "vsock:")


def c_targets() -> Iterator[tuple[Any, str, Callable[[Any], Any]]]:
    """What the guard wraps of the libraries that are imported: owner, attribute, and wrapper."""
    for module_name in _GRPC_MODULES:
        for owner in vars(sys.modules.get(module_name, object)).values():
            if isinstance(owner, type) and owner.__name__.endswith("MultiCallable"):
                for name in ("__call__", "with_call", "future"):
                    if name in vars(owner):
                        yield owner, name, _call
    if hasattr(curl_cffi := sys.modules.get("curl_cffi.curl"), "Curl"):
        yield curl_cffi.Curl, "setopt", _setopt  # type: ignore[union-attr]
    if hasattr(pycurl := sys.modules.get("pycurl"), "Curl"):
        yield pycurl, "Curl", _curl


def _call(original: Any) -> Any:
    @functools.wraps(original)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        target = getattr(getattr(self, "_channel", None), "target", b"")
        # An attribute of asynchronous channels, and a method of others.
        _check_target((target() if callable(target) else target).decode())
        return original(self, *arguments, **options)

    return call


def _check_target(target: str) -> None:
    """Check a channel's target; see "gRPC Name Resolution" in gRPC's documentation."""
    if not target or target.startswith(_LOCAL_SCHEMES):
        return
    address = target.rpartition("/")[2]
    for scheme in ("dns:", "ipv4:", "ipv6:"):
        address = address.removeprefix(scheme)
    for one in address.replace("%5B", "[").replace("%5D", "]").replace("%3A", ":").split(","):
        _check_url(f"https://{one}")


def _setopt(original: Any) -> Any:
    @functools.wraps(original)
    def setopt(self: Any, option: Any, value: Any) -> Any:
        if option == _CURLOPT_URL:
            _check_url(value)
        return original(self, option, value)

    return setopt


def _curl(original: Any) -> Any:
    """A subclass: methods of a C type can't be replaced."""

    class Curl(original):  # type: ignore[misc]
        def setopt(self, option: Any, value: Any) -> Any:
            if option == _CURLOPT_URL:
                _check_url(value)
            return super().setopt(option, value)

    Curl.__module__ = original.__module__
    return Curl


def _check_url(url: Any) -> None:
    text = url.decode("latin-1") if isinstance(url, bytes) else str(url)
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return  # the library has an error for it
    check_host(host, port or (443 if parts.scheme in {"https", "wss"} else 80))


_GRPC_MODULES: Final = ("grpc._channel", "grpc.aio._channel")
"""The modules that are wrapped."""
