"""Where the real cassettes are: the project's own samples, and the corpus that lies beside a
development checkout (tests over it are skipped, with the reason, where it is not there)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
