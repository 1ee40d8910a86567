"""Record and replay LLM traffic in tests.

Importing this package loads no YAML parser and no client library; the first use of a name does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from llmcassette.errors import (
    BlockedHostError,
    CassetteError,
    MismatchWarning,
    ReplayError,
    SettingsError,
    UnfiredFaultError,
    UnmatchedRequestError,
)

if TYPE_CHECKING:
    from llmcassette import faults
    from llmcassette.clients.httpx_family.transport import CassetteTransport
    from llmcassette.clients.use_cassette import use_cassette
    from llmcassette.model import Cassette, Chunk, Headers, Interaction, Request, Response
    from llmcassette.providers import Completion, Usage
    from llmcassette.recorder.chunking import CHUNKINGS
    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.typed_settings import CassetteConfig, CassetteSettings
    from llmcassette.storage import dump, load

__all__ = [
    "CHUNKINGS",
    "BlockedHostError",
    "Cassette",
    "CassetteConfig",
    "CassetteError",
    "CassetteSettings",
    "CassetteTransport",
    "Chunk",
    "Completion",
    "Headers",
    "Interaction",
    "MismatchWarning",
    "Recorder",
    "ReplayError",
    "Request",
    "Response",
    "SettingsError",
    "UnfiredFaultError",
    "UnmatchedRequestError",
    "Usage",
    "__version__",
    "dump",
    "faults",
    "load",
    "use_cassette",
]

__version__ = "0.1.0"

_HOMES = {
    "CHUNKINGS": "llmcassette.recorder.chunking",
    "Cassette": "llmcassette.model",
    "CassetteConfig": "llmcassette.recorder.typed_settings",
    "CassetteSettings": "llmcassette.recorder.typed_settings",
    "CassetteTransport": "llmcassette.clients.httpx_family.transport",
    "Chunk": "llmcassette.model",
    "Completion": "llmcassette.providers",
    "Headers": "llmcassette.model",
    "Interaction": "llmcassette.model",
    "Recorder": "llmcassette.recorder.recorder",
    "Request": "llmcassette.model",
    "Response": "llmcassette.model",
    "Usage": "llmcassette.providers",
    "dump": "llmcassette.storage",
    "load": "llmcassette.storage",
    "use_cassette": "llmcassette.clients.use_cassette",
}


if not TYPE_CHECKING:  # type checkers would accept misspelt names

    def __getattr__(name: str) -> object:
        if name == "faults":
            return import_module("llmcassette.faults")
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
