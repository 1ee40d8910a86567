"""A file of another tool to a version 2 cassette, and the proof that nothing was lost."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from llmcassette import formats
from llmcassette.errors import CassetteError
from llmcassette.formats.importing import Imported, import_text
from llmcassette.model import Headers, Interaction
from llmcassette.recorder.decoding import decode_chunks

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.formats.importing import Notation
    from llmcassette.model import Response

__all__ = ["SUFFIXES", "Converted", "convert_file", "decoded", "target_name"]

SUFFIXES: Final[dict[str, Notation]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".toml": "toml",
}
_GZIP: Final = b"\x1f\x8b"
_OF_THE_CODED: Final = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of one file.

    Attributes:
        decoded: how many bodies were compressed, and are not now.
    """

    imported: Imported
    decoded: int = 0


def target_name(name: str) -> str:
    """A file's name as a cassette: JSON and TOML become YAML."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.yaml" if dot and f".{suffix.lower()}" in (".json", ".toml") else name


def convert_file(path: Path) -> Converted:
    """Read a file of vcrpy, cassetter or go-vcr 1, with its response bodies decoded.

    Raises:
        CassetteError: it cannot be read, is no HTTP cassette, or would lose something.
    """
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path) from None
    except OSError as error:
        raise CassetteError(f"cannot be read: {error.strerror or error}", path=path) from None
    notation = SUFFIXES.get(path.suffix.lower(), "yaml")
    imported = import_text(text, path=path, notation=notation)
    if imported.format == "go-vcr 2":
        return Converted(imported)
    before = imported.cassette.interactions
    after = tuple(decoded(interaction) for interaction in before)
    read_back = formats.read(formats.write(replace(imported.cassette, interactions=after)))
    for ours, theirs in zip(after, read_back.interactions, strict=True):
        if ours != theirs:
            raise CassetteError(
                "is not the same once written and read again: please report this file",
                path=path,
                interaction=ours.id,
            )
    cassette = replace(imported.cassette, interactions=after)
    changed = sum(
        ours.response.body != theirs.response.body
        for ours, theirs in zip(before, after, strict=True)
    )
    return Converted(replace(imported, cassette=cassette), changed)


def decoded(interaction: Interaction) -> Interaction:
    """With a response body that is not compressed, and no headers that say it is.

    A body that already was decoded when it was recorded, under a header that stayed, only loses
    the header; one whose coding cannot be undone here stays as it is.
    """
    response = interaction.response
    coding = response.headers.get("content-encoding", "")
    if not response.body or coding.strip().lower() in ("", "identity"):
        return interaction
    pieces, undone = decode_chunks([response.body], coding)
    body = b"".join(pieces)
    if undone and response.body.startswith(_GZIP):
        whole = _all_members(response.body)
        if whole is None:
            return interaction
        body = whole if coding.strip().lower() in ("gzip", "x-gzip") else body
    elif not undone and not _is_text(response.body):
        return interaction
    return Interaction(interaction.id, interaction.request, _without_coding(response, body))


def _all_members(body: bytes) -> bytes | None:
    """What every member of a gzip body holds (RFC 1952, 2.2); clients decode the first at least.

    A cut body gives what is there; one with other bytes behind it ``None``: they would be lost.
    """
    found = []
    while body:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            found.append(member.decompress(body) + member.flush())
        except zlib.error:
            return None
        body = member.unused_data
    return b"".join(found)


def _without_coding(response: Response, body: bytes) -> Response:
    kept = [pair for pair in response.headers.fields if pair[0].lower() not in _OF_THE_CODED]
    return replace(response, headers=Headers(kept), body=body, content_length=-1, uncompressed=True)


def _is_text(body: bytes) -> bool:
    """Whether a body is readable: no output of gzip, deflate, Brotli or zstd is."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\n\r" for character in text)
