"""Images and files are described by kind, size and digest."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.providers import Media, media

if TYPE_CHECKING:
    from collections.abc import Callable


@given(st.binary(), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]), st.booleans())
def test_size_and_digest_are_of_the_bytes_in_either_alphabet(
    content: bytes, encode: Callable[[bytes], bytes], padded: bool
) -> None:
    text = encode(content).decode()
    found = media.inline(text if padded else text.rstrip("="), "image/png", "p")
    digest = hashlib.sha256(content).hexdigest()[:16]
    assert found == Media("image", "image/png", len(content), digest, path="p")


@pytest.mark.parametrize("data", ["A", "\ud83d", "é"])
def test_what_is_no_base64_has_no_size(data: str) -> None:
    assert media.inline(data, "image/png", "p") == Media("image", "image/png", path="p")


def test_a_data_url_may_be_plain_text() -> None:
    found = media.referred("data:text/plain,caf%C3%A9", "p")
    digest = hashlib.sha256("café".encode()).hexdigest()[:16]
    assert found == Media("file", "text/plain", 5, digest, path="p")
    assert media.referred("data:,\ud83d", "p").size == 3


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("audio/wav", "audio"),
        ("video/mp4", "video"),
        ("application/pdf", "file"),
        ("", "file"),
    ],
)
def test_the_kind_is_the_media_types_first_half(media_type: str, kind: str) -> None:
    assert media.kind_of(media_type) == kind


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [
        ("png", "image", "image/png"),
        ("jpg", "image", "image/jpeg"),
        ("mp3", "audio", "audio/mpeg"),
        ("pcm16", "audio", "audio/pcm16"),
        ("", "image", ""),
        ("pdf", "file", "application/pdf"),
        ("", "file", ""),
    ],
)
def test_a_bare_format_name_has_a_media_type(name: str, kind: media.Kind, media_type: str) -> None:
    assert media.named(name, kind) == media_type
