"""The bodies of real responses, read from cassettes without the package's own reader."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tests.corpus import CORPUS, SAMPLE_FILES, corpus_files

if TYPE_CHECKING:
    from pathlib import Path


class Answer(NamedTuple):
    file: str
    position: int
    content_type: str | None
    body: bytes


@cache
def answers() -> tuple[Answer, ...]:
    """Every response of the samples and of the corpus, if it is there."""
    files = [*SAMPLE_FILES, *(corpus_files("go-vcr-v2") if CORPUS.is_dir() else ())]
    return tuple(answer for file in files for answer in read(file))


def read(file: Path) -> list[Answer]:
    found = []
    text = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
    for position, interaction in enumerate(text["interactions"]):
        response = interaction["response"]
        body = response.get("body") or b""
        types = [
            values[0]
            for name, values in response.get("headers", {}).items()
            if name.lower() == "content-type"
        ]
        found.append(
            Answer(
                file.name,
                position,
                types[0] if types else None,
                body if isinstance(body, bytes) else body.encode(),
            )
        )
    return found
