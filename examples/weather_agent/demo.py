"""``make demo``: run the agent's test without key and network, and print what it streams."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def no_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"}:
        sys.exit(f"the demo tried to reach the network: {event} {arguments[-1]}")


def main() -> int:
    keys = [name for name in os.environ if name.endswith("_API_KEY")]
    for name in keys:
        del os.environ[name]
    sys.addaudithook(no_network)
    assert socket  # import it before the hook, which then sees connections only
    print(
        "A conversation with a real model, recorded on openrouter.ai, is replayed from\n"
        f"{os.path.relpath(HERE / 'cassettes' / 'florence.yaml')} to an agent written with the\n"
        "unmodified openai SDK. The network is shut and there is no API key. Each\n"
        "[piece] below is one chunk of the stream, printed when it arrives.\n"
    )
    options = ["-s", "-v", "--no-header", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    options += ["--rootdir", str(HERE), "-c", str(HERE / "pyproject.toml")]
    return pytest.main([*options, str(HERE)])


if __name__ == "__main__":
    sys.exit(main())
