"""Cassettes of other tools, read into the model: vcrpy, cassetter, go-vcr version 1."""

from llmcassette.formats.importing.importer import Imported, import_text
from llmcassette.formats.importing.notations import Notation

__all__ = ["Imported", "Notation", "import_text"]
