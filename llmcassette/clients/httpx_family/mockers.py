"""Other tools that answer for the network: two at once would hide each other's errors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from llmcassette.errors import ReplayError, shown_path
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from llmcassette.clients.httpx_family.libraries import Library
    from llmcassette.recorder.engine import Engine

__all__ = ["active_mocker", "leaves_to_mocker", "refuse_mockers"]

# By the top-level module of a tool's replacement for HTTPTransport.handle_request.
_PATCHERS: Final = {"vcr": "vcrpy", "cassetter": "cassetter", "pytest_httpx": "pytest-httpx"}


def active_mocker(library: Library) -> str | None:
    """The name of another tool that answers for this library now, if any."""
    module = library.module
    sending = (
        module.HTTPTransport.handle_request,
        module.AsyncHTTPTransport.handle_async_request,
    )
    if sending != library.harmless:
        for function in sending:
            written_in = getattr(function, "__globals__", {}).get("__name__", "")
            tool = _PATCHERS.get(written_in.partition(".")[0])
            if tool is not None:
                return tool
        library.harmless = sending
    respx: Any = sys.modules.get("respx.mocks")
    if respx is not None and any(
        mocker.routers and any(_is_below(target, library) for target in mocker.targets)
        for mocker in respx.Mocker.registry.values()
    ):
        return "respx"
    return None


def _is_below(target: str, library: Library) -> bool:
    """Whether a dotted name is in this library, or in the core that it sends with."""
    module = sys.modules.get(target.partition(".")[0])
    return module is not None and module.__name__ in {
        library.name,
        library.name.replace("httpx", "httpcore"),
    }


def refuse_mockers(library: Library, cassette: Engine) -> None:
    """Refuse to serve a request that another tool would answer too.

    Raises:
        ReplayError: naming both; kept by the cassette.
    """
    tool = active_mocker(library)
    if tool is not None:
        raise _both_active(tool, library, cassette)


def leaves_to_mocker(library: Library, cassette: Engine) -> bool:
    """Whether another tool answers, and the cassette belongs to a fixture of other tests.

    Raises:
        ReplayError: see ``refuse_mockers``.
    """
    tool = active_mocker(library)
    if tool is None:
        return False
    if current_run.is_of_other_tests(cassette):
        return True
    raise _both_active(tool, library, cassette)


def _both_active(tool: str, library: Library, cassette: Engine) -> ReplayError:
    return cassette.keep(
        ReplayError(
            f"{tool} and the cassette {shown_path(cassette.path)} are active at the same time, "
            f"and both answer for {library.name}.\n"
            "Use one of them in this test; different tests may use different ones.",
            path=cassette.path,
        )
    )
