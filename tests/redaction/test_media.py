"""Images, audio and video are searched for known values only; nothing in them is decoded."""

from __future__ import annotations

import pytest

from llmcassette.model import Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, Secrets, bodies, gate, hits, redact_interaction, seal

VALUE = "Zq9aB3dE5fG7hJ9kL1mN"
KEY = b"sk-ant-api03-" + b"k9Xq2LmV7bTz4RwY8nHc" * 4 + b"3dFg5hJp6sKt1AA"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def sealed(body: bytes, content_type: str):
    answer = Response(code=200, headers=Headers({"Content-Type": content_type}), body=body)
    interaction = Interaction(0, Request(method="GET", url="https://a.example/"), answer)
    secrets = Secrets({VALUE: "MY_API_KEY"})
    return seal(redact_interaction(interaction, Redaction()), secrets)


def test_a_known_value_in_an_image_is_found_and_what_looks_like_a_key_is_not():
    found = sealed(PNG + VALUE.encode() + KEY, "image/png")
    assert [(finding.kind, finding.problem) for finding in found.findings] == [
        ("the value of MY_API_KEY", "it cannot be replaced without breaking the body")
    ]


@pytest.mark.parametrize("content_type", ["image/png", "audio/mpeg", "video/mp4; codecs=x"])
def test_no_decoding_is_tried(monkeypatch, content_type):
    for module, name in ((hits, "decodings"), (gate, "edit_body"), (bodies, "body_kind")):
        monkeypatch.setattr(module, name, None)
    texts = Response(code=200, headers=Headers({"Content-Type": content_type}), body=PNG)
    one = gate.Gate.__new__(gate.Gate)
    one.secrets, one.findings = Secrets({VALUE: "MY_API_KEY"}), []
    assert one.body("response.body", texts.body, texts.headers) == []


@pytest.mark.parametrize("content_type", ["image/svg+xml", "image/png", "application/octet-stream"])
def test_text_that_says_it_is_an_image_is_searched_as_text(content_type):
    found = sealed(b"<svg>" + KEY + b"</svg>", content_type)
    assert found.interaction.response.body == b"<svg>[REDACTED]</svg>"
