"""Where the real cassettes are: the project's own samples, and the corpus that lies beside a
development checkout (tests over it are skipped, with the reason, where it is not there)."""

from __future__ import annotations

import inspect
import os
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cases import case

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_cassettes"
CORPUS = Path(os.environ.get("LLMCASSETTE_CORPUS", ROOT.parent / "shared" / "corpus"))

SAMPLE_FILES = sorted(SAMPLES.glob("*.yaml"))

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"the corpus of real cassettes is not at {CORPUS}"
)


def corpus_files(kind: str) -> list[Path]:
    """Every YAML file below one folder of the corpus, such as ``go-vcr-v2``."""
    return sorted((CORPUS / kind).rglob("*.yaml"))


def corpus_id(path: Path) -> str:
    return str(path.relative_to(CORPUS)) if path.is_relative_to(CORPUS) else path.name


def by_project() -> list[object]:
    """The real cassettes in go-vcr's version 2, as parameters: the files of a project together."""
    folder = CORPUS / "go-vcr-v2"
    projects = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    corpus = [pytest.param(corpus_files(f"go-vcr-v2/{p.name}"), id=p.name) for p in projects]
    return [
        pytest.param(SAMPLE_FILES, id="samples"),
        *(corpus or [pytest.param([], marks=needs_corpus, id="corpus")]),
    ]


def each_real_file(test: Callable[..., None]) -> Callable[..., None]:
    """Call a test that takes a ``path`` with each real cassette; a failure names the file."""

    def test_files(files: list[Path], **arguments: object) -> None:
        for path in files:
            with case(corpus_id(path)):
                test(path=path, **arguments)

    update_wrapper(test_files, test)
    parameters = inspect.signature(test).parameters.values()
    test_files.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(name="files") if p.name == "path" else p for p in parameters]
    )
    return pytest.mark.parametrize("files", by_project())(test_files)
