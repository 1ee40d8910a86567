"""The work is proportional to the size of a body."""

import json
import random

import pytest

from llmcassette.redaction import Redaction, decodings, redact_interaction, seal
from llmcassette.redaction.views import Slice
from llmcassette.streams.bounds import DEFAULT_BOUNDS
from tests.redaction.texts import KEY, SECRETS, SSE, interaction, sse

REDACTION = Redaction(fields=("door",))

BODIES = {
    "spaces": lambda n: b"{}\n" + b" " * n,
    "quotes": lambda n: b'{"a":' + b'"' * n,
    "backslashes": lambda n: b'{"a":"' + b"\\" * n,
    "commas and quotes": lambda n: b'{"a":[' + b', "' * (n // 3),
    "open brackets": lambda n: b"[" * (n // 100),
    "dashes": lambda n: b"--" * (n // 2),
    "delimiters": lambda n: b"--b\r\n" * (n // 5),
    "colons": lambda n: b"data:" * (n // 5),
    "data lines": lambda n: b"data: x\n" * (n // 8),
    "prefixes": lambda n: b"sk-" * (n // 3),
    "tokens": lambda n: b"eyJ" * (n // 3),
    "private keys": lambda n: b"-----BEGIN A " * (n // 13),
    "access tokens": lambda n: (b"ya29." + b"a1B2c3D4e5" * 3) * (n // 35),
    "dots": lambda n: b"eyJaaaaaaaa." * (n // 12),
    "URLs": lambda n: b"a://b" * (n // 5),
    "commands": lambda n: b"curl -u a" * (n // 9),
    "headers": lambda n: b"authorization: Basic " * (n // 21),
    "bots": lambda n: b"12345678:AA" * (n // 11),
    "percent": lambda n: b"%41" * (n // 3),
    "ampersands": lambda n: b"a=b&" * (n // 4),
    "Base64": lambda n: b"QUJD" * (n // 4),
    "secrets": lambda n: json.dumps([KEY] * (n // 100)).encode(),
    "binary data": lambda n: random.Random(1).randbytes(n),
    "hashes": lambda n: (b"%032x, " % random.Random(1).getrandbits(127)) * (n // 34),
    "events of one secret": lambda n: sse(*([{"a": KEY}] * (n // 200))),
}
TYPES = ("", "application/json", "application/x-ndjson", "text/event-stream", "multipart/mixed")


@pytest.mark.timeout(60)  # it takes less than one second, and minutes where work is quadratic
@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("shape", BODIES)
def test_no_shape_of_a_body_takes_long(shape, content_type):
    headers = {"Content-Type": content_type}
    recorded = interaction(response=BODIES[shape](100_000), response_headers=headers)
    seal(redact_interaction(recorded, REDACTION), SECRETS)


def test_many_secrets_in_one_stream_are_all_found():
    events = [{"a": piece} for _ in range(300) for piece in (KEY[:9], KEY[9:])]
    sealed, findings = seal(interaction(response=sse(*events), response_headers=SSE), SECRETS)
    assert len(findings) == 300
    assert sealed.response.body == sse(*([{"a": "[REDACTED]"}, {"a": ""}] * 300))


def decoded_sizes(text):
    readings = decodings.decodings(Slice(text), DEFAULT_BOUNDS, escapes=True)
    return [len(reading.text) for reading in readings]


def test_of_binary_data_only_what_may_be_text_is_decoded():
    data = random.Random(1).randbytes(1_000_000)

    whole, *decoded = decoded_sizes(data)

    assert whole == len(data)
    assert sum(decoded) < len(data) / 4


def test_a_secret_in_binary_data_is_found_in_all_its_spellings():
    data = random.Random(1).randbytes(10_000)
    text = json.dumps({"a": json.dumps({"b": KEY}).replace("-", "\\u002d")}).encode()
    for spelled in (text, KEY.encode("utf-16-le"), KEY.replace("-", "%2D").encode()):
        found = interaction(
            response=data + b"\x01" + spelled + b"\x02" + data,
            response_headers={"Content-Type": "application/octet-stream"},
        )
        assert len(seal(found, SECRETS).findings) == 1


def test_a_large_text_is_decoded_in_a_few_ways_only(monkeypatch):
    """All orders of its escapes would be sixty."""
    text = b"%25%32%35&amp;amp;\\u0025\\\\u0026 " * 100
    assert len(decoded_sizes(text)) > 20

    monkeypatch.setattr(decodings, "ALWAYS_DECODED", 0)

    assert sum(decoded_sizes(text)) < (1 + decodings.MOST_DECODED + 4) * len(text)
