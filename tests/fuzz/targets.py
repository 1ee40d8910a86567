"""What holds for any input.

The reader: any file either is a cassette or raises a ``CassetteError``. Read lazily and eagerly it
is the same. Written again it is the same text, and with its interactions reversed it holds the same
values.

The gate: any body passes or raises a ``CassetteError``. What it seals holds no known secret as it
is, has chunks that add up, stays JSON if it was, and is sealed: a second search finds nothing that
could be replaced.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from llmcassette import load
from llmcassette.errors import CassetteError
from llmcassette.formats import write
from llmcassette.model import Chunk, Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, Secrets, redact_interaction, seal
from llmcassette.storage.reading import load as load_lazily
from tests.formats.strategies import values

__all__ = ["TARGETS", "gate", "reader"]

KNOWN = "Zq7-vault-83kd_PQ.xx"
SIGNS = "p&ss<w>rd'9\"\\x\xe9+/ %7"
SECRETS = Secrets({KNOWN: "VAULT_API_KEY", SIGNS: "VAULT_PASSWORD"})
REDACTION = Redaction()


def reader(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cassette.yaml")
        path.write_bytes(data)
        try:
            cassette = load(path)
        except CassetteError:
            lazily_refused(path)
            return
        lazy = load_lazily(path, lazy=True)
        assert values(lazy.interactions) == values(cassette.interactions)
        assert write(cassette).encode() == data
        turned = replace(cassette, interactions=cassette.interactions[::-1])
        path.write_bytes(write(turned).encode())
        assert values(load(path).interactions) == values(turned.interactions)


def lazily_refused(path: Path) -> None:
    """A broken answer is an error when it is read, at the latest."""
    try:
        interactions = load_lazily(path, lazy=True).interactions
        for interaction in interactions:
            assert interaction.response is not None
    except CassetteError:
        return
    raise AssertionError("read lazily, the file has no error")


def gate(data: bytes) -> None:
    """``data``: a content type, a line end, and a body."""
    name, _, body = data.partition(b"\n")
    headers = Headers({"Content-Type": name.decode("latin-1").strip()})
    chunks = tuple(Chunk(size, 0.1) for size in (len(body) // 3, len(body) - len(body) // 3))
    interaction = Interaction(
        0,
        Request(method="POST", url="https://a.test/v1", headers=headers, body=body),
        Response(code=200, status="200 OK", headers=headers, body=body, chunks=chunks),
    )
    try:
        sealed, findings = seal(redact_interaction(interaction, REDACTION), SECRETS)
    except CassetteError:
        return
    assert KNOWN not in repr(findings)
    if not all(finding.redactable for finding in findings):
        return  # it is not written
    for side in (sealed.request, sealed.response):
        for secret in (KNOWN, SIGNS):
            assert secret.encode() not in side.body
        if is_json(body):
            assert is_json(side.body)
    assert sum(chunk.size for chunk in sealed.response.chunks) == len(sealed.response.body)
    assert seal(sealed, SECRETS).findings == ()


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


TARGETS = {"reader": reader, "gate": gate}
