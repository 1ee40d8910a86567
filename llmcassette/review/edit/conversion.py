"""Converts cassettes of other tools to version 2, and verifies that nothing is lost."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from llmcassette import formats, storage
from llmcassette.errors import CassetteError, shown_path
from llmcassette.formats.go_forms import with_form
from llmcassette.formats.importing import Imported, import_text
from llmcassette.model import Headers, Interaction
from llmcassette.review.edit.redacting import redacted
from llmcassette.review.files import files_below
from llmcassette.storage.reading import read_bytes
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds
from llmcassette.streams.codings import decode_pieces, gunzip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcassette.formats.importing import Notation
    from llmcassette.model import Cassette, Response
    from llmcassette.redaction import Redaction

__all__ = ["Conversion", "Step", "convert_file", "decoded", "import_file", "plan_conversion"]

NOTATIONS: Final[dict[str, Notation]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".toml": "toml",
}
GZIP: Final = b"\x1f\x8b"
CODING_HEADERS: Final = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Step:
    """One file to convert, and where to write it."""

    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Conversion:
    """One file, converted.

    Attributes:
        source: the file that was read.
        target: the file to write.
        imported: the new cassette, the format of the old one, and what was left out.
        decoded: how many bodies were decompressed.
        redactions: what was removed, one line each, without values; see ``redacted``.
    """

    source: Path
    target: Path
    imported: Imported
    decoded: int
    redactions: tuple[str, ...] = ()

    @property
    def skipped(self) -> bool:
        """The file already is a version 2 cassette."""
        return self.imported.format == "go-vcr 2"


def plan_conversion(source: Path, target: Path) -> list[Step]:
    """Pair the files of a source with those of a target.

    In a folder, files that don't have the word ``interactions`` are no cassettes, and passed over.

    Raises:
        CassetteError: a folder contains no cassettes, the target of a folder is a file, or two
            files have the same target.
    """
    if not source.is_dir():
        return [Step(source, target / target_name(source) if target.is_dir() else target)]
    if target.exists() and not target.is_dir():
        raise CassetteError("is a file; to convert a folder, name a folder", path=target)
    steps: dict[Path, Step] = {}
    for path in files_below(source, NOTATIONS):
        if not may_be_cassette(path):
            continue
        step = Step(path, target / path.relative_to(source).with_name(target_name(path)))
        other = steps.setdefault(step.target, step)
        if other is not step:
            raise CassetteError(
                f"would be written to {shown_path(step.target)}, as would "
                f"{shown_path(other.source)}; convert one of them separately",
                path=path,
            )
    if not steps:
        raise CassetteError("folder contains no cassettes (.yaml, .json or .toml)", path=source)
    return list(steps.values())


def may_be_cassette(path: Path) -> bool:
    """Whether a file has interactions, or can't be read: that is reported when it is converted."""
    try:
        return b"interactions" in read_bytes(path)
    except CassetteError:
        return True


def target_name(path: Path) -> str:
    """The name of the converted file: JSON and TOML become YAML."""
    return f"{path.stem}.yaml" if path.suffix.lower() in (".json", ".toml") else path.name


def convert_file(
    step: Step,
    *,
    dry_run: bool = False,
    force: bool = False,
    redaction: Redaction | None = None,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> Conversion:
    """Convert a file.

    Args:
        step: the file and its target.
        dry_run: don't write the target.
        force: replace the target if it exists.
        redaction: apply these rules of recording; ``None`` leaves secrets in the text.
        bounds: how much a compressed body may decode to.

    Raises:
        CassetteError: the file is not an HTTP cassette, would lose something, can't be read or
            written, its target exists, or a secret can't be replaced without breaking its body.
    """
    imported, decoded_bodies = import_file(step.source, bounds)
    conversion = Conversion(step.source, step.target, imported, decoded_bodies)
    if conversion.skipped:
        return conversion
    if step.target.exists() and not force:
        raise CassetteError("exists (use --force)", path=step.target)
    if redaction is not None:
        change = redacted(imported.cassette, redaction, os.environ)
        if change is not None and change.cassette is not None:
            imported = replace(imported, cassette=change.cassette)
            conversion = replace(conversion, imported=imported, redactions=change.details)
    if not dry_run:
        storage.dump(replace(imported.cassette, path=step.target), step.target)
    return conversion


def import_file(
    path: Path,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> tuple[Imported, int]:
    """Read a cassette of any tool, and decompress its answers.

    Returns:
        The cassette, and how many answers were decompressed.

    Raises:
        CassetteError: the file can't be read, is not an HTTP cassette, or would lose something.
    """
    try:
        text = read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path) from None
    notation = NOTATIONS.get(path.suffix.lower(), "yaml")
    imported = import_text(text, path=path, notation=notation)
    if imported.format == "go-vcr 2":
        return imported, 0
    before = imported.cassette.interactions
    after = (
        Interaction(one.id, with_form(one.request), one.response, one.redacted)
        for one in decompressed(before, path, bounds)
    )
    cassette = replace(imported.cassette, interactions=tuple(after))
    verify_round_trip(cassette, path)
    count = sum(
        old.response.body != new.response.body
        for old, new in zip(before, cassette.interactions, strict=True)
    )
    return replace(imported, cassette=cassette), count


def verify_round_trip(cassette: Cassette, path: Path) -> None:
    written = formats.read(formats.write(cassette))
    for ours, theirs in zip(cassette.interactions, written.interactions, strict=True):
        if ours != theirs:
            raise CassetteError(
                "changes when written and read again; please report this file",
                path=path,
                interaction=ours.id,
            )


def decompressed(
    interactions: Sequence[Interaction], path: Path, bounds: Bounds
) -> tuple[Interaction, ...]:
    result = []
    for position, interaction in enumerate(interactions):
        try:
            result.append(decoded(interaction, bounds))
        except CassetteError as error:
            raise error.at(path=path, interaction=position) from None
    return tuple(result)


def decoded(interaction: Interaction, bounds: Bounds) -> Interaction:
    """Decompress the body of an answer, and remove the headers that say it is compressed.

    If the body was already decompressed when it was recorded, only the headers are removed. If it
    can't be decompressed, the interaction stays as it is.

    Raises:
        CassetteError: it decompresses to more than ``bounds``.
    """
    response = interaction.response
    coding = response.headers.get("content-encoding", "").strip().lower()
    if not response.body or coding in ("", "identity"):
        return interaction
    pieces, complete = decode_pieces([response.body], coding, bounds)
    body = b"".join(pieces)
    if complete and response.body.startswith(GZIP):
        whole = gunzip(response.body, bounds, cut=True)  # clients may read the first member only
        if whole is None:
            return interaction
        body = whole if coding in ("gzip", "x-gzip") else body
    elif not complete and not is_text(response.body):
        return interaction
    return Interaction(
        interaction.id, interaction.request, without_coding(response, body), interaction.redacted
    )


def without_coding(response: Response, body: bytes) -> Response:
    kept = [pair for pair in response.headers.fields if pair[0].lower() not in CODING_HEADERS]
    return replace(response, headers=Headers(kept), body=body, content_length=-1, uncompressed=True)


def is_text(body: bytes) -> bool:
    """Whether a body is text; the output of gzip, deflate, Brotli and zstd never is."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\n\r" for character in text)
